"""Where tasks are done: worker processes of this machine, as many as its memory bears, or a Ray cluster."""

import importlib.util
import logging
import os
import queue
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from core.base.errors import DeviceError, SettingsError
from core.batch.schedule import TaskId
from core.batch.tasks import MakeLips, Task, TaskDone, main, run_alone
from core.engine.client import EngineClient, Priority
from core.jobs.events import Done, Event, Failed, Progress, Stopped

_FIRST_GUESS = 1_500 * 2**20  # bytes a worker is taken to need until one has been measured
_SPARE = 0.15  # share of the machine's memory that is left to others


@dataclass(frozen=True, slots=True)
class Ended:
    """A task came to its end, `error` being "" when it was a good one; `tracks` as in `TaskDone`."""

    task: TaskId
    tracks: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A task did `done` of `total` frames of `stage`."""

    task: TaskId
    stage: str
    done: int
    total: int


class Pool(Protocol):
    """Does tasks somewhere."""

    def has_room(self) -> bool:
        """Whether one more task can begin now."""

    def start(self, task_id: TaskId, task: Task) -> None:
        """Begins a task."""

    def wait(self) -> Iterator[Ended | Stepped]:
        """What happened since the last call; waits for something to happen."""

    def close(self) -> None:
        """Ends everything that is under way."""


class LocalPool:
    """Worker processes on this machine. One that dies is started again, and its task goes on where its chunks end.

    A further worker is only started while the free memory holds what a worker was seen to need at most.
    """

    def __init__(self, workers: int) -> None:
        self._events: queue.Queue[tuple[int, Event]] = queue.Queue()
        self._workers = workers
        self._clients: dict[int, EngineClient] = {}
        self._busy: dict[int, TaskId] = {}
        self._most_memory = 0

    def has_room(self) -> bool:
        """See `Pool`."""
        if len(self._busy) < len(self._clients):
            return True
        if len(self._clients) >= self._workers:
            return False
        if not self._clients:
            return True  # one always runs
        memory = psutil.virtual_memory()
        return memory.available - _SPARE * memory.total > (self._most_memory or _FIRST_GUESS)

    def start(self, task_id: TaskId, task: Task) -> None:
        """See `Pool`."""
        number = next((n for n in self._clients if n not in self._busy), len(self._clients))
        if number not in self._clients:

            def tell(event: Event, number: int = number) -> None:
                self._events.put((number, event))

            self._clients[number] = EngineClient(tell, target=main)
        self._busy[number] = task_id
        self._clients[number].submit(task, Priority.EXPORT)

    def wait(self) -> Iterator[Ended | Stepped]:
        """See `Pool`."""
        events = [self._events.get()]
        while not self._events.empty():
            events.append(self._events.get())
        for number, event in events:
            task = self._busy[number]
            if isinstance(event, Progress):
                yield Stepped(task, event.stage, event.done, event.total)
                continue
            if not isinstance(event, Done | Failed | Stopped):
                continue
            del self._busy[number]
            if isinstance(event, TaskDone):
                self._most_memory = max(self._most_memory, event.peak_memory_bytes)
                yield Ended(task, event.tracks)
            elif isinstance(event, Failed):
                yield Ended(task, error=" ".join(f"{event.message} {event.hint}".split()))
            else:
                yield Ended(task, error="It was stopped.")

    def close(self) -> None:
        """See `Pool`."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()


class RayPool:
    """Tasks on a Ray cluster. Frames never pass through it: films, cache and results lie in folders that every node sees.

    Args:
        address: of a cluster that is running, or ``auto`` for the one this machine belongs to.
        home: the folder of models and cache, the same path on every node.
        root: the program's folder, the same path on every node.

    Raises:
        SettingsError: Ray is not installed.
        DeviceError: no cluster answers at `address`.
    """

    def __init__(self, address: str, home: Path, root: Path) -> None:
        if importlib.util.find_spec("ray") is None:
            raise SettingsError(
                "Ray is not installed, so --ray cannot be used.",
                hint="Install it with: pip install “ray>=2.55”.",
            )
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns about its own future
        import ray

        self._ray = ray
        environment = {"UNISYNC_HOME": str(home), "PYTHONPATH": str(root)}
        try:
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": environment},
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise DeviceError(
                f"No Ray cluster answers at {address}.",
                hint="Start one with “ray start --head”, or leave --ray out.",
            ) from error
        self._tasks: dict[object, TaskId] = {}
        self._most_memory = 0

    @property
    def cores(self) -> int:
        """Processors of the cluster."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def has_room(self) -> bool:
        """See `Pool`. Ray queues by itself; a few tasks more than it has processors keep it busy."""
        return len(self._tasks) < 2 * self.cores

    def start(self, task_id: TaskId, task: Task) -> None:
        """See `Pool`."""
        resources: dict[str, object] = {
            "num_cpus": 1,
            "max_retries": 3,
            "memory": self._most_memory or _FIRST_GUESS,
        }
        if isinstance(task, MakeLips) and task.work.device.startswith("cuda"):
            resources["num_gpus"] = 1
        remote = self._ray.remote(run_alone).options(**resources)
        self._tasks[remote.remote(task)] = task_id

    def wait(self) -> Iterator[Ended | Stepped]:
        """See `Pool`."""
        ready, _ = self._ray.wait(list(self._tasks), num_returns=1)
        for reference in ready:
            task = self._tasks.pop(reference)
            try:
                result: TaskDone | Failed = self._ray.get(reference)
            except self._ray.exceptions.RayError as error:
                last = str(error).strip().splitlines()
                yield Ended(
                    task, error=f"The cluster could not finish it: {last[-1] if last else 'no reason given'}"
                )
                continue
            if isinstance(result, Failed):
                yield Ended(task, error=result.message)
                continue
            self._most_memory = max(self._most_memory, result.peak_memory_bytes)
            yield Ended(task, result.tracks)

    def close(self) -> None:
        """See `Pool`."""
        for reference in self._tasks:
            self._ray.cancel(reference, force=True)
        self._ray.shutdown()
