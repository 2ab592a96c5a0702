"""Exact time. Floats are for display only.

All times are `Fraction` seconds on the clock of one file, whose zero is the file's first video frame unless said
otherwise.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from core.base.errors import SettingsError


@dataclass(frozen=True, slots=True, order=True)
class FrameRate:
    """Frames per second as an exact fraction, e.g. ``FrameRate(Fraction(30000, 1001))``."""

    value: Fraction

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError(f"frame rate {self.value} is not positive")

    @property
    def frame_duration(self) -> Fraction:
        """Seconds per frame."""
        return 1 / self.value

    @property
    def nominal(self) -> int:
        """Whole frames counted per timecode second (30 for 29.97); 1 at least."""
        return max(1, round(self.value))

    @property
    def has_drop_frame(self) -> bool:
        """Whether drop-frame timecode is defined for this rate (29.97 and 59.94)."""
        return self.value in (Fraction(30000, 1001), Fraction(60000, 1001))

    def frame_at(self, seconds: Fraction) -> int:
        """Index of the frame shown at `seconds` on a constant-rate clock."""
        return int(seconds * self.value // 1)

    def time_of(self, frame: int) -> Fraction:
        """Start time in seconds of frame number `frame` on a constant-rate clock."""
        return frame / self.value

    def __str__(self) -> str:
        return f"{float(self.value):.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """A half-open range [start, end) in seconds."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"start {self.start} is after end {self.end}")

    @property
    def duration(self) -> Fraction:
        """Seconds from start to end."""
        return self.end - self.start

    def __contains__(self, seconds: Fraction) -> bool:
        return self.start <= seconds < self.end

    def overlaps(self, other: "TimeRange") -> bool:
        """Whether the two ranges share any time."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "TimeRange") -> "TimeRange | None":
        """The shared range, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return TimeRange(start, end) if start < end else None

    def shifted(self, by: Fraction) -> "TimeRange":
        """The same range moved by `by` seconds."""
        return TimeRange(self.start + by, self.end + by)


def format_timecode(frame: int, rate: FrameRate, *, drop_frame: bool = False) -> str:
    """`frame` as SMPTE timecode ``HH:MM:SS:FF`` (``;`` before the frames when drop-frame, SMPTE ST 12-1)."""
    nominal = rate.nominal
    sign, frame = ("-", -frame) if frame < 0 else ("", frame)
    if drop_frame:
        dropped = nominal // 15  # 2 numbers a minute at 29.97, 4 at 59.94, none in each tenth minute
        per_minute = nominal * 60 - dropped
        per_ten_minutes = nominal * 600 - dropped * 9
        tens, rest = divmod(frame, per_ten_minutes)
        minutes = 0 if rest < nominal * 60 else (rest - nominal * 60) // per_minute + 1
        frame += dropped * (9 * tens + minutes)
    seconds, frames = divmod(frame, nominal)
    separator = ";" if drop_frame else ":"
    width = len(str(nominal - 1))
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{separator}{frames:0{max(width, 2)}d}"


def parse_timecode(text: str, rate: FrameRate) -> int:
    """Frame number of ``[[HH:]MM:]SS:FF`` timecode, with a “-” before it below zero; ``;`` before the frames means drop-frame.

    Raises:
        SettingsError: not a timecode, or a number that drop-frame skips.

    """
    match = re.fullmatch(r"(-?)(?:(?:(\d+):)?(\d+):)?(\d+)([:;])(\d+)", text.strip())
    if match is None:
        raise SettingsError(f"“{text}” is not a timecode.", hint="Write it as HH:MM:SS:FF.")
    sign, hours, minutes, seconds, separator, frames = match.groups()
    nominal = rate.nominal
    if int(frames) >= nominal:
        raise SettingsError(f"“{text}” has frame {frames}, but the rate is {rate} frames a second.")
    total_minutes = int(hours or 0) * 60 + int(minutes or 0)
    number = (total_minutes * 60 + int(seconds)) * nominal + int(frames)
    if separator == ";":
        if not rate.has_drop_frame:
            raise SettingsError(f"“{text}” is drop-frame timecode, which {rate} fps does not have.")
        dropped = nominal // 15
        if int(frames) < dropped and int(seconds) == 0 and total_minutes % 10:
            raise SettingsError(f"“{text}” does not exist in drop-frame timecode.")
        number -= dropped * (total_minutes - total_minutes // 10)
    return -number if sign else number


def parse_time(text: str) -> Fraction:
    """Exact seconds of ``SS``, ``MM:SS.s`` or ``HH:MM:SS.s``.

    Raises:
        SettingsError: not a time.

    """
    match = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)", text.strip())
    if match is None:
        raise SettingsError(
            f"“{text}” is not a time.", hint="Write it as HH:MM:SS.s, for example 00:00:02.5."
        )
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(seconds)


def parse_range(text: str) -> TimeRange:
    """The range ``START-END`` with both sides as `parse_time` takes them.

    Raises:
        SettingsError: not a range, or its end is not after its start.

    """
    start_text, dash, end_text = text.partition("-")
    if not dash:
        raise SettingsError(f"“{text}” is not a range.", hint="Write it as 00:00:02.0-00:00:07.5.")
    start, end = parse_time(start_text), parse_time(end_text)
    if end <= start:
        raise SettingsError(f"The range “{text}” ends before it starts.")
    return TimeRange(start, end)


def format_time(seconds: Fraction) -> str:
    """`seconds` as ``HH:MM:SS.mmm`` for people."""
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def duration_words(seconds: float) -> str:
    """A length of time as people say it, to two figures: 4.2 s, 3 min, 2.1 h, 5 d."""
    for limit, unit, name in ((90, 1, "s"), (90 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < limit:
            value = seconds / unit
            return f"{value:.1f} {name}" if value < 9.95 else f"{value:.0f} {name}"
    return f"{seconds / 86400:.0f} d"
