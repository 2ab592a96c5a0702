"""Pieces of the graph that pyqtgraph has no item for: colour bands, hatched stretches, ranges."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ui.base.colours import Bands, colour, shades


class BandItem(pg.UIGraphicsItem):
    """Faint colours behind the curves: weak, fair and good, over the whole width."""

    def __init__(self) -> None:
        super().__init__()
        self._bands = Bands()
        self.setZValue(-20)

    def set_bands(self, bands: Bands) -> None:
        """Other limits."""
        self._bands = bands
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Three rectangles."""
        view = self.boundingRect()
        limits = (0.0, self._bands.threshold, self._bands.good_from, 1.0)
        tints = (shades().weak, shades().fair, shades().good)
        for low, high, tint in zip(limits, limits[1:], tints, strict=False):
            painter.fillRect(QRectF(view.left(), low, view.width(), high - low), colour(tint, 0.07))


class MarkedItem(pg.UIGraphicsItem):
    """The marked range, faintly over the whole height, with an edge at each mark."""

    def __init__(self) -> None:
        super().__init__()
        self.span: tuple[float, float] | None = None
        self.setZValue(-8)

    def set_span(self, span: tuple[float, float] | None) -> None:
        """From where to where in seconds, or nothing."""
        if span != self.span:
            self.span = span
            self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """A rectangle and two lines."""
        if self.span is None:
            return
        view = self.boundingRect()
        start, end = self.span
        painter.fillRect(QRectF(start, view.top(), end - start, view.height()), colour(shades().accent, 0.14))
        pen = QPen(colour(shades().accent, 0.8))
        pen.setCosmetic(True)
        painter.setPen(pen)
        for t in self.span:
            painter.drawLine(QLineF(t, view.top(), t, view.bottom()))


class HatchItem(pg.UIGraphicsItem):
    """Hatched stretches over the whole height, drawn at screen size however far one zooms."""

    def __init__(self, *, warns: bool = False) -> None:
        """`warns`: leaning the other way and in the colour of what needs a look."""
        super().__init__()
        self._spans: list[tuple[float, float]] = []
        self._warns = warns
        self.setZValue(-10)

    def set_spans(self, spans: list[tuple[float, float]]) -> None:
        """Which stretches, in seconds."""
        self._spans = spans
        self.update()

    @property
    def spans(self) -> list[tuple[float, float]]:
        """The hatched stretches."""
        return self._spans

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Rectangles of diagonal lines."""
        view = self.boundingRect()
        transform = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setPen(Qt.PenStyle.NoPen)
        tint = shades().fair if self._warns else shades().unknown
        style = Qt.BrushStyle.FDiagPattern if self._warns else Qt.BrushStyle.BDiagPattern
        pattern, ground = QBrush(colour(tint, 0.6), style), QColor(colour(tint, 0.08))
        for start, end in self._spans:
            if end < view.left() or start > view.right():
                continue
            rect = transform.mapRect(QRectF(start, view.top(), end - start, view.height()))
            painter.fillRect(rect, ground)
            painter.fillRect(rect, pattern)
        painter.restore()


class RangeItem(pg.UIGraphicsItem):
    """A vertical line from the lowest to the highest value of each column, where a line alone would hide them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[QLineF] = []
        self._tint = shades().accent
        self.setZValue(-5)

    def set_ranges(self, times: np.ndarray, low: np.ndarray, high: np.ndarray, tint: str) -> None:
        """(n,) seconds, lowest and highest; NaN where nothing is known."""
        self._tint = tint
        known = ~np.isnan(low)
        points = zip(times[known].tolist(), low[known].tolist(), high[known].tolist(), strict=True)
        self._lines = [QLineF(t, bottom, t, top) for t, bottom, top in points]
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Lines one pixel wide."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(colour(self._tint, 0.3))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(self._lines)
