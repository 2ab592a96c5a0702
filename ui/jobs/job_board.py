"""The list of background jobs: what runs, how far it is, how long it will take."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NewType

from PySide6.QtCore import QObject, Signal

JobNumber = NewType("JobNumber", int)
JobState = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]
JobKind = Literal["import", "analysis", "take", "score", "export", "proxy", "convert", "adapt"]
MAX_FINISHED = 30


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it is shown.

    Attributes:
        progress: 0..1, or None while unknown.
        stage: what it is at, for people.
        seconds_left: an estimate, or None.
        message: why it failed, or what it made.
        cancel, pause, resume, retry: what the buttons do; None hides a button.
    """

    number: JobNumber
    kind: JobKind
    title: str
    state: JobState = "waiting"
    progress: float | None = None
    stage: str = ""
    seconds_left: float | None = None
    message: str = ""
    cancel: Callable[[], None] | None = None
    pause: Callable[[], None] | None = None
    resume: Callable[[], None] | None = None
    retry: Callable[[], None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ("done", "failed", "cancelled")


class JobBoard(QObject):
    """All jobs of the window, newest last.

    Signals:
        added: (JobNumber). changed: (JobNumber). removed: (JobNumber).
    """

    added = Signal(int)
    changed = Signal(int)
    removed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[JobNumber, Job] = {}
        self._next = 1
        self._begun: dict[JobNumber, tuple[float, float]] = {}

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job, oldest first."""
        return tuple(self._jobs.values())

    @property
    def active(self) -> tuple[Job, ...]:
        """Jobs that are not over."""
        return tuple(job for job in self._jobs.values() if not job.is_over)

    def job(self, number: JobNumber) -> Job | None:
        """The job with that number."""
        return self._jobs.get(number)

    def add(self, kind: JobKind, title: str, **values: object) -> JobNumber:
        """A new job; returns its number."""
        number = JobNumber(self._next)
        self._next += 1
        self._jobs[number] = Job(number, kind, title, **values)  # type: ignore[arg-type]
        self.added.emit(number)
        finished = [job.number for job in self._jobs.values() if job.is_over]
        for old in finished[:-MAX_FINISHED]:
            self.remove(old)
        return number

    def update(self, number: JobNumber, **values: object) -> None:
        """Other values of a job; without a given `seconds_left` it is estimated from the progress so far."""
        job = self._jobs.get(number)
        if job is None or job.is_over:
            return
        if "progress" in values and "seconds_left" not in values:
            values["seconds_left"] = self._estimate(number, values["progress"])  # type: ignore[arg-type]
        new = replace(job, **values)  # type: ignore[arg-type]
        if new.is_over:
            new = replace(new, cancel=None, pause=None, resume=None, seconds_left=None)
            self._begun.pop(number, None)
        if new != job:
            self._jobs[number] = new
            self.changed.emit(number)

    def remove(self, number: JobNumber) -> None:
        """Takes a job off the list."""
        if self._jobs.pop(number, None) is not None:
            self._begun.pop(number, None)
            self.removed.emit(number)

    def clear_finished(self) -> None:
        """Takes every job off the list that is over."""
        for job in [job for job in self._jobs.values() if job.is_over]:
            self.remove(job.number)

    def _estimate(self, number: JobNumber, progress: float | None) -> float | None:
        now = time.monotonic()
        if progress is None:
            return None
        start, first = self._begun.setdefault(number, (now, progress))
        if progress - first < 0.02 or now - start < 1.0:
            return None
        return (now - start) / (progress - first) * (1 - progress)
