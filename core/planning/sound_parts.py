"""A stretch of the finished film's sound."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from core.base.timing import TimeRange


@dataclass(frozen=True, slots=True)
class SoundPart:
    """A stretch of sound: `path` from `offset` seconds on, or silence when `path` is None.

    Attributes:
        range: on the finished film's clock.
        path: the recording.
        offset: where in it the stretch begins, in seconds.
        gain: linear.
        fades: both ends are softened by 5 ms, for sound cut out of the middle of a recording.
        fades_out: the end alone is.
        blends: it goes on for 5 ms beyond both ends, fading, so that nothing inside `range` is changed.
        levels: (time on the finished film's clock, factor) beside `gain`, rising in time; a straight line from each to the
            next, the first and the last held beyond: fades, and sound lowered under a voice.
    """

    range: TimeRange
    path: Path | None
    offset: Fraction = Fraction(0)
    gain: float = 1.0
    fades: bool = False
    fades_out: bool = False
    blends: bool = False
    levels: tuple[tuple[Fraction, float], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the recording is heard sample by sample as it is."""
        return self.gain == 1 and not (self.fades or self.fades_out or self.blends or self.levels)
