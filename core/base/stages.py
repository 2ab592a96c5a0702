"""Where a job's time goes: seconds by the clock and of the processor for each stage, over all threads.

A stage is a stretch of work on one thread; a stage within a stage takes its time away from the outer one, so that the
processor seconds of all stages add up to what their threads used. What libraries do on threads of their own (decoding,
encoding) shows only in the whole.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class StageTime:
    """What one stage took: seconds by the clock (of several threads, added), seconds of the processor, how many times."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    times: int = 0


@dataclass(slots=True)
class _Open:
    began: float
    began_processor: float
    inner: float = 0.0
    inner_processor: float = 0.0


@dataclass(slots=True)
class StageTimes:
    """The stages of one job."""

    stages: dict[str, StageTime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, seconds: float, processor_seconds: float) -> None:
        """One stretch of `name` is over. Thread-safe."""
        with self._lock:
            row = self.stages.setdefault(name, StageTime())
            row.seconds += seconds
            row.processor_seconds += processor_seconds
            row.times += 1


_open = threading.local()
_measured: StageTimes | None = None


@contextmanager
def measuring() -> Iterator[StageTimes]:
    """Measures every `stage` of this process until the end of the block; one measurement at a time."""
    global _measured
    before, _measured = _measured, StageTimes()
    try:
        yield _measured
    finally:
        _measured = before


@contextmanager
def stage(name: str) -> Iterator[None]:
    """The block is part of stage `name`; costs nothing worth naming while nobody measures. No generator may yield in it."""
    times = _measured
    if times is None:
        yield
        return
    outer: list[_Open] = _open.__dict__.setdefault("stack", [])
    here = _Open(time.perf_counter(), time.thread_time())
    outer.append(here)
    try:
        yield
    finally:
        outer.pop()
        seconds = time.perf_counter() - here.began
        processor = time.thread_time() - here.began_processor
        times.add(name, seconds - here.inner, processor - here.inner_processor)
        if outer:
            outer[-1].inner += seconds
            outer[-1].inner_processor += processor


@dataclass(slots=True)
class Whole:
    """What a job took as a whole, with the libraries' own threads."""

    seconds: float
    processor_seconds: float

    @property
    def busy(self) -> float:
        """How many processor cores worked, on average."""
        return self.processor_seconds / max(self.seconds, 1e-9)


class Watch:
    """Runs from its making on, over the whole process."""

    def __init__(self) -> None:
        self._began, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> Whole:
        """What it took so far."""
        return Whole(time.perf_counter() - self._began, time.process_time() - self._processor)
