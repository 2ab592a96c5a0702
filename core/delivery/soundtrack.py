"""The finished film's sound, put together from stretches of files, streamed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soxr

from core.media.audio import AudioReader
from core.timing import TimeRange

# Long enough that a cut in the middle of a wave does not click, too short to be heard as a fade.
_FADE_SECONDS = Fraction(5, 1000)
_SILENCE_BLOCK = 65536


@dataclass(frozen=True, slots=True)
class SoundPart:
    """A stretch of sound: `path` from `offset` seconds on, or silence when `path` is None.

    `range` is on the finished film's clock; `gain` is linear; `fades` softens both ends by 5 ms, for sound cut
    out of the middle of a recording.
    """

    range: TimeRange
    path: Path | None
    offset: Fraction = Fraction(0)
    gain: float = 1.0
    fades: bool = False


class Soundtrack:
    """Parts one after another as a `core.media.audio.AudioSource`; gaps between them are silent.

    Rate, layout and bits are those of the file `like`. When nothing but `like` is heard, at its own level, its samples
    pass through untouched; otherwise all sound is float32.

    Raises:
        MediaError: a file cannot be read or has no sound.
    """

    def __init__(self, parts: Sequence[SoundPart], like: Path) -> None:
        self._parts = tuple(sorted(parts, key=lambda part: part.range.start))
        with AudioReader(like) as reader:
            self.rate, self.layout, self._channels = reader.rate, reader.layout, reader.channels
            self._is_untouched = all(
                part.path in (None, like) and part.gain == 1 and not part.fades for part in self._parts
            )
            self.bits = reader.bits if self._is_untouched else 0
            first = next(reader.blocks(), np.zeros((0, self._channels), np.float32))
        self._dtype = first.dtype if self._is_untouched else np.dtype(np.float32)

    def blocks(self) -> Iterator[np.ndarray]:
        """Consecutive (n, channels) blocks, never empty."""
        position = 0
        for part in self._parts:
            start, end = round(part.range.start * self.rate), round(part.range.end * self.rate)
            yield from self._silence(start - position)
            position = max(position, start)
            for block in self._part(part, end - position):
                position += len(block)
                yield block
            yield from self._silence(end - position)
            position = max(position, end)

    def _part(self, part: SoundPart, count: int) -> Iterator[np.ndarray]:
        if part.path is None or count <= 0:
            return
        left = count
        with AudioReader(part.path) as reader:
            raw = reader.blocks(part.offset, as_float=not self._is_untouched)
            for block in raw if self._is_untouched else self._fitted(raw, reader):
                block = block[:left]
                if not self._is_untouched:
                    done = count - left
                    block = block * self._level(part, done + np.arange(len(block)), count)[:, None]
                left -= len(block)
                if len(block):
                    yield block.astype(self._dtype, copy=False)
                if left == 0:
                    return

    def _fitted(self, blocks: Iterator[np.ndarray], reader: AudioReader) -> Iterator[np.ndarray]:
        """Blocks at this soundtrack's rate and number of channels."""
        resampler = soxr.ResampleStream(
            reader.rate, self.rate, self._channels, dtype="float32", quality="VHQ"
        )
        for block in blocks:
            piece = resampler.resample_chunk(_remixed(block, self._channels, reader.levels))
            yield piece.reshape(-1, self._channels)
        yield resampler.resample_chunk(np.zeros((0, self._channels), np.float32), last=True).reshape(
            -1, self._channels
        )

    def _level(self, part: SoundPart, positions: np.ndarray, count: int) -> np.ndarray:
        level = np.full(len(positions), part.gain, np.float32)
        if part.fades:
            fade = max(1, round(_FADE_SECONDS * self.rate))
            level *= np.clip((positions + 1) / fade, 0, 1) * np.clip((count - positions) / fade, 0, 1)
        return level

    def _silence(self, count: int) -> Iterator[np.ndarray]:
        while count > 0:
            yield np.zeros((min(count, _SILENCE_BLOCK), self._channels), self._dtype)
            count -= _SILENCE_BLOCK


def _remixed(block: np.ndarray, channels: int, mono_levels: np.ndarray) -> np.ndarray:
    """`block` (n, c) with `channels` channels: as it is when they agree, else its mono mix on every channel."""
    if block.shape[1] == channels:
        return np.ascontiguousarray(block, np.float32)
    mono = block @ mono_levels if block.shape[1] > 1 else block[:, 0]
    return np.repeat(mono[:, None].astype(np.float32), channels, axis=1)
