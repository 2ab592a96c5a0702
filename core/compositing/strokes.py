"""Brush strokes that put parts of a face into the mask or keep them out of it. They lie on the face and move with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.timing import TimeRange

StrokeKind = Literal["include", "exclude", "erase"]
WIDTHS = (0.03, 2.0)  # of the brush, in mouth widths
MOST_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of the brush.

    Attributes:
        kind: puts into the mask, keeps out of it, or takes back what earlier strokes did there.
        points: its way on the face plane (`core.face_geometry.face_plane`), in outer-eye-corner distances.
        width: of the brush, in widths of the mouth.
        softness: share of the brush's radius over which its edge runs out.
        span: when it holds, on the dub's clock; None for all of the segment.
    """

    kind: StrokeKind
    points: tuple[tuple[float, float], ...]
    width: float = 0.25
    softness: float = 0.5
    span: TimeRange | None = None
    extra: tuple[tuple[str, str], ...] = ()


def stroke_errors(stroke: Stroke) -> tuple[str, ...]:
    """What is wrong with a stroke; empty where nothing is."""
    if not 1 <= len(stroke.points) <= MOST_POINTS:
        return (f"a stroke of {len(stroke.points)} points",)
    if any(len(point) != 2 or abs(point[0]) > 10 or abs(point[1]) > 10 for point in stroke.points):
        return ("a stroke beside every face",)
    if not (WIDTHS[0] <= stroke.width <= WIDTHS[1] and 0 <= stroke.softness <= 1):
        return (f"a brush of width {stroke.width:g} and softness {stroke.softness:g}",)
    return ()


def strokes_at(strokes: Sequence[Stroke], time: float) -> tuple[Stroke, ...]:
    """The strokes that hold at a time on the dub's clock."""
    return tuple(
        each for each in strokes if each.span is None or float(each.span.start) <= time < float(each.span.end)
    )
