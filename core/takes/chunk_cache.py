"""Finished chunks on disk, lossless, under a key of everything they depend on.

Layout: ``<root>/<key[:2]>/<key>/<first frame>-<frames>.chunk``, each file sealed (`core.base.sealed`), so that a chunk is
whole or absent whatever happens to the process or the disk.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np

from core.base.cache_folders import cached_entries, drop_longest_unused, limit_of
from core.base.errors import AppError
from core.base.sealed import (
    DamagedError,
    cache_errors,
    checked_length,
    discard,
    looks_whole,
    read_sealed,
    touch,
    write_sealed,
)
from core.base.stages import stage
from core.jobs.spread import spread
from core.lip_engine import DOUBTFUL, MILDER, LipChunk

logger = logging.getLogger(__name__)

DEFAULT_BUDGET_BYTES = limit_of("chunks")
# Measured on a face of 560 pixels: 6.5 ms and 279 kB; OpenCV's own choice of filters takes 13.7 ms for 257 kB.
PNG_FASTEST = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
)
_MOST_KEPT_BYTES = (
    96 * 2**20
)  # of the chunks used last, so that those who lay them in need not read what was just made


@dataclass(frozen=True, slots=True, eq=False)
class LipFrame:
    """One frame of a chunk; see `LipChunk` for the fields."""

    crop: np.ndarray
    affine: np.ndarray
    landmarks: np.ndarray
    weight: float
    synthesised: bool


def stretches(frames: Iterable[int]) -> tuple[range, ...]:
    """Rising frame numbers as the stretches that follow each other without a gap."""
    found: list[range] = []
    for frame in frames:
        if found and found[-1].stop == frame:
            found[-1] = range(found[-1].start, frame + 1)
        else:
            found.append(range(frame, frame + 1))
    return tuple(found)


def _decoded(png: np.ndarray) -> np.ndarray:
    crop = cv2.imdecode(png, cv2.IMREAD_COLOR)
    if crop is None:
        raise ValueError("a crop in the cache is damaged")
    return crop


def _if_stored(stored: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """`name` of a chunk file; empty where a version that did not know it yet wrote the file."""
    return stored[name] if name in stored else np.zeros(0, np.float32)


_Stamp = tuple[int, int]


def _stamp(path: Path) -> _Stamp | None:
    """Size and time of a file, None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns


@stage("storing lips")
def _as_png(crop: np.ndarray) -> np.ndarray:
    return cv2.imencode(".png", crop, PNG_FASTEST)[1]


class LostChunkError(AppError):
    """Finished lips that were in the cache are not there any more."""


class ChunkCache:
    """Chunks by key. Thread-safe; several processes may use one root at the same time."""

    def __init__(self, root: Path, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._root = root
        self._budget_bytes = budget_bytes
        self._kept: OrderedDict[Path, tuple[_Stamp, LipChunk]] = (
            OrderedDict()
        )  # the last ones, as they are on disk
        self._kept_bytes = 0
        self._lock, self._reading = threading.Lock(), threading.Lock()

    @stage("storing lips")
    def write(self, key: str, chunk: LipChunk) -> None:
        """Stores one chunk.

        Raises:
            AppError: the disk is full or the folder cannot be written.
        """
        folder = self._folder(key)
        path = folder / f"{chunk.first_frame:09d}-{len(chunk.crops)}.chunk"
        # OpenCV wants BGR; storing RGB as if it were BGR loses nothing and saves two conversions.
        pngs = list(spread(_as_png, chunk.crops))
        content = BytesIO()
        np.savez(
            content,
            png=np.concatenate(pngs),
            ends=np.cumsum([len(png) for png in pngs]),
            affines=chunk.affines,
            landmarks=chunk.landmarks,
            weights=chunk.weights,
            synthesised=chunk.synthesised,
            doubts=chunk.doubts,
            milder=chunk.milder,
        )
        with cache_errors(self._root):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                write_sealed(path, content.getbuffer())
            except FileNotFoundError:  # thrown away by another process that ran out of room meanwhile
                folder.mkdir(parents=True, exist_ok=True)
                write_sealed(path, content.getbuffer())
        self._keep(path, chunk)

    def verify(self, key: str) -> None:
        """Reads every chunk of `key` and throws away what is not as it was written, so that it is made again."""
        for _, _, path in self._chunks(key):
            try:
                checked_length(path)
            except DamagedError:
                discard(path, "A stretch of finished lips")
            except OSError as error:
                logger.warning("%s cannot be read: %s", path, error)
        touch(self._folder(key))

    def done_until(self, key: str, first_frame: int) -> int:
        """The first frame at or after `first_frame` that is not stored under `key`; cut files do not count."""
        chunks = {start: start + count for start, count, path in self._chunks(key) if looks_whole(path)}
        frame = first_frame
        while frame in chunks:
            frame = chunks[frame]
        return frame

    def frame(self, key: str, frame: int) -> LipFrame | None:
        """One stored frame, or None when it is not there (yet)."""
        chunk = self._chunk_with(key, frame)
        if chunk is None:
            return None
        i = frame - chunk.first_frame
        return LipFrame(
            chunk.crops[i],
            chunk.affines[i],
            chunk.landmarks[i],
            float(chunk.weights[i]),
            bool(chunk.synthesised[i]),
        )

    def synthesised(self, key: str, frames: range) -> int:
        """How many of the stored `frames` show a mouth that the footage does not hold; no picture is decoded."""
        count = 0
        for start, _, path in self._chunks(key):
            made = self._stored(path, "synthesised")
            count += int(made[max(frames.start - start, 0) : max(frames.stop - start, 0)].sum())
        return count

    def doubtful(self, key: str, frames: range) -> tuple[range, ...]:
        """The stretches of the stored `frames` that the engine would have looked at again; no picture is decoded."""
        doubted = []
        for start, _, path in self._chunks(key):
            doubts = self._stored(path, "doubts")
            doubted += [start + int(n) for n in np.flatnonzero(doubts >= DOUBTFUL) if start + n in frames]
        return stretches(doubted)

    def milder(self, key: str, frames: range) -> tuple[int, ...]:
        """How many of the stored `frames` were made by each step of `MILDER`; engines that do not say count as wanted."""
        counts = np.zeros(len(MILDER), int)
        for start, count, path in self._chunks(key):
            steps = self._stored(path, "milder")
            if not len(steps):
                steps = np.zeros(count, np.uint8)
            inside = steps[max(frames.start - start, 0) : max(frames.stop - start, 0)]
            counts += np.bincount(inside, minlength=len(MILDER))
        return tuple(int(count) for count in counts)

    def chunk(self, key: str, first_frame: int) -> LipChunk:
        """The stored chunk that begins at `first_frame`; raises KeyError when there is none."""
        for start, _, path in self._chunks(key):
            if start == first_frame and (found := self._load(path, start)) is not None:
                return found
        raise KeyError(first_frame)

    def evict(self, keep: frozenset[str] = frozenset()) -> int:
        """Deletes the longest-unused keys until the budget is met; returns the bytes freed."""
        return drop_longest_unused(cached_entries(self._root, "??/*"), self._budget_bytes, keep)

    def _folder(self, key: str) -> Path:
        return self._root / key[:2] / key

    def _chunks(self, key: str) -> list[tuple[int, int, Path]]:
        found = []
        for path in sorted(self._folder(key).glob("*.chunk")):
            start, _, count = path.stem.partition("-")
            if start.isdigit() and count.isdigit():  # others are being written
                found.append((int(start), int(count), path))
        return found

    def _chunk_with(self, key: str, frame: int) -> LipChunk | None:
        folder = self._folder(key)
        with self._lock:
            kept = [
                (path, chunk) for path, (_, chunk) in reversed(self._kept.items()) if path.parent == folder
            ]
        for path, chunk in kept:
            if 0 <= frame - chunk.first_frame < len(chunk.crops) and self._is_kept(path):
                return chunk
        for start, count, path in self._chunks(key):
            if start <= frame < start + count:
                return self._load(path, start)
        return None

    def _stored(self, path: Path, name: str) -> np.ndarray:
        """One array of a chunk file, see `_if_stored`; empty where the file is damaged."""
        with self._lock:
            known = self._kept.get(path)
        if known is not None and self._is_kept(path):
            return np.asarray(getattr(known[1], name))
        try:
            with np.load(BytesIO(read_sealed(path))) as stored:
                return _if_stored(stored, name)
        except (OSError, ValueError, KeyError, DamagedError):
            discard(path, "A stretch of finished lips")
            return np.zeros(0, np.float32)

    def _load(self, path: Path, first_frame: int) -> LipChunk | None:
        """The chunk in a file, or None where it is damaged; it is thrown away then."""
        with self._reading:  # once for all threads that want it
            with self._lock:
                known = self._kept.get(path)
            if known is not None and self._is_kept(path):
                return known[1]
            return self._read_and_kept(path, first_frame)

    def _read_and_kept(self, path: Path, first_frame: int) -> LipChunk | None:
        try:
            chunk = self._read(path, first_frame)
        except (OSError, ValueError, KeyError, DamagedError):
            discard(path, "A stretch of finished lips")
            return None
        touch(path.parent)
        self._keep(path, chunk)
        return chunk

    def _keep(self, path: Path, chunk: LipChunk) -> None:
        """Holds a chunk that lies in `path` in memory, too, and lets go of those not used for longest."""
        stamp = _stamp(path)
        if stamp is None:
            return
        with self._lock:
            known = self._kept.pop(path, None)
            self._kept_bytes += chunk.crops.nbytes - (known[1].crops.nbytes if known is not None else 0)
            self._kept[path] = (stamp, chunk)
            while self._kept_bytes > _MOST_KEPT_BYTES and len(self._kept) > 1:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._kept_bytes -= dropped.crops.nbytes

    def _is_kept(self, path: Path) -> bool:
        """Whether what is held of `path` is still what lies there."""
        with self._lock:
            known = self._kept.get(path)
            if known is None:
                return False
            if known[0] == _stamp(path):
                self._kept.move_to_end(path)
                return True
            self._kept_bytes -= self._kept.pop(path)[1].crops.nbytes
            return False

    @stage("reading lips")
    def _read(self, path: Path, first_frame: int) -> LipChunk:
        with np.load(BytesIO(read_sealed(path))) as stored:
            png, ends = stored["png"], stored["ends"]
            starts = np.concatenate([[0], ends[:-1]])
            crops = [_decoded(png[a:b]) for a, b in zip(starts, ends, strict=True)]
            return LipChunk(
                first_frame,
                np.stack(crops),
                stored["affines"],
                stored["landmarks"],
                stored["weights"],
                stored["synthesised"],
                _if_stored(stored, "doubts"),
                _if_stored(stored, "milder").astype(np.uint8),
            )
