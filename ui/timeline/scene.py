"""What ruler, headers and canvas of one timeline share: document, axis, lanes, bands, options."""

from collections.abc import Collection, Mapping
from fractions import Fraction
from itertools import groupby

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.base.timing import format_time, format_timecode
from core.project.changes import Changes
from core.project.ids import ItemId, LaneId, MediaId
from core.project.model import TimelineItem
from ui.base.colours import Bands
from ui.base.theme import theme
from ui.state.document import Document
from ui.state.library import CurveKey
from ui.timeline.lanes import LaneStack
from ui.timeline.snapping import SnapTargets, edges_and_cuts, snap_targets
from ui.timeline.time_axis import TimeAxis

SCALES = (0.75, 1.0, 1.35, 1.8)
LOWEST_SCALE = 0.4  # of lanes that fit themselves into the view


class TimelineScene(QObject):
    """The state behind the three widgets.

    Signals:
        content_changed: items, lanes, scores or media look different: repaint all.
        items_changed: (frozenset[LaneId]) only the items of these lanes are different.
        lanes_changed: the lanes themselves: number, order, height.
        scrolled: the vertical scroll position.
        snap_line_changed: the visible snapping line moved, appeared or vanished.
    """

    content_changed = Signal()
    items_changed = Signal(object)
    lanes_changed = Signal()
    scrolled = Signal()
    snap_line_changed = Signal()

    def __init__(self, document: Document, axis: TimeAxis, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.axis = axis
        self.is_snapping = True
        self.is_following = True
        self._scale: float | None = None  # the lanes fit themselves until the user says how high they are
        self._visible_height = 0
        self._lanes = LaneStack(document.project)
        self._bands = Bands(document.project.settings.sync_threshold)
        self._snap_line: Fraction | None = None
        self._top = 0
        self._cuts: dict[MediaId, np.ndarray] = {}
        document.changed.connect(self._on_changed)
        library = document.library
        library.curve_changed.connect(self._on_curve_changed)
        library.cuts_ready.connect(self._on_cuts_ready)
        for signal in (library.waveform_ready, library.take_changed, library.missing_changed):
            signal.connect(self._on_library_changed)
        library.thumbnail_ready.connect(self._on_thumbnail)
        theme().changed.connect(self.content_changed)
        for clip in document.project.video_clips:
            self._take_cuts(clip.media)
        axis.set_length(float(document.project.duration))

    @property
    def lanes(self) -> LaneStack:
        """The lanes as they are now."""
        return self._lanes

    @property
    def bands(self) -> Bands:
        """How scores are coloured."""
        return self._bands

    @property
    def top(self) -> int:
        """Vertical scroll position in logical pixels."""
        return self._top

    @property
    def snap_line(self) -> Fraction | None:
        """The time something snaps to right now."""
        return self._snap_line

    @property
    def lane_scale(self) -> float:
        """Height of the lanes, 1 is normal: as the user set it, or as low as it takes to see all of them."""
        if self._scale is not None:
            return self._scale
        stack = LaneStack(self.document.project)
        if not self._visible_height or stack.height <= self._visible_height:
            return 1.0
        lanes = sum(lane.height for lane in stack.lanes)
        gaps = stack.height - lanes + len(stack.lanes) / 2  # each lane may be rounded up by half a pixel
        return max(LOWEST_SCALE, (self._visible_height - gaps) / lanes)

    def set_visible_height(self, height: int) -> None:
        """Told by the canvas: lanes that fit themselves may have another height now."""
        before = self.lane_scale
        self._visible_height = height
        if self.lane_scale != before:
            self._rebuild()

    def set_lane_scale(self, scale: float | None) -> None:
        """Makes lanes lower or higher; with None they fit themselves into the view."""
        if scale != self._scale:
            self._scale = scale
            self._rebuild()

    @property
    def cuts(self) -> Mapping[MediaId, np.ndarray]:
        """(n,) float64 shot cuts of each film on the film's clock."""
        return self._cuts

    def scroll_to(self, top: int, visible_height: int) -> None:
        """Scrolls vertically as far as there are lanes."""
        top = max(0, min(top, self._lanes.height - visible_height))
        if top != self._top:
            self._top = top
            self.scrolled.emit()

    def set_snap_line(self, t: Fraction | None) -> None:
        """Shows the snapping line at `t`, or hides it."""
        if t != self._snap_line:
            self._snap_line = t
            self.snap_line_changed.emit()

    def snap_targets(self, *, without: Collection[ItemId] = (), with_playhead: bool = True) -> SnapTargets:
        """What edges snap to; nothing when snapping is off."""
        if not self.is_snapping:
            return SnapTargets(())
        project = self.document.project
        cuts = self._film_cuts()
        playhead = self.document.session.playhead if with_playhead else None
        return snap_targets(project, cuts=cuts, playhead=playhead, without=without)

    def timecode(self, t: Fraction) -> str:
        """Timecode of the sequence's frame at `t`."""
        sequence = self.document.project.sequence
        frame = sequence.rate.frame_at(t) + sequence.start_frame
        return format_timecode(frame, sequence.rate, drop_frame=sequence.drop_frame)

    def span_text(self, item: TimelineItem) -> str:
        """In, out and duration of an item as timecodes, and its exact seconds."""
        sequence = self.document.project.sequence
        frames = round(item.range.duration * sequence.rate.value)
        length = format_timecode(frames, sequence.rate, drop_frame=False)
        seconds = format_time(item.range.duration)
        return f"{self.timecode(item.range.start)} – {self.timecode(item.range.end)}  ({length}, {seconds})"

    def edge_times(self) -> list[Fraction]:
        """Every edge and cut on the timeline in order: where ↑ and ↓ go."""
        project = self.document.project
        times = [Fraction(0), project.duration, *edges_and_cuts(project, self._film_cuts())]
        return [time for time, _ in groupby(sorted(times, key=float))]

    def _film_cuts(self) -> dict[MediaId, tuple[Fraction, ...]]:
        films = {clip.media for clip in self.document.project.video_clips}
        return {film: self.document.library.cuts(film) for film in films}

    def _rebuild(self, *, only_items: bool = False) -> None:
        before = self._lanes
        self._lanes = LaneStack(self.document.project, scale=self.lane_scale, before=before)
        self.axis.set_length(float(self._lanes.end))
        has_other_lanes = _shape(self._lanes) != _shape(before)
        if has_other_lanes:
            self.lanes_changed.emit()
        if only_items and not has_other_lanes and before.end and self._lanes.end:
            kept = {id(lane) for lane in before.lanes}
            self.items_changed.emit(frozenset(lane.id for lane in self._lanes.lanes if id(lane) not in kept))
        else:
            self.content_changed.emit()

    def _update_bands(self) -> None:
        project = self.document.project
        library = self.document.library
        known = []
        for film in {clip.media for clip in project.video_clips}:
            curve = library.curve(CurveKey("source", film))
            if curve is not None:
                known.append(curve.p_sync[~np.isnan(curve.p_sync)])
        values = np.concatenate(known) if known else np.empty(0, np.float32)
        reference = float(np.median(values)) if len(values) else None
        self._bands = Bands(project.settings.sync_threshold, reference)

    def _on_changed(self, changes: Changes) -> None:
        if changes.is_only_blend:  # looks the same; the segments are other ones
            self._lanes = LaneStack(self.document.project, scale=self.lane_scale, before=self._lanes)
            return
        plain = Changes(items=changes.items, layout=changes.layout, blend=changes.blend, keys=changes.keys)
        if changes == plain:
            self._rebuild(only_items=True)
            return
        if changes.everything:
            self._cuts.clear()
        if changes.everything or changes.settings:
            self._update_bands()
        if (
            changes.everything
            or changes.items
            or changes.layout
            or changes.people
            or changes.media
            or changes.takes
            or changes.sound
        ):
            self._rebuild()
        elif changes.markers or changes.in_out or changes.sequence or changes.settings:
            self.content_changed.emit()

    def _on_curve_changed(self, key: CurveKey) -> None:
        if key.kind == "source":
            self._update_bands()
        self.content_changed.emit()

    def _on_cuts_ready(self, film: str) -> None:
        self._take_cuts(MediaId(film))
        self.content_changed.emit()

    def _take_cuts(self, film: MediaId) -> None:
        self._cuts[film] = np.array([float(cut) for cut in self.document.library.cuts(film)], np.float64)

    def _on_library_changed(self, _of: str) -> None:
        self.content_changed.emit()

    def _on_thumbnail(self, _media: str, _time: Fraction) -> None:
        self.content_changed.emit()


def _shape(stack: LaneStack) -> list[tuple[LaneId, int, str, str]]:
    return [(lane.id, lane.height, lane.title, lane.colour) for lane in stack.lanes]
