"""One window per project file: a lock file beside it that says who holds it."""

import json
import logging
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.base import json_text
from core.base.errors import ProjectError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the project open."""

    host: str
    pid: int
    started: float  # when the process began, so that a reused pid is not mistaken for it

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; on another machine that cannot be known and counts as yes."""
        if self.host != socket.gethostname():
            return True
        return is_running(self.pid, self.started)


def is_running(pid: int, started: float) -> bool:
    """Whether the process that began at `started` (seconds since the epoch) still runs under `pid`."""
    try:
        process = psutil.Process(pid)
        return bool(abs(process.create_time() - started) < 2.0 and process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, ValueError, OverflowError):  # no number that a process could have
        return False
    except psutil.AccessDenied:
        return True


def this_process() -> Holder:
    """The calling process as a holder."""
    return Holder(socket.gethostname(), os.getpid(), psutil.Process().create_time())


class ProjectLock:
    """Held while a project is open for writing."""

    def __init__(self, project_path: Path) -> None:
        self.path = project_path.with_name(f".{project_path.name}.lock")
        self._is_held = False

    def acquire(self, *, steal: bool = False) -> Holder | None:
        """Takes the lock; None when it is ours now, else who holds it. A dead holder's lock is taken over.

        Args:
            steal: take it although somebody holds it (the user said so).

        Raises:
            ProjectError: the folder cannot be written, so that the project can only be read.
        """
        for _ in range(2):
            try:
                handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            except FileExistsError:
                holder = self.holder()
                if holder == this_process():
                    self._is_held = True
                    return None
                if holder is not None and holder.is_alive and not steal:
                    return holder
                self.path.unlink(missing_ok=True)
                continue
            except OSError as error:
                raise ProjectError(
                    f"The folder {self.path.parent} cannot be written: {error.strerror or error}.",
                    hint="The project is opened for reading only; save it elsewhere to change it.",
                ) from error
            self._sign(handle)
            self._is_held = True
            return None
        return self.holder()

    def release(self) -> None:
        """Gives the lock back when it is ours. One that cannot be removed is logged: a dead holder's is taken over."""
        if self.is_ours:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                logger.warning("the lock %s cannot be removed: %s", self.path, error)
        self._is_held = False

    @property
    def is_ours(self) -> bool:
        """Whether it was taken and nobody took it over since, nor its folder away."""
        return self._is_held and self.holder() == this_process()

    def _sign(self, handle: int) -> None:
        me = this_process()
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"host": me.host, "pid": me.pid, "started": me.started}, file)
        except OSError as error:
            self.path.unlink(missing_ok=True)
            raise ProjectError(
                f"The folder {self.path.parent} cannot be written: {error.strerror or error}.",
                hint="Free some space; until then the project is opened for reading only.",
            ) from error

    def holder(self) -> Holder | None:
        """Who holds the lock; None when nobody does or the lock file is unreadable."""
        try:
            content = json_text.parse(self.path.read_text(encoding="utf-8"))
            return Holder(str(content["host"]), int(content["pid"]), float(content["started"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
