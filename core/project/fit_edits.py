"""A line made longer or shorter, lines nudged, and where a film ends before its dub. All pure."""

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from core.base.keyframes import Keyframe
from core.base.timing import TimeRange
from core.project import edits
from core.project.changes import Edited
from core.project.ids import ItemId, MediaId
from core.project.model import Clip, Project
from core.project.placing import EditRefused, place, require_segment
from core.project.segments import DubSegment


def nudge(project: Project, items: Collection[ItemId], frames: int) -> Edited:
    """Items moved by whole frames, sound and all."""
    if not items:
        raise EditRefused("Select what is to be nudged.")
    return edits.move_items(project, items, project.sequence.rate.time_of(frames))


def stretch_segment(project: Project, item: ItemId, stretched: MediaId, tempo: Fraction) -> Edited:
    """A segment that speaks `stretched`, its own line ``1 / tempo`` times as long; what was set by hand stays with the words.

    Takes stay with the segment, but were made for the line as it was: they are seen again when this is undone.

    Raises:
        EditRefused: the longer line would lie over the next one, or its recording is not in the bin.
    """
    segment = require_segment(project, item)
    medium = project.medium(stretched)
    if medium is None:
        raise EditRefused("The stretched line is not in the media bin.")

    def at(time: Fraction) -> Fraction:
        return (time - segment.offset) / tempo

    length = min(project.sequence.snap(segment.range.duration / tempo), medium.facts.duration)
    length = project.sequence.rate.time_of(int(length * project.sequence.rate.value))
    new = replace(
        segment,
        range=TimeRange(segment.range.start, segment.range.start + length),
        dub=stretched,
        offset=Fraction(0),
        curves=tuple(
            replace(curve, keys=tuple(_moved(key, at(key.time)) for key in curve.keys)) for curve in segment.curves
        ),
        strokes=tuple(
            replace(each, span=TimeRange(at(each.span.start), at(each.span.end))) if each.span is not None else each
            for each in segment.strokes
        ),
        pins=tuple(replace(pin, time=at(pin.time)) for pin in segment.pins),
        choices=(),
    )
    return place(project, [new])


def _moved(key: Keyframe, time: Fraction) -> Keyframe:
    return replace(key, time=time)


def unseen_end(project: Project, segment: DubSegment) -> tuple[Clip, Fraction] | None:
    """The film's clip that a segment outlasts, where it is the last one and seen to its end, and by how many seconds."""
    clips = project.video_clips
    if not clips or segment.range.end <= clips[-1].range.end or segment.range.start >= clips[-1].range.end:
        return None
    film = project.medium(clips[-1].media)
    if film is None or film.facts.duration - clips[-1].media_range.end > project.sequence.rate.frame_duration:
        return None  # there is more of it: its clip can be made longer
    return clips[-1], segment.range.end - clips[-1].range.end
