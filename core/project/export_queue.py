"""The exports that are to be made, on disk, so that they outlive the window and a crash.

Each waits with a copy of its project as it was when it was added: what is edited later does not change what was ordered.
One window writes a queue at a time; another one that is open at once has a queue of its own, which the next window to open
takes over.
"""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NewType

from core.base import json_text
from core.base.errors import ProjectError
from core.base.json_text import UnusableJson
from core.project.export_order import ExportOrder
from core.project.file import SUFFIX, load_project, save_project, write_atomically
from core.project.json_codec import decode, encode
from core.project.lock import ProjectLock
from core.project.model import Project

logger = logging.getLogger(__name__)

EntryId = NewType("EntryId", str)
EntryState = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]
FILE = "queue.json"
_VERSION = 1
_MOST_QUEUES = 20  # of windows open at once


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One export.

    Attributes:
        project_name: for people.
        state: one that ran when the program ended is found as waiting.
        error: one sentence, for a failed one; what to do about it stands in `hint`.
        notes: of a finished one: what was not kept.
    """

    id: EntryId
    order: ExportOrder
    project_name: str
    state: EntryState = "waiting"
    error: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be done for it unless it is asked for again."""
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    entries: tuple[QueueEntry, ...]


class ExportQueue:
    """The queue of one window, in a folder; every change is on the disk, whole, when the call returns.

    Args:
        home: where queues lie; this one takes the first that no other window holds, and what ended windows left in others.

    Attributes:
        entries: in order.
        problem: a sentence where the queue cannot be kept, else "".
    """

    def __init__(self, home: Path) -> None:
        self.entries: tuple[QueueEntry, ...] = ()
        self.problem = ""
        self._lock: ProjectLock | None = None
        for folder in _folders(home):
            if self._lock is not None and not folder.is_dir():
                break
            lock = _locked(folder)
            if lock is None:
                continue
            if self._lock is None:
                self._folder, self._lock = folder, lock
                self.entries = self._read(folder)
                self._sweep()
            elif (folder / FILE).is_file():
                self._take_over(folder)
                lock.release()
            else:
                lock.release()
        if self._lock is None:  # the home cannot be written: the queue lasts as long as the window
            self._folder = home / f"exports-{uuid.uuid4().hex[:8]}"
            self.problem = f"The export queue cannot be kept: {home} cannot be written."

    @property
    def waiting(self) -> tuple[QueueEntry, ...]:
        """What is still to be made, in order."""
        return tuple(entry for entry in self.entries if entry.state == "waiting")

    def entry(self, entry: EntryId) -> QueueEntry | None:
        """The entry with that id."""
        return next((each for each in self.entries if each.id == entry), None)

    def project(self, entry: EntryId) -> Project:
        """The project as it was when the entry was added.

        Raises:
            ProjectError: its copy cannot be read.
        """
        return load_project(self._folder / f"{entry}{SUFFIX}")

    def add(self, project: Project, order: ExportOrder, *, first: bool = False) -> QueueEntry:
        """Queues an export, at the end or before all that wait.

        Raises:
            ProjectError: the disk is full, or the folder cannot be written; nothing was queued.
        """
        entry = QueueEntry(EntryId(uuid.uuid4().hex), order, project.name)
        self._make_folder()
        save_project(project, self._folder / f"{entry.id}{SUFFIX}")
        place = len(self.entries)
        if first:
            place = next((n for n, each in enumerate(self.entries) if each.state == "waiting"), place)
        self._write((*self.entries[:place], entry, *self.entries[place:]))
        return entry

    def change(self, entry: EntryId, **values: object) -> None:
        """Another `state`, `error`, `hint` or `notes`.

        Raises:
            ProjectError: it cannot be written.
        """
        changed = tuple(
            replace(each, **values) if each.id == entry else each  # type: ignore[arg-type]
            for each in self.entries
        )
        self._write(changed)

    def move(self, entry: EntryId, by: int) -> None:
        """Moves an entry up (-1) or down (+1) in the order.

        Raises:
            ProjectError: it cannot be written.
        """
        place = next((n for n, each in enumerate(self.entries) if each.id == entry), None)
        if place is None:
            return
        rest = [each for each in self.entries if each.id != entry]
        rest.insert(min(max(place + by, 0), len(rest)), self.entries[place])
        self._write(tuple(rest))

    def remove(self, entry: EntryId) -> None:
        """Takes an entry out.

        Raises:
            ProjectError: it cannot be written.
        """
        self._write(tuple(each for each in self.entries if each.id != entry))
        (self._folder / f"{entry}{SUFFIX}").unlink(missing_ok=True)

    def close(self) -> None:
        """Lets another window take the queue; what runs is found as waiting."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(
                f"The folder {self._folder} of the export queue cannot be made: {error.strerror or error}.",
                hint="Free some space or export at once.",
            ) from error

    def _write(self, entries: tuple[QueueEntry, ...]) -> None:
        self._make_folder()
        write_atomically(self._folder / FILE, json_text.dump(encode(_Kept(_VERSION, entries))) + "\n")
        self.entries = entries

    def _read(self, folder: Path) -> tuple[QueueEntry, ...]:
        path = folder / FILE
        try:
            kept = decode(_Kept, json_text.parse(path.read_text("utf-8")))
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError, UnusableJson, ProjectError) as error:
            aside = path.with_name(f"damaged-{uuid.uuid4().hex[:8]}.json")
            path.replace(aside)
            self.problem = f"The export queue was damaged and begins empty; the old one lies in {aside}."
            logger.warning("%s (%s)", self.problem, error)
            return ()
        return tuple(
            replace(each, state="waiting") if each.state in ("running", "paused") else each
            for each in kept.entries
            if each.id.isalnum() and (folder / f"{each.id}{SUFFIX}").is_file()
        )

    def _sweep(self) -> None:
        """Removes copies of projects whose entry was never written: the program ended in between."""
        known = {entry.id for entry in self.entries}
        for copy in self._folder.glob(f"*{SUFFIX}"):
            if copy.stem not in known:
                copy.unlink(missing_ok=True)

    def _take_over(self, folder: Path) -> None:
        """What a window that ended left in its own queue comes to the end of this one."""
        found = self._read(folder)
        for entry in found:
            (folder / f"{entry.id}{SUFFIX}").replace(self._folder / f"{entry.id}{SUFFIX}")
        self._write((*self.entries, *found))
        (folder / FILE).unlink(missing_ok=True)


def _folders(home: Path) -> Iterator[Path]:
    yield home / "exports"
    for number in range(2, _MOST_QUEUES):
        yield home / f"exports-{number}"


def _locked(folder: Path) -> ProjectLock | None:
    lock = ProjectLock(folder / FILE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return lock if lock.acquire() is None else None
    except (OSError, ProjectError):
        return None
