"""Undo: whole projects, which share everything they have in common, bounded by steps and by bytes."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace

from core.project.changes import Changes, Edited
from core.project.model import Project

MAX_STEPS = 500
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the undo list.

    Attributes:
        label: what the user did, for the menu: "Undo Move".
        before: the project that undoing brings back.
        changes: what doing or undoing it touches.
        merge_key: a following step with the same key joins this one; None never joins.
        own_bytes: roughly what keeping `before` costs beyond what it shares with its successor.
    """

    label: str
    before: Project
    changes: Changes
    merge_key: str | None
    own_bytes: int


class History:
    """The current project and the way back and forth.

    Pure bookkeeping, for one thread. Steps are dropped from the old end when there are more than `max_steps` or they
    hold more than `max_bytes`; the newest step is never dropped.
    """

    def __init__(self, project: Project, *, max_steps: int = MAX_STEPS, max_bytes: int = MAX_BYTES) -> None:
        self._project = project
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._max_steps = max_steps
        self._max_bytes = max_bytes
        self._clean: Project | None = project
        self._group: tuple[str, Project, Changes] | None = None
        self._preview: Project | None = None

    @property
    def project(self) -> Project:
        """The project as it is now, or as a gesture in progress shows it."""
        return self._preview if self._preview is not None else self._project

    @property
    def is_clean(self) -> bool:
        """Whether the project is the one last marked clean (also after undoing back to it)."""
        return self._project is self._clean

    @property
    def undo_label(self) -> str | None:
        """What undo would take back, or None."""
        return self._undo[-1].label if self._undo else None

    @property
    def redo_label(self) -> str | None:
        """What redo would do again, or None."""
        return self._redo[-1].label if self._redo else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all steps that can be undone, oldest first."""
        return tuple(step.label for step in self._undo)

    @property
    def held_bytes(self) -> int:
        """Estimate of what undo and redo keep alive beyond the current project."""
        return sum(step.own_bytes for step in (*self._undo, *self._redo))

    def amend(self, edit: Callable[[Project], Project | None]) -> bool:
        """Applies something that is no step of the user's to the current project and to those it can be undone to.

        `edit` gives the amended project, or None where it does not apply; from the newest state back it stops at the
        first such. For facts that arrive late, such as where a take's pictures lie.
        """
        current = edit(self._project)
        if current is None:
            return False
        was_clean = self.is_clean
        self._project = current
        if was_clean:
            self._clean = None  # the file does not know it yet
        for steps in (self._undo, self._redo):
            for index in range(len(steps) - 1, -1, -1):
                amended = edit(steps[index].before)
                if amended is None:
                    break
                if steps[index].before is self._clean:
                    self._clean = None
                steps[index] = replace(steps[index], before=amended)
        return True

    def preview(self, project: Project | None) -> None:
        """Shows `project` without making a step (a gesture in progress); None goes back to the real one."""
        self._preview = project

    def mark_clean(self, project: Project | None = None) -> None:
        """Declares `project` (default: the current one) saved."""
        self._clean = project if project is not None else self._project

    def mark_unsaved(self) -> None:
        """Declares that no state in the history is saved (a recovered project)."""
        self._clean = None

    def end_merging(self) -> None:
        """The next push makes a step of its own whatever its merge key."""
        if self._undo:
            self._undo[-1] = replace(self._undo[-1], merge_key=None)

    def push(self, label: str, edited: Edited, *, merge_key: str | None = None) -> Changes:
        """Makes `edited` the current project; returns what changed. An edit that changed nothing leaves no step."""
        if edited.project == self._project:
            return Changes()
        if self._group is not None:
            first_label, before, changes = self._group
            self._group = (first_label, before, changes | edited.changes)
            self._project = edited.project
            return edited.changes
        before = self._project
        self._project = edited.project
        self._redo.clear()
        last = self._undo[-1] if self._undo else None
        if (
            last is not None
            and merge_key is not None
            and last.merge_key == merge_key
            and self._clean is not before
        ):
            own_bytes = _unshared_bytes(last.before, edited.project)
            self._undo[-1] = Step(label, last.before, last.changes | edited.changes, merge_key, own_bytes)
            if self._undo[-1].before == edited.project:  # a drag that came back to where it began
                self._project = self._undo.pop().before
        else:
            own_bytes = _unshared_bytes(before, edited.project)
            self._undo.append(Step(label, before, edited.changes, merge_key, own_bytes))
        self._trim()
        return edited.changes

    @contextmanager
    def group(self, label: str) -> Iterator[None]:
        """Everything pushed inside is one step; an exception inside brings the project back to the start."""
        if self._group is not None:  # a group inside a group is part of the outer one
            yield
            return
        self._group = (label, self._project, Changes())
        try:
            yield
        except BaseException:
            self._project = self._group[1]
            self._group = None
            raise
        _, before, changes = self._group
        self._group = None
        after, self._project = self._project, before
        self.push(label, Edited(after, changes))

    def undo(self) -> Changes | None:
        """Takes one step back; returns what it touched, or None when there is none."""
        return self._travel(self._undo, self._redo)

    def redo(self) -> Changes | None:
        """Takes one step forward again; returns what it touched, or None when there is none."""
        return self._travel(self._redo, self._undo)

    def _travel(self, source: list[Step], target: list[Step]) -> Changes | None:
        if not source or self._group is not None:
            return None
        step = source.pop()
        target.append(Step(step.label, self._project, step.changes, None, step.own_bytes))
        self._project = step.before
        return step.changes

    def _trim(self) -> None:
        held = sum(step.own_bytes for step in self._undo)
        while len(self._undo) > 1 and (len(self._undo) > self._max_steps or held > self._max_bytes):
            held -= self._undo.pop(0).own_bytes


def _unshared_bytes(old: Project, new: Project) -> int:
    """Bytes of the parts of `old` that `new` does not share."""
    total = 0
    for each in fields(Project):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before is after:
            continue
        if isinstance(before, tuple):
            kept = {id(element) for element in after}
            total += 8 * len(before)
            total += sum(len(pickle.dumps(element)) for element in before if id(element) not in kept)
        else:
            total += len(pickle.dumps(before))
    return total
