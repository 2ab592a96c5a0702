"""The pieces of work a batch is cut into, and how a worker does one. All picklable, each complete in itself."""

import json
from collections.abc import Generator, Iterator, Sequence
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
from core.jobs.events import Done, Event, JobId
from core.scorer.weak import weak_stretches


@dataclass(frozen=True, slots=True)
class AnalyseFilm:
    """Find shots, faces and people of a film. Result: ``tracks``, how many face tracks there are."""

    video: Path


@dataclass(frozen=True, slots=True)
class MakeLips:
    """Make every `parts`-th piece of a dub's lips, from the `part`-th on."""

    work: DubJob
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Score, write and report one job; what is not made yet is made. Result: ``frames``."""

    job: BatchJob


@dataclass(frozen=True, slots=True)
class JoinTracks:
    """Put several dubs of one film into one file."""

    picture: Path
    sounds: tuple[SoundTrack, ...]
    output: Path


Task = AnalyseFilm | MakeLips | Finish | JoinTracks


def run(engine: Engine, task: Task, job: JobId, token: CancelToken) -> Iterator[Event]:
    """The events of one task, ending with `Done`; its result tells the worker's ``peak_memory_bytes``, too."""
    result = yield from _result(engine, task, job, token)
    yield Done(job, {**result, "peak_memory_bytes": peak_memory_bytes()})


def _result(
    engine: Engine, task: Task, job: JobId, token: CancelToken
) -> Generator[Event, None, dict[str, object]]:
    if isinstance(task, AnalyseFilm):
        film = yield from engine.film(task.video, job, token)
        return {"tracks": len(film.analysis.tracks)}
    if isinstance(task, MakeLips):
        pieces = yield from make_lips(task.work, engine, token, part=task.part, parts=task.parts)
        return {"pieces": pieces}
    if isinstance(task, JoinTracks):
        join_tracks(task.picture, task.sounds, task.output)
        return {}
    if isinstance(task.job.work, ProjectJob):
        return (yield from _export_project(engine, task.job, task.job.work, job, token))
    made = yield from dub(task.job.work, engine, token)
    facts = asdict(made.report)
    facts |= {"language": task.job.language, "weak": _weak(made.curves)}
    _write_report(task.job.report, facts)
    return {"frames": sum(segment.frames for segment in made.report.segments)}


def _export_project(
    engine: Engine, batch_job: BatchJob, work: ProjectJob, job: JobId, token: CancelToken
) -> Generator[Event, None, dict[str, object]]:
    written: dict[str, object] = {}
    for event in engine.run(project_request(work), job, token):
        if isinstance(event, Done):
            written = dict(event.result)
        else:
            yield event
    _write_report(
        batch_job.report, {"project": str(work.project), "output": {"path": str(work.output), **written}}
    )
    return {"frames": written.get("frames", 0)}


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
    engine = Engine()

    def answer(request: object, job: JobId, token: CancelToken) -> Iterator[Event]:
        assert isinstance(request, Task)
        return run(engine, request, job, token)

    worker.serve(commands, cancels, answer)


def run_alone(task: Task) -> dict[str, object]:
    """Does one task where nobody listens, as on a cluster: its result, or ``error`` with one sentence."""
    result: dict[str, object] = {}
    try:
        for event in run(_cluster_engine(), task, JobId("task"), CancelToken()):
            if isinstance(event, Done):
                result = dict(event.result)
    except AppError as error:
        return {"error": sentence(error)}
    except MemoryError:
        return {"error": "There is not enough memory for this."}
    return result


_ENGINES: list[Engine] = []


def _cluster_engine() -> Engine:
    """One engine a process, so that a film stays open from task to task."""
    if not _ENGINES:
        _ENGINES.append(Engine())
    return _ENGINES[0]
