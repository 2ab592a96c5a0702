"""Stretches of files mixed at any place of the finished film: the one mixer, of exports and of playback."""

import logging
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import soxr
from av.audio.layout import AudioLayout

from core.base.errors import AppError
from core.media.audio import AudioReader, channel_levels
from core.planning.sound_parts import SoundPart

logger = logging.getLogger(__name__)

# Long enough that a cut in the middle of a wave does not click, too short to be heard as a fade.
_FADE_SECONDS = Fraction(5, 1000)


class Mix:
    """(n, channels) blocks of the sound of `parts`: mixed where they overlap, silent where none is.

    Quick when asked for in order; files are read again from the asked place after a jump. Not thread-safe.

    Args:
        parts: the sound.
        rate: samples a second.
        layout: FFmpeg's name of the channel layout.
        dtype: float32, or that of the files where all is passed through and no two parts overlap.
        skips_broken: a file that cannot be read is silent and logged once, instead of raising.
    """

    def __init__(
        self,
        parts: Sequence[SoundPart],
        rate: int,
        layout: str,
        dtype: "np.dtype | type" = np.float32,
        *,
        skips_broken: bool = False,
    ) -> None:
        self._rate, self._layout, self._dtype = rate, layout, np.dtype(dtype)
        self._channels = AudioLayout(layout).nb_channels
        self.end = max((round(part.range.end * rate) for part in parts), default=0)
        heard = [(self._samples(part), part) for part in parts if part.path is not None]
        heard = sorted((each for each in heard if each[0]), key=lambda each: each[0].start)
        self._heard = heard
        self._starts = [samples.start for samples, _ in heard]
        self._longest = max((len(samples) for samples, _ in heard), default=0)
        self._voices: dict[int, _Voice] = {}
        self._next = 0
        self._skips_broken = skips_broken
        self._broken: set[Path] = set()

    def block(self, start: int, count: int) -> np.ndarray:
        """`count` samples from sample number `start` on, float ones within -1..1."""
        if start != self._next:
            self.close()
        self._next = start + count
        mixed = np.zeros((count, self._channels), self._dtype)
        first = bisect_left(self._starts, start - self._longest)
        for number in range(first, bisect_left(self._starts, start + count)):
            samples, part = self._heard[number]
            left, right = max(start, samples.start), min(start + count, samples.stop)
            if left < right:
                mixed[left - start : right - start] += self._read(number, samples, part, left, right - left)
            if right == samples.stop and number in self._voices:
                self._voices.pop(number).close()
        return np.clip(mixed, -1, 1, out=mixed) if self._dtype == np.float32 else mixed

    def close(self) -> None:
        """Closes every file; going on opens them again."""
        while self._voices:
            self._voices.popitem()[1].close()

    def _samples(self, part: SoundPart) -> range:
        """The samples in which a part is heard, those included over which it blends into its neighbours."""
        start, end = round(part.range.start * self._rate), round(part.range.end * self._rate)
        if not part.blends or end <= start:
            return range(start, end)
        beyond = max(1, round(_FADE_SECONDS * self._rate))
        return range(max(start - min(beyond, int(part.offset * self._rate)), 0), min(end + beyond, self.end))

    def _read(self, number: int, samples: range, part: SoundPart, place: int, count: int) -> np.ndarray:
        voice = self._voices.get(number)
        try:
            if part.path in self._broken:
                return np.zeros((count, self._channels), self._dtype)
            if voice is None:
                lead = round(part.range.start * self._rate) - samples.start
                tail = samples.stop - round(part.range.end * self._rate)
                voice = _Voice(
                    part, samples, self._rate, self._layout, self._dtype,
                    max(lead, 0), max(tail, 0), place - samples.start,
                )  # fmt: skip
                self._voices[number] = voice
            return voice.read(count)
        except (AppError, OSError) as error:
            if not self._skips_broken or part.path is None:
                raise
            logger.warning("no sound: %s", error)
            self._broken.add(part.path)
            return np.zeros((count, self._channels), self._dtype)


class _Voice:
    """One part while it is heard: its samples at the mix's rate, layout and type, silence behind the file's end."""

    def __init__(
        self,
        part: SoundPart,
        samples: range,
        rate: int,
        layout: str,
        dtype: np.dtype,
        lead: int,
        tail: int,
        done: int,
    ) -> None:
        """`lead` and `tail`: how many of `samples` lie before and after the part's own range. `done`: left out before."""
        self._layout, self._lead, self._tail = layout, lead, tail
        channels = AudioLayout(layout).nb_channels
        self._part, self._rate, self._channels, self._dtype = part, rate, channels, dtype
        self._first, self._done, self._count = samples.start, done, len(samples)
        assert part.path is not None, "silence is nothing to be read"
        self._reader = AudioReader(part.path)
        self._blocks = self._sound(self._reader)
        self._rest = np.zeros((0, channels), dtype)
        self._times = np.array([float(time) for time, _ in part.levels])
        self._factors = np.array([factor for _, factor in part.levels])

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
        if self._dtype == np.float32 and not self._part.is_plain:
            samples = samples * self._level(self._done + np.arange(count))[:, None]
        self._done += count
        return samples

    def close(self) -> None:
        """Closes the file."""
        self._reader.close()

    def _sound(self, reader: AudioReader) -> Iterator[np.ndarray]:
        as_float = self._dtype == np.float32
        offset = self._part.offset + Fraction(self._done - self._lead, self._rate)
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
        if len(self._times):
            level *= np.interp((self._first + positions) / self._rate, self._times, self._factors)
        return level
