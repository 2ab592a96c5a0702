"""Which frames of a long film are looked at when only a part of it is dubbed."""

from collections.abc import Sequence

import numpy as np

from core.base.timing import TimeRange

REACH = 30.0  # seconds before and after the part: mouths are borrowed from them (docs/reliability.md has what more gains)
GRID = 30.0  # seconds; parts beginning and ending on it are shared by neighbouring lines


def frames_about(part: TimeRange, times: np.ndarray, before: Sequence[range]) -> range:
    """The frames to look at for `part`; all where that would be more than half of the film, also with earlier parts.

    So a film that is dubbed line by line costs at most half as much again as looking at it once.

    Args:
        part: seconds after the first frame.
        times: (F,) float64, when each frame of the film begins.
        before: the frames that were looked at for other parts; one that reaches far enough is given again.
    """
    first, last = float(part.start) - REACH, float(part.end) + REACH
    needed = _between(first, last, times)
    for other in before:
        if other.start <= needed.start and needed.stop <= other.stop:
            return other
    wanted = _between(np.floor(first / GRID) * GRID, np.ceil(last / GRID) * GRID, times)
    looked_at = sum(len(other) for other in before)
    return wanted if 2 * (looked_at + len(wanted)) <= len(times) else range(len(times))


def _between(first: float, last: float, times: np.ndarray) -> range:
    start, stop = np.searchsorted(times, [first, last])
    return range(int(start), int(stop))
