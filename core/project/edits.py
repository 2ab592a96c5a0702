"""What can be done to the items on the timeline. Each is pure: it returns the whole new project, or raises and nothing
happened. Times are snapped to the sequence's frames.

Pictures show a lane before and after; ``|`` is an item's edge.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from core.base.timing import TimeRange
from core.face_geometry.track import PersonId
from core.project.changes import Edited
from core.project.default_edits import defaults_for
from core.project.ids import FIRST_DUB_LANE, VIDEO_LANE, ItemId, LaneId, MediaId
from core.project.model import Clip, Project, TimelineItem
from core.project.placing import (
    EditRefused,
    extract,
    new_id,
    open_gap,
    place,
    require_item,
    require_items,
    with_range,
)
from core.project.segments import DubSegment, Pin

__all__ = ["EditRefused"]


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """A segment somebody proposes: by voice activity, by drawing on a lane, by import.

    Attributes:
        range: on the timeline.
        dub, offset: the sound heard at ``range.start``.
        person: who speaks, or None.
        closures: times of the timeline at which the lips shall touch.
    """

    range: TimeRange
    dub: MediaId
    offset: Fraction
    person: PersonId | None = None
    note: str = ""
    closures: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class Clipboard:
    """Copied items. `origin` is the earliest start: pasting puts it at the asked-for time."""

    items: tuple[TimelineItem, ...]
    origin: Fraction


def add_clip(
    project: Project,
    media: MediaId,
    start: Fraction,
    *,
    lane: LaneId = VIDEO_LANE,
    media_range: TimeRange | None = None,
) -> Edited:
    """A medium, whole or in part, put on V1 or on a sound lane; the first film sets the timeline's rate.

    Raises:
        EditRefused: it would lie over another clip, or the medium has no picture (no sound).
    """
    medium = project.medium(media)
    if medium is None:
        raise EditRefused(f"There is no medium “{media}” in the bin.")
    if (
        lane == VIDEO_LANE
        and not project.video_clips
        and not project.segments
        and medium.facts.rate is not None
    ):
        rate = medium.facts.rate
        sequence = replace(
            project.sequence,
            rate=rate,
            drop_frame=rate.has_drop_frame
            and (medium.facts.start_timecode is None or medium.facts.is_drop_frame),
            start_frame=medium.facts.start_timecode or 0,
        )
        rated = replace(project, sequence=sequence)
    else:
        rated = project
    span = media_range or TimeRange(Fraction(0), medium.facts.duration)
    start = rated.sequence.snap(start)
    frames = int(
        span.duration * rated.sequence.rate.value
    )  # whole frames only: the timeline never shows half of one
    clip = Clip(
        ItemId(f"c{project.next_number}"),
        media,
        lane,
        TimeRange(start, start + rated.sequence.rate.time_of(frames)),
        span.start,
    )
    edited = place(replace(rated, next_number=project.next_number + 1), added=[clip])
    if rated is not project:
        return Edited(edited.project, replace(edited.changes, sequence=True))
    return edited


def add_segments(project: Project, drafts: Sequence[SegmentDraft]) -> Edited:
    """Segments with the default settings of their person, else of the project.

    Raises:
        EditRefused: one would lie over another of the same person, or reach outside its dub.
    """
    number = project.next_number
    added = []
    for draft in drafts:
        start, end = project.sequence.snap(draft.range.start), project.sequence.snap(draft.range.end)
        defaults = defaults_for(project, draft.person)
        segment = DubSegment(
            ItemId(f"s{number}"),
            draft.range,
            draft.person,
            draft.dub,
            draft.offset,
            engine=project.settings.engine,
            lips=defaults.lips,
            blend=defaults.blend,
            note=draft.note,
            pins=tuple(Pin(draft.offset + t - draft.range.start, 0.0) for t in sorted(set(draft.closures))),
        )
        placed = with_range(segment, TimeRange(start, max(start, end)))
        assert isinstance(placed, DubSegment), "what it was before"
        added.append(replace(placed, curves=tuple(curve.shifted(placed.offset) for curve in defaults.curves)))
        number += 1
    return place(replace(project, next_number=number), added=added)


def move_items(
    project: Project, items: Collection[ItemId], by: Fraction, *, lane: LaneId | None = None
) -> Edited:
    """Items moved in time by `by`, and to `lane` when given (a person's lane for segments, a sound lane for dubs).

    ``|A|  |B|      |`` → ``|A|      |B|  |``

    Raises:
        EditRefused: an item would start before 0, lie over another, or does not belong on that lane.
    """
    moved = require_items(project, items)
    earliest = min(item.range.start for item in moved)
    by = project.sequence.snap(earliest + by) - earliest if by else by
    return place(project, [_on_lane(replace(i, range=i.range.shifted(by)), lane) for i in moved])


@dataclass(frozen=True, slots=True)
class ShiftLimits:
    """Where some items can be moved to; stays true while a drag goes on.

    Attributes:
        earliest: start of the first of them.
        blocked: (low, high) shifts, rising and apart, strictly between which they would lie over others.
        snap: to the sequence's frames.
    """

    earliest: Fraction
    blocked: tuple[tuple[Fraction, Fraction], ...]
    snap: Callable[[Fraction], Fraction]

    def nearest(self, by: Fraction) -> Fraction:
        """The possible shift nearest to `by`."""
        wished = max(self.snap(self.earliest + by) - self.earliest, -self.earliest)
        index = bisect_left(self.blocked, (wished, wished))
        around = [pair for pair in self.blocked[max(0, index - 1) : index + 1] if pair[0] < wished < pair[1]]
        if not around:
            return wished
        low, high = around[0]
        return low if low >= -self.earliest and wished - low <= high - wished else high


def shift_limits(project: Project, items: Collection[ItemId], *, lane: LaneId | None = None) -> ShiftLimits:
    """Where `move_items` would succeed, for asking often."""
    moved = [_on_lane(item, lane) for item in require_items(project, items)]
    ids = set(items)
    earliest = min(item.range.start for item in moved)
    lanes = {item.lane for item in moved}
    fixed = [i for i in project.items if i.lane in lanes and i.id not in ids]
    blocked = sorted(
        (still.range.start - item.range.end, still.range.end - item.range.start)
        for item in moved
        for still in fixed
        if still.lane == item.lane
    )
    merged: list[tuple[Fraction, Fraction]] = []
    for low, high in blocked:
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return ShiftLimits(earliest, tuple(merged), project.sequence.snap)


def trim_start(project: Project, item: ItemId, to: Fraction) -> Edited:
    """The item begins at `to`; what is heard or seen at each time stays. ``|  A |`` → ``   |A |``."""
    found = require_item(project, item)
    to = project.sequence.snap(to)
    if to >= found.range.end:
        raise EditRefused("An item must last at least one frame.")
    return place(project, [with_range(found, TimeRange(to, found.range.end))])


def trim_end(project: Project, item: ItemId, to: Fraction) -> Edited:
    """The item ends at `to`. ``| A  |`` → ``| A|``."""
    found = require_item(project, item)
    to = project.sequence.snap(to)
    if to <= found.range.start:
        raise EditRefused("An item must last at least one frame.")
    return place(project, [with_range(found, TimeRange(found.range.start, to))])


def ripple_trim_start(project: Project, item: ItemId, to: Fraction) -> Edited:
    """The item loses (or gains) its beginning and stays where it starts; what follows moves up.

    ``|  A | B |`` → ``|A | B |``. On V1 everything behind moves, on any other lane only that lane.
    """
    found = require_item(project, item)
    by = project.sequence.snap(to) - found.range.start
    if by >= found.range.duration:
        raise EditRefused("An item must last at least one frame.")
    start, end = found.range.start, found.range.end
    shorter = replace(found, offset=found.offset + by, range=TimeRange(start, end - by))
    return _ripple(project, shorter, TimeRange(start, start + by) if by > 0 else None, start, -by, found)


def ripple_trim_end(project: Project, item: ItemId, to: Fraction) -> Edited:
    """The item ends at `to` and what follows keeps its distance. ``| A  | B |`` → ``| A| B |``."""
    found = require_item(project, item)
    to = project.sequence.snap(to)
    if to <= found.range.start:
        raise EditRefused("An item must last at least one frame.")
    by = to - found.range.end
    gap = TimeRange(to, found.range.end) if by < 0 else None
    return _ripple(
        project, with_range(found, TimeRange(found.range.start, to)), gap, found.range.end, by, found
    )


def roll(project: Project, left: ItemId, right: ItemId, to: Fraction) -> Edited:
    """The edge two touching items share lies at `to`. ``| A  | B |`` → ``| A | B  |``.

    Raises:
        EditRefused: they do not touch, or one would vanish or run out of medium.
    """
    first, second = require_item(project, left), require_item(project, right)
    if first.lane != second.lane or first.range.end != second.range.start:
        raise EditRefused("Only two items that touch can share a moving edge.")
    to = project.sequence.snap(to)
    if not first.range.start < to < second.range.end:
        raise EditRefused("An item must last at least one frame.")
    return place(
        project,
        [
            with_range(first, TimeRange(first.range.start, to)),
            with_range(second, TimeRange(to, second.range.end)),
        ],
    )


def slip(project: Project, items: Collection[ItemId], by: Fraction) -> Edited:
    """Another part of the medium is used while the items stay where they are: media time grows by `by`.

    Not snapped: sound may be slipped by less than a frame.
    """
    return place(project, [replace(item, offset=item.offset + by) for item in require_items(project, items)])


def split_items(project: Project, items: Collection[ItemId], t: Fraction) -> Edited:
    """Each item that covers `t` becomes two that touch there. ``|  A  |`` → ``| A|A |``.

    Raises:
        EditRefused: none of them covers `t`.
    """
    t = project.sequence.snap(t)
    cut = [item for item in require_items(project, items) if item.range.start < t < item.range.end]
    if not cut:
        raise EditRefused(
            "Nothing to split at the playhead.", hint="Put the playhead inside a selected item."
        )
    changed = [replace(with_range(item, TimeRange(item.range.start, t)), fade_out=Fraction(0)) for item in cut]
    added = [
        replace(
            with_range(item, TimeRange(t, item.range.end)),
            id=new_id(item, project.next_number + index),
            fade_in=Fraction(0),
        )
        for index, item in enumerate(cut)
    ]
    return place(replace(project, next_number=project.next_number + len(cut)), changed, added=added)


def delete_items(project: Project, items: Collection[ItemId]) -> Edited:
    """Takes items off the timeline and leaves the gap. ``|A|B|C|`` → ``|A| |C|``."""
    return place(project, removed=[item.id for item in require_items(project, items)])


def ripple_delete(project: Project, items: Collection[ItemId]) -> Edited:
    """Takes items off and closes the gaps they leave. ``|A|B|C|`` → ``|A|C|``.

    A gap on V1 is closed on every lane, one on another lane on that lane only.
    """
    gone = require_items(project, items)
    edited = place(project, removed=[item.id for item in gone])
    changes = edited.changes
    for item in sorted(gone, key=lambda each: each.range.start, reverse=True):
        if item.lane == VIDEO_LANE:
            edited = extract(edited.project, item.range)
        else:
            later = [i for i in edited.project.items_on(item.lane) if i.range.start >= item.range.end]
            edited = place(edited.project, [_shifted(i, -item.range.duration) for i in later])
        changes |= edited.changes
    return Edited(edited.project, changes)


def copy_items(project: Project, items: Collection[ItemId]) -> Clipboard:
    """The items, ready to be pasted here or into another project that has their media and people."""
    found = require_items(project, items)
    return Clipboard(found, min(item.range.start for item in found))


def paste_items(
    project: Project, clipboard: Clipboard, at: Fraction, *, lane: LaneId | None = None
) -> Edited:
    """Copies of the copied items, the earliest at `at`, on their own lanes or all on `lane`.

    Raises:
        EditRefused: they would lie over others, or their media or people are not in this project.
    """
    if not clipboard.items:
        raise EditRefused("There is nothing to paste.", hint="Copy a segment first.")
    by = project.sequence.snap(at) - clipboard.origin
    added = [
        _on_lane(replace(_shifted(item, by), id=new_id(item, project.next_number + index)), lane)
        for index, item in enumerate(clipboard.items)
    ]
    return place(replace(project, next_number=project.next_number + len(added)), added=added)


def free_start(project: Project, lane: LaneId, start: Fraction, duration: Fraction) -> Fraction:
    """The first time at or after `start` where `duration` fits on `lane`."""
    for item in project.items_on(lane):
        if item.range.end <= start:
            continue
        if item.range.start >= start + duration:
            break
        start = item.range.end
    return start


def free_dub_lane(project: Project, span: TimeRange) -> LaneId:
    """The first sound lane that is free during `span`; a new one when none is."""
    for lane in project.dub_lanes:
        if not any(item.range.overlaps(span) for item in project.items_on(lane)):
            return lane
    last = project.dub_lanes[-1] if project.dub_lanes else None
    return LaneId(f"A{int(last[1:]) + 1}") if last is not None else FIRST_DUB_LANE


def _shifted(item: TimelineItem, by: Fraction) -> TimelineItem:
    return replace(item, range=item.range.shifted(by))


def _on_lane(item: TimelineItem, lane: LaneId | None) -> TimelineItem:
    if lane is None or lane == item.lane:
        return item
    if isinstance(item, DubSegment):
        if not lane.startswith("P:"):
            raise EditRefused("A dub segment belongs on a person's lane.")
        return replace(item, person=PersonId(lane[2:]) if lane[2:] else None)
    if (item.lane == VIDEO_LANE) != (lane == VIDEO_LANE) or lane.startswith("P:"):
        raise EditRefused("Pictures belong on V1, sound on a sound lane.")
    return replace(item, lane=lane)


def _ripple(
    project: Project,
    item: TimelineItem,
    gap: TimeRange | None,
    at: Fraction,
    by: Fraction,
    before: TimelineItem,
) -> Edited:
    """`item` in place of `before`, with what starts at or after the old end moved by `by`."""
    if by == 0:
        return Edited(project, place(project).changes)
    if before.lane != VIDEO_LANE:
        later = [i for i in project.items_on(before.lane) if i.range.start >= before.range.end]
        return place(project, [item, *(_shifted(i, by) for i in later)])
    removed = place(project, removed=[before.id])
    rest = extract(removed.project, gap) if gap is not None else open_gap(removed.project, at, by)
    restored = place(rest.project, added=[item])
    return Edited(restored.project, removed.changes | rest.changes | restored.changes)
