"""Mouse gestures on the timeline: each is one undo step, shown live, cancelled with Escape.

A gesture is told the pointer's time whenever it moves; it measures from where it began, so what is shown is always one
edit applied to the project as it was.
"""

from collections.abc import Collection
from fractions import Fraction
from math import ceil
from typing import Literal, Protocol

from PySide6.QtCore import QCoreApplication

from core.base.timing import TimeRange
from core.face_geometry.track import PersonId
from core.project import edits, key_edits
from core.project.changes import Edited
from core.project.ids import ItemId, LaneId
from core.project.model import Project, TimelineItem
from core.project.segments import DubSegment
from ui.state.document import Drag
from ui.timeline.scene import TimelineScene
from ui.timeline.snapping import SNAP_PIXELS, SnapTargets

TrimKind = Literal["trim", "ripple"]


class Gesture(Protocol):
    """A mouse gesture in progress."""

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """The pointer is at time `t` over `lane`; returns a short text that says what happens."""

    def commit(self) -> None:
        """The button was let go."""

    def cancel(self) -> None:
        """Escape: everything is as it was."""


class _Gesture:
    """What all gestures share: the drag, the project at the start, snapping."""

    def __init__(
        self, scene: TimelineScene, label: str, origin: Fraction, without: Collection[ItemId]
    ) -> None:
        self._scene = scene
        self._start: Project = scene.document.project
        self._origin = origin
        self._targets: SnapTargets = scene.snap_targets(without=without)
        self._drag: Drag = scene.document.drag(label)

    def commit(self) -> None:
        """One undo step."""
        self._scene.set_snap_line(None)
        self._drag.commit()

    def cancel(self) -> None:
        """Back to the start."""
        self._scene.set_snap_line(None)
        self._drag.cancel()

    @property
    def _tolerance(self) -> Fraction:
        return Fraction(SNAP_PIXELS / self._scene.axis.pixels_per_second)

    def _snapped(self, t: Fraction) -> Fraction:
        target = self._targets.nearest(t, self._tolerance)
        self._scene.set_snap_line(target)
        return target if target is not None else self._start.sequence.snap(t)

    def _signed_timecode(self, by: Fraction) -> str:
        sign = "−" if by < 0 else "+"
        frames = round(abs(by) * self._start.sequence.rate.value)
        nominal = self._start.sequence.rate.nominal
        return f"{sign}{frames // nominal}:{frames % nominal:02d}"


class MoveGesture(_Gesture):
    """Moves items along their lanes or, when they share a kind, to another lane; they slide along their neighbours."""

    def __init__(
        self, scene: TimelineScene, items: Collection[ItemId], origin: Fraction, lane: LaneId
    ) -> None:
        super().__init__(scene, QCoreApplication.translate("Gesture", "Move"), origin, items)
        self._items = tuple(items)
        self._lane = lane
        moved = [item for item in map(self._start.item, self._items) if item is not None]
        self._edges = [edge for item in moved for edge in (item.range.start, item.range.end)]
        self._lanes = {item.lane for item in moved}
        self._limits: dict[LaneId | None, edits.ShiftLimits] = {}

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """Moves by the pointer's way."""
        by = t - self._origin
        snap = self._targets.snap_shift(self._edges, by, self._tolerance)
        if snap is not None:
            by = snap.by
        target = self._target_lane(lane)
        if target not in self._limits:
            self._limits[target] = edits.shift_limits(self._start, self._items, lane=target)
        by = self._limits[target].nearest(by)
        self._drag.update(edits.move_items, self._items, by, lane=target)
        self._scene.set_snap_line(snap.line if snap is not None and snap.by == by else None)
        return self._signed_timecode(by)

    def _target_lane(self, lane: LaneId | None) -> LaneId | None:
        """The lane under the pointer, when every moved item may lie there and they come from one lane."""
        if lane is None or lane == self._lane or len(self._lanes) > 1:
            return None
        is_person = lane.startswith("P:")
        was_person = self._lane.startswith("P:")
        is_dub = lane.startswith("A") and lane != "A1"
        was_dub = self._lane.startswith("A")
        return lane if (is_person and was_person) or (is_dub and was_dub) else None


class TrimGesture(_Gesture):
    """Moves one edge of an item: plain, or rippling what follows."""

    def __init__(
        self, scene: TimelineScene, item: TimelineItem, edge: Literal["start", "end"], kind: TrimKind
    ) -> None:
        labels = {
            "trim": QCoreApplication.translate("Gesture", "Trim"),
            "ripple": QCoreApplication.translate("Gesture", "Ripple trim"),
        }
        origin = item.range.start if edge == "start" else item.range.end
        super().__init__(scene, labels[kind], origin, [item.id])
        self._item = item
        self._edit = {
            ("trim", "start"): edits.trim_start,
            ("trim", "end"): edits.trim_end,
            ("ripple", "start"): edits.ripple_trim_start,
            ("ripple", "end"): edits.ripple_trim_end,
        }[kind, edge]
        self._low, self._high = _trim_limits(self._start, item, edge, stops_at_neighbours=kind == "trim")

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """Puts the edge at `t`, as far as the medium and the neighbours allow."""
        to = min(max(self._snapped(t), self._low), self._high)
        if to != self._scene.snap_line:
            self._scene.set_snap_line(None)
        self._drag.update(self._edit, self._item.id, to)
        return f"{self._signed_timecode(to - self._origin)}   {self._scene.timecode(to)}"


class RollGesture(_Gesture):
    """Moves the edge two touching items share."""

    def __init__(self, scene: TimelineScene, left: TimelineItem, right: TimelineItem) -> None:
        label = QCoreApplication.translate("Gesture", "Roll edit")
        super().__init__(scene, label, right.range.start, [left.id, right.id])
        self._left, self._right = left.id, right.id
        low_left, high_left = _trim_limits(self._start, left, "end", stops_at_neighbours=False)
        low_right, high_right = _trim_limits(self._start, right, "start", stops_at_neighbours=False)
        self._low, self._high = max(low_left, low_right), min(high_left, high_right)

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """Puts the shared edge at `t`."""
        to = min(max(self._snapped(t), self._low), self._high)
        if to != self._scene.snap_line:
            self._scene.set_snap_line(None)
        self._drag.update(edits.roll, self._left, self._right, to)
        return f"{self._signed_timecode(to - self._origin)}   {self._scene.timecode(to)}"


class SlipGesture(_Gesture):
    """Shows another part of the medium while the item stays where it is."""

    def __init__(self, scene: TimelineScene, item: TimelineItem, origin: Fraction) -> None:
        super().__init__(scene, QCoreApplication.translate("Gesture", "Slip"), origin, [item.id])
        self._item = item
        medium = self._start.medium(item.media)
        length = medium.facts.duration if medium is not None else item.media_range.end
        self._low, self._high = -item.offset, max(length - item.media_range.end, Fraction(0))

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """Pulling to the right shows what comes earlier, as if the medium were pulled under a window."""
        by = self._origin - t
        if not isinstance(self._item, DubSegment) and self._item.lane == "V1":
            by = self._start.sequence.snap(by)
        by = min(max(by, self._low), self._high)
        self._drag.update(edits.slip, [self._item.id], by)
        return f"{'−' if by < 0 else '+'}{abs(float(by)):.3f} s"


class KeyGesture(_Gesture):
    """Moves every keyframe that a segment has at one moment."""

    def __init__(self, scene: TimelineScene, segment: DubSegment, key: Fraction) -> None:
        super().__init__(scene, QCoreApplication.translate("Gesture", "Move keyframes"), key, [])
        self._item = segment.id
        self._key = segment.media_time(key)

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """Puts the keyframes at `t`, as far as their neighbours allow."""
        by = self._snapped(t) - self._origin
        self._drag.update(key_edits.move_keys, self._item, self._key, by)
        return f"{self._signed_timecode(by)}   {self._scene.timecode(self._origin + by)}"


class DrawGesture(_Gesture):
    """Draws a new segment on a person's lane, from the dub that lies on the sound lanes there."""

    def __init__(self, scene: TimelineScene, lane: LaneId, origin: Fraction) -> None:
        super().__init__(scene, QCoreApplication.translate("Gesture", "Add segment"), origin, [])
        self._lane = lane
        self._origin = self._snapped(origin)

    def update(self, t: Fraction, lane: LaneId | None) -> str:
        """The segment reaches from where the gesture began to `t`."""
        to = self._snapped(t)
        low, high = sorted((self._origin, to))
        self._drag.update(_draw_segment, self._lane, low, high)
        return self._signed_timecode(high - low)


def _draw_segment(project: Project, lane: LaneId, low: Fraction, high: Fraction) -> Edited:
    span = TimeRange(low, high)
    for sound_lane in project.dub_lanes:
        for clip in project.items_on(sound_lane):
            shared = clip.range.intersection(span)
            if shared is not None:
                person = PersonId(lane[2:]) if lane[2:] else None
                draft = edits.SegmentDraft(shared, clip.media, clip.media_time(shared.start), person)
                return edits.add_segments(project, [draft])
    raise edits.EditRefused(
        QCoreApplication.translate("Gesture", "There is no dub at this place."),
        hint=QCoreApplication.translate("Gesture", "Drop a voice on lane A2 first."),
    )


def _trim_limits(
    project: Project, item: TimelineItem, edge: Literal["start", "end"], *, stops_at_neighbours: bool
) -> tuple[Fraction, Fraction]:
    """The earliest and latest place of an edge."""
    frame = project.sequence.rate.frame_duration
    siblings = project.items_on(item.lane)
    if edge == "start":
        low = max(item.range.start - item.offset, Fraction(0))
        if stops_at_neighbours:
            low = max([low, *(each.range.end for each in siblings if each.range.end <= item.range.start)])
        return _frame_from(low, project), item.range.end - frame
    medium = project.medium(item.media)
    left = medium.facts.duration - item.media_range.end if medium is not None else Fraction(0)
    high = item.range.end + max(left, Fraction(0))
    if stops_at_neighbours:
        high = min([high, *(each.range.start for each in siblings if each.range.start >= item.range.end)])
    return item.range.start + frame, -_frame_from(-high, project)


def _frame_from(t: Fraction, project: Project) -> Fraction:
    """The first frame boundary at or after `t`: edits snap, and must not snap beyond a limit."""
    rate = project.sequence.rate
    return rate.time_of(ceil(t * rate.value))
