"""Work on finished lips that is done again when the cache lost some of them on the way."""

import logging
from collections.abc import Callable, Generator
from typing import TypeVar

from core.jobs.events import Event
from core.takes.chunk_cache import LostChunkError

logger = logging.getLogger(__name__)

_TRIES = 3
T = TypeVar("T")


def again_when_lost(work: Callable[[], Generator[Event, None, T]]) -> Generator[Event, None, T]:
    """Runs `work`; lips that are damaged or thrown away by another process meanwhile are made again, twice at most.

    Raises:
        LostChunkError: they are lost each time.
    """
    for left in reversed(range(_TRIES)):
        try:
            return (yield from work())
        except LostChunkError as error:
            if not left:
                raise
            logger.warning("%s They are made again.", error.message)
    raise AssertionError("unreachable")
