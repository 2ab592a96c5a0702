"""The names of the lanes, to the left of them, and how each is heard: mute, solo, gain, meter."""

from dataclasses import dataclass
from math import log10

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from core.face_geometry.track import PersonId
from core.project import content_edits
from core.project.ids import LaneId
from ui.base.colours import shades
from ui.timeline.lane_meters import LaneMeters
from ui.timeline.lanes import GAP, Lane
from ui.timeline.scene import TimelineScene

WIDTH = 156
GAINS = (-60.0, 12.0)  # dB a lane can be turned down and up
_TWO_LINES = 34  # pixels a lane needs for a second line
_BUTTON = 16
_GAIN_WIDTH = 48
_DB_A_PIXEL = 0.2
_METER_DB = 60.0  # the meter's lower end below full scale
_METER_MS = 60


@dataclass(frozen=True, slots=True)
class Places:
    """Where a header's controls lie."""

    mute: QRectF
    solo: QRectF
    gain: QRectF
    meter: QRectF


def places(lane: Lane, top: int, width: int) -> Places:
    """The controls of a lane whose stack is scrolled by `top`, in a header of `width` pixels."""
    rect = QRectF(0, lane.top - top, width - 1, lane.height)
    right = rect.right() - 12
    buttons = rect.top() + (2 if rect.height() >= _TWO_LINES else (rect.height() - _BUTTON) / 2)
    solo = QRectF(right - _BUTTON, buttons, _BUTTON, min(_BUTTON, rect.height() - 2))
    mute = solo.translated(-_BUTTON - 3, 0)
    gain = QRectF(right - _GAIN_WIDTH, max(solo.bottom() + 1, rect.center().y() + 1), _GAIN_WIDTH, 14)
    if rect.height() < _TWO_LINES:
        gain = QRectF()
    return Places(mute, solo, gain, QRectF(rect.right() - 7, rect.top() + 3, 4, rect.height() - 6))


class LaneHeaders(QWidget):
    """One header per lane; clicking a person's picks the person.

    Signals:
        menu_requested: (Lane, QPoint global).
    """

    menu_requested = Signal(object, QPoint)

    def __init__(self, scene: TimelineScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._meters = LaneMeters(scene.document, self)
        self._peaks: dict[LaneId, float] = {}
        self._dragged: tuple[Lane, float, float] | None = None  # a lane's gain: where the mouse was, and the gain then
        self._meter_timer = QTimer(self)
        self._meter_timer.setSingleShot(True)
        self._meter_timer.setInterval(_METER_MS)
        self._meter_timer.timeout.connect(self._show_peaks)
        self._title_font = QFont(self.font())
        self._title_font.setPixelSize(12)
        self._title_font.setWeight(QFont.Weight.DemiBold)
        self._small_font = QFont(self.font())
        self._small_font.setPixelSize(11)
        self.setFixedWidth(WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        scene.lanes_changed.connect(self.update)
        scene.content_changed.connect(self.update)
        scene.items_changed.connect(self.update)
        scene.scrolled.connect(self.update)
        scene.document.session.person_changed.connect(self._on_person_changed)
        for signal in (
            scene.document.session.playhead_moved,
            scene.document.changed,
            scene.document.library.waveform_ready,
        ):
            signal.connect(self._look_at_peaks)

    @property
    def peaks(self) -> dict[LaneId, float]:
        """What the meters show: lane → peak, 1 at full scale."""
        return dict(self._peaks)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the headers."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(shades().ground))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for lane in self._scene.lanes.lanes:
            rect = QRectF(0, lane.top - self._scene.top, self.width() - 1, lane.height)
            if rect.bottom() >= 0 and rect.top() <= self.height():
                self._paint_header(painter, lane, rect)

    def _paint_header(self, painter: QPainter, lane: Lane, rect: QRectF) -> None:
        picked = lane.person is not None and lane.person == self._scene.document.session.person
        painter.fillRect(rect, QColor(shades().picked if picked else shades().header))
        bar = {"video": shades().video_edge, "original": shades().wave, "dub": shades().dub_wave}.get(
            lane.kind
        )
        painter.fillRect(
            QRectF(0, rect.top(), 3, rect.height()), QColor(lane.colour or bar or shades().line_strong)
        )
        has_sound = lane.kind != "video"
        spots = places(lane, self._scene.top, self.width())
        left = 12.0
        painter.setPen(QColor(shades().text))
        painter.setFont(self._title_font)
        room = (spots.mute.left() if has_sound else rect.width()) - left - 6
        title = painter.fontMetrics().elidedText(lane.title, Qt.TextElideMode.ElideRight, int(room))
        second = (lane.subtitle or self._count_text(lane)) if rect.height() >= _TWO_LINES else ""
        middle = rect.center().y()
        painter.drawText(QPointF(left, middle - 1 if second else middle + 4), title)
        painter.setFont(self._small_font)
        if second:
            painter.setPen(QColor(shades().text_dim))
            room = (spots.gain.left() if has_sound else rect.width()) - left - 4
            second = painter.fontMetrics().elidedText(second, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QPointF(left, middle + 14), second)
        if has_sound:
            self._paint_sound(painter, lane, spots)

    def _paint_sound(self, painter: QPainter, lane: Lane, spots: Places) -> None:
        project, colours = self._scene.document.project, shades()
        sound = project.lane_sound(lane.id)
        for spot, letter, is_on, tint in (
            (spots.mute, self.tr("M"), sound.muted, colours.weak),
            (spots.solo, self.tr("S"), sound.solo, colours.fair),
        ):
            painter.setPen(QColor(tint if is_on else colours.line_strong))
            painter.setBrush(QColor(tint) if is_on else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(spot.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
            painter.setPen(QColor(colours.ground if is_on else colours.text_dim))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, letter)
        if not spots.gain.isNull():
            painter.setPen(QColor(colours.text if sound.gain_db else colours.text_dim))
            painter.drawText(
                spots.gain, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, gain_text(sound.gain_db)
            )
        painter.fillRect(spots.meter, QColor(colours.ground))
        peak = self._peaks.get(lane.id, 0.0)
        if peak > 0:
            share = min(max(1 + 20 * log10(peak) / _METER_DB, 0.0), 1.0)
            height = spots.meter.height() * share
            tint = colours.weak if peak >= 1 else colours.fair if peak > 0.5 else colours.good
            spot = spots.meter
            painter.fillRect(QRectF(spot.left(), spot.bottom() - height, spot.width(), height), QColor(tint))

    def _count_text(self, lane: Lane) -> str:
        if lane.kind != "person":
            return ""
        count = len(lane.items)
        if count == 0:
            return self.tr("no segments")
        return self.tr("1 segment") if count == 1 else self.tr("{count} segments").format(count=count)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mutes, soloes, begins to drag a gain, or picks the person of the lane."""
        lane = self._lane_at(event.position().y())
        if event.button() != Qt.MouseButton.LeftButton or lane is None:
            return
        document, what = self._scene.document, self._control_at(lane, event.position())
        sound = document.project.lane_sound(lane.id)
        if what == "mute":
            document.apply(self.tr("Mute lane"), content_edits.set_lane_sound, lane.id, muted=not sound.muted)
        elif what == "solo":
            document.apply(self.tr("Solo lane"), content_edits.set_lane_sound, lane.id, solo=not sound.solo)
        elif what == "gain":
            self._dragged = (lane, event.position().x(), sound.gain_db)
        elif lane.person is not None:
            document.session.set_person(lane.person)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turns a lane up (to the right) or down."""
        if self._dragged is None:
            return
        lane, x, gain = self._dragged
        self._set_gain(lane, gain + (event.position().x() - x) * _DB_A_PIXEL)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The gain is set: one step back."""
        if self._dragged is not None:
            self._dragged = None
            self._scene.document.end_merging()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Selects everything on the lane; on its gain, back to 0 dB."""
        lane = self._lane_at(event.position().y())
        if lane is None:
            return
        what = self._control_at(lane, event.position())
        if what == "gain":
            self._set_gain(lane, 0.0)
            self._scene.document.end_merging()
        elif what:
            self.mousePressEvent(event)
        else:
            self._scene.document.session.select(item.id for item in lane.items)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls the lanes."""
        self._scene.scroll_to(self._scene.top - event.angleDelta().y() // 2, self.height())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for a lane's menu."""
        lane = self._lane_at(event.pos().y())
        if lane is not None:
            self.menu_requested.emit(lane, event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        """Another font."""
        self.update()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tool tips of the painted controls."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            lane = self._lane_at(event.pos().y())
            what = self._control_at(lane, QPointF(event.pos())) if lane is not None else ""
            QToolTip.showText(event.globalPos(), self.tip(what), self)
            return True
        return super().event(event)

    def tip(self, control: str) -> str:
        """What a control's tool tip says."""
        return {
            "mute": self.tr("Mute: nothing of this lane is heard or exported"),
            "solo": self.tr("Solo: only lanes with solo are heard and exported"),
            "gain": self.tr("Gain: drag sideways, double-click for 0 dB"),
            "meter": self.tr("Level at the playhead, from −60 dB to full scale"),
        }.get(control, "")

    def _control_at(self, lane: Lane, position: QPointF) -> str:
        if lane.kind == "video":
            return ""
        spots = places(lane, self._scene.top, self.width())
        around = {
            "mute": spots.mute, "solo": spots.solo, "gain": spots.gain, "meter": spots.meter.adjusted(-2, 0, 4, 0),
        }  # fmt: skip
        return next((name for name, spot in around.items() if spot.contains(position)), "")

    def _set_gain(self, lane: Lane, gain_db: float) -> None:
        gain = round(min(max(gain_db, GAINS[0]), GAINS[1]) * 2) / 2
        document = self._scene.document
        if gain != document.project.lane_sound(lane.id).gain_db:
            document.apply_merged(
                f"gain:{lane.id}", self.tr("Set gain"), content_edits.set_lane_sound, lane.id, gain_db=gain
            )

    def _look_at_peaks(self, _what: object = None) -> None:
        if not self._meter_timer.isActive():
            self._meter_timer.start()

    def _show_peaks(self) -> None:
        peaks = self._meters.peaks(self._scene.document.session.playhead)
        if peaks != self._peaks:
            self._peaks = peaks
            self.update(self.width() - 10, 0, 10, self.height())

    def _lane_at(self, y: float) -> Lane | None:
        return self._scene.lanes.lane_at(min(y + self._scene.top, self._scene.lanes.height - GAP - 1))

    def _on_person_changed(self, _person: PersonId | None) -> None:
        self.update()


def gain_text(gain_db: float) -> str:
    """A gain for people, e.g. ``−3 dB``."""
    number = f"{gain_db:+.1f}".replace("-", "−").removesuffix(".0")
    return f"{number if gain_db else '0'} dB"
