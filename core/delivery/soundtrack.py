"""The finished film's sound, put together from stretches of files, streamed."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.delivery.mix import Mix
from core.media.audio import AudioReader
from core.planning.sound_parts import SoundPart

_BLOCK = 65536  # samples


class Soundtrack:
    """Parts as a `core.media.audio.AudioSource`: mixed where they overlap, silent where none is.

    Rate, layout and bits are those of the file `like`. When nothing but `like` is heard, at its own level and never twice
    at once, its samples pass through untouched; otherwise all sound is float32.

    Args:
        parts: the sound.
        like: the file.
        layout: another channel layout than the file's.

    Raises:
        MediaError: a file cannot be read or has no sound.
    """

    def __init__(self, parts: Sequence[SoundPart], like: Path, *, layout: str | None = None) -> None:
        self._parts = tuple(sorted(parts, key=lambda part: part.range.start))
        with AudioReader(like) as reader:
            self.rate, self.layout = reader.rate, layout or reader.layout
            heard = [part for part in self._parts if part.path is not None]
            is_untouched = (
                self.layout == reader.layout
                and all(part.path == like and part.is_plain for part in heard)
                and not any(a.range.end > b.range.start for a, b in pairwise(heard))
            )
            self.bits = reader.bits if is_untouched else 0
            first = next(reader.blocks(), np.zeros((0, reader.channels), np.float32))
        self._dtype = first.dtype if is_untouched else np.dtype(np.float32)

    def blocks(self) -> Iterator[np.ndarray]:
        """Consecutive (n, channels) blocks, never empty."""
        mix = Mix(self._parts, self.rate, self.layout, self._dtype)
        try:
            for start in range(0, mix.end, _BLOCK):
                yield mix.block(start, min(_BLOCK, mix.end - start))
        finally:
            mix.close()
