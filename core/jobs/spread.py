"""One kind of work over many things, spread over the processor's cores, results in order.

Threads, not processes: pictures need not be copied, and the libraries that do the work (OpenCV, numpy, FFmpeg, the small
networks) let go of Python's lock meanwhile. Nothing may depend on how many there are.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

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


def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """``work(item)`` for each of `items`, in their order. `items` are taken on the caller's thread, a few at a time.

    What `work` raises is raised at its item's turn; what was begun is finished, nothing more is begun.
    """
    cores = core_count()
    if cores == 1:
        yield from map(work, items)
        return
    under_way: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(cores, "spread") as pool:
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) >= _AHEAD * cores:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for left in under_way:
                left.cancel()
