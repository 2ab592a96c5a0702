"""One kind of work over many things, spread over the processor's cores, results in order.

Threads, not processes: pictures need not be copied, and the libraries that do the work (OpenCV, numpy, FFmpeg, the small
networks) let go of Python's lock meanwhile. Nothing may depend on how many there are.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, cast

from core.base.errors import SettingsError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2  # things under way for each worker: none waits for the next, and few are held in memory
_chosen: int | None = None


def core_count() -> int:
    """How many processor cores work may be spread over."""
    if _chosen is not None:
        return _chosen
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not everywhere
        return os.cpu_count() or 1


def use_cores(count: int | None) -> None:
    """From now on work is spread over `count` cores; None: over all that this process may use.

    Raises:
        SettingsError: it is less than one.
    """
    global _chosen
    if count is not None and count < 1:
        raise SettingsError(f"{count} processor cores cannot do any work.", hint="Choose one or more.")
    _chosen = count


def spread(
    work: Callable[[Item], Result], items: Iterable[Item], *, most: int | None = None
) -> Iterator[Result]:
    """``work(item)`` for each of `items`, in their order. `items` are taken on the caller's thread, a few at a time.

    What `work` raises is raised at its item's turn; what was begun is finished, nothing more is begun.

    Args:
        work: may be done on any thread, for several items at the same time.
        items: what it is done to.
        most: how many are under way at most, for those that are large; a few for each core by default.
    """
    cores = core_count()
    if cores == 1 or most == 1:
        yield from map(work, items)
        return
    most = _AHEAD * cores if most is None else min(most, _AHEAD * cores)
    under_way: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(min(cores, most), "spread") as pool:
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) >= most:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for left in under_way:
                left.cancel()


class Beside:
    """Work done beside the caller's own. Close it.

    With one core it is done at once.
    """

    def __init__(self) -> None:
        cores = core_count()
        self._pool = ThreadPoolExecutor(cores, "beside") if cores > 1 else None
        self._most = _AHEAD * cores
        self._under_way: deque[tuple[Future[object], Callable[[object], None]]] = deque()

    def do(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Does `work` soon, and gives its result to `then` on this thread, in the order in which it was asked for.

        Waits when much is to be done already. What `work` raises is raised here or by `finish`.
        """
        if self._pool is None:
            then(work())
            return
        self._under_way.append((self._pool.submit(work), cast("Callable[[object], None]", then)))
        if len(self._under_way) > self._most:
            self._take()

    def finish(self) -> None:
        """Waits for all of it."""
        while self._under_way:
            self._take()

    def close(self) -> None:
        """Gives up what is not begun."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._under_way.clear()

    def _take(self) -> None:
        future, then = self._under_way.popleft()
        then(future.result())
