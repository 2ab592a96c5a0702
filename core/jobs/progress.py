"""How long it still takes."""

import time
from collections.abc import Callable


class Eta:
    """Time left, from the pace of the work done here; what was done before (`skip`) does not count as fast work."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = total
        self._made = 0
        self._clock = clock
        self._start = clock()

    def skip(self, count: int) -> None:
        """`count` units were there already; a negative number have come to them."""
        self._left -= count

    def advance(self, count: int) -> None:
        """`count` units were made."""
        self._left -= count
        self._made += count

    def seconds_left(self) -> float | None:
        """Seconds, or None before the first unit was made."""
        if self._made == 0:
            return None
        return (self._clock() - self._start) / self._made * self._left
