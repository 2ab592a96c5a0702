"""What the lanes look like when nothing moves, and the labels painted over it."""

from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap

from core.project.ids import LaneId
from ui.base.colours import MARKER_COLOURS, colour, shades
from ui.timeline.item_painter import ItemPainter, PaintContext
from ui.timeline.scene import TimelineScene


@dataclass(frozen=True, slots=True)
class Drop:
    """Where something dragged in would lie."""

    time: Fraction
    lane: LaneId
    duration: Fraction
    name: str


class LayerPainter:
    """Paints the lanes of a scene into a pixmap."""

    def __init__(self, scene: TimelineScene) -> None:
        self._scene = scene
        self._items = ItemPainter()

    def forget_looks(self) -> None:
        """Items changed: what was remembered of how they look does not hold any more."""
        self._items.forget_looks()

    def paint(self, size: QSize, ratio: float, label_font: QFont, font: QFont) -> QPixmap:
        """The whole layer for a widget of `size` at a device pixel ratio."""
        layer = QPixmap(size * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(QColor(shades().ground))
        painter = QPainter(layer)
        self._paint_lanes(painter, None, size, label_font)
        project = self._scene.document.project
        if not project.clips and not project.segments:
            self._paint_empty(painter, size, font)
        painter.end()
        return layer

    def repaint(self, layer: QPixmap, lanes: frozenset[LaneId], size: QSize, label_font: QFont) -> None:
        """Paints some lanes of a layer again, whose place and size are the same."""
        painter = QPainter(layer)
        for lane in self._scene.lanes.lanes:
            if lane.id in lanes:
                # Marks cross every lane: cut to this one they come out as they were.
                painter.setClipRect(QRect(0, lane.top - self._scene.top, size.width(), lane.height))
                self._paint_lanes(painter, lane.id, size, label_font)
        painter.end()

    def _paint_lanes(self, painter: QPainter, only: LaneId | None, size: QSize, label_font: QFont) -> None:
        scene = self._scene
        context = PaintContext(
            scene.document,
            scene.axis,
            scene.bands,
            scene.document.session.selection,
            label_font,
            scene.lanes.lanes[0],
            scene.cuts,
        )
        for number, lane in enumerate(scene.lanes.lanes):
            top = lane.top - scene.top
            if top > size.height() or top + lane.height < 0 or (only is not None and lane.id != only):
                continue
            ground = shades().lane if number % 2 else shades().lane_other
            painter.fillRect(QRect(0, top, size.width(), lane.height), QColor(ground))
            self._items.paint_lane(painter, lane, top, size.width(), context)
        self._paint_in_out(painter, size)
        self._paint_markers(painter, size)

    def paint_drop(self, painter: QPainter, drop: Drop, font: QFont, height: int) -> None:
        """The outline of what is dragged in."""
        lane = self._scene.lanes.lane(drop.lane)
        left = self._scene.axis.to_x(drop.time)
        painter.setPen(QPen(QColor(shades().accent), 2))
        painter.drawLine(QPointF(left, 0), QPointF(left, height))
        if lane is None:
            return
        width = max(float(drop.duration) * self._scene.axis.pixels_per_second, 40.0)
        rect = QRectF(left, lane.top - self._scene.top, width, lane.height)
        painter.setBrush(colour(shades().accent, 0.3))
        painter.drawRoundedRect(rect, 3, 3)
        painter.setPen(QColor(shades().text))
        painter.setFont(font)
        painter.drawText(rect.adjusted(6, 3, -6, 0), Qt.AlignmentFlag.AlignTop, drop.name)

    def _paint_empty(self, painter: QPainter, size: QSize, font: QFont) -> None:
        """What to do first, each in the lane it is about, so that no border runs through the words."""
        large = QFont(font)
        large.setPixelSize(14)
        painter.setFont(large)
        painter.setPen(QColor(shades().text_dim))
        lanes = self._scene.lanes.lanes
        film = QCoreApplication.translate("TimelineCanvas", "Drop a film here to begin")
        voice = QCoreApplication.translate("TimelineCanvas", "then drop the new voice here")
        for lane, text in ((lanes[0], film), (lanes[-1], voice)):
            rect = QRectF(0, lane.top - self._scene.top, size.width(), lane.height)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_in_out(self, painter: QPainter, size: QSize) -> None:
        project = self._scene.document.project
        if project.in_point is None and project.out_point is None:
            return
        marked = project.in_out
        left, right = self._scene.axis.to_x(marked.start), self._scene.axis.to_x(marked.end)
        width, height = size.width(), size.height()
        shade = colour(shades().ground, 0.55)
        painter.fillRect(QRectF(0, 0, max(left, 0.0), height), shade)
        painter.fillRect(QRectF(min(right, width), 0, max(width - right, 0.0), height), shade)
        for x in (left, right):
            painter.fillRect(QRect(round(x), 0, 1, height), colour(shades().in_out, 0.8))

    def _paint_markers(self, painter: QPainter, size: QSize) -> None:
        for marker in self._scene.document.project.markers:
            x = self._scene.axis.to_x(marker.time)
            if 0 <= x <= size.width():
                tint = colour(MARKER_COLOURS[marker.colour], 0.55)
                painter.fillRect(QRect(round(x), 0, 1, size.height()), tint)


def paint_gesture_text(painter: QPainter, text: str, pointer: QPointF, width: int) -> None:
    """What a gesture is doing, beside the pointer and inside a widget of `width`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    needed = painter.fontMetrics().horizontalAdvance(text) + 16
    rect = QRectF(min(pointer.x() + 14, width - needed - 4), max(pointer.y() - 30, 4), needed, 22)
    painter.setPen(QPen(QColor(shades().line_strong), 1))
    painter.setBrush(colour(shades().ground, 0.92))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setPen(QColor(shades().text))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
