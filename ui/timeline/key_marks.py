"""Keyframes in the lane: a diamond for every moment at which some setting of a segment has one."""

from fractions import Fraction

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from core.project.key_edits import key_times
from core.project.segments import DubSegment
from ui.base.colours import shades
from ui.timeline.lanes import Lane
from ui.timeline.time_axis import TimeAxis

HALF = 4.0  # pixels from a diamond's middle to its corners
_FOOT, _LOW_FOOT = 11, 5  # pixels from its middle to the lane's lower edge: above the score strip, or below the name
_LOW_LANE = 28
_REACH = 6.0  # pixels beside it that still count


def foot(height: float) -> int:
    """How far above the lower edge of a lane of that height its diamonds lie."""
    return _FOOT if height >= _LOW_LANE else _LOW_FOOT


def paint_keys(painter: QPainter, segment: DubSegment, rect: QRectF, axis: TimeAxis) -> None:
    """Paints a segment's diamonds into `rect`, where it lies."""
    y = rect.bottom() - foot(rect.height())
    painter.setPen(QPen(QColor(shades().ground), 1))
    painter.setBrush(QColor(shades().accent))
    for t in key_times(segment):
        x = axis.to_x(t)
        points = [(x, y - HALF), (x + HALF, y), (x, y + HALF), (x - HALF, y)]
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))


def key_under(segment: DubSegment, lane: Lane, x: float, y: float, axis: TimeAxis) -> Fraction | None:
    """The timeline time of the diamond at a place of the canvas, `y` counted from the lanes' top; None beside them."""
    if not segment.curves or abs(y - (lane.bottom - foot(lane.height))) > _REACH:
        return None
    near = [t for t in key_times(segment) if abs(axis.to_x(t) - x) <= _REACH]
    return min(near, key=lambda t: abs(axis.to_x(t) - x), default=None)
