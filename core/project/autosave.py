"""What a window had unsaved, kept aside so that a crash loses at most the last seconds."""

import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.base import json_text
from core.base.errors import ProjectError
from core.project.file import dumps, loads, write_atomically
from core.project.lock import Holder, is_running, this_process
from core.project.model import Project

logger = logging.getLogger(__name__)

_LONGEST_HEADER = 2**16  # characters


@dataclass(frozen=True, slots=True)
class Recovery:
    """An unsaved state that a dead window left behind.

    Attributes:
        path: the autosave file.
        project_path: the project's own file, or None when it was never saved.
        time: when it was kept.
        name: for the offer.
    """

    path: Path
    project_path: Path | None
    time: datetime
    name: str


class AutosaveStore:
    """The unsaved states of all windows, one file for each, in one folder.

    A file's first line is a header (who wrote it, for which project), the rest is a project file.
    """

    def __init__(self, folder: Path, owner: Holder | None = None) -> None:
        self._folder = folder
        self._owner = owner if owner is not None else this_process()

    @property
    def own_path(self) -> Path:
        """The file of this window."""
        return self._folder / f"{self._owner.pid}-{int(self._owner.started)}.autosave"

    def write(self, project: Project, project_path: Path | None, now: datetime) -> None:
        """Keeps the unsaved state of this window.

        Raises:
            ProjectError: it cannot be written (disk full); the last kept state is untouched.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"{self._folder} cannot be made: {error.strerror or error}.") from error
        header = {
            "pid": self._owner.pid,
            "started": self._owner.started,
            "project": str(project_path) if project_path is not None else None,
            "time": now.astimezone(UTC).isoformat(),
            "name": project.name,
        }
        write_atomically(self.own_path, json_text.dump(header, indent=None) + "\n" + dumps(project))

    def clear(self) -> None:
        """Nothing is unsaved any more. A file that cannot be removed is logged: it is offered once too often, no worse."""
        try:
            self.own_path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("the autosave %s cannot be removed: %s", self.own_path, error)

    def recoverable(self) -> tuple[Recovery, ...]:
        """The states dead windows left, newest first. Unreadable files are logged and left alone."""
        found = []
        for path in self._folder.glob("*.autosave"):
            try:
                with path.open(encoding="utf-8") as file:
                    header = json_text.parse(file.readline(_LONGEST_HEADER))
                if is_running(int(header["pid"]), float(header["started"])):
                    continue
                project_path = Path(header["project"]) if header["project"] is not None else None
                time = datetime.fromisoformat(header["time"]).astimezone(UTC)
                found.append(Recovery(path, project_path, time, str(header["name"])))
            except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
                logger.warning("the autosave %s cannot be read: %s", path, error)
        return tuple(sorted(found, key=lambda recovery: recovery.time, reverse=True))

    def read(self, recovery: Recovery) -> Project:
        """The project of a kept state.

        Raises:
            ProjectError: it cannot be read.
        """
        try:
            text = recovery.path.read_text(encoding="utf-8")
        except OSError as error:
            raise ProjectError(f"{recovery.path} cannot be read: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise ProjectError(f"{recovery.path} is damaged: it is not text in UTF-8.") from error
        return loads(text.partition("\n")[2], where=str(recovery.path))

    def decline(self, recovery: Recovery) -> Path:
        """Puts a state aside that the user does not want now; it stays on disk as ``declined/<name>``.

        Raises:
            ProjectError: it cannot be moved.
        """
        folder = self._folder / "declined"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return Path(shutil.move(recovery.path, folder / recovery.path.name))
        except OSError as error:
            raise ProjectError(f"{recovery.path} cannot be put aside: {error.strerror or error}.") from error

    def accept(self, recovery: Recovery) -> None:
        """The state was opened; it is this window's to keep from now on."""
        recovery.path.unlink(missing_ok=True)
