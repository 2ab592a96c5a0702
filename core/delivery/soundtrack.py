"""The finished film's sound, put together from stretches of files, streamed."""

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr

from core.media.audio import AudioReader
from core.planning.sound_parts import SoundPart

# Long enough that a cut in the middle of a wave does not click, too short to be heard as a fade.
_FADE_SECONDS = Fraction(5, 1000)
_BLOCK = 65536  # samples


class Soundtrack:
    """Parts as a `core.media.audio.AudioSource`: mixed where they overlap, silent where none is.

    Rate, layout and bits are those of the file `like`. When nothing but `like` is heard, at its own level and never twice
    at once, its samples pass through untouched; otherwise all sound is float32.

    Raises:
        MediaError: a file cannot be read or has no sound.
    """

    def __init__(self, parts: Sequence[SoundPart], like: Path) -> None:
        self._parts = tuple(sorted(parts, key=lambda part: part.range.start))
        with AudioReader(like) as reader:
            self.rate, self.layout, self._channels = reader.rate, reader.layout, reader.channels
            heard = [part for part in self._parts if part.path is not None]
            self._is_untouched = all(
                part.path == like and part.gain == 1 and not part.fades for part in heard
            ) and not any(a.range.end > b.range.start for a, b in pairwise(heard))
            self.bits = reader.bits if self._is_untouched else 0
            first = next(reader.blocks(), np.zeros((0, self._channels), np.float32))
        self._dtype = first.dtype if self._is_untouched else np.dtype(np.float32)

    def blocks(self) -> Iterator[np.ndarray]:
        """Consecutive (n, channels) blocks, never empty."""
        waiting = deque(part for part in self._parts if self._samples(part))
        playing: list[_Voice] = []
        position = 0
        try:
            while waiting or playing:
                while waiting and self._samples(waiting[0]).start <= position:
                    playing.append(self._voice(waiting.popleft()))
                edges = [voice.stop for voice in playing]
                if waiting:
                    edges.append(self._samples(waiting[0]).start)
                count = min(min(edges) - position, _BLOCK)
                yield self._mixed(playing, count)
                position += count
                for voice in [each for each in playing if each.stop <= position]:
                    playing.remove(voice)
                    voice.close()
        finally:
            for voice in playing:
                voice.close()

    def _samples(self, part: SoundPart) -> range:
        return range(round(part.range.start * self.rate), round(part.range.end * self.rate))

    def _voice(self, part: SoundPart) -> "_Voice":
        return _Voice(part, self._samples(part), self.rate, self._channels, self._dtype)

    def _mixed(self, playing: "list[_Voice]", count: int) -> np.ndarray:
        blocks = [voice.read(count) for voice in playing]
        if not blocks:
            return np.zeros((count, self._channels), self._dtype)
        if len(blocks) == 1:
            return blocks[0]
        return np.clip(np.sum(blocks, axis=0, dtype=np.float32), -1, 1)


class _Voice:
    """One part while it is heard: its samples at the soundtrack's rate, layout and type, silence behind the file's end."""

    def __init__(self, part: SoundPart, samples: range, rate: int, channels: int, dtype: np.dtype) -> None:
        self.stop = samples.stop
        self._part, self._rate, self._channels, self._dtype = part, rate, channels, dtype
        self._done, self._count = 0, len(samples)
        self._reader = AudioReader(part.path) if part.path is not None else None
        self._blocks = self._sound(self._reader) if self._reader is not None else iter(())
        self._rest = np.zeros((0, channels), dtype)

    def read(self, count: int) -> np.ndarray:
        """The next (count, channels) samples."""
        pieces, have = [self._rest], len(self._rest)
        while have < count and (block := next(self._blocks, None)) is not None:
            pieces.append(block)
            have += len(block)
        if have < count:
            pieces.append(np.zeros((count - have, self._channels), self._dtype))
        whole = np.concatenate(pieces)
        self._rest = whole[count:]
        samples = whole[:count]
        if self._dtype == np.float32 and (self._part.gain != 1 or self._part.fades):
            samples = samples * self._level(self._done + np.arange(count))[:, None]
        self._done += count
        return samples

    def close(self) -> None:
        """Closes the file."""
        if self._reader is not None:
            self._reader.close()

    def _sound(self, reader: AudioReader) -> Iterator[np.ndarray]:
        as_float = self._dtype == np.float32
        blocks = reader.blocks(self._part.offset, as_float=as_float)
        if reader.rate == self._rate and (reader.channels == self._channels or not as_float):
            yield from blocks
            return
        resampler = soxr.ResampleStream(
            reader.rate, self._rate, self._channels, dtype="float32", quality="VHQ"
        )
        for block in blocks:
            piece = resampler.resample_chunk(_remixed(block, self._channels, reader.levels))
            yield piece.reshape(-1, self._channels)
        yield resampler.resample_chunk(np.zeros((0, self._channels), np.float32), last=True).reshape(
            -1, self._channels
        )

    def _level(self, positions: np.ndarray) -> np.ndarray:
        level = np.full(len(positions), self._part.gain, np.float32)
        if self._part.fades:
            fade = max(1, round(_FADE_SECONDS * self._rate))
            level *= np.clip((positions + 1) / fade, 0, 1) * np.clip((self._count - positions) / fade, 0, 1)
        return level


def _remixed(block: np.ndarray, channels: int, mono_levels: np.ndarray) -> np.ndarray:
    """`block` (n, c) with `channels` channels: as it is when they agree, else its mono mix on every channel."""
    if block.shape[1] == channels:
        return np.ascontiguousarray(block, np.float32)
    mono = block @ mono_levels if block.shape[1] > 1 else block[:, 0]
    return np.repeat(mono[:, None].astype(np.float32), channels, axis=1)
