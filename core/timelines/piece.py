"""Pieces of a timeline that is read: a clip whose file is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from core.project.ids import MediaId


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip of the timeline whose file is known. Times in seconds; `at` on the timeline, `offset` in the file."""

    media: MediaId
    name: str
    track: str
    at: Fraction
    length: Fraction
    offset: Fraction

    @property
    def end(self) -> Fraction:
        """Where it ends on the timeline."""
        return self.at + self.length

    def part(self, start: Fraction, end: Fraction) -> "Piece":
        """What of it lies between two times of the timeline."""
        return replace(self, at=start, length=end - start, offset=self.offset + start - self.at)


def follows(one: Piece, others: Sequence[Piece]) -> bool:
    """Whether `others` of the same film, a sound's pictures or a picture's sounds, play along all of `one`, to a frame or two."""
    open_ = [(one.at, one.end)]
    for piece in others:
        if piece.media == one.media and abs((piece.offset - piece.at) - (one.offset - one.at)) < Fraction(
            1, 10
        ):
            open_ = [part for low, high in open_ for part in _without(low, high, piece.at, piece.end)]
    return sum((high - low for low, high in open_), Fraction(0)) < Fraction(1, 10)


def _without(
    low: Fraction, high: Fraction, start: Fraction, end: Fraction
) -> Iterator[tuple[Fraction, Fraction]]:
    if low < min(high, start):
        yield low, min(high, start)
    if max(low, end) < high:
        yield max(low, end), high
