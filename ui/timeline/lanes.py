"""The lanes of the timeline, and which items of each are visible. Rebuilt when the project's layout changes."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import is_
from typing import Literal

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.face_geometry.track import PersonId
from core.project.ids import FILM_SOUND_LANE, FIRST_DUB_LANE, UNASSIGNED_LANE, VIDEO_LANE, LaneId
from core.project.model import Project, TimelineItem

LaneKind = Literal["video", "person", "original", "dub"]
ORIGINAL_LANE = FILM_SOUND_LANE
GAP = 3
_NONE = np.zeros(0, np.float64)
_HEIGHTS: dict[LaneKind, int] = {"video": 60, "person": 44, "original": 40, "dub": 44}


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One row.

    Attributes:
        top, height: logical pixels from the top of the first lane.
        colour: of its person, else empty.
        items: in time order; A1 holds V1's clips that have sound.
        starts, ends: (n,) float64 seconds of the items.
    """

    id: LaneId
    kind: LaneKind
    title: str
    subtitle: str
    top: int
    height: int
    colour: str
    items: tuple[TimelineItem, ...]
    starts: np.ndarray
    ends: np.ndarray

    @property
    def bottom(self) -> int:
        """One below the last pixel."""
        return self.top + self.height

    @property
    def person(self) -> PersonId | None:
        """Whose lane it is; None on other lanes and on the unassigned one."""
        return PersonId(self.id[2:]) if self.kind == "person" and self.id != UNASSIGNED_LANE else None

    def visible(self, start: float, end: float) -> range:
        """Indices of the items that overlap [start, end) seconds."""
        first = int(np.searchsorted(self.ends, start, side="right"))
        last = int(np.searchsorted(self.starts, end, side="left"))
        return range(first, max(first, last))

    def item_at(self, seconds: float) -> TimelineItem | None:
        """The item covering that time."""
        position = int(np.searchsorted(self.starts, seconds, side="right")) - 1
        return self.items[position] if position >= 0 and seconds < self.ends[position] else None


class LaneStack:
    """All lanes from top to bottom.

    Lanes of the stack `before` in which nothing changed are taken over as the very same objects, so that who paints
    them knows.
    """

    def __init__(self, project: Project, *, scale: float = 1.0, before: "LaneStack | None" = None) -> None:
        self.lanes: tuple[Lane, ...] = tuple(_build(project, scale, before))

    @property
    def end(self) -> Fraction:
        """The end of the last item; 0 without any."""
        return max((lane.items[-1].range.end for lane in self.lanes if lane.items), default=Fraction(0))

    @property
    def height(self) -> int:
        """Logical pixels of all lanes together."""
        return self.lanes[-1].bottom + GAP

    def lane_at(self, y: float) -> Lane | None:
        """The lane at a height; gaps belong to the lane above."""
        for lane in self.lanes:
            if lane.top <= y < lane.bottom + GAP:
                return lane
        return None

    def lane(self, lane: LaneId) -> Lane | None:
        """The lane with that id."""
        return next((each for each in self.lanes if each.id == lane), None)


def all_items(project: Project) -> tuple[TimelineItem, ...]:
    """Every clip and segment."""
    return (*project.clips, *project.segments)


def _on_lane(items: Sequence[TimelineItem], lane: LaneId) -> Sequence[TimelineItem]:
    """The part of a project's sorted `items` on one lane."""
    first = bisect_left(items, lane, key=_lane_of)
    return items[first : bisect_right(items, lane, lo=first, key=_lane_of)]


def _lane_of(item: TimelineItem) -> LaneId:
    return item.lane


def _same(kept: Lane | None, new: Lane, items: Sequence[TimelineItem]) -> bool:
    """Whether a lane of the stack before would look the same as `new` with `items`."""
    return (
        kept is not None
        and (kept.kind, kept.title, kept.subtitle, kept.top, kept.height, kept.colour)
        == (new.kind, new.title, new.subtitle, new.top, new.height, new.colour)
        and len(kept.items) == len(items)
        and all(map(is_, kept.items, items))
    )


def _build(project: Project, scale: float, before: LaneStack | None) -> list[Lane]:
    with_sound = {medium.id for medium in project.media if medium.facts.has_audio}
    film = _on_lane(project.clips, VIDEO_LANE)
    rows: list[tuple[LaneId, LaneKind, str, str, str, Sequence[TimelineItem]]] = [
        (VIDEO_LANE, "video", "V1", QCoreApplication.translate("LaneStack", "Film"), "", film)
    ]
    people = {f"P:{person.id}": person for person in project.people}
    for lane in project.person_lanes:
        person = people.get(lane)
        title = person.name if person is not None else QCoreApplication.translate("LaneStack", "Nobody yet")
        items = _on_lane(project.segments, lane)
        rows.append((lane, "person", title, "", person.colour if person else "", items))
    sounding = [item for item in film if item.media in with_sound]
    rows.append(
        (ORIGINAL_LANE, "original", "A1", QCoreApplication.translate("LaneStack", "Original"), "", sounding)
    )
    for lane in project.dub_lanes or (FIRST_DUB_LANE,):
        is_background = project.lane_sound(lane).role == "background"
        what = (
            QCoreApplication.translate("LaneStack", "Background")
            if is_background
            else QCoreApplication.translate("LaneStack", "Dub")
        )
        rows.append((lane, "dub", str(lane), what, "", _on_lane(project.clips, lane)))
    lanes = []
    top = GAP
    for lane, kind, title, subtitle, tint, items in rows:
        height = round(_HEIGHTS[kind] * scale)
        new = Lane(lane, kind, title, subtitle, top, height, tint, (), _NONE, _NONE)
        kept = before.lane(lane) if before is not None else None
        if kept is None or not _same(kept, new, items):
            starts = np.array([float(item.range.start) for item in items], np.float64)
            ends = np.array([float(item.range.end) for item in items], np.float64)
            kept = replace(new, items=tuple(items), starts=starts, ends=ends)
        lanes.append(kept)
        top += height + GAP
    return lanes
