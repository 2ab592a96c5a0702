"""Putting items onto lanes: the one place where an edit's result is checked against the timeline's rules."""

from bisect import insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar, cast

from core.base.errors import AppError
from core.base.timing import TimeRange, format_time
from core.project.changes import Changes, Edited
from core.project.ids import VIDEO_LANE, ItemId, LaneId
from core.project.model import Clip, Project, TimelineItem
from core.project.segments import DubSegment

Item = TypeVar("Item", bound=Clip | DubSegment)


class EditRefused(AppError):
    """The edit is not possible here; nothing was changed."""


def require_item(project: Project, item: ItemId) -> TimelineItem:
    """The item with that id.

    Raises:
        EditRefused: there is none.
    """
    found = project.item(item)
    if found is None:
        raise EditRefused(f"There is no item “{item}” on the timeline.")
    return found


def require_items(project: Project, items: Collection[ItemId]) -> tuple[TimelineItem, ...]:
    """The items with those ids in the project's order.

    Raises:
        EditRefused: none were named, or one is not there.
    """
    wanted = set(items)
    found = tuple(item for item in project.items if item.id in wanted)
    if not found:
        raise EditRefused("Nothing is selected.", hint="Select a segment on the timeline first.")
    if len(found) != len(wanted):
        missing = sorted(wanted - {item.id for item in found})
        raise EditRefused(f"There is no item “{missing[0]}” on the timeline.")
    return found


def require_segment(project: Project, item: ItemId) -> DubSegment:
    """The dub segment with that id.

    Raises:
        EditRefused: there is none.
    """
    found = project.segment(item)
    if found is None:
        raise EditRefused("This is not a dub segment.", hint="Select a segment on a person's lane.")
    return found


def place(
    project: Project,
    changed: Iterable[TimelineItem] = (),
    *,
    removed: Collection[ItemId] = (),
    added: Sequence[TimelineItem] = (),
    other: Changes | None = None,
) -> Edited:
    """`project` with items exchanged, taken off and put on.

    Raises:
        EditRefused: an item would start before 0, be shorter than a frame, reach outside its medium, or lie over
            another item of its lane.
    """
    new = {item.id: item for item in changed}
    placed = [*new.values(), *added]
    for item in placed:
        _check_alone(project, item)
    gone = set(removed)
    clips = _merge(project.clips, new, gone, [item for item in added if isinstance(item, Clip)])
    segments = _merge(project.segments, new, gone, [item for item in added if isinstance(item, DubSegment)])
    placed_ids = {item.id for item in placed}
    _check_neighbours(clips, placed_ids)
    _check_neighbours(segments, placed_ids)
    touched = frozenset(placed_ids | gone)
    changes = Changes(items=touched, layout=bool(touched)) | (other or Changes())
    return Edited(replace(project, clips=clips, segments=segments), changes)


def overlap_on(items: Sequence[TimelineItem]) -> tuple[TimelineItem, TimelineItem] | None:
    """The first two items of one lane that share time, given items sorted by (lane, start)."""
    for left, right in pairwise(items):
        if left.lane == right.lane and right.range.start < left.range.end:
            return left, right
    return None


def sort_key(item: TimelineItem) -> tuple[LaneId, Fraction]:
    """The order items are kept in."""
    return item.lane, item.range.start


def extract(project: Project, gap: TimeRange) -> Edited:
    """Cuts `gap` out of every lane and of the markers, and closes it: what follows moves up.

    Before ``| A | B | C |`` with B cut out, after ``| A | C |``; an item lying over an edge of the gap is trimmed, one
    lying over both is split into two that touch.
    """
    length = gap.duration
    frame = project.sequence.rate.frame_duration
    changed: list[TimelineItem] = []
    removed: list[ItemId] = []
    added: list[TimelineItem] = []
    number = project.next_number
    for item in project.items:
        span = item.range
        if span.end <= gap.start:
            continue
        left = TimeRange(span.start, gap.start) if gap.start - span.start >= frame else None
        right = TimeRange(max(span.start, gap.end), span.end) if span.end - gap.end >= frame else None
        if left is None and right is None:
            removed.append(item.id)
        if left is not None:
            changed.append(with_range(item, left))
        if right is not None:
            rest = replace(with_range(item, right), range=right.shifted(-length))
            if left is None:
                changed.append(rest)
            else:
                added.append(replace(rest, id=new_id(item, number)))
                number += 1
    markers = tuple(
        replace(marker, time=marker.time - length) if marker.time >= gap.end else marker
        for marker in project.markers
        if marker.time not in gap
    )
    moved = replace(
        project,
        markers=markers,
        next_number=number,
        in_point=_pulled(project.in_point, gap),
        out_point=_pulled(project.out_point, gap),
    )
    other = Changes(
        markers=markers != project.markers,
        in_out=(moved.in_point, moved.out_point) != (project.in_point, project.out_point),
    )
    return place(moved, changed, removed=removed, added=added, other=other)


def open_gap(project: Project, at: Fraction, length: Fraction, *, skip: Collection[ItemId] = ()) -> Edited:
    """Moves everything that starts at `at` or later by `length`, markers and marks included."""
    moved = [
        replace(item, range=item.range.shifted(length))
        for item in project.items
        if item.range.start >= at and item.id not in skip
    ]
    markers = tuple(replace(m, time=m.time + length) if m.time >= at else m for m in project.markers)
    shifted = replace(
        project,
        markers=markers,
        in_point=_pushed(project.in_point, at, length),
        out_point=_pushed(project.out_point, at, length),
    )
    other = Changes(
        markers=markers != project.markers,
        in_out=(shifted.in_point, shifted.out_point) != (project.in_point, project.out_point),
    )
    return place(shifted, moved, other=other)


def with_range(item: TimelineItem, span: TimeRange) -> TimelineItem:
    """`item` cut to `span` of the timeline; what is heard or seen at each time stays the same."""
    return replace(item, range=span, offset=item.media_time(span.start))


def new_id(like: TimelineItem, number: int) -> ItemId:
    """An id for a new item of the same kind."""
    return ItemId(f"{'s' if isinstance(like, DubSegment) else 'c'}{number}")


def _merge(
    items: Iterable[Item], new: Mapping[ItemId, TimelineItem], gone: Collection[ItemId], added: Iterable[Item]
) -> tuple[Item, ...]:
    moved = [cast(Item, new[item.id]) for item in items if item.id in new and item.id not in gone]
    kept = [item for item in items if item.id not in new and item.id not in gone]
    placed = [*moved, *added]
    if len(placed) * 8 > len(kept):
        return tuple(sorted([*kept, *placed], key=sort_key))
    for item in (
        placed
    ):  # what stays is in order already; exact fractions are too slow to sort thousands for one drag
        insort(kept, item, key=sort_key)
    return tuple(kept)


def _check_alone(project: Project, item: TimelineItem) -> None:
    frame = project.sequence.rate.frame_duration
    if item.range.start < 0:
        raise EditRefused("Nothing can lie before the start of the timeline.")
    if item.range.duration < frame:
        raise EditRefused("An item must last at least one frame.")
    if isinstance(item, Clip) and (item.lane != VIDEO_LANE) == item.lane.startswith("V"):
        raise EditRefused(f"There is no lane “{item.lane}”.")
    if isinstance(item, DubSegment) and item.person is not None and project.person(item.person) is None:
        raise EditRefused(f"There is no person “{item.person}”.")
    medium = project.medium(item.media)
    if medium is None:
        raise EditRefused(f"The file of item “{item.id}” is not in the media bin.")
    if isinstance(item, Clip) and item.lane == VIDEO_LANE and medium.kind != "video":
        raise EditRefused(f"“{medium.name}” has no picture.", hint="Drop sound on a dub lane.")
    if not (isinstance(item, Clip) and item.lane == VIDEO_LANE) and not medium.facts.has_audio:
        raise EditRefused(f"“{medium.name}” has no sound.")
    if item.offset < 0 or item.media_range.end > medium.facts.duration:
        raise EditRefused(
            f"“{medium.name}” ends at {format_time(medium.facts.duration)}; there is nothing beyond that to show."
            if item.offset >= 0
            else f"There is nothing before the start of “{medium.name}”."
        )


def _check_neighbours(items: Sequence[TimelineItem], placed: Collection[ItemId]) -> None:
    """Refuses an overlap of a placed item with the one before or behind it; the others did not change."""
    for index, item in enumerate(items):
        if item.id not in placed:
            continue
        for left, right in pairwise(items[max(0, index - 1) : index + 2]):
            if left.lane == right.lane and right.range.start < left.range.end:
                at = format_time(right.range.start)
                raise EditRefused(
                    f"Two items would overlap at {at}.", hint="Make room first, or use another lane."
                )


def _pulled(mark: Fraction | None, gap: TimeRange) -> Fraction | None:
    if mark is None or mark <= gap.start:
        return mark
    return max(gap.start, mark - gap.duration)


def _pushed(mark: Fraction | None, at: Fraction, length: Fraction) -> Fraction | None:
    return mark + length if mark is not None and mark >= at else mark
