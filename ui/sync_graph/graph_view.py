"""The plot area of the sync graph and the names beside it."""

from typing import Protocol

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from ui.base.colours import Bands, shades
from ui.timeline.lane_headers import WIDTH
from ui.timeline.time_axis import TimeAxis

OFFSET_RANGE_MS = 200.0


class Handles(Protocol):
    """What lies in the plot and can be dragged; each says whether it took the mouse."""

    def press(self, position: QPointF) -> bool:
        """The left button went down."""

    def move(self, position: QPointF) -> bool:
        """The pointer moved."""

    def release(self) -> bool:
        """The button was let go."""


class GraphView(pg.GraphicsLayoutWidget):
    """The plot area: pyqtgraph draws, the mouse is ours (click seeks, drag marks a range, wheel zooms the shared axis).

    Signals:
        sought: (float) the playhead is wanted at this pixel column.
        ranged: (float, float) what lies between two pixel columns is marked, while it is dragged.
        ranged_well: the drag is over.
        pointed_at: (Fraction | None) the time under the pointer, None when it left.
        resized: it has another size.
    """

    sought = Signal(float)
    ranged = Signal(float, float)
    ranged_well = Signal()
    pointed_at = Signal(object)
    menu_asked = Signal(QPoint)
    resized = Signal()

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self._axis = axis
        self._pressed: float | None = None  # where the button went down
        self._is_ranging = False
        self.handles: Handles | None = None
        self.setMouseTracking(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.ci.setContentsMargins(0, 0, 0, 0)
        self.ci.layout.setSpacing(2)
        self.setAntialiasing(True)

    def add_lane(self, low: float, high: float, *, stretch: int) -> pg.ViewBox:
        """A row of the plot with a fixed range of values."""
        row = len(self.ci.items)
        lane = self.ci.addViewBox(row=row, col=0, enableMenu=False, defaultPadding=0)
        lane.setMouseEnabled(False, False)
        lane.setYRange(low, high, padding=0.06)
        lane.disableAutoRange()
        self.ci.layout.setRowStretchFactor(row, stretch)
        self.ci.layout.setRowMinimumHeight(row, 1)  # or lanes share what little height there is alike
        self.ci.layout.setRowPreferredHeight(row, stretch)
        return lane

    def sizeHint(self) -> QSize:
        """Low."""
        return QSize(640, 170)

    def y_of(self, row: int, value: float) -> float:
        """Pixel row of `value` in a lane."""
        lane = self.ci.getItem(row, 0)
        return float(lane.mapViewToScene(QPointF(0, value)).y())

    def top_of(self, row: int) -> float:
        """Pixel row at which a lane begins."""
        return float(self.ci.getItem(row, 0).sceneBoundingRect().top())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seeks; a range may begin here."""
        if event.button() == Qt.MouseButton.LeftButton:
            if self.handles is not None and self.handles.press(event.position()):
                return
            self._pressed = event.position().x()
            self._seek(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Marks a range, and explains what is under the pointer."""
        if self.handles is not None and self.handles.move(event.position()):
            return
        if self._pressed is not None:
            x = event.position().x()
            self._is_ranging = self._is_ranging or abs(x - self._pressed) >= QApplication.startDragDistance()
            if self._is_ranging:
                self.ranged.emit(max(self._pressed, 0.0), max(x, 0.0))
        self.pointed_at.emit(self._axis.to_time(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends a range."""
        if self.handles is not None and self.handles.release():
            return
        self._pressed = None
        if self._is_ranging:
            self._is_ranging = False
            self.ranged_well.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms to the pointer; else time scrolls."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._axis.zoom(1.0015 ** delta.y(), event.position().x())
        else:
            self._axis.scroll_by_pixels(-(delta.x() or delta.y()) * 0.8)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the curves."""
        self.menu_asked.emit(event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is explained any more."""
        self.pointed_at.emit(None)
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the axis right."""
        super().resizeEvent(event)
        if hasattr(self, "_axis"):  # pyqtgraph resizes while it is being made
            self.ci.layout.setRowMaximumHeight(1, max(34, self.height() // 4))  # offsets are read roughly
            self.resized.emit()

    def _seek(self, position: QPointF) -> None:
        self.sought.emit(max(position.x(), 0.0))


class GraphHeader(QWidget):
    """What the lanes mean and their scales, as wide as the timeline's headers."""

    def __init__(self, plot: GraphView, bands: Bands) -> None:
        super().__init__()
        self._plot = plot
        self._bands = bands
        self._font = QFont(self.font())
        self._font.setPixelSize(11)
        self._title = QFont(self.font())
        self._title.setPixelSize(12)
        self._title.setWeight(QFont.Weight.DemiBold)
        self.setFixedWidth(WIDTH)

    def set_bands(self, bands: Bands) -> None:
        """Shows other bands."""
        self._bands = bands
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints names, scales and what the lines mean."""
        painter = QPainter(self)
        found = shades()
        painter.fillRect(self.rect(), QColor(found.header))
        plot = self._plot
        split = plot.top_of(1)
        painter.setPen(QColor(found.line))
        painter.drawLine(QPointF(0, split), QPointF(self.width(), split))
        painter.setFont(self._title)
        painter.setPen(QColor(found.text))
        painter.drawText(QPointF(12, 18), self.tr("Lip sync"))
        painter.drawText(QPointF(12, split + 16), self.tr("Offset"))
        painter.setFont(self._font)
        painter.setPen(QColor(found.text_dim))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in (1.0, self._bands.threshold, 0.0):
            y = min(max(plot.y_of(0, value) - 8, 0), split - 16)
            painter.drawText(QRectF(60, y, WIDTH - 66, 16), right, f"{value:g}")
        lane = self.height() - split
        if lane > 30:
            painter.drawText(QRectF(50, split + 1, WIDTH - 56, 13), right, f"+{OFFSET_RANGE_MS:g} ms")
            painter.drawText(QRectF(50, self.height() - 14, WIDTH - 56, 13), right, f"−{OFFSET_RANGE_MS:g}")
        self._paint_legend(painter, split)

    def _paint_legend(self, painter: QPainter, split: float) -> None:
        found = shades()
        entries = (
            (found.weak, Qt.PenStyle.DotLine, self.tr("Film + dub")),
            (found.source_curve, Qt.PenStyle.SolidLine, self.tr("Film")),
        )
        y = 34.0
        for tint, style, text in entries:
            if y > split - 6:
                return
            painter.setPen(QPen(QColor(tint), 2, style))
            painter.drawLine(QPointF(10, y), QPointF(18, y))
            painter.setPen(QColor(found.text_dim))
            painter.drawText(QPointF(22, y + 4), text)
            y += 15
