"""A stretch of the finished film's sound."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from core.base.timing import TimeRange


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
