"""A job's progress in the terminal: a bar for people who look on, a line every few seconds for a log."""

import json
import sys
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self, TextIO, TypeVar

from tqdm import tqdm

from core.jobs.events import Event, Note, Progress
from core.jobs.progress import Eta

T = TypeVar("T")
STAGES = {
    "length": "Making the film as long as the dub",
    "faces": "Finding faces",
    "lips": "Making lips",
    "score": "Scoring",
    "export": "Writing the film",
    "patch": "Writing the patch",
    "fetch": "Fetching",
    "check": "Checking",
    "unpack": "Unpacking",
    "convert": "Converting",
}
LINE_SECONDS = 5.0


class StageProgress:
    """How far one stage is. A context manager.

    Args:
        title: of the stage.
        out: the terminal, or where lines go.
        clock: seconds.
    """

    def __init__(
        self, title: str, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title, self._clock = title, clock
        self._out = out if out is not None else sys.stderr
        self._bar: tqdm | None = None
        self._eta: Eta | None = None
        self._done = self._total = 0
        self._told: tuple[float, int] | None = None  # when the last line was written, and what it told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._told is not None and self._told[1] != self._done and kind is None:
            self._line()

    def update(self, done: int, total: int) -> None:
        """`done` of `total` are finished."""
        if self._out.isatty():
            if self._bar is None:
                self._bar = tqdm(total=total, desc=self._title, file=self._out, initial=done, leave=False)
            self._bar.total = total
            self._bar.update(done - self._bar.n)
            return
        if self._eta is None:
            self._eta = Eta(total, self._clock)
            self._eta.skip(done)
        else:
            self._eta.skip(self._total - total)  # a download grows when another file comes to it
            self._eta.advance(done - self._done)
        self._done, self._total = done, total
        if self._told is None or done >= total or self._clock() - self._told[0] >= LINE_SECONDS:
            self._line()

    def _line(self) -> None:
        left = self._eta.seconds_left() if self._eta is not None and 0 < self._done < self._total else None
        share = f" ({100 * self._done / max(self._total, 1):.0f} %)"
        ending = f", {_clock_words(left)} left" if left is not None else ""
        far = f": {self._done} of {self._total}{share}{ending}" if self._total else " …"
        self._out.write(f"{self._title}{far}\n")
        self._out.flush()
        self._told = (self._clock(), self._done)


def tell_progress(events: Generator[Event, None, T], out: TextIO | None = None) -> T:
    """Runs `events` to its end, telling other programs of it by one JSON object a line; returns what it returns.

    The objects are ``{"event": "progress", "stage", "done", "total", "seconds_left"}`` and ``{"event": "note", "text"}``.
    """
    told = out or sys.stderr
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            return end.value
        if isinstance(event, Progress):
            facts: dict[str, object] = {
                "event": "progress",
                "stage": event.stage,
                "done": event.done,
                "total": event.total,
                "seconds_left": event.eta_seconds,
            }
        elif isinstance(event, Note):
            facts = {"event": "note", "text": event.text}
        else:
            continue
        told.write(json.dumps(facts, ensure_ascii=False) + "\n")
        told.flush()


def show_progress(events: Generator[Event, None, T], out: TextIO | None = None) -> T:
    """Runs `events` to its end, showing how far each stage is and what there is to know; returns what it returns."""
    shown: StageProgress | None = None
    stage, done = "", 0
    failed = True
    try:
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                failed = False
                return end.value
            if isinstance(event, Note):
                (out or sys.stderr).write(f"Note: {event.text}\n")
            if not isinstance(event, Progress):
                continue
            if event.stage != stage or event.done < done:  # the same stage of another thing
                if shown is not None:
                    shown.__exit__(None, None, None)
                stage = event.stage
                shown = StageProgress(STAGES.get(stage, stage), out)
            done = event.done
            if shown is not None:
                shown.update(event.done, event.total)
    finally:
        if shown is not None:
            shown.__exit__(BaseException if failed else None, None, None)


def _clock_words(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
