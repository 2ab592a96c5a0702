"""The names of the lanes, to the left of them."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from core.face_geometry.track import PersonId
from ui.base.colours import shades
from ui.timeline.lanes import GAP, Lane
from ui.timeline.scene import TimelineScene

WIDTH = 124
_TWO_LINES = 32  # pixels a lane needs for a second line


class LaneHeaders(QWidget):
    """One header per lane; clicking a person's picks the person.

    Signals:
        menu_requested: (Lane, QPoint global).
    """

    menu_requested = Signal(object, QPoint)

    def __init__(self, scene: TimelineScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
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
        left = 12.0
        painter.setPen(QColor(shades().text))
        painter.setFont(self._title_font)
        room = rect.width() - left - 6
        title = painter.fontMetrics().elidedText(lane.title, Qt.TextElideMode.ElideRight, int(room))
        second = (lane.subtitle or self._count_text(lane)) if rect.height() >= _TWO_LINES else ""
        middle = rect.center().y()
        painter.drawText(QPointF(left, middle - 1 if second else middle + 4), title)
        if second:
            painter.setFont(self._small_font)
            painter.setPen(QColor(shades().text_dim))
            painter.drawText(QPointF(left, middle + 14), second)

    def _count_text(self, lane: Lane) -> str:
        if lane.kind != "person":
            return ""
        count = len(lane.items)
        if count == 0:
            return self.tr("no segments")
        return self.tr("1 segment") if count == 1 else self.tr("{count} segments").format(count=count)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Picks the person of the lane."""
        lane = self._lane_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and lane is not None and lane.person is not None:
            self._scene.document.session.set_person(lane.person)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Selects everything on the lane."""
        lane = self._lane_at(event.position().y())
        if lane is not None:
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

    def _lane_at(self, y: float) -> Lane | None:
        return self._scene.lanes.lane_at(min(y + self._scene.top, self._scene.lanes.height - GAP - 1))

    def _on_person_changed(self, _person: PersonId | None) -> None:
        self.update()
