"""One film, one dub, the new mouths apart: what ``unisync patch`` does, as a stream of events."""

import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from core.base.errors import SettingsError
from core.base.timing import parse_timecode
from core.delivery.patch import (
    PatchFacts,
    PatchFormat,
    Stretch,
    check_patchable,
    stretches,
    timecode_of,
    write_clips,
    write_sound,
)
from core.delivery.patch_timelines import Marker, write_timelines
from core.delivery.report import CurveFacts
from core.delivery.soundtrack import Soundtrack
from core.engine.dub import DubJob, ScoredTake, make_takes, plan_dub
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import Event
from core.scorer.weak import weak_stretches
from core.takes.compositor import Compositor
from core.takes.lost import again_when_lost

DESCRIPTION = "patch.json"


@dataclass(frozen=True, slots=True)
class PatchSettings:
    """How the new mouths are handed over.

    Attributes:
        format: ProRes 4444 in QuickTime, FFV1 in Matroska, or numbered PNG pictures.
        handles: unchanged frames before and after each stretch, empty, for trimming.
    """

    format: PatchFormat = "prores4444"
    handles: int = 0


@dataclass(frozen=True, slots=True)
class PatchResult:
    """What was written, as ``patch.json`` says it, too."""

    facts: PatchFacts
    timelines: tuple[str, ...]
    sync: CurveFacts
    description: Path


def patch(
    job: DubJob, settings: PatchSettings, engine: Engine, token: CancelToken
) -> Generator[Event, None, PatchResult]:
    """Makes a dub's lips and writes them, the dub and timelines into the folder of `job.output`, whose name is not used.

    That folder is empty before, and complete or empty after.

    Raises:
        SettingsError: the film's rate varies, or nothing changes.
        AppError: see `core.engine.dub.dub`.
    """
    result = yield from again_when_lost(lambda: _patch(job, settings, engine, token))
    engine.tidy()
    return result


def _patch(
    job: DubJob, settings: PatchSettings, engine: Engine, token: CancelToken
) -> Generator[Event, None, PatchResult]:
    planned = yield from plan_dub(job, engine, token)
    film, video, folder = planned.film, planned.film.video, job.output.parent
    rate = check_patchable(video, film.info.path.name)
    takes = yield from make_takes(planned, job, engine, token)
    best = max(takes, key=lambda take: take.mean)
    layers = tuple(piece.layer(job.mask) for piece in best.pieces)
    compositor = Compositor(video, layers, engine.cache, is_finished=True)
    frames = [number for layer in layers for number in layer.frames]
    covered = stretches(compositor, frames, len(film.index), settings.handles)
    if not covered:
        raise SettingsError(
            f"No mouth of “{film.info.path.name}” changes, so there is no patch.",
            hint="See “unisync analyse” for the faces in the film, and choose another range or --face.",
        )
    work = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    work.mkdir()
    try:
        clips = yield from write_clips(film, compositor, covered, work, settings.format, token)
        sound = f"{film.info.path.stem}.dub.wav"
        start = timecode_of(video, 0)
        begins = Fraction(parse_timecode(start, rate)) / rate.value
        write_sound(work / sound, Soundtrack(planned.sound.parts, job.dub), begins)
        width, height = video.upright_size
        facts = PatchFacts(
            str(job.video), width, height, str(rate.value), len(film.index), start, ";" in start, sound,
            settings.format, clips,
        )  # fmt: skip
        markers = _markers(best, clips)
        timelines = write_timelines(facts, folder, markers, into=work)
        sync = CurveFacts.of(best.curves)
        more = {
            "timelines": timelines,
            "person": planned.choice.person,
            "mean_p_sync": sync.mean_p_sync,
            "markers": [{"frame": frame, "note": note} for frame, note in markers],
            "notes": [*planned.sound.notes, *best.notes],
        }
        facts.write(work / DESCRIPTION, more)
        if folder.is_dir():
            folder.rmdir()
        os.replace(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return PatchResult(facts, timelines, sync, folder / DESCRIPTION)


def _markers(take: ScoredTake, clips: tuple[Stretch, ...]) -> list[Marker]:
    """What an editor should look at: where the lips fit badly, and where the engine doubts its own picture."""
    found = [(each.start, "Look at these lips again") for each in take.doubtful]
    piece_frames = [piece.piece.frames for piece in take.pieces]
    for curve, frames in zip(take.curves, piece_frames, strict=False):
        weak = weak_stretches(curve.times, curve.p)
        found += [(frames.start + w.start, f"Weak sync {curve.p[w.start : w.stop].mean():.2f}") for w in weak]
    inside = [range(each.first_frame, each.first_frame + each.frames) for each in clips]
    return sorted(marker for marker in found if any(marker[0] in frames for frames in inside))
