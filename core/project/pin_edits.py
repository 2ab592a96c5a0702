"""What can be done to pins: moments at which the user says how far the mouth is open. All pure."""

from dataclasses import replace
from fractions import Fraction

from core.project.changes import Changes, Edited
from core.project.ids import ItemId
from core.project.model import Project
from core.project.placing import EditRefused, require_segment
from core.project.segments import DubSegment, Pin


def pin_at(project: Project, segment: DubSegment, t: Fraction) -> Pin | None:
    """The pin within half a frame of timeline time `t`."""
    dub_time, reach = segment.media_time(t), project.sequence.rate.frame_duration / 2
    return next((pin for pin in segment.pins if abs(pin.time - dub_time) < reach), None)


def set_pin(project: Project, item: ItemId, t: Fraction, opening: float) -> Edited:
    """A segment whose mouth is `opening` (0 shut, 1 as wide as the person opens it) at `t`.

    Raises:
        EditRefused: `t` lies outside the segment.
    """
    segment = require_segment(project, item)
    if t not in segment.range:
        raise EditRefused("A pin lies inside its segment.")
    old = pin_at(project, segment, t)
    time = old.time if old is not None else segment.media_time(t)
    pins = (*(pin for pin in segment.pins if pin is not old), Pin(time, _limited(opening)))
    return _with_pins(project, segment, pins)


def move_pin(project: Project, item: ItemId, dub_time: Fraction, t: Fraction, opening: float) -> Edited:
    """The pin at `dub_time` put at timeline time `t`, inside the segment and on no other pin, with another opening.

    Raises:
        EditRefused: there is none.
    """
    segment = require_segment(project, item)
    moved = next((pin for pin in segment.pins if pin.time == dub_time), None)
    if moved is None:
        raise EditRefused("There is no pin here.")
    frame = project.sequence.rate.frame_duration
    to = segment.media_time(min(max(t, segment.range.start), segment.range.end - frame))
    others = tuple(pin for pin in segment.pins if pin is not moved)
    if any(abs(pin.time - to) < frame / 2 for pin in others):
        to = moved.time
    return _with_pins(project, segment, (*others, replace(moved, time=to, opening=_limited(opening))))


def remove_pin(project: Project, item: ItemId, t: Fraction) -> Edited:
    """A segment without its pin at `t`.

    Raises:
        EditRefused: there is none.
    """
    segment = require_segment(project, item)
    gone = pin_at(project, segment, t)
    if gone is None:
        raise EditRefused("There is no pin here.")
    return _with_pins(project, segment, tuple(pin for pin in segment.pins if pin is not gone))


def _limited(opening: float) -> float:
    return round(min(max(opening, 0.0), 1.0), 3)


def _with_pins(project: Project, segment: DubSegment, pins: tuple[Pin, ...]) -> Edited:
    new = replace(segment, pins=tuple(sorted(pins, key=lambda pin: pin.time)))
    segments = tuple(new if each.id == segment.id else each for each in project.segments)
    touched = frozenset({segment.id})
    return Edited(replace(project, segments=segments), Changes(items=touched, keys=touched))
