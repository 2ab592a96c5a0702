"""What playback is timed by: the sound device when there is one, else the system's monotonic clock."""

import logging
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

logger = logging.getLogger(__name__)

_MAX_INTERPOLATION_NS = (
    100_000_000  # longer than any device's reporting interval: beyond it the device has run dry
)
_STALL_NS = 1_000_000_000
_START_NS = (
    4_000_000_000  # sound servers with long buffers take more than a second to ask for the first sample
)


class RunClock(Protocol):
    """Counts one run of playback."""

    def elapsed(self) -> Fraction:
        """Seconds since the run began; never falls."""


class MonotonicClock:
    """The clock without a sound device, and at speeds other than 1."""

    def __init__(self, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = now_ns
        self._start_ns = now_ns()

    def elapsed(self) -> Fraction:
        """Seconds since the clock was made."""
        return Fraction(self._now_ns() - self._start_ns, 1_000_000_000)


class SinkClock:
    """The sound device as master: what it has played is what has elapsed.

    Devices report in steps of some ten milliseconds; between the steps the system clock fills in, but it never runs
    ahead by more than one step. A device that reports nothing for a second is given up and the system clock goes on
    from there, so that a pulled-out headset does not freeze the picture. Until the device has played its first sample
    nothing has elapsed: a picture that ran ahead of a slow start would never be in sync again.
    """

    def __init__(self, played_us: Callable[[], int], now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._played_us = played_us
        self._now_ns = now_ns
        self._reported_ns = 0
        self._reported_at = now_ns()
        self._latest_ns = 0
        self._is_stalled = False

    @property
    def is_stalled(self) -> bool:
        """Whether the device stopped reporting."""
        return self._is_stalled

    def elapsed(self) -> Fraction:
        """Seconds of sound played since the sink was started."""
        now = self._now_ns()
        played_ns = self._played_us() * 1000
        if played_ns > self._reported_ns and not self._is_stalled:
            self._reported_ns, self._reported_at = played_ns, now
        since = now - self._reported_at
        has_begun = self._reported_ns > 0
        if not self._is_stalled and since > (_STALL_NS if has_begun else _START_NS):
            logger.warning("the sound device stopped reporting; playing on by the system clock")
            self._is_stalled = True
            self._reported_ns, self._reported_at = self._latest_ns, now
            since = 0
        if not self._is_stalled:
            since = min(since, _MAX_INTERPOLATION_NS if has_begun else 0)
        self._latest_ns = max(self._latest_ns, self._reported_ns + since)
        return Fraction(self._latest_ns, 1_000_000_000)
