"""The outline of a sound at every zoom: peaks in buckets of time, coarser and coarser."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from core.base.errors import Cancelled
from core.media.audio import AudioReader

BUCKETS_PER_SECOND = 200  # the finest level: 5 ms, a quarter of a pixel when one frame is 30 pixels wide
_FACTOR = 4  # buckets of one level that make one of the next


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Peaks of a sound on the film's clock (time 0 is the first video frame).

    Attributes:
        levels: from fine to coarse, each (n, 2) int16: lowest and highest sample of each bucket over all channels.
            Level 0 has `BUCKETS_PER_SECOND` buckets a second, each further one a quarter of them.
    """

    levels: tuple[np.ndarray, ...]

    @property
    def duration(self) -> float:
        """Seconds covered."""
        return len(self.levels[0]) / BUCKETS_PER_SECOND

    def outline(self, start: float, end: float, columns: int) -> np.ndarray:
        """(columns, 2) float32: lowest and highest sample, -1..1, in each of `columns` equal parts of [start, end) s."""
        per_column = (end - start) / columns * BUCKETS_PER_SECOND
        level = 0
        while level + 1 < len(self.levels) and _FACTOR ** (level + 1) <= per_column:
            level += 1
        peaks = self.levels[level]
        scale = BUCKETS_PER_SECOND / _FACTOR**level
        edges = np.linspace(start * scale, end * scale, columns + 1)
        first = np.floor(edges[:-1]).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
        outline = np.zeros((columns, 2), np.float32)
        first, last = np.clip(first, 0, len(peaks)), np.clip(last, 0, len(peaks))
        is_inside = last > first
        if is_inside.any():
            # reduceat on (first, last) pairs: every second result is the bucket range, the others lie between columns
            padded = np.concatenate([peaks, np.zeros((1, 2), peaks.dtype)])
            pairs = np.stack([first[is_inside], last[is_inside]], axis=1).ravel()
            outline[is_inside, 0] = np.minimum.reduceat(padded[:, 0], pairs)[::2] / 32767
            outline[is_inside, 1] = np.maximum.reduceat(padded[:, 1], pairs)[::2] / 32767
        return outline


def build_waveform(
    path: str | os.PathLike[str],
    *,
    track: int = 0,
    progress: Callable[[Fraction], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Waveform:
    """The waveform of a file's sound, read block by block.

    Args:
        path: a film or sound file.
        track: which of its sound streams.
        progress: told the seconds read so far.
        is_cancelled: asked between blocks.

    Raises:
        MediaError: no sound, or not readable.
        Cancelled: `is_cancelled` said so.
    """
    buckets: list[np.ndarray] = []
    with AudioReader(path, track=track) as reader:
        rest = np.zeros(
            (0, 2), np.float32
        )  # lowest and highest channel of each sample of the unfinished bucket
        done = 0  # finished buckets
        position = 0  # samples read
        for block in reader.blocks(as_float=True):
            if is_cancelled is not None and is_cancelled():
                raise Cancelled
            rest = np.concatenate([rest, np.stack([block.min(axis=1), block.max(axis=1)], axis=1)])
            position += len(block)
            whole = position * BUCKETS_PER_SECOND // reader.rate  # buckets that are complete now
            if whole > done:
                edges = -(
                    -np.arange(done, whole + 1) * reader.rate // BUCKETS_PER_SECOND
                )  # first sample of each
                edges = edges - edges[0]
                used = rest[: edges[-1]]
                low = np.minimum.reduceat(used[:, 0], edges[:-1])
                high = np.maximum.reduceat(used[:, 1], edges[:-1])
                buckets.append(_as_int16(np.stack([low, high], axis=1)))
                rest = rest[edges[-1] :]
                done = whole
            if progress is not None:
                progress(Fraction(position, reader.rate))
        if len(rest):
            buckets.append(_as_int16(np.array([[rest[:, 0].min(), rest[:, 1].max()]])))
    return Waveform(_pyramid(np.concatenate(buckets) if buckets else np.zeros((0, 2), np.int16)))


def _as_int16(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, -1, 1) * 32767).astype(np.int16)


def _pyramid(finest: np.ndarray) -> tuple[np.ndarray, ...]:
    levels = [finest]
    while len(levels[-1]) > _FACTOR:
        starts = np.arange(0, len(levels[-1]), _FACTOR)
        low = np.minimum.reduceat(levels[-1][:, 0], starts)
        high = np.maximum.reduceat(levels[-1][:, 1], starts)
        levels.append(np.stack([low, high], axis=1))
    return tuple(levels)
