"""Where the ruler's lines and timecodes go. Pure."""

from dataclasses import dataclass
from math import ceil, floor

from core.base.timing import FrameRate, format_timecode

_SECOND_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_FRAME_STEPS = (1, 2, 5, 10)
_LABEL_PIXELS = 96  # a timecode with air around it
_MINOR_PIXELS = 7


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the ruler at frame number `frame` of the sequence; `label` is empty on minor ones."""

    frame: int
    label: str


def ticks(
    start: float, end: float, pixels_per_second: float, rate: FrameRate, *, drop_frame: bool, start_frame: int
) -> list[Tick]:
    """The ticks between two times in seconds, labelled so that timecodes never touch.

    Steps are whole numbers of timecode seconds, counted in timecode (so that labels are round numbers), or of frames
    when zoomed in far. With drop-frame, a step of seconds follows the dropped numbers.
    """
    nominal = rate.nominal
    pixels_per_frame = pixels_per_second / float(rate.value)
    major, minor = _steps(pixels_per_frame, nominal)
    first, last = floor(start * float(rate.value)) - major, ceil(end * float(rate.value)) + 1
    found: list[Tick] = []
    count = floor((first + start_frame) / minor)
    while True:
        frame = _frame_of(count * minor, nominal, drop_frame=drop_frame) - start_frame
        if frame > last:
            return found
        if frame >= 0:
            is_major = count * minor % major == 0
            label = format_timecode(frame + start_frame, rate, drop_frame=drop_frame) if is_major else ""
            found.append(Tick(frame, label))
        count += 1


def _steps(pixels_per_frame: float, nominal: int) -> tuple[int, int]:
    """(labelled step, small step) in counted frames."""
    steps = [step for step in _FRAME_STEPS if step < nominal] + [step * nominal for step in _SECOND_STEPS]
    major = next((step for step in steps if step * pixels_per_frame >= _LABEL_PIXELS), steps[-1])
    fitting = [step for step in steps if major % step == 0 and step * pixels_per_frame >= _MINOR_PIXELS]
    return major, fitting[0] if fitting else major


def _frame_of(counted: int, nominal: int, *, drop_frame: bool) -> int:
    """Real frame number of the timecode whose numbers, read without dropping, make `counted`."""
    if not drop_frame:
        return counted
    dropped = nominal // 15
    minutes, rest = divmod(counted, nominal * 60)
    number = counted - dropped * (minutes - minutes // 10)
    if minutes % 10 and rest < dropped:  # a number that does not exist stands for the next one that does
        number += dropped - rest
    return number
