"""The open project: the only writer of `Project` and `History`. Main thread only.

A view reads `document.project`, calls `document.apply(label, edit, …)` with a pure edit of `core.project.edits` and
refreshes when `changed` says that something it shows was touched:

    document.apply("Split", edits.split_items, ids, t)
    drag = document.drag("Move")            # one step however long the drag
    drag.update(edits.move_items, ids, by)  # `by` is measured from where the drag began
    drag.commit()                           # or drag.cancel()
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QObject, Signal

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.project.changes import Changes, Edited
from core.project.history import History
from core.project.ids import VIDEO_LANE, ItemId
from core.project.model import Clip, Project, TimelineItem
from core.project.segments import DubSegment, Take
from ui.state.library import Library
from ui.state.session import Session

P = ParamSpec("P")
T = TypeVar("T")
Edit = Callable[Concatenate[Project, P], Edited]


class Document(QObject):
    """The project with its history, its session and its library.

    Signals:
        changed: (Changes) after every edit, undo, redo and after opening.
        history_changed: undo/redo labels or the clean mark may differ.
        path_changed: the project has another file or none.
        refused: (AppError) an edit was not possible; nothing changed.
    """

    changed = Signal(object)
    history_changed = Signal()
    path_changed = Signal()
    refused = Signal(object)

    def __init__(self, project: Project | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = History(project or Project())
        self._path: Path | None = None
        self._is_read_only = False
        self._opened = 0
        self._items: dict[ItemId, TimelineItem] = {}
        self._drag: Drag | None = None
        self.session = Session(self)
        self.library = Library(self)
        self._index()

    @property
    def project(self) -> Project:
        """The project as it is now; a frozen value that may be kept."""
        return self._history.project

    @property
    def path(self) -> Path | None:
        """The project's file, or None when never saved."""
        return self._path

    @property
    def is_read_only(self) -> bool:
        """Whether saving to `path` is not possible (locked by another window, or no right to write)."""
        return self._is_read_only

    @property
    def is_modified(self) -> bool:
        """Whether there is something to save."""
        return not self._history.is_clean

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self._history.undo_label

    @property
    def redo_label(self) -> str | None:
        """What redo would do again."""
        return self._history.redo_label

    def item(self, item: ItemId) -> TimelineItem | None:
        """The clip or segment with that id, without searching."""
        return self._items.get(item)

    def segment(self, item: ItemId) -> DubSegment | None:
        """The segment with that id, without searching."""
        found = self._items.get(item)
        return found if isinstance(found, DubSegment) else None

    @property
    def selected_segments(self) -> tuple[DubSegment, ...]:
        """The selected segments in time order."""
        found = (self.segment(item) for item in self.session.selection)
        return tuple(
            sorted((each for each in found if each is not None), key=lambda each: (each.range, each.id))
        )

    @property
    def worked_segments(self) -> tuple[DubSegment, ...]:
        """What settings and commands are about: the selected segments; with nothing selected the one under the playhead.

        Where two people speak at once it is the picked person's, or the first.
        """
        if self.session.selection:
            return self.selected_segments
        here = self.project.segments_at(self.session.playhead)
        picked = tuple(segment for segment in here if segment.person == self.session.person)
        return (picked or here)[:1]

    @property
    def worked_items(self) -> tuple[DubSegment, ...] | tuple[Clip, ...]:
        """What the inspector shows: `worked_segments`, else the selected clips, else the clip under the playhead.

        Under the playhead the film comes first, then sounds from the topmost lane.
        """
        segments = self.worked_segments
        if segments:
            return segments
        if self.session.selection:
            found = (self.item(each) for each in self.session.selection)
            return tuple(sorted((i for i in found if isinstance(i, Clip)), key=lambda clip: (clip.lane, clip.range)))
        here = [clip for clip in self.project.clips if self.session.playhead in clip.range]
        return tuple(sorted(here, key=lambda clip: (clip.lane != VIDEO_LANE, clip.lane))[:1])

    def apply(self, label: str, edit: Edit[P], /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Runs an edit as one undo step; False (and `refused` is sent) when the edit was not possible."""
        return self._apply(label, None, lambda project: edit(project, *args, **kwargs))

    def apply_merged(
        self, merge_key: str, label: str, edit: Edit[P], /, *args: P.args, **kwargs: P.kwargs
    ) -> bool:
        """Like `apply`, but joins the step before when that had the same key: a slider being dragged is one step."""
        return self._apply(label, merge_key, lambda project: edit(project, *args, **kwargs))

    def end_merging(self) -> None:
        """The slider was let go: the next `apply_merged` starts a new step."""
        self._history.end_merging()

    @contextmanager
    def group(self, label: str) -> Iterator[None]:
        """Everything applied inside is one undo step; an exception inside takes all of it back."""
        before = self.project
        try:
            with self._history.group(label):
                yield
        except BaseException:
            if self.project is not before:
                raise
            self._notify(Changes(everything=True))
            raise
        self.history_changed.emit()

    def amend(self, edit: Edit[P], /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Adds a late fact without an undo step, to every state that can take it (see `History.amend`)."""
        touched = Changes()

        def amended(project: Project) -> Project | None:
            nonlocal touched
            try:
                edited = edit(project, *args, **kwargs)
            except AppError:
                return None
            touched |= edited.changes
            return edited.project

        self._finish_drag()
        done = self._history.amend(amended)
        self._notify(touched)
        return done

    def drag(self, label: str) -> "Drag":
        """Starts a gesture that ends as one undo step; one at a time."""
        if self._drag is not None:
            self._drag.cancel()
        self._drag = Drag(self, label)
        return self._drag

    def undo(self) -> None:
        """Takes the last step back."""
        self._finish_drag()
        changes = self._history.undo()
        if changes is not None:
            self._notify(changes)

    def redo(self) -> None:
        """Does the last undone step again."""
        self._finish_drag()
        changes = self._history.redo()
        if changes is not None:
            self._notify(changes)

    @property
    def opened(self) -> int:
        """Counts the projects shown so far: media and people of two projects may have the same ids."""
        return self._opened

    def while_open(self, call: Callable[[T], object]) -> Callable[[T], None]:
        """`call` for a result of background work, which does nothing once another project was opened."""
        opened = self._opened

        def bound(result: T) -> None:
            if self._opened == opened:
                call(result)

        return bound

    def replace(
        self, project: Project, path: Path | None, *, read_only: bool = False, modified: bool = False
    ) -> None:
        """Shows another project with an empty history (opening, a new project, recovery)."""
        self._finish_drag()
        self._opened += 1
        self._history = History(project)
        if modified:
            self._history.mark_unsaved()
        self._path = path
        self._is_read_only = read_only
        self.session.select(())
        self.session.set_person(None)
        self.session.forget_rivals()
        self.library.clear()
        self._notify(Changes(everything=True))
        self.session.set_playhead(project.in_out.start)
        self.path_changed.emit()

    def set_read_only(self) -> None:
        """The file belongs to another window now."""
        self._is_read_only = True
        self.path_changed.emit()

    def mark_saved(self, project: Project, path: Path) -> None:
        """Told by the saver: `project` now lies in `path`. `project` may be older than the current one."""
        moved = path != self._path or self._is_read_only
        self._path = path
        self._is_read_only = False
        self._history.mark_clean(project)
        self.history_changed.emit()
        if moved:
            self.path_changed.emit()

    def take_coverage(self, segment: DubSegment, take: Take) -> tuple[TimeRange, ...]:
        """Timeline ranges of `segment` for which `take`'s pictures fit and exist in the cache."""
        fits = self.project.take_coverage(segment, take)
        ready = self.library.take_state(take.id).ready
        ranges: list[TimeRange] = []
        for clip in self.project.video_clips:
            for film, film_range in ready:
                if film != clip.media:
                    continue
                start = clip.timeline_time(film_range.start)
                on_timeline = TimeRange(start, start + film_range.duration).intersection(clip.range)
                if on_timeline is not None:
                    ranges.extend(r for fit in fits if (r := fit.intersection(on_timeline)) is not None)
        return tuple(sorted(ranges))

    def _apply(self, label: str, merge_key: str | None, edit: Callable[[Project], Edited]) -> bool:
        self._finish_drag()
        try:
            edited = edit(self.project)
        except AppError as error:
            self.refused.emit(error)
            return False
        self._notify(self._history.push(label, edited, merge_key=merge_key))
        return True

    def _show(self, project: Project, changes: Changes) -> None:
        """A state of a gesture, not yet in the history."""
        self._history.preview(project)
        self._notify(changes)

    def _finish_drag(self) -> None:
        if self._drag is not None:
            self._drag.cancel()

    def _notify(self, changes: Changes) -> None:
        if changes == Changes():
            return
        if changes.everything or changes.items:
            self._index()
            self.session.select(item for item in self.session.selection if item in self._items)
        self.changed.emit(changes)
        self.history_changed.emit()

    def _index(self) -> None:
        project = self.project
        self._items = {item.id: item for item in project.items}


class Drag:
    """A mouse gesture in progress. Every update starts from the project as it was when the gesture began."""

    def __init__(self, document: Document, label: str) -> None:
        self._document = document
        self._label = label
        self._start = document.project
        self._touched = Changes()
        self._edited: Edited | None = None
        self._is_over = False

    def update(self, edit: Edit[P], /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Shows the edit applied to the start; False when it is not possible there, and the last state stays."""
        if self._is_over:
            return False
        try:
            edited = edit(self._start, *args, **kwargs)
        except AppError:
            return False
        self._edited = edited
        self._touched |= edited.changes
        self._document._show(edited.project, self._touched)  # noqa: SLF001 - one module, two classes
        return True

    def commit(self) -> bool:
        """Makes the shown state one undo step; False when nothing was changed."""
        if self._is_over:
            return False
        self._end()
        if self._edited is None or self._edited.project == self._start:
            return False
        changes = self._touched | self._edited.changes
        self._document._history.push(self._label, Edited(self._edited.project, changes))  # noqa: SLF001
        self._document._notify(changes)  # noqa: SLF001
        return True

    def cancel(self) -> None:
        """Brings back the project of the start."""
        if self._is_over:
            return
        self._end()
        if self._edited is not None:
            self._document._notify(self._touched)  # noqa: SLF001

    def _end(self) -> None:
        self._is_over = True
        self._document._drag = None  # noqa: SLF001
        self._document._history.preview(None)  # noqa: SLF001
