"""Finished chunks on disk, lossless, under a key of everything they depend on.

Layout: ``<root>/<key[:2]>/<key>/<first frame>-<frames>.chunk``, each file sealed (`core.base.sealed`), so that a chunk is
whole or absent whatever happens to the process or the disk.
"""

import logging
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
from core.lip_engine import DOUBTFUL, MILDER, LipChunk

logger = logging.getLogger(__name__)

DEFAULT_BUDGET_BYTES = limit_of("chunks")
PNG_FASTEST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


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


class LostChunkError(AppError):
    """Finished lips that were in the cache are not there any more."""


class ChunkCache:
    """Chunks by key. Several processes may use one root at the same time."""

    def __init__(self, root: Path, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._root = root
        self._budget_bytes = budget_bytes
        self._loaded: tuple[Path, LipChunk] | None = None

    def write(self, key: str, chunk: LipChunk) -> None:
        """Stores one chunk.

        Raises:
            AppError: the disk is full or the folder cannot be written.
        """
        folder = self._folder(key)
        path = folder / f"{chunk.first_frame:09d}-{len(chunk.crops)}.chunk"
        # OpenCV wants BGR; storing RGB as if it were BGR loses nothing and saves two conversions.
        pngs = [cv2.imencode(".png", crop, PNG_FASTEST)[1] for crop in chunk.crops]
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
        if self._loaded is not None:
            path, chunk = self._loaded
            if path.parent == self._folder(key) and 0 <= frame - chunk.first_frame < len(chunk.crops):
                return chunk
        for start, count, path in self._chunks(key):
            if start <= frame < start + count:
                return self._load(path, start)
        return None

    def _stored(self, path: Path, name: str) -> np.ndarray:
        """One array of a chunk file, see `_if_stored`; empty where the file is damaged."""
        try:
            with np.load(BytesIO(read_sealed(path))) as stored:
                return _if_stored(stored, name)
        except (OSError, ValueError, KeyError, DamagedError):
            discard(path, "A stretch of finished lips")
            return np.zeros(0, np.float32)

    def _load(self, path: Path, first_frame: int) -> LipChunk | None:
        """The chunk in a file, or None where it is damaged; it is thrown away then."""
        if self._loaded is not None and self._loaded[0] == path:
            return self._loaded[1]
        try:
            chunk = self._read(path, first_frame)
        except (OSError, ValueError, KeyError, DamagedError):
            discard(path, "A stretch of finished lips")
            return None
        touch(path.parent)
        self._loaded = (path, chunk)
        return chunk

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
