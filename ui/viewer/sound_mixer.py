"""Mixes what is heard into blocks of 48 kHz stereo. Used by one thread."""

import logging
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
import soxr

from core.base.errors import AppError
from core.media.audio import AudioReader
from core.project.model import MediaId
from core.project.sound import SoundStretch
from ui.viewer.sound_format import CHANNELS, RATE

logger = logging.getLogger(__name__)

_FADE = 240  # samples, 5 ms: long enough that a cut in the middle of a wave does not click
_OPEN_STREAMS = 12


class SoundMixer:
    """Blocks of the timeline's sound at any place; quick when asked for in order.

    Args:
        parts: what is heard, in time order.
        paths: where the media lie.
    """

    def __init__(self, parts: Sequence[SoundStretch], paths: Mapping[MediaId, str]) -> None:
        self._parts = tuple(parts)
        self._starts = [part.range.start for part in self._parts]
        self._longest = max((part.range.duration for part in self._parts), default=Fraction(0))
        self._paths = dict(paths)
        self._streams: dict[int, _PartStream] = {}
        self._broken: set[MediaId] = set()

    def block(self, start: int, count: int) -> np.ndarray:
        """(count, 2) float32 from timeline sample number `start` (at 48 kHz) on, limited to -1..1."""
        mixed = np.zeros((count, CHANNELS), np.float32)
        low, high = Fraction(start, RATE), Fraction(start + count, RATE)
        first = bisect_left(self._starts, low - self._longest)
        for number in range(first, bisect_left(self._starts, high)):
            part = self._parts[number]
            begin, end = round(part.range.start * RATE), round(part.range.end * RATE)
            left, right = max(start, begin), min(start + count, end)
            if left >= right or part.media in self._broken:
                continue
            samples = self._read(number, left - begin, right - left)
            place = np.arange(left - begin, right - begin)
            fade = np.minimum(place + 1, (end - begin) - place).clip(0, _FADE) / np.float32(_FADE)
            mixed[left - start : right - start] += (
                samples * (fade * np.float32(10 ** (part.gain_db / 20)))[:, None]
            )
        return np.clip(mixed, -1, 1, out=mixed)

    def close(self) -> None:
        """Closes every file."""
        while self._streams:
            self._streams.popitem()[1].close()

    def _read(self, number: int, position: int, count: int) -> np.ndarray:
        """(count, 2) samples of a part from its own sample `position` on; silence when its file cannot be read."""
        part = self._parts[number]
        stream = self._streams.get(number)
        try:
            if stream is None or stream.position != position:
                if stream is not None:
                    self._streams.pop(number).close()
                path = self._paths.get(part.media)
                if path is None:
                    raise AppError(f"The sound “{part.media}” is not in the media bin.")
                stream = _PartStream(path, part.offset + Fraction(position, RATE), position)
                while len(self._streams) >= _OPEN_STREAMS:
                    self._streams.pop(next(iter(self._streams))).close()
                self._streams[number] = stream
            return stream.read(count)
        except (AppError, OSError) as error:
            logger.warning("no sound: %s", error)
            self._broken.add(part.media)
            return np.zeros((count, CHANNELS), np.float32)


class _PartStream:
    """One file from one place on, resampled; read strictly in order."""

    def __init__(self, path: str, offset: Fraction, position: int) -> None:
        self.position = position
        self._reader = AudioReader(path)
        self._blocks: Iterator[np.ndarray] | None = self._reader.blocks(offset, as_float=True)
        self._resampler = soxr.ResampleStream(
            self._reader.rate, RATE, CHANNELS, dtype="float32", quality="HQ"
        )
        self._waiting = np.zeros((0, CHANNELS), np.float32)

    def read(self, count: int) -> np.ndarray:
        """(count, 2) float32; silence behind the end of the file."""
        pieces = [self._waiting]
        have = len(self._waiting)
        while have < count and self._blocks is not None:
            block = next(self._blocks, None)
            is_last = block is None
            source = np.zeros((0, CHANNELS), np.float32) if block is None else self._stereo(block)
            piece = self._resampler.resample_chunk(source, last=is_last).reshape(-1, CHANNELS)
            if is_last:
                self._blocks = None
            pieces.append(piece)
            have += len(piece)
        whole = np.concatenate(pieces)
        if len(whole) < count:
            whole = np.concatenate([whole, np.zeros((count - len(whole), CHANNELS), np.float32)])
        self._waiting = whole[count:]
        self.position += count
        return whole[:count]

    def close(self) -> None:
        """Closes the file."""
        self._reader.close()

    def _stereo(self, block: np.ndarray) -> np.ndarray:
        if block.shape[1] == CHANNELS:
            return np.ascontiguousarray(block, np.float32)
        mono = block @ self._reader.levels if block.shape[1] > 1 else block[:, 0]
        return np.repeat(mono[:, None].astype(np.float32), CHANNELS, axis=1)
