"""What keys and menus do to the timeline: edits at the playhead and of the selection, marks, and what is in view."""

from bisect import bisect_left, bisect_right
from fractions import Fraction

from PySide6.QtCore import QObject, Signal

from core.project import content_edits, edits
from ui.state.document import Document
from ui.timeline.lanes import Lane, all_items
from ui.timeline.scene import SCALES, TimelineScene
from ui.timeline.time_axis import TimeAxis

_ZOOM_STEP = 1.5


class TimelineCommands(QObject):
    """The commands of one timeline.

    Signals:
        generate_requested, regenerate_requested, best_requested: for the selected segments.
    """

    generate_requested = Signal()
    regenerate_requested = Signal()
    best_requested = Signal()

    def __init__(self, document: Document, axis: TimeAxis, scene: TimelineScene, parent: QObject) -> None:
        super().__init__(parent)
        self.document = document
        self.axis = axis
        self._scene = scene
        self._clipboard = edits.Clipboard((), Fraction(0))

    def split_at_playhead(self) -> bool:
        """Splits the selected items at the playhead; without a selection everything there on the dub lanes and V1."""
        session, project = self.document.session, self.document.project
        t = session.playhead
        ids = session.selection or frozenset(
            item.id for item in all_items(project) if item.range.start < t < item.range.end
        )
        return self.document.apply(self.tr("Split"), edits.split_items, ids, t)

    def delete_selection(self) -> bool:
        """Takes the selected items off and leaves the gap."""
        return self._without_selection(self.tr("Delete"), ripple=False)

    def ripple_delete_selection(self) -> bool:
        """Takes the selected items off and closes the gap."""
        return self._without_selection(self.tr("Delete and close the gap"), ripple=True)

    def copy_selection(self) -> bool:
        """Remembers the selected items for pasting; False when nothing is selected."""
        ids = self.document.session.selection
        if not ids:
            return False
        self._clipboard = edits.copy_items(self.document.project, ids)
        return True

    def cut_selection(self) -> bool:
        """Copies and deletes."""
        return self.copy_selection() and self._without_selection(self.tr("Cut"), ripple=False)

    @property
    def can_paste(self) -> bool:
        """Whether anything was copied."""
        return bool(self._clipboard.items)

    def paste(self) -> bool:
        """Pastes at the playhead."""
        return self.paste_at(self.document.session.playhead)

    def paste_at(self, t: Fraction) -> bool:
        """Pastes with the earliest item at `t`, and selects what came."""
        before = {item.id for item in all_items(self.document.project)}
        done = self.document.apply(self.tr("Paste"), edits.paste_items, self._clipboard, t)
        if done:
            after = all_items(self.document.project)
            self.document.session.select(item.id for item in after if item.id not in before)
        return done

    def select_all(self) -> None:
        """Selects every item."""
        project = self.document.project
        self.document.session.select(item.id for item in all_items(project))

    def select_lane(self, lane: Lane) -> None:
        """Selects every item of a lane."""
        self.document.session.select(item.id for item in lane.items)

    def select_next(self, direction: int) -> None:
        """Selects the segment after (before) the selected one, or the one at the playhead, and shows it."""
        items = sorted(self.document.project.segments, key=lambda each: (each.range, each.id))
        if not items:
            return
        chosen = [n for n, each in enumerate(items) if each.id in self.document.session.selection]
        if chosen:
            number = (chosen[-1] if direction > 0 else chosen[0]) + direction
        else:
            starts = [each.range.start for each in items]
            number = bisect_left(starts, self.document.session.playhead) - (direction < 0)
        found = items[min(max(number, 0), len(items) - 1)]
        self.document.session.select([found.id])
        self.axis.reveal(float(found.range.start))

    def nudge(self, frames: int) -> bool:
        """Moves the selected items by frames of the sequence; repeated nudges are one undo step."""
        ids = self.document.session.selection
        if not ids:
            return False
        by = frames * self.document.project.sequence.rate.frame_duration
        key = "nudge:" + ",".join(sorted(ids))
        return self.document.apply_merged(key, self.tr("Nudge"), edits.move_items, ids, by)

    def set_in(self) -> None:
        """The in mark at the playhead."""
        self.document.apply(self.tr("Set in"), content_edits.set_in, self.document.session.playhead)

    def set_out(self) -> None:
        """The out mark behind the frame at the playhead, so that this frame is the last one inside."""
        t = self.document.session.playhead + self.document.project.sequence.rate.frame_duration
        self.document.apply(self.tr("Set out"), content_edits.set_out, t)

    def clear_in_out(self) -> None:
        """No marks."""
        with self.document.group(self.tr("Clear in and out")):
            self.document.apply(self.tr("Clear in and out"), content_edits.set_in, None)
            self.document.apply(self.tr("Clear in and out"), content_edits.set_out, None)

    def add_marker(self, t: Fraction | None = None) -> None:
        """A marker at `t`, or at the playhead."""
        time = t if t is not None else self.document.session.playhead
        self.document.apply(self.tr("Add marker"), content_edits.add_marker, time)

    def go_to_edge(self, direction: int) -> None:
        """Moves the playhead to the next (+1) or previous (-1) cut, edge or end."""
        times = self._scene.edge_times()
        here = self.document.session.playhead
        number = bisect_right(times, here) if direction > 0 else bisect_left(times, here) - 1
        if 0 <= number < len(times):
            self.document.session.set_playhead(times[number])
            self.axis.reveal(float(times[number]))

    def zoom_in(self) -> None:
        """Zooms in around the playhead (the middle, when that is out of sight)."""
        self.axis.zoom(_ZOOM_STEP, self._zoom_anchor())

    def zoom_out(self) -> None:
        """Zooms out."""
        self.axis.zoom(1 / _ZOOM_STEP, self._zoom_anchor())

    def zoom_to_fit(self) -> None:
        """Shows everything."""
        self.axis.fit()

    def zoom_to_selection(self) -> None:
        """Shows the selected items, with some air; everything without a selection."""
        found = [self.document.item(each) for each in self.document.session.selection]
        items = [item for item in found if item is not None]
        if not items:
            self.zoom_to_fit()
            return
        start = float(min(item.range.start for item in items))
        end = float(max(item.range.end for item in items))
        air = max((end - start) * 0.08, 0.2)
        self.axis.set_range(start - air, end + air)

    def change_lane_height(self, steps: int) -> None:
        """Higher or lower lanes."""
        now = self._scene.lane_scale
        others = [scale for scale in SCALES if (scale > now if steps > 0 else scale < now)]
        if others:
            self._scene.set_lane_scale(others[0] if steps > 0 else others[-1])

    def fit_lanes(self) -> None:
        """All lanes in view, as far as they stay readable."""
        self._scene.set_lane_scale(None)

    def _without_selection(self, label: str, *, ripple: bool) -> bool:
        ids = self.document.session.selection
        if not ids:
            return False
        return self.document.apply(label, edits.ripple_delete if ripple else edits.delete_items, ids)

    def _zoom_anchor(self) -> float:
        x = self.axis.to_x(self.document.session.playhead)
        return x if 0 <= x <= self.axis.width else self.axis.width / 2
