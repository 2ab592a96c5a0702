"""What can be done to strokes. All pure."""

from collections.abc import Sequence
from dataclasses import replace

from core.base.timing import TimeRange
from core.compositing.strokes import Stroke, stroke_errors
from core.project.changes import Changes, Edited
from core.project.ids import ItemId
from core.project.model import Project
from core.project.placing import EditRefused, require_segment
from core.project.segments import DubSegment

SOFTER = 0.2  # of the brush's radius, a step


def add_stroke(project: Project, item: ItemId, stroke: Stroke, within: TimeRange | None = None) -> Edited:
    """A segment with one more stroke, for the timeline range `within` or all of it.

    Raises:
        EditRefused: the range does not touch the segment, or the stroke is none.
    """
    segment = require_segment(project, item)
    if within is not None:
        shared = segment.range.intersection(within)
        if shared is None:
            raise EditRefused("The marked range does not touch the segment.")
        if shared != segment.range:
            span = TimeRange(segment.media_time(shared.start), segment.media_time(shared.end))
            stroke = replace(stroke, span=span)
    if wrong := stroke_errors(stroke):
        raise EditRefused(f"This cannot be painted: {wrong[0]}.")
    return _with_strokes(project, segment, (*segment.strokes, stroke))


def remove_stroke(project: Project, item: ItemId, number: int) -> Edited:
    """A segment without its stroke `number`, counted from 0."""
    segment = require_segment(project, item)
    if not 0 <= number < len(segment.strokes):
        raise EditRefused("There is no stroke here.")
    return _with_strokes(project, segment, (*segment.strokes[:number], *segment.strokes[number + 1 :]))


def clear_strokes(project: Project, item: ItemId) -> Edited:
    """A segment without strokes."""
    segment = require_segment(project, item)
    if not segment.strokes:
        raise EditRefused("Nothing was painted here.")
    return _with_strokes(project, segment, ())


def soften_strokes(project: Project, item: ItemId, by: float) -> Edited:
    """A segment whose strokes run out more softly, or less when `by` is negative."""
    segment = require_segment(project, item)
    if not segment.strokes:
        raise EditRefused("Nothing was painted here.")
    softer = tuple(replace(each, softness=min(max(each.softness + by, 0.0), 1.0)) for each in segment.strokes)
    return _with_strokes(project, segment, softer)


def _with_strokes(project: Project, segment: DubSegment, strokes: Sequence[Stroke]) -> Edited:
    new = replace(segment, strokes=tuple(strokes))
    segments = tuple(new if each.id == segment.id else each for each in project.segments)
    touched = frozenset({segment.id})
    return Edited(replace(project, segments=segments), Changes(items=touched, blend=touched))
