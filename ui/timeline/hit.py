"""What lies under the pointer."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from core.project.model import TimelineItem
from core.project.segments import DubSegment
from ui.timeline.key_marks import key_under
from ui.timeline.lanes import Lane
from ui.timeline.time_axis import TimeAxis

EDGE_PIXELS = 6
Zone = Literal["start", "end", "body", "key", "empty", "outside"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place on the canvas.

    Attributes:
        zone: which part of `item`; "empty" is a lane without an item there, "outside" no lane at all.
        neighbour: the item that touches the hit edge, or None.
        key: the timeline time of the segment's keyframes that lie there, or None.
    """

    zone: Zone
    lane: Lane | None = None
    item: TimelineItem | None = None
    neighbour: TimelineItem | None = None
    key: Fraction | None = None


def hit_at(lane: Lane | None, x: float, axis: TimeAxis, y: float | None = None) -> Hit:
    """What `lane` has at pixel `x`. Edges win over bodies, but leave a third of a narrow item for moving it.

    With `y`, counted from the lanes' top, keyframes win over both.
    """
    if lane is None:
        return Hit("outside")
    under = lane.item_at(axis.to_seconds(x))
    if y is not None and isinstance(under, DubSegment):
        key = key_under(under, lane, x, y, axis)
        if key is not None:
            return Hit("key", lane, under, key=key)
    seconds = axis.to_seconds(x)
    reach = EDGE_PIXELS / axis.pixels_per_second
    item = lane.item_at(seconds)
    if item is None:  # just outside an edge still counts as the edge
        for beside in (seconds + reach, seconds - reach):
            item = lane.item_at(beside)
            if item is not None:
                break
        else:
            return Hit("empty", lane)
    start, end = float(item.range.start), float(item.range.end)
    reach = min(reach, (end - start) / 3)
    position = int(lane.starts.searchsorted(start, side="left"))
    if seconds < start + reach:
        before = lane.items[position - 1] if position > 0 else None
        touches = before is not None and before.range.end == item.range.start
        return Hit("start", lane, item, before if touches else None)
    if seconds >= end - reach:
        after = lane.items[position + 1] if position + 1 < len(lane.items) else None
        touches = after is not None and after.range.start == item.range.end
        return Hit("end", lane, item, after if touches else None)
    return Hit("body", lane, item)
