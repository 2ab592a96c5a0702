"""A batch from its first task to its last: begins what can begin, remembers what ended, tells what happens."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.batch.jobs import BatchJob
from core.batch.pool import Ended, Pool, Stepped
from core.batch.schedule import Deliverable, Schedule, TaskId
from core.batch.state import BatchState
from core.batch.tasks import AnalyseFilm, Finish, MakeLips, Task


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job came to its end; `error` is "" for a finished film."""

    job: BatchJob
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Working:
    """Where the batch stands.

    Attributes:
        finished: jobs that ended well, those of earlier runs included.
        failed: jobs that did not.
        total: all jobs.
        frames: frames of lips made since the start.
        tasks: what is under way: task, done, total.
    """

    finished: int
    failed: int
    total: int
    frames: int
    tasks: tuple[tuple[Task, int, int], ...]


@dataclass(slots=True)
class _Work:
    task: Task
    done: int = 0
    total: int = 0
    first: int | None = None


@dataclass(slots=True)
class Batch:
    """Runs jobs on a pool.

    Attributes:
        seconds: of every job that ended in this run, from its first task to its last.
    """

    jobs: Sequence[BatchJob]
    state: BatchState
    pool: Pool
    workers: int
    deliverables: Sequence[Deliverable] = ()
    schedule: Schedule = field(init=False)
    _frames: int = 0
    _work: dict[TaskId, _Work] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)

    def run(self, finished: set[str]) -> Iterator[JobEnded | Working]:
        """Does everything but the jobs named in `finished`; the state on disk is right whenever this is left."""
        self.schedule = Schedule(self.jobs, self.workers, self.deliverables)
        for name in finished:
            self.schedule.skip(name)
        ended = set(finished)
        while not self.schedule.is_finished:
            while self.pool.has_room() and (found := self.schedule.next_task()) is not None:
                self._begin(*found)
            for event in self.pool.wait():
                if isinstance(event, Stepped):
                    self._step(event)
                else:
                    self._end(event)
            for name, progress in self.schedule.progress.items():
                if name not in ended and progress.state in ("done", "failed"):
                    ended.add(name)
                    seconds = time.monotonic() - self._began.get(name, time.monotonic())
                    is_done = progress.state == "done"
                    self.state.note(
                        name, "done" if is_done else "failed", error=progress.error, seconds=seconds
                    )
                    yield JobEnded(progress.job, progress.error, seconds)
            yield self._standing()

    def _begin(self, task_id: TaskId, task: Task) -> None:
        self._work[task_id] = _Work(task)
        if isinstance(task, MakeLips):
            name = next(n for n, p in self.schedule.progress.items() if p.job.work == task.work)
            self._began.setdefault(name, time.monotonic())
        elif isinstance(task, Finish):
            self._began.setdefault(task.job.name, time.monotonic())
        self.pool.start(task_id, task)

    def _step(self, event: Stepped) -> None:
        work = self._work[event.task]
        if isinstance(work.task, MakeLips) and event.stage == "lips":
            if work.first is None:
                work.first = event.done  # what an earlier run made is no work of this one
            self._frames += max(0, event.done - max(work.done, work.first))
        work.done, work.total = event.done, event.total

    def _end(self, event: Ended) -> None:
        del self._work[event.task]
        if event.error:
            self.schedule.failed(event.task, event.error)
        else:
            self.schedule.done(event.task, event.tracks)

    def _standing(self) -> Working:
        states = [progress.state for progress in self.schedule.progress.values()]
        tasks = tuple((work.task, work.done, work.total) for work in self._work.values())
        return Working(states.count("done"), states.count("failed"), len(states), self._frames, tasks)


def task_words(task: Task) -> str:
    """What a task is, for people."""
    if isinstance(task, AnalyseFilm):
        return f"finding faces in {task.video.name}"
    if isinstance(task, MakeLips):
        return f"lips of {task.work.output.name}"
    if isinstance(task, Finish):
        return f"writing {task.job.work.output.name}"
    return f"joining {task.output.name}"
