"""Cached files that carry their own length and hash, so that a damaged one is found, thrown away and made again.

A sealed file is its content followed by 48 bytes: ``UNISEAL1``, the content's length (little-endian uint64), its sha256.
The content stands first, so that arrays in it can be memory-mapped. Nothing waits for the disk: what a power cut takes is found
damaged by its seal.
"""

import contextlib
import errno
import hashlib
import logging
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.base.errors import AppError
from core.base.whole_file import is_disk_full, whole_file

logger = logging.getLogger(__name__)

_MAGIC = b"UNISEAL1"
_SEAL = struct.Struct("<8sQ32s")
_PIECE = 1 << 20

_known_good: dict[tuple[int, int, int, int], int] = {}  # files whose hash this process has seen to be right


class DamagedError(AppError):
    """A cached file is not what was written."""

    def __init__(
        self,
        message: str = "A file in the cache is damaged.",
        *,
        hint: str = "Do the same again: it is made anew.",
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details=details)


class Sealing:
    """A sealed file while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._length = 0

    def write(self, content: bytes | memoryview) -> None:
        """Adds content."""
        self._digest.update(content)
        self._length += memoryview(content).nbytes
        self._file.write(content)

    def close(self) -> None:
        """Adds the seal."""
        self._file.write(_SEAL.pack(_MAGIC, self._length, self._digest.digest()))


@contextmanager
def sealing(path: Path, expected: int = 0) -> Iterator[Sealing]:
    """A sealed file to be written piece by piece; it appears at `path` when the block ends well.

    Args:
        path: where it goes.
        expected: bytes to reserve before anything is written.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    with whole_file(path, flushes=False) as beside, beside.open("wb") as file:
        if expected:
            reserve(file, expected)
        seal = Sealing(file)
        yield seal
        seal.close()
        file.truncate(file.tell())


def write_sealed(path: Path, content: bytes | memoryview) -> None:
    """Writes a sealed file, whole or not at all; see `sealing`."""
    with sealing(path, memoryview(content).nbytes + _SEAL.size) as file:
        file.write(content)


def seal_mp4(path: Path) -> None:
    """Seals a finished MP4 in place: the seal lies in a box at its end that players skip.

    Raises:
        OSError: the disk is full.
    """
    with path.open("rb+") as file:
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
        box = struct.pack(">I4s", 8 + _SEAL.size, b"free")
        digest.update(box)
        file.write(box)
        file.write(_SEAL.pack(_MAGIC, file.tell(), digest.digest()))


def is_good(path: Path, what: str) -> bool:
    """Whether a cached file is there and as it was written; it then counts as used, and a damaged one is thrown away.

    Args:
        path: where it lies.
        what: as in `discard`.
    """
    try:
        checked_length(path)
    except OSError:
        return False
    except DamagedError:
        discard(path, what)
        return False
    touch(path)
    return True


def read_sealed(path: Path) -> memoryview:
    """The content of a sealed file.

    Raises:
        DamagedError: it is not what was written.
        OSError: it is not there or cannot be read.
    """
    data = memoryview(path.read_bytes())
    length, digest = _seal(bytes(data[-_SEAL.size :]), len(data))
    content = data[:length]
    if hashlib.sha256(content).digest() != digest:
        raise DamagedError
    return content


def checked_length(path: Path) -> int:
    """Bytes of content of a sealed file whose hash was found right, now or since this process began.

    Raises:
        DamagedError, OSError: see `read_sealed`.
    """
    with path.open("rb") as file:
        facts = os.fstat(file.fileno())
        state = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        if state in _known_good:
            return _known_good[state]
        file.seek(max(facts.st_size - _SEAL.size, 0))
        length, wanted = _seal(file.read(_SEAL.size), facts.st_size)
        file.seek(0)
        if _hash_of(file, length) != wanted:
            raise DamagedError
        _known_good[state] = length
        return length


def looks_whole(path: Path) -> bool:
    """Whether a file has a seal that fits its length; its content is not read."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(size - _SEAL.size, 0))
            _seal(file.read(_SEAL.size), size)
    except (OSError, DamagedError):
        return False
    return True


def seal_folder(folder: Path) -> None:
    """Writes ``seals``: length and hash of every file in `folder`.

    Raises:
        OSError: the disk is full.
    """
    lines = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            lines.append(f"{_hash_of(file, size).hex()} {size} {path.name}\n")
    write_sealed(folder / "seals", "".join(lines).encode())


def check_folder(folder: Path) -> None:
    """Makes sure that every file of a folder is what `seal_folder` found.

    Raises:
        DamagedError: a file is missing, cut or changed.
    """
    try:
        for line in bytes(read_sealed(folder / "seals")).decode().splitlines():
            digest, size, name = line.split(" ", 2)
            with (folder / name).open("rb") as file:
                facts = os.fstat(file.fileno())
                state = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
                if facts.st_size != int(size):
                    raise DamagedError
                if state not in _known_good and _hash_of(file, facts.st_size).hex() != digest:
                    raise DamagedError
                _known_good[state] = facts.st_size
    except (OSError, ValueError) as error:
        raise DamagedError from error


@contextmanager
def sealing_folder(folder: Path) -> Iterator[Path]:
    """A folder to be filled; it appears at `folder`, sealed, when the block ends well.

    What another process put there meanwhile stays. Until then its name carries this process, so that what a killed one left
    can be told.

    Raises:
        OSError: the disk is full, or the folder around it cannot be written.
    """
    work = Path(tempfile.mkdtemp(prefix=f"{folder.name}.{os.getpid()}-", dir=folder.parent))
    try:
        yield work
        seal_folder(work)
        try:
            os.replace(work, folder)
        except OSError:
            if not folder.is_dir():  # else another process was quicker
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def discard(path: Path, what: str) -> None:
    """Throws a damaged file or folder away and says so in the log."""
    logger.warning("%s in the cache is damaged and made again: %s", what, path)
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def touch(path: Path) -> None:
    """Notes that a cached file or folder is used; see `used_at`."""
    with contextlib.suppress(OSError):
        facts = path.stat()
        # A file's time of change tells whether its hash is still known; looking into a folder is no use of it.
        changed = time.time_ns() if path.is_dir() else facts.st_mtime_ns
        os.utime(path, ns=(time.time_ns(), changed))


def used_at(path: Path) -> float:
    """When a cached file or folder was written or `touch`ed last, in seconds since 1970."""
    facts = path.stat()
    return facts.st_mtime if path.is_dir() else max(facts.st_mtime, facts.st_atime)


def reserve(file: BinaryIO, size: int) -> None:
    """Makes sure that the disk has room for `size` bytes of `file`: what is memory-mapped must not find it full later.

    Raises:
        OSError: it has not.
    """
    if size <= 0:
        return
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    place = file.tell()
    for start in range(place, size, _PIECE):  # no such call here: written out
        file.write(bytes(min(_PIECE, size - start)))
    file.flush()
    file.seek(place)


@contextmanager
def cache_errors(folder: Path) -> Iterator[None]:
    """Turns a cache that cannot be written into one sentence.

    Raises:
        AppError: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise AppError(
                f"The disk of the cache folder {folder} is full.",
                hint="Free some space, or empty the cache with “unisync cache clear”; the same again then goes on.",
            ) from error
        of_folder = (
            str(error.filename).startswith(str(folder)) if error.filename else error.errno == errno.EIO
        )
        if not of_folder:
            raise
        raise AppError(
            f"The cache folder {folder} cannot be written: {error.strerror}.",
            hint="Free some space or choose another cache folder.",
        ) from error


def _seal(footer: bytes, size: int) -> tuple[int, bytes]:
    """(length, sha256) that the last bytes of a file of `size` bytes tell."""
    if len(footer) != _SEAL.size:
        raise DamagedError
    magic, length, digest = _SEAL.unpack(footer)
    if magic != _MAGIC or length + _SEAL.size != size:
        raise DamagedError
    return length, digest


def _hash_of(file: BinaryIO, length: int) -> bytes:
    digest = hashlib.sha256()
    left = length
    while left > 0:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise DamagedError
        digest.update(piece)
        left -= len(piece)
    return digest.digest()
