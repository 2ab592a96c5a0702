"""Files that are there whole or not at all: written under a name beside their place, then moved to it.

The name beside carries the computer and the process, so that what a killed process left is known for what it is and swept
away by the next one that writes into that folder.
"""

import errno
import hashlib
import logging
import os
import platform
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from core.base.errors import MediaError

logger = logging.getLogger(__name__)

_BESIDE = re.compile(r"\.unisync-(?P<host>[0-9a-f]{6})-(?P<process>\d+)-[0-9a-f]{8}(\..*)?")
_BESIDE_BEFORE = re.compile(r"\.unisync-[0-9a-f]{12}(\..*)?")  # as earlier versions named them: no process
_DAY = 24 * 3600.0
_CLOCK_SLACK = 2.0  # seconds between a file system's clock and the system's


@contextmanager
def written_whole(path: Path, what: str = "The file") -> Iterator[Path]:
    """`whole_file` for files that the user asked for by name: what goes wrong is one sentence.

    Args:
        path: where it goes.
        what: names the kind of file in the message: "The report".

    Raises:
        MediaError: the disk is full, or the file cannot be written.
    """
    try:
        with whole_file(path) as beside:
            yield beside
    except OSError as error:
        if is_disk_full(error):
            raise MediaError(
                f"The disk is full while writing “{path}”.", hint="Free some space and try again."
            ) from error
        raise MediaError(
            f"{what} “{path}” cannot be written: {error.strerror or error}.", hint="Choose another folder."
        ) from error


@contextmanager
def whole_file(path: Path, *, flushes: bool = True) -> Iterator[Path]:
    """Gives the path of a file to write; when the block ends well it takes the place of `path`.

    After an exception nothing is left of it, and what was in `path` is untouched. Access rights of a replaced file stay.

    Args:
        path: where it goes.
        flushes: whether it is flushed to the disk first, so that it outlives a power cut.

    Raises:
        OSError: it cannot be flushed or moved.
    """
    sweep(path.parent)
    beside = beside_name(path)
    try:
        yield beside
        settle(beside, path, flushes=flushes)
    finally:
        beside.unlink(missing_ok=True)


def settle(beside: Path, path: Path, *, flushes: bool = True) -> None:
    """Moves a finished file to its place so that a crash at any moment leaves the old content or the new, never a part.

    After a power cut this holds for what `flushes` alone.
    """
    if flushes:
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
    if path.exists():
        shutil.copymode(path, beside)
    os.replace(beside, path)
    if flushes:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut."""
    if os.name != "posix":  # Windows cannot open a folder to flush it, and NTFS journals the rename
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that have nothing to flush there
            raise
    finally:
        os.close(handle)


def beside_name(path: Path) -> Path:
    """A free name in the folder of `path`, with its ending, that says which process made it."""
    return path.with_name(f".unisync-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}{path.suffix}")


def sweep(folder: Path) -> list[Path]:
    """Removes from `folder` what processes of this computer that are no more left unfinished; returns what went."""
    gone: list[Path] = []
    try:
        names = os.listdir(folder)
    except OSError:
        return gone
    for name in names:
        if not name.startswith(".unisync-"):
            continue
        path = folder / name
        try:
            if _is_left_over(path):
                path.unlink()
                gone.append(path)
                logger.info("removed %s, left by a process that ended", path)
        except OSError as error:
            logger.debug("%s stays: %s", path, error)
    return gone


def _is_left_over(path: Path) -> bool:
    written = path.stat().st_mtime
    if _BESIDE_BEFORE.fullmatch(path.name):
        return time.time() - written > _DAY
    found = _BESIDE.fullmatch(path.name)
    if found is None or found["host"] != _host():
        return False
    return is_ended(int(found["process"]), since=written)


def is_ended(process: int, *, since: float) -> bool:
    """Whether the process that had this number at the time `since` (seconds since 1970) is no more."""
    try:
        return bool(
            psutil.Process(process).create_time() > since + _CLOCK_SLACK
        )  # another one has its number now
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError, OverflowError):
        return False


def is_disk_full(error: BaseException) -> bool:
    """Whether the system said that there is no space left, or no more for this user."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]
