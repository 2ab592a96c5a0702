"""The owner's side of the engine process: one thread, one process, jobs by priority, restart after a crash."""

import itertools
import logging
import multiprocessing
import threading
import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import IntEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from core.engine import worker
from core.jobs.events import TERMINAL, Event, Failed, JobId, Stopped

logger = logging.getLogger(__name__)

# After so many deaths of the process without one finished step, a job is given up.
MAX_DEATHS_WITHOUT_PROGRESS = 3

# Seconds a process is given to end on its cancel, and again on SIGTERM, before it is made to.
GRACE = 5.0


class Priority(IntEnum):
    """Smaller goes first."""

    TAKE = 10
    ANALYSIS = 20
    EXPORT = 30
    PROXY = 40


@dataclass(slots=True)
class _Job:
    id: JobId
    request: object
    priority: Priority
    order: int
    replaces: Hashable | None
    is_paused: bool = False
    is_cancelled: bool = False
    has_begun: bool = False
    deaths: int = 0


@dataclass(slots=True)
class _Process:
    process: BaseProcess
    commands: Connection
    cancels: Connection
    jobs: set[JobId] = field(default_factory=set)


class EngineClient:
    """Runs requests in a process of their own.

    `on_event` is called on the client's thread, never on the caller's. The process is started by the first request.
    """

    def __init__(
        self,
        on_event: Callable[[Event], None],
        target: Callable[[Connection, Connection], None] = worker.main,
    ) -> None:
        self._on_event = on_event
        self._target = target
        self._jobs: dict[JobId, _Job] = {}
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._is_closing = False
        self._process: _Process | None = None
        self._thread = threading.Thread(target=self._work, name="engine-client", daemon=True)
        self._thread.start()

    def submit(self, request: object, priority: Priority, *, replaces: Hashable | None = None) -> JobId:
        """Queues a request; an older one with the same `replaces` key is cancelled."""
        job = _Job(JobId(uuid.uuid4().hex), request, priority, next(self._order), replaces)
        with self._changed:
            older = [j.id for j in self._jobs.values() if replaces is not None and j.replaces == replaces]
            self._jobs[job.id] = job
            self._changed.notify()
        for old in older:
            self.cancel(old)
        return job.id

    def cancel(self, job_id: JobId) -> None:
        """Stops a job; its `Stopped` event follows."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job is None:
                return
            job.is_cancelled, job.is_paused = True, False
            if job.has_begun and self._process is not None:
                _send(self._process.cancels, job_id)
            self._changed.notify()

    def pause(self, job_id: JobId) -> None:
        """Holds a job after the step it is in."""
        self._set_paused(job_id, True)

    def resume(self, job_id: JobId) -> None:
        """Lets a paused job go on."""
        self._set_paused(job_id, False)

    @property
    def process_id(self) -> int | None:
        """The engine process's id, None while there is none."""
        process = self._process
        return process.process.pid if process is not None else None

    def close(self, grace: float = GRACE) -> None:
        """Ends the process and the thread; jobs under way end without further events.

        A process that does not end within `grace` seconds of its cancel is terminated, and killed after `grace` more.
        """
        with self._changed:
            self._is_closing = True
            if self._process is not None:
                for job_id in self._process.jobs:
                    _send(self._process.cancels, job_id)
            self._changed.notify()
        for end in (BaseProcess.terminate, BaseProcess.kill):
            self._thread.join(grace)
            process = self._process
            if not self._thread.is_alive() or process is None:
                break
            logger.warning("the engine process does not end by itself: %s", end.__name__)
            end(process.process)  # the thread, which waits for its answer, sees the pipe end
        self._thread.join()

    def _set_paused(self, job_id: JobId, paused: bool) -> None:
        with self._changed:
            if job_id in self._jobs:
                self._jobs[job_id].is_paused = paused
                self._changed.notify()

    def _next_job(self) -> _Job | None:
        ready = [job for job in self._jobs.values() if not job.is_paused]
        return min(ready, key=lambda job: (not job.is_cancelled, job.priority, job.order), default=None)

    def _work(self) -> None:
        while True:
            with self._changed:
                job = self._next_job()
                while not self._is_closing and job is None:
                    self._changed.wait()
                    job = self._next_job()
                if self._is_closing or job is None:
                    break
            if job.is_cancelled and not job.has_begun:
                self._finish(job, Stopped(job.id))
                continue
            event = self._step(job)
            if event is None:
                continue
            job.deaths = 0
            if isinstance(event, TERMINAL):
                self._finish(job, event)
            else:
                self._on_event(event)
        self._end_process()

    def _step(self, job: _Job) -> Event | None:
        """One event of a job, or None when the process died on the way."""
        process = self._running_process()
        try:
            process.commands.send((job.id, None if job.id in process.jobs else job.request))
            process.jobs.add(job.id)
            job.has_begun = True
            if job.is_cancelled:
                _send(process.cancels, job.id)
            event: Event = process.commands.recv()
            return event
        except (EOFError, OSError):
            logger.warning("the engine process died with exit code %s", process.process.exitcode)
            self._end_process()
            if self._is_closing:
                return None
            job.deaths += 1
            if job.is_cancelled:
                return Stopped(job.id)
            if job.deaths >= MAX_DEATHS_WITHOUT_PROGRESS:
                return Failed(
                    job.id,
                    f"The engine stopped {job.deaths} times at the same place.",
                    "It may have run out of memory: close other programs, or choose the draft preset.",
                )
            return None

    def _finish(self, job: _Job, event: Event) -> None:
        with self._changed:
            del self._jobs[job.id]
        if self._process is not None:
            self._process.jobs.discard(job.id)
        self._on_event(event)

    def _running_process(self) -> _Process:
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            commands, their_commands = context.Pipe()
            cancels, their_cancels = context.Pipe()
            process = context.Process(
                target=self._target, args=(their_commands, their_cancels), name="engine", daemon=True
            )
            process.start()
            # Our copies of the far ends must go, or a dead process would never look like one.
            their_commands.close()
            their_cancels.close()
            self._process = _Process(process, commands, cancels)
        return self._process

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.commands.close()
        process.cancels.close()
        process.process.join(2)
        if process.process.is_alive():
            process.process.kill()
            process.process.join()


def _send(connection: Connection, job_id: JobId) -> None:
    try:
        connection.send(job_id)
    except OSError:
        logger.debug("the engine process is gone already")
