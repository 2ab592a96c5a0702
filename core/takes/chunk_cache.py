"""Finished chunks on disk, lossless, under a key of everything they depend on.

Layout: ``<root>/<key[:2]>/<key>/<first frame>-<frames>.chunk``, each file written beside its name and moved into place,
so that a chunk is whole or absent whatever happens to the process.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.base.errors import AppError
from core.lip_engine import DOUBTFUL, MILDER, LipChunk

DEFAULT_BUDGET_BYTES = 20 * 2**30
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


def _if_stored(stored: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """`name` of a chunk file; empty where a version that did not know it yet wrote the file."""
    return stored[name] if name in stored else np.zeros(0, np.float32)


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
        part = path.with_suffix(f".part{os.getpid()}")
        # OpenCV wants BGR; storing RGB as if it were BGR loses nothing and saves two conversions.
        pngs = [cv2.imencode(".png", crop, PNG_FASTEST)[1] for crop in chunk.crops]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(
                    file,
                    png=np.concatenate(pngs),
                    ends=np.cumsum([len(png) for png in pngs]),
                    affines=chunk.affines,
                    landmarks=chunk.landmarks,
                    weights=chunk.weights,
                    synthesised=chunk.synthesised,
                    doubts=chunk.doubts,
                    milder=chunk.milder,
                )
            os.replace(part, path)
        except OSError as exc:
            with contextlib.suppress(OSError):
                part.unlink()
            raise AppError(
                f"The cache folder {self._root} cannot be written: {exc.strerror}.",
                hint="Free some space or choose another cache folder.",
            ) from exc

    def done_until(self, key: str, first_frame: int) -> int:
        """The first frame at or after `first_frame` that is not stored under `key`."""
        chunks = {start: start + count for start, count, _ in self._chunks(key)}
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
            with np.load(path) as stored:
                made = stored["synthesised"]
            count += int(made[max(frames.start - start, 0) : max(frames.stop - start, 0)].sum())
        return count

    def doubtful(self, key: str, frames: range) -> tuple[range, ...]:
        """The stretches of the stored `frames` that the engine would have looked at again; no picture is decoded."""
        doubted = []
        for start, _, path in self._chunks(key):
            with np.load(path) as stored:
                doubts = _if_stored(stored, "doubts")
            doubted += [start + int(n) for n in np.flatnonzero(doubts >= DOUBTFUL) if start + n in frames]
        return stretches(doubted)

    def milder(self, key: str, frames: range) -> tuple[int, ...]:
        """How many of the stored `frames` were made by each step of `MILDER`; engines that do not say count as wanted."""
        counts = np.zeros(len(MILDER), int)
        for start, count, path in self._chunks(key):
            with np.load(path) as stored:
                steps = _if_stored(stored, "milder")
            if not len(steps):
                steps = np.zeros(count, np.uint8)
            inside = steps[max(frames.start - start, 0) : max(frames.stop - start, 0)]
            counts += np.bincount(inside, minlength=len(MILDER))
        return tuple(int(count) for count in counts)

    def chunk(self, key: str, first_frame: int) -> LipChunk:
        """The stored chunk that begins at `first_frame`; raises KeyError when there is none."""
        for start, _, path in self._chunks(key):
            if start == first_frame:
                return self._load(path, start)
        raise KeyError(first_frame)

    def evict(self, keep: frozenset[str] = frozenset()) -> int:
        """Deletes the longest-unused keys until the budget is met; returns the bytes freed."""
        entries = []
        for folder in self._root.glob("??/*"):
            files = list(folder.glob("*.chunk"))
            used = max((f.stat().st_atime for f in files), default=0.0)
            entries.append((used, sum(f.stat().st_size for f in files), folder))
        total, freed = sum(size for _, size, _ in entries), 0
        for _, size, folder in sorted(entries):
            if total - freed <= self._budget_bytes:
                break
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)
                freed += size
        return freed

    def _folder(self, key: str) -> Path:
        return self._root / key[:2] / key

    def _chunks(self, key: str) -> list[tuple[int, int, Path]]:
        found = []
        for path in sorted(self._folder(key).glob("*.chunk")):
            start, _, count = path.stem.partition("-")
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

    def _load(self, path: Path, first_frame: int) -> LipChunk:
        if self._loaded is not None and self._loaded[0] == path:
            return self._loaded[1]
        with np.load(path) as stored:
            png, ends = stored["png"], stored["ends"]
            starts = np.concatenate([[0], ends[:-1]])
            crops = [cv2.imdecode(png[a:b], cv2.IMREAD_COLOR) for a, b in zip(starts, ends, strict=True)]
            chunk = LipChunk(
                first_frame,
                np.stack(crops),
                stored["affines"],
                stored["landmarks"],
                stored["weights"],
                stored["synthesised"],
                _if_stored(stored, "doubts"),
                _if_stored(stored, "milder").astype(np.uint8),
            )
        self._loaded = (path, chunk)
        return chunk
