"""The ruler: timecode, markers, in and out, the playhead's handle. Clicking and dragging scrubs."""

from fractions import Fraction

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from core.project import content_edits
from core.project.ids import MarkerId
from core.project.model import Marker
from ui.base.colours import MARKER_COLOURS, colour, shades
from ui.state.document import Drag
from ui.timeline.ruler_ticks import ticks
from ui.timeline.scene import TimelineScene
from ui.timeline.snapping import SNAP_PIXELS

HEIGHT = 40
_BAND_TOP = 30  # below the labels: in/out band and markers
_GRAB = 6


class TimelineRuler(QWidget):
    """The strip above the lanes.

    Signals:
        scrubbed: (Fraction) the playhead was put somewhere by hand.
        menu_requested: (Marker | None, Fraction time, QPoint global).
    """

    scrubbed = Signal(object)
    menu_requested = Signal(object, object, QPoint)

    def __init__(self, scene: TimelineScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._session = scene.document.session
        self._layer: QPixmap | None = None
        self._is_stale = True
        self._drag: Drag | None = None
        self._dragged: str | None = None  # "playhead", "in", "out" or a marker's id
        self._playhead_x = -100
        self._label_font = QFont(self.font())
        self._label_font.setPixelSize(11)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        scene.axis.changed.connect(self._invalidate)
        scene.content_changed.connect(self._invalidate)
        scene.snap_line_changed.connect(self.update)
        self._session.playhead_moved.connect(self._on_playhead_moved)

    def sizeHint(self) -> QSize:
        """As wide as it gets."""
        return QSize(400, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copies the layer; the playhead's handle goes over it."""
        if self._is_stale or self._layer is None:
            self._is_stale = False  # before painting: what arrives while painting makes it stale again
            self._layer = self._paint_layer()
        painter = QPainter(self)
        ratio = self._layer.devicePixelRatio()
        dirty = QRectF(event.rect())
        source = QRectF(dirty.x() * ratio, dirty.y() * ratio, dirty.width() * ratio, dirty.height() * ratio)
        painter.drawPixmap(dirty, self._layer, source)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = round(self._scene.axis.to_x(self._session.playhead)) + 0.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shades().playhead))
        top = HEIGHT - 15
        handle = [(-6, top), (6, top), (6, top + 7), (0, HEIGHT), (-6, top + 7)]
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y) for dx, y in handle]))

    def _paint_layer(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        layer = QPixmap(self.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(QColor(shades().header))
        painter = QPainter(layer)
        axis = self._scene.axis
        project = self._scene.document.project
        sequence = project.sequence
        marked = project.in_point is not None or project.out_point is not None
        if marked:
            left, right = axis.to_x(project.in_out.start), axis.to_x(project.in_out.end)
            painter.fillRect(
                QRectF(left, _BAND_TOP, right - left, HEIGHT - _BAND_TOP), colour(shades().in_out, 0.35)
            )
        painter.setFont(self._label_font)
        found = ticks(
            axis.start,
            axis.end,
            axis.pixels_per_second,
            sequence.rate,
            drop_frame=sequence.drop_frame,
            start_frame=sequence.start_frame,
        )
        for tick in found:
            x = round(axis.to_x(sequence.rate.time_of(tick.frame))) + 0.5
            painter.setPen(QColor(shades().line_strong if tick.label else shades().line))
            painter.drawLine(QPointF(x, 19 if tick.label else 25), QPointF(x, _BAND_TOP))
            if tick.label:
                painter.setPen(QColor(shades().text_dim))
                painter.drawText(QPointF(x + 4, 15), tick.label)
        painter.setPen(QColor(shades().line))
        painter.drawLine(0, HEIGHT - 1, self.width(), HEIGHT - 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if marked:
            self._paint_marks(painter)
        for marker in project.markers:
            self._paint_marker(painter, marker)
        painter.end()
        return layer

    def _paint_marks(self, painter: QPainter) -> None:
        project = self._scene.document.project
        painter.setPen(QPen(QColor(shades().in_out), 2))
        for mark, direction in ((project.in_point, 1), (project.out_point, -1)):
            if mark is not None:
                x = self._scene.axis.to_x(mark)
                painter.drawLine(QPointF(x, _BAND_TOP - 3), QPointF(x, HEIGHT))
                painter.drawLine(QPointF(x, _BAND_TOP - 3), QPointF(x + 5 * direction, _BAND_TOP - 3))
                painter.drawLine(QPointF(x, HEIGHT - 1), QPointF(x + 5 * direction, HEIGHT - 1))

    def _paint_marker(self, painter: QPainter, marker: Marker) -> None:
        x = self._scene.axis.to_x(marker.time)
        if not -20 <= x <= self.width() + 20:
            return
        painter.setPen(QPen(QColor(shades().ground), 1))
        painter.setBrush(QColor(MARKER_COLOURS[marker.colour]))
        flag = [(-5, 17), (5, 17), (5, 25), (0, 31), (-5, 25)]
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y) for dx, y in flag]))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes a marker, a mark, or puts the playhead there."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        marker = self._marker_at(event.position())
        project = self._scene.document.project
        if marker is not None:
            self._dragged = marker.id
        elif event.position().y() >= _BAND_TOP - 4 and self._is_near(project.in_point, x):
            self._dragged = "in"
        elif event.position().y() >= _BAND_TOP - 4 and self._is_near(project.out_point, x):
            self._dragged = "out"
        else:
            self._dragged = "playhead"
            self._scrub(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Moves what was taken."""
        x = event.position().x()
        if self._dragged is None:
            self._session.time_hovered.emit(self._scene.axis.to_time(x))
            project = self._scene.document.project
            grabs = event.position().y() >= _BAND_TOP - 4 and (
                self._is_near(project.in_point, x) or self._is_near(project.out_point, x)
            )
            self.setCursor(Qt.CursorShape.SizeHorCursor if grabs else Qt.CursorShape.ArrowCursor)
            return
        if self._dragged == "playhead":
            self._scrub(x)
            return
        t = max(self._snapped(x), Fraction(0))
        document = self._scene.document
        if self._drag is None:
            labels = {"in": self.tr("Move in mark"), "out": self.tr("Move out mark")}
            self._drag = document.drag(labels.get(self._dragged, self.tr("Move marker")))
        if self._dragged == "in":
            self._drag.update(content_edits.set_in, t)
        elif self._dragged == "out":
            self._drag.update(content_edits.set_out, t)
        else:
            self._drag.update(content_edits.set_marker, MarkerId(self._dragged), time=t)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """One undo step; a click on a marker moves the playhead to it."""
        if self._drag is not None:
            self._drag.commit()
        elif self._dragged is not None and self._dragged not in ("playhead", "in", "out"):
            markers = self._scene.document.project.markers
            found = next((marker for marker in markers if marker.id == self._dragged), None)
            if found is not None:
                self._session.set_playhead(found.time)
        self._drag = None
        self._dragged = None
        self._scene.set_snap_line(None)

    @property
    def is_dragging(self) -> bool:
        """Whether the playhead, a mark or a marker is held."""
        return self._dragged is not None

    def cancel_gesture(self) -> bool:
        """Escape: a dragged mark or marker goes back; False when there was none."""
        if self._drag is None:
            return False
        self._drag.cancel()
        self._drag, self._dragged = None, None
        self._scene.set_snap_line(None)
        return True

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens a marker's menu, where its note is."""
        marker = self._marker_at(event.position())
        if marker is not None:
            self.menu_requested.emit(marker, marker.time, event.globalPosition().toPoint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms to the pointer."""
        delta = event.angleDelta().y() or event.angleDelta().x()
        self._scene.axis.zoom(1.0015**delta, event.position().x())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the ruler's menu."""
        marker = self._marker_at(QPointF(event.pos()))
        t = self._scene.document.project.sequence.snap(self._scene.axis.to_time(event.pos().x()))
        self.menu_requested.emit(marker, t, event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Tooltips: a marker's note, else the exact time."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            marker = self._marker_at(QPointF(event.pos()))
            if marker is not None:
                text = self._scene.timecode(marker.time) + (f"\n{marker.note}" if marker.note else "")
            else:
                text = self._scene.timecode(self._scene.axis.to_time(event.pos().x()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The layer does not fit any more."""
        self._invalidate()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another screen or font."""
        self._invalidate()
        super().changeEvent(event)

    def _scrub(self, x: float) -> None:
        t = self._snapped(min(max(x, 0.0), float(self.width())))
        self._session.set_playhead(max(t, Fraction(0)))
        self.scrubbed.emit(max(t, Fraction(0)))

    def _snapped(self, x: float) -> Fraction:
        t = self._scene.axis.to_time(x)
        targets = self._scene.snap_targets(with_playhead=self._dragged != "playhead")
        target = targets.nearest(t, Fraction(SNAP_PIXELS / 2 / self._scene.axis.pixels_per_second))
        self._scene.set_snap_line(target)
        sequence = self._scene.document.project.sequence
        # The frame under the pointer, not the nearest edge: pressing on a frame shows that frame.
        return target if target is not None else sequence.rate.time_of(sequence.rate.frame_at(t))

    def _marker_at(self, position: QPointF) -> Marker | None:
        if not 15 <= position.y() <= 33:
            return None
        near = [
            marker
            for marker in self._scene.document.project.markers
            if abs(self._scene.axis.to_x(marker.time) - position.x()) <= _GRAB
        ]
        return min(near, key=lambda m: abs(self._scene.axis.to_x(m.time) - position.x())) if near else None

    def _is_near(self, mark: Fraction | None, x: float) -> bool:
        return mark is not None and abs(self._scene.axis.to_x(mark) - x) <= _GRAB

    def _invalidate(self) -> None:
        self._is_stale = True
        self._playhead_x = round(self._scene.axis.to_x(self._session.playhead))  # where it is painted next
        self.update()

    def _on_playhead_moved(self, t: Fraction) -> None:
        x = round(self._scene.axis.to_x(t))
        for place in (self._playhead_x, x):
            self.update(QRect(place - 8, 0, 17, HEIGHT))
        self._playhead_x = x
