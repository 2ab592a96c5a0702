"""Opening, saving, locking, backing up, autosaving and recovering the document's project."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.base.errors import AppError, ProjectError
from core.project import backups
from core.project.autosave import AutosaveStore, Recovery
from core.project.changes import Changes
from core.project.file import SUFFIX, load_project, save_project
from core.project.lock import Holder, ProjectLock
from core.project.model import Project
from core.project.relink import Located, locate_all
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Messages
from ui.base.options import Options
from ui.state.document import Document

logger = logging.getLogger(__name__)

MAX_RECENT = 12
_LOOK_AGAIN_MS = 3000


class ProjectKeeper(QObject):
    """The file side of the document. Writing happens on the pool; everything else here is on the main thread.

    Signals:
        recent_changed: the list of recent projects differs.
        media_missing: (int) so many media of the opened project were not found.
        locked: (Path, Holder) the project is open in another window; it was opened for reading.
    """

    recent_changed = Signal()
    media_missing = Signal(int)
    locked = Signal(object, object)

    def __init__(
        self,
        document: Document,
        bridge: Bridge,
        options: Options,
        messages: Messages,
        home: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._options = options
        self._messages = messages
        self._home = home
        self._lock: ProjectLock | None = None
        self._autosaves = AutosaveStore(home / "autosave")
        self._kept: Project | None = None
        self._is_writing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.autosave)
        self._look_again = QTimer(self)
        self._look_again.setSingleShot(True)
        self._look_again.setInterval(_LOOK_AGAIN_MS)
        document.changed.connect(self._on_changed)

    # --- opening -----------------------------------------------------------------------------------------------------

    def new(self, template: Project | None = None) -> None:
        """An empty project, or a copy of a template."""
        self._release()
        self._document.replace(template or Project(), None)

    def take_over(self, project: Project) -> None:
        """An unsaved project that came from elsewhere: an imported timeline."""
        self._release()
        self._document.replace(project, None, modified=True)
        self.check_media()

    def open(self, path: Path, *, steal: bool = False) -> bool:
        """Opens a project; False (and a message) when it cannot be read.

        A project that another window has open, or whose folder cannot be written, is opened for reading only.
        """
        try:
            project = load_project(path)
        except ProjectError as error:
            self._messages.fail(error)
            return False
        self._release()
        read_only = not self._take_lock(path, steal=steal)
        if not read_only and not _may_write(path):
            read_only = True
            self._messages.warn(
                self.tr("{name} may not be changed.").format(name=path.name),
                self.tr("It is opened for reading; save it under another name to change it."),
            )
        named = replace(_rooted(project, path.parent), name=project.name or path.stem)
        self._document.replace(named, path, read_only=read_only)
        self._remember(path)
        self.check_media()
        return True

    def open_copy(self, path: Path, name: str) -> bool:
        """Opens a file as a new, unsaved project: a backup, a template, the sample."""
        try:
            project = load_project(path)
        except ProjectError as error:
            self._messages.fail(error)
            return False
        self._release()
        self._document.replace(replace(_rooted(project, path.parent), name=name), None, modified=True)
        self.check_media()
        return True

    def recover(self, recovery: Recovery) -> bool:
        """Opens an unsaved state that a crash left behind; saving goes to the project's own file."""
        try:
            project = self._autosaves.read(recovery)
        except ProjectError as error:
            self._messages.fail(error)
            return False
        self._release()
        path = recovery.project_path
        if path is not None:
            project = _rooted(project, path.parent)
        read_only = path is not None and not self._take_lock(path, steal=False)
        self._document.replace(project, path, read_only=read_only, modified=True)
        self.autosave()
        self._autosaves.accept(recovery)
        self.check_media()
        return True

    def decline(self, recovery: Recovery) -> None:
        """Puts an unsaved state aside."""
        try:
            self._autosaves.decline(recovery)
        except ProjectError as error:
            self._messages.fail(error)

    @property
    def recoverable(self) -> tuple[Recovery, ...]:
        """Unsaved states of windows that did not end well."""
        return self._autosaves.recoverable()

    def check_media_again(self) -> None:
        """As `check_media`, at most every few seconds: the window was left and entered, or a film cannot be read."""
        if not self._look_again.isActive() and self._document.project.media:
            self._look_again.start()
            self.check_media()

    def check_media(self) -> None:
        """Looks for the project's files on the pool and marks those that are missing."""
        project = self._document.project
        folder = self._document.path.parent if self._document.path is not None else None

        def work(_ticket: Ticket[tuple[Located, ...]]) -> tuple[Located, ...]:
            return locate_all(project, folder)

        self._bridge.run(work, self._document.while_open(self._on_located))

    # --- saving ------------------------------------------------------------------------------------------------------

    def save(self, then: Callable[[], object] | None = None) -> bool:
        """Saves to the project's own file; False when it has none or is read-only (then ask for a place)."""
        path = self._document.path
        if path is None or self._document.is_read_only:
            return False
        if self._lock is not None and not self._lock.is_ours and self._lock.holder() is not None:
            self._document.set_read_only()
            self._messages.warn(
                self.tr("{name} was taken over by another window.").format(name=path.name),
                self.tr("Save yours under another name, so that neither overwrites the other."),
            )
            return False
        self._write(path, then)
        return True

    def save_as(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Saves to another file and goes on with that."""
        if path.suffix != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        lock = None
        if path != self._document.path or self._document.is_read_only:
            lock = ProjectLock(path)
            try:
                holder = lock.acquire()
            except ProjectError as error:
                self._messages.fail(error)
                return
            if holder is not None:
                self._messages.fail(
                    ProjectError(f"{path} is open in another window.", hint="Choose another name.")
                )
                return
        self._write(path, then, lock)

    def save_template(self, name: str) -> Path:
        """Keeps people, settings and sequence, without media, as a template; returns its file.

        Raises:
            ProjectError: it cannot be written.
        """
        folder = self._home / "templates"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"{folder} cannot be made: {error.strerror or error}.") from error
        project = self._document.project
        bare = Project(
            name=name,
            sequence=project.sequence,
            people=tuple(replace(person, faces=()) for person in project.people),
            settings=project.settings,
            next_number=project.next_number,
        )
        path = folder / f"{name}{SUFFIX}"
        save_project(bare, path)
        return path

    @property
    def templates(self) -> tuple[Path, ...]:
        """The templates, by name."""
        return tuple(sorted((self._home / "templates").glob(f"*{SUFFIX}")))

    @property
    def backups(self) -> tuple[backups.Backup, ...]:
        """Earlier states of the open project, newest first."""
        path = self._document.path
        return backups.list_backups(path, self._home / "backups") if path is not None else ()

    @property
    def recent(self) -> tuple[Path, ...]:
        """Projects opened lately, newest first, without those that are gone."""
        kept = self._options.state("recent")
        paths = [Path(each) for each in kept if isinstance(each, str)] if isinstance(kept, list) else []
        return tuple(
            path for path in paths if os.path.isfile(path)
        )  # `Path.is_file` raises on a share that is locked

    def autosave(self) -> None:
        """Keeps the unsaved state aside now, on the pool; nothing to do when all is saved."""
        self._timer.stop()
        project = self._document.project
        if not self._document.is_modified or project is self._kept or self._is_writing:
            return
        path = self._document.path
        self._is_writing = True
        self._kept = project

        def work(_ticket: Ticket[None]) -> None:
            self._autosaves.write(project, path, datetime.now(UTC))

        self._bridge.run(work, self._on_autosaved, self._on_autosave_failed)

    def close(self, *, keep_unsaved: bool = False) -> None:
        """The window closes: the lock is given back.

        Args:
            keep_unsaved: leave the unsaved state to be recovered (the program was told to stop from outside); else
                nothing is left.
        """
        project, path, is_modified = self._document.project, self._document.path, self._document.is_modified
        self._release()
        if keep_unsaved and is_modified:
            try:
                self._autosaves.write(project, path, datetime.now(UTC))
            except ProjectError as error:
                logger.warning("the unsaved state could not be kept: %s", error)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _write(self, path: Path, then: Callable[[], object] | None, lock: ProjectLock | None = None) -> None:
        """Saves on the pool. `lock` is that of a new place: it takes the old one's place once the file is there."""
        project = self._document.project
        keep_backup = self._options.flag("saving.backups")
        root = self._home / "backups"

        def work(_ticket: Ticket[Project]) -> Project:
            saved = save_project(project, path)
            if keep_backup:
                backups.add_backup(path, root, datetime.now(UTC))
            return saved

        def done(_saved: Project) -> None:
            if lock is not None:
                if self._lock is not None and self._lock.path != lock.path:
                    self._lock.release()
                self._lock = lock
            self._document.mark_saved(project, path)
            if not self._document.is_modified:
                self._autosaves.clear()
            self._remember(path)
            self._messages.done(self.tr("Saved {name}.").format(name=path.name))
            if then is not None:
                then()

        def failed(error: AppError) -> None:
            if lock is not None and (self._lock is None or self._lock.path != lock.path):
                lock.release()
            self._messages.fail(error)

        self._bridge.run(work, done, failed)

    def _take_lock(self, path: Path, *, steal: bool) -> bool:
        lock = ProjectLock(path)
        try:
            holder = lock.acquire(steal=steal)
        except ProjectError as error:
            self._messages.warn(error.message, error.hint)
            return False
        if holder is not None:
            self._on_locked(path, holder)
            return False
        self._lock = lock
        return True

    def _on_locked(self, path: Path, holder: Holder) -> None:
        logger.info("%s is held by %s", path, holder)
        self.locked.emit(path, holder)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self._timer.stop()
        self._autosaves.clear()
        self._kept = None

    def _remember(self, path: Path) -> None:
        recent = [str(path), *(str(each) for each in self.recent if each != path)]
        self._options.set_state("recent", recent[:MAX_RECENT])
        self.recent_changed.emit()

    def _on_changed(self, changes: Changes) -> None:
        if not changes.everything and self._document.is_modified and not self._timer.isActive():
            self._timer.start(round(self._options.number("saving.autosave_seconds") * 1000))

    def _on_autosaved(self, _nothing: None) -> None:
        self._is_writing = False
        if not self._document.is_modified:
            self._autosaves.clear()
        elif self._document.project is not self._kept and not self._timer.isActive():
            self._timer.start(round(self._options.number("saving.autosave_seconds") * 1000))

    def _on_autosave_failed(self, error: AppError) -> None:
        self._is_writing = False
        self._kept = None
        self._messages.warn(
            self.tr("The unsaved state could not be kept: {reason}").format(reason=error.message), error.hint
        )
        self._timer.start(10_000)

    def _on_located(self, located: tuple[Located, ...]) -> None:
        missing = found = 0
        for each in located:
            if self._document.project.medium(each.media) is None:
                continue  # taken out meanwhile
            gone = each.path is None or each.is_changed
            was_gone = self._document.library.is_missing(each.media)
            missing += gone and not was_gone
            found += was_gone and not gone
            self._document.library.set_missing(each.media, missing=gone)
        if missing:
            self.media_missing.emit(missing)
        if found:
            self._messages.done(self.tr("{count} missing files are back.").format(count=found))


def _rooted(project: Project, folder: Path) -> Project:
    """A project whose media lie where they are now: beside `folder` first, since both may have been moved together."""
    media = tuple(
        replace(each, path=str((folder / each.relative_path).resolve()))
        if each.relative_path is not None and (folder / each.relative_path).is_file()
        else each
        for each in project.media
    )
    return replace(project, media=media)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
