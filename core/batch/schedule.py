"""Which task of a batch can begin, in what order, and what follows from each end. Pure: no process, no clock."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal, NewType

from core.batch.jobs import BatchJob
from core.batch.tasks import AnalyseFilm, Finish, JoinTracks, MakeLips, Task
from core.delivery.tracks import SoundTrack
from core.engine.dub import DubJob

TaskId = NewType("TaskId", int)
State = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Deliverable:
    """Several dubs of one film in one file: the picture of one, the sounds of all.

    Attributes:
        output: the file.
        jobs: names of the jobs whose sound goes in, in order of tracks.
        picture: the job whose picture it has.
    """

    output: Path
    jobs: tuple[str, ...]
    picture: str


@dataclass(slots=True)
class Progress:
    """How far one job is."""

    job: BatchJob
    state: State = "waiting"
    error: str = ""
    lips_missing: int = 0


@dataclass(slots=True)
class Schedule:
    """Work is cut at films, then at face tracks, then brought together.

    A film is looked at once, whatever number of jobs it has. The first part of its first job goes alone, because it gathers the
    person's mouths, which every other part then finds; after it, all parts of all jobs may run at once. A finished film is
    written as soon as its lips are there. One job's failure stops no other.
    """

    jobs: Sequence[BatchJob]
    workers: int
    deliverables: Sequence[Deliverable] = ()
    progress: dict[str, Progress] = field(init=False)
    deliveries_failed: dict[Path, str] = field(default_factory=dict)
    _ready: list[tuple[int, int, Task, tuple[str, ...]]] = field(default_factory=list)
    _running: dict[TaskId, tuple[Task, tuple[str, ...]]] = field(default_factory=dict)
    _pioneers: dict[Path, list[str]] = field(default_factory=dict)
    _tracks: dict[Path, int] = field(default_factory=dict)
    _joined: set[Path] = field(default_factory=set)
    _order: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Queues what can begin at once."""
        self.progress = {job.name: Progress(job) for job in self.jobs}
        by_film: dict[Path, list[BatchJob]] = defaultdict(list)
        for job in self.jobs:
            if isinstance(job.work, DubJob):
                by_film[job.film].append(job)
            else:
                self._queue(2, Finish(job), (job.name,))
        for film, jobs in by_film.items():
            self._queue(3, AnalyseFilm(film), tuple(job.name for job in jobs))

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to begin or to wait for."""
        return not self._ready and not self._running

    def skip(self, name: str) -> None:
        """Takes a job as done, because an earlier run finished it."""
        self.progress[name].state = "done"
        left = []
        for rank, order, task, names in self._ready:
            others = tuple(each for each in names if each != name)
            if others:
                left.append((rank, order, task, others))
        self._ready = left
        self._deliver()

    def next_task(self) -> tuple[TaskId, Task] | None:
        """The most urgent task that can begin, now taken as running; None when there is none."""
        if not self._ready:
            return None
        self._ready.sort(key=lambda entry: entry[:2])
        _, order, task, names = self._ready.pop(0)
        task_id = TaskId(order)
        self._running[task_id] = (task, names)
        for name in names:
            if self.progress[name].state == "waiting":
                self.progress[name].state = "running"
        return task_id, task

    def done(self, task_id: TaskId, tracks: int = 0) -> None:
        """A task ended well: queues what it was waited for; `tracks` of a film that was analysed."""
        task, names = self._running.pop(task_id)
        if isinstance(task, AnalyseFilm):
            self._tracks[task.video] = tracks
            self._pioneers[task.video] = list(names)
            self._pioneer(task.video)
        elif isinstance(task, MakeLips):
            self._lips_done(task, names[0])
        elif isinstance(task, Finish):
            self.progress[names[0]].state = "done"
            self._deliver()

    def failed(self, task_id: TaskId, error: str) -> None:
        """A task ended badly: so do the jobs it was for, and no other."""
        task, names = self._running.pop(task_id)
        if isinstance(task, JoinTracks):
            self.deliveries_failed[task.output] = error
            return
        for name in names:
            self.progress[name].state, self.progress[name].error = "failed", error
        self._ready = [entry for entry in self._ready if not entry[3] or not set(entry[3]) <= set(names)]
        if isinstance(task, MakeLips) and task.work.video in self._pioneers:
            self._pioneer(task.work.video)  # the next job goes ahead instead
        self._deliver()

    def _queue(self, rank: int, task: Task, names: tuple[str, ...]) -> None:
        self._ready.append((rank, next(self._order), task, names))

    def _parts(self, film: Path) -> int:
        return max(1, min(self.workers, self._tracks[film]))

    def _pioneer(self, film: Path) -> None:
        waiting = self._pioneers[film]
        while waiting and self.progress[waiting[0]].state == "failed":
            waiting.pop(0)
        if not waiting:
            del self._pioneers[film]
            return
        self._queue_part(waiting[0], 0)

    def _queue_part(self, name: str, part: int) -> None:
        progress = self.progress[name]
        assert isinstance(progress.job.work, DubJob)
        parts = self._parts(progress.job.film)
        if part == 0:
            progress.lips_missing = parts
        self._queue(1, MakeLips(progress.job.work, part, parts), (name,))

    def _lips_done(self, task: MakeLips, name: str) -> None:
        film = task.work.video
        if film in self._pioneers:
            others = self._pioneers.pop(film)
            for part in range(1, self._parts(film)):
                self._queue_part(name, part)
            for other in others:
                if other != name:
                    for part in range(self._parts(film)):
                        self._queue_part(other, part)
        progress = self.progress[name]
        progress.lips_missing -= 1
        if progress.lips_missing == 0 and progress.state != "failed":
            self._queue(0, Finish(progress.job), (name,))

    def _deliver(self) -> None:
        """Joins the dubs of each deliverable whose jobs have all ended well."""
        for each in self.deliverables:
            states = {self.progress[name].state for name in each.jobs}
            if each.output in self._joined or not states <= {"done", "failed"}:
                continue
            self._joined.add(each.output)
            if "failed" in states:
                missing = [name for name in each.jobs if self.progress[name].state == "failed"]
                self.deliveries_failed[each.output] = f"{', '.join(missing)} failed."
                continue
            jobs = [self.progress[name].job for name in each.jobs]
            sounds = tuple(SoundTrack(job.work.output, job.language) for job in jobs)
            picture = self.progress[each.picture].job.work.output
            self._queue(0, JoinTracks(picture, sounds, each.output), ())
