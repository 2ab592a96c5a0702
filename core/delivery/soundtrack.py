"""The finished film's sound, put together from stretches of files, streamed."""

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr
from av.audio.layout import AudioLayout

from core.media.audio import AudioReader, channel_levels
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
            self._end = max((round(part.range.end * self.rate) for part in self._parts), default=0)
            heard = [part for part in self._parts if part.path is not None]
            self._is_untouched = all(
                part.path == like and part.gain == 1 and not (part.fades or part.fades_out or part.blends)
                for part in heard
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
        """The samples in which a part is heard, those included over which it blends into its neighbours."""
        start, end = round(part.range.start * self.rate), round(part.range.end * self.rate)
        if not part.blends or end <= start:
            return range(start, end)
        beyond = max(1, round(_FADE_SECONDS * self.rate))
        return range(max(start - min(beyond, int(part.offset * self.rate)), 0), min(end + beyond, self._end))

    def _voice(self, part: SoundPart) -> "_Voice":
        samples = self._samples(part)
        lead = round(part.range.start * self.rate) - samples.start
        tail = samples.stop - round(part.range.end * self.rate)
        return _Voice(part, samples, self.rate, self.layout, self._dtype, max(lead, 0), max(tail, 0))

    def _mixed(self, playing: "list[_Voice]", count: int) -> np.ndarray:
        blocks = [voice.read(count) for voice in playing]
        if not blocks:
            return np.zeros((count, self._channels), self._dtype)
        if len(blocks) == 1:
            return blocks[0]
        return np.clip(np.sum(blocks, axis=0, dtype=np.float32), -1, 1)


class _Voice:
    """One part while it is heard: its samples at the soundtrack's rate, layout and type, silence behind the file's end."""

    def __init__(
        self,
        part: SoundPart,
        samples: range,
        rate: int,
        layout: str,
        dtype: np.dtype,
        lead: int = 0,
        tail: int = 0,
    ) -> None:
        """`lead` and `tail`: how many of `samples` lie before and after the part's own range."""
        self.stop = samples.stop
        self._layout, self._lead, self._tail = layout, lead, tail
        channels = AudioLayout(layout).nb_channels
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
        part = self._part
        if self._dtype == np.float32 and (part.gain != 1 or part.fades or part.fades_out or part.blends):
            samples = samples * self._level(self._done + np.arange(count))[:, None]
        self._done += count
        return samples

    def close(self) -> None:
        """Closes the file."""
        if self._reader is not None:
            self._reader.close()

    def _sound(self, reader: AudioReader) -> Iterator[np.ndarray]:
        as_float = self._dtype == np.float32
        offset = self._part.offset - Fraction(self._lead, self._rate)
        blocks = reader.blocks(max(offset, Fraction(0)), as_float=as_float)
        if reader.rate == self._rate and (reader.layout == self._layout or not as_float):
            yield from blocks
            return
        levels = channel_levels(reader.layout, self._layout)
        if reader.rate == self._rate:
            yield from (block @ levels for block in blocks)
            return
        resampler = soxr.ResampleStream(
            reader.rate, self._rate, self._channels, dtype="float32", quality="VHQ"
        )
        for block in blocks:
            piece = resampler.resample_chunk(np.ascontiguousarray(block @ levels, np.float32))
            yield piece.reshape(-1, self._channels)
        yield resampler.resample_chunk(np.zeros((0, self._channels), np.float32), last=True).reshape(
            -1, self._channels
        )

    def _level(self, positions: np.ndarray) -> np.ndarray:
        level = np.full(len(positions), self._part.gain, np.float32)
        part, fade = self._part, max(1, round(_FADE_SECONDS * self._rate))
        starts = fade if part.fades else self._lead
        ends = fade if part.fades or part.fades_out else self._tail
        if starts:
            level *= np.clip((positions + 1) / (starts + (not part.fades)), 0, 1)
        if ends:
            level *= np.clip((self._count - positions) / (ends + (not (part.fades or part.fades_out))), 0, 1)
        return level

