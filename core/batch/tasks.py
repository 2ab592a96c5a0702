"""The pieces of work a batch is cut into, and how a worker does one. All picklable, each complete in itself."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from core.base.errors import AppError
from core.base.memory import peak_memory_bytes
from core.base.whole_file import written_whole
from core.batch.jobs import BatchJob, ProjectJob, project_request
from core.batch.listing import sentence
from core.delivery.sheet import NamedCurve
from core.delivery.tracks import SoundTrack, join_tracks
from core.engine import worker
from core.engine.dub import DubJob, dub, make_lips
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Event, Failed, JobId
from core.jobs.results import FilmWritten, ended_with
from core.jobs.spread import use_cores
from core.scorer.weak import weak_stretches


@dataclass(frozen=True, slots=True)
class AnalyseFilm:
    """Find shots, faces and people of a film."""

    video: Path


@dataclass(frozen=True, slots=True)
class MakeLips:
    """Make every `parts`-th piece of a dub's lips, from the `part`-th on."""

    work: DubJob
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Score, write and report one job; what is not made yet is made."""

    job: BatchJob


@dataclass(frozen=True, slots=True)
class JoinTracks:
    """Put several dubs of one film into one file."""

    picture: Path
    sounds: tuple[SoundTrack, ...]
    output: Path


Task = AnalyseFilm | MakeLips | Finish | JoinTracks


@dataclass(frozen=True, slots=True)
class TaskDone(Done):
    """A task ended well.

    Attributes:
        peak_memory_bytes: what its worker needed at most so far.
        tracks: how many face tracks there are in a film that was analysed.
    """

    peak_memory_bytes: int
    tracks: int = 0


def run(engine: Engine, task: Task, job: JobId, token: CancelToken) -> Iterator[Event]:
    """The events of one task, ending with `TaskDone`."""
    tracks = 0
    if isinstance(task, AnalyseFilm):
        film = yield from engine.film(task.video, job, token)
        tracks = len(film.analysis.tracks)
    elif isinstance(task, MakeLips):
        yield from make_lips(task.work, engine, token, part=task.part, parts=task.parts)
    elif isinstance(task, JoinTracks):
        join_tracks(task.picture, task.sounds, task.output)
    elif isinstance(task.job.work, ProjectJob):
        yield from _export_project(engine, task.job, task.job.work, job, token)
    else:
        made = yield from dub(task.job.work, engine, token)
        facts = asdict(made.report)
        facts |= {"language": task.job.language, "weak": _weak(made.curves)}
        _write_report(task.job.report, facts)
    yield TaskDone(job, peak_memory_bytes(), tracks)


def _export_project(
    engine: Engine, batch_job: BatchJob, work: ProjectJob, job: JobId, token: CancelToken
) -> Iterator[Event]:
    written = yield from ended_with(engine.run(project_request(work), job, token), FilmWritten)
    output = {"path": str(work.output), **written.facts(), "notes": written.notes}
    _write_report(batch_job.report, {"project": str(work.project), "output": output})


def _write_report(path: Path, facts: dict[str, object]) -> None:
    with written_whole(path, "The report") as part:
        part.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _weak(curves: Sequence[NamedCurve]) -> list[dict[str, float]]:
    """Where the result's lips fit the dub badly: ``start`` and ``end`` on the film's clock in seconds, ``mean`` p_sync."""
    found = []
    for curve in curves:
        if curve.name != "result + dub":
            continue
        step = float(np.median(np.diff(curve.times))) if len(curve.times) > 1 else 0.0
        for weak in weak_stretches(curve.times, curve.p):
            start, stop = float(curve.times[weak.start]), float(curve.times[weak.stop - 1]) + step
            mean = float(curve.p[weak.start : weak.stop].mean())
            found.append({"start": round(start, 3), "end": round(stop, 3), "mean": round(mean, 3)})
    return found


def main(commands: Connection, cancels: Connection) -> None:
    """What a worker process of this machine runs; see `core.engine.worker`."""
    use_cores(1)  # the others have workers of their own
    engine = Engine()

    def answer(request: object, job: JobId, token: CancelToken) -> Iterator[Event]:
        assert isinstance(request, Task)
        return run(engine, request, job, token)

    worker.serve(commands, cancels, answer)


def run_alone(task: Task) -> TaskDone | Failed:
    """Does one task where nobody listens, as on a cluster, and says how it ended."""
    use_cores(1)
    job = JobId("task")
    events = ended_with(run(_cluster_engine(), task, job, CancelToken()), TaskDone)
    try:
        while True:
            try:
                next(events)
            except StopIteration as end:
                return end.value
    except AppError as error:
        return Failed(job, sentence(error))
    except MemoryError:
        return Failed(job, "There is not enough memory for this.")


_ENGINES: list[Engine] = []


def _cluster_engine() -> Engine:
    """One engine a process, so that a film stays open from task to task."""
    if not _ENGINES:
        _ENGINES.append(Engine())
    return _ENGINES[0]
