"""Which frame rate an EDL counts at: it never says so, but its numbers do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from core.timelines.formats import SEQUENCE_START

_TIMECODES = re.compile(r"\b\d{1,2}:\d\d:\d\d([:;.,])(\d{2,3})\b")
_START = re.compile(rf"^\*\s*{SEQUENCE_START}:\s*([0-9:;]+)\s*$")
_EVENT = re.compile(r"^\s*\d+\s")
# Film, television, and twice each: the lowest at which the highest frame number exists is the likeliest.
_USUAL = tuple(Fraction(rate) for rate in (24, 25, 30, 50, 60))


@dataclass(frozen=True, slots=True)
class Counting:
    """What the timecodes of an EDL show.

    Attributes:
        highest: the highest frame number in any of them; -1 when there are none.
        is_drop_frame: an FCM line or a “;” says so.
        start: timecode of the sequence's beginning, where a comment says it.
    """

    highest: int
    is_drop_frame: bool
    start: str = ""

    def allows(self, rate: Fraction) -> bool:
        """Whether all of it exists at that rate."""
        if self.is_drop_frame and rate.denominator != 1001:
            return False
        return self.highest < round(rate)

    def likeliest(self) -> Fraction:
        """The usual rate with the fewest frame numbers that never occur."""
        if self.is_drop_frame:
            return Fraction(30000, 1001) if self.highest < 30 else Fraction(60000, 1001)
        return next((rate for rate in _USUAL if self.highest < rate), _USUAL[-1])

    @property
    def is_certain(self) -> bool:
        """Whether the numbers go right up to a usual rate's last, or say that they skip some."""
        return self.is_drop_frame or self.highest + 1 in {int(rate) for rate in _USUAL}

    def best_of(self, rates: Iterable[Fraction]) -> Fraction | None:
        """The first of the films' rates that fits."""
        return next((rate for rate in rates if self.allows(rate)), None)


def counting(text: str) -> Counting:
    """What the timecodes of an EDL show."""
    highest, is_drop, start = -1, False, ""
    for line in text.splitlines():
        said = line.strip().upper()
        if said.startswith("FCM:"):
            is_drop = is_drop or "NON" not in said
        elif _EVENT.match(line):
            for separator, frames in _TIMECODES.findall(line):
                highest = max(highest, int(frames))
                is_drop = is_drop or separator == ";"
        elif match := _START.match(line):
            start = start or match[1]
    return Counting(highest, is_drop, start)
