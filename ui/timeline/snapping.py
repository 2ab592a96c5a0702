"""Snapping: which time an edge that comes near it should take. Pure."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.project.ids import ItemId, MediaId
from core.project.model import Project
from ui.timeline.lanes import all_items

SNAP_PIXELS = 9
_MAX_EDGES = 64  # of a moved selection; more edges would snap to something at every pixel


@dataclass(frozen=True, slots=True)
class Snap:
    """Moving by `by` puts an edge on `line`."""

    by: Fraction
    line: Fraction


class SnapTargets:
    """Times that edges are drawn to: item edges, film cuts, playhead, markers, marks and the start."""

    def __init__(self, times: Iterable[Fraction]) -> None:
        # Ordered and searched by their floats: comparing thousands of fractions would make every drag begin with a halt.
        self._times = sorted(times, key=float)

    def nearest(self, t: Fraction, tolerance: Fraction) -> Fraction | None:
        """The target nearest to `t` within `tolerance` seconds."""
        position = bisect_left(self._times, t)
        near = [
            time for time in self._times[max(0, position - 1) : position + 1] if abs(time - t) <= tolerance
        ]
        return min(near, key=lambda time: abs(time - t)) if near else None

    def snap_shift(self, edges: Collection[Fraction], by: Fraction, tolerance: Fraction) -> Snap | None:
        """The shift nearest to `by` that puts one of `edges` on a target, if one is within `tolerance`."""
        best: Snap | None = None
        for edge in sorted(edges)[:_MAX_EDGES]:
            target = self.nearest(edge + by, tolerance)
            if target is None:
                continue
            snap = Snap(target - edge, target)
            if best is None or abs(snap.by - by) < abs(best.by - by):
                best = snap
        return best


def snap_targets(
    project: Project,
    *,
    cuts: Mapping[MediaId, Sequence[Fraction]],
    playhead: Fraction | None,
    without: Collection[ItemId] = (),
) -> SnapTargets:
    """Everything of `project` that edges snap to.

    Args:
        project: what lies on the timeline.
        cuts: shot cuts of each film on the film's clock, rising.
        playhead: timeline time, or None while the playhead itself is dragged.
        without: items being dragged, which do not attract themselves.
    """
    times = [Fraction(0)]
    if playhead is not None:
        times.append(playhead)
    times.extend(marker.time for marker in project.markers)
    times.extend(mark for mark in (project.in_point, project.out_point) if mark is not None)
    times.extend(edges_and_cuts(project, cuts, without=without))
    return SnapTargets(times)


def edges_and_cuts(
    project: Project, cuts: Mapping[MediaId, Sequence[Fraction]], *, without: Collection[ItemId] = ()
) -> list[Fraction]:
    """Every item's edges and every shot cut on the timeline, in no order, some more than once."""
    times: list[Fraction] = []
    gone = set(without)
    for item in all_items(project):
        if item.id not in gone:
            times.extend((item.range.start, item.range.end))
    for clip in project.video_clips:
        if clip.id in gone:
            continue
        inside = cuts.get(clip.media, ())
        first = bisect_left(inside, clip.media_range.start)
        last = bisect_left(inside, clip.media_range.end)
        times.extend(clip.timeline_time(cut) for cut in inside[first:last])
    return times
