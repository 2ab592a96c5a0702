"""The new mouths apart, of one film and one dub or of a project's timeline: what ``unisync patch`` does, as a stream of events."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

from core.base.errors import SettingsError
from core.base.timing import FrameRate, TimeRange, parse_timecode
from core.delivery.export import take_layers
from core.delivery.loudness import level
from core.delivery.patch import (
    SOUND_SUFFIX,
    Cover,
    Cut,
    PatchFacts,
    PatchFormat,
    Stretch,
    check_patchable,
    covers,
    timecode_of,
    write_clips,
    write_sound,
)
from core.delivery.patch_timelines import Marker, write_timelines
from core.delivery.report import CurveFacts
from core.delivery.soundtrack import Soundtrack
from core.engine.dub import DubJob, make_takes, plan_dub
from core.engine.runner import Engine
from core.engine.take import ScoredTake
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId
from core.media.audio import AudioSource
from core.media.conform import is_same_frame
from core.planning.requests import ExportRequest, FilmCut, TimelineRequest
from core.planning.sound_plan import PICTURE_RULES
from core.scorer.weak import weak_stretches
from core.takes.compositor import Compositor
from core.takes.film import Film
from core.takes.lost import again_when_lost

DESCRIPTION = "patch.json"


@dataclass(frozen=True, slots=True)
class PatchSettings:
    """How the new mouths are handed over.

    Attributes:
        format: ProRes 4444 in QuickTime, FFV1 in Matroska, or numbered PNG pictures.
        handles: unchanged frames before and after each stretch, empty, for trimming.
        crop: clips no larger than the mouths, instead of the whole picture.
    """

    format: PatchFormat = "prores4444"
    handles: int = 0
    crop: bool = False


@dataclass(frozen=True, slots=True)
class PatchResult:
    """What was written, as ``patch.json`` says it, too."""

    facts: PatchFacts
    timelines: tuple[str, ...]
    mean_p_sync: float | None
    description: Path


@dataclass(frozen=True, slots=True)
class _Placed:
    """A stretch of a film on the timeline, with the mouths laid into it.

    Attributes:
        seen: its frames.
        first_frame: of the timeline, where they begin.
    """

    film: Film
    compositor: Compositor
    seen: range
    first_frame: int

    def cut(self) -> Cut:
        video, info = self.film.video, self.film.info
        return Cut(
            str(info.path), self.first_frame, len(self.seen), self.seen.start, len(self.film.index),
            timecode_of(video, 0), info.has_audio,
        )  # fmt: skip

    def covers(self, handles: int) -> list[Cover]:
        frames = [number for layer in self.compositor.layers for number in layer.frames]
        return covers(self.compositor, frames, self.seen, handles, self.first_frame)


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
    if job.longer in PICTURE_RULES or job.shorter == "cut":
        raise SettingsError(
            "A patch lies over the film as it is and cannot change its length.",
            hint="Use --longer keep, cut or mix, and --shorter silence or original.",
        )
    planned = yield from plan_dub(job, engine, token)
    film, folder = planned.film, job.output.parent
    check_patchable(film.video, film.info.path.name)
    takes = yield from make_takes(planned, job, engine, token)
    best = max(takes, key=lambda take: take.mean)
    layers = tuple(piece.layer(job.mask) for piece in best.pieces)
    compositor = Compositor(film.video, layers, engine.cache, is_finished=True)
    placed = _Placed(film, compositor, range(len(film.index)), 0)
    mean = CurveFacts.of(best.curves).mean_p_sync

    def more(clips: tuple[Stretch, ...]) -> tuple[list[Marker], dict[str, object]]:
        notes = [*planned.sound.notes, *best.notes]
        return _markers(best, clips), {"person": planned.choice.person, "mean_p_sync": mean, "notes": notes}

    start = timecode_of(film.video, 0)
    sound, _ = level(Soundtrack(planned.sound.parts, job.sound_like), job.loudness, token.check)
    facts, timelines = yield from _write(
        folder, film.info.path.stem, [placed], start, sound, settings, token, more
    )
    return PatchResult(facts, timelines, mean, folder / DESCRIPTION)


def patch_project(
    request: ExportRequest | TimelineRequest, settings: PatchSettings, engine: Engine, token: CancelToken
) -> Generator[Event, None, PatchResult]:
    """The same for what a project's timeline shows; the folder is that of `request.output`, whose stem names the files.

    Raises:
        SettingsError: films of another rate or size than the timeline's, of varying rate, or nothing changes.
        AppError: see `core.engine.dub.dub`.
    """
    result = yield from again_when_lost(lambda: _patch_project(request, settings, engine, token))
    engine.tidy()
    return result


def _patch_project(
    request: ExportRequest | TimelineRequest, settings: PatchSettings, engine: Engine, token: CancelToken
) -> Generator[Event, None, PatchResult]:
    job, folder = JobId("dub"), request.output.parent
    if isinstance(request, ExportRequest):
        film = yield from engine.film(request.video, job, token)
        span = TimeRange(Fraction(0), film.index.duration)
        cuts: tuple[FilmCut, ...] = (FilmCut(request.video, span, Fraction(0), request.takes),)
        rate = check_patchable(film.video, film.info.path.name)
        start = timecode_of(film.video, 0)
    else:
        cuts, start = request.cuts, request.start_timecode or "00:00:00:00"
        first = yield from engine.film(cuts[0].video, job, token)
        rate = request.rate or check_patchable(first.video, first.info.path.name)
    placed: list[_Placed] = []
    for cut in cuts:
        film = yield from engine.film(cut.video, job, token)
        _check_as_the_timeline(film, rate, placed[0].film if placed else film)
        layers = yield from take_layers(cut.takes, film, engine.cache, request.device, job, token)
        compositor = Compositor(film.video, tuple(layers), engine.cache, is_finished=True)
        at, end = (_tick(time, rate) for time in (cut.at, cut.at + cut.span.duration))
        begin = rate.frame_at(cut.span.start + rate.time_of(at) - cut.at)
        placed.append(_Placed(film, compositor, range(begin, min(begin + end - at, len(film.index))), at))
    if not request.sound or request.sound_like is None:
        raise SettingsError("Nothing is heard on this timeline.", hint="Put a dub onto it.")
    sound = Soundtrack(request.sound, request.sound_like)
    stem = request.output.stem
    facts, timelines = yield from _write(folder, stem, placed, start, sound, settings, token, _nothing_more)
    return PatchResult(facts, timelines, None, folder / DESCRIPTION)


def _nothing_more(_clips: tuple[Stretch, ...]) -> tuple[list[Marker], dict[str, object]]:
    return [], {"person": None, "mean_p_sync": None, "notes": []}


def _check_as_the_timeline(film: Film, rate: FrameRate, first: Film) -> None:
    name = film.info.path.name
    if check_patchable(film.video, name) != rate:
        raise SettingsError(
            f"“{name}” has {film.video.rate} frames a second and the timeline {rate}, so that a patch has no place there.",
            hint="Export the finished film instead.",
        )
    if not is_same_frame(film.video, first.video):
        raise SettingsError(
            f"“{name}” has another picture format than “{first.info.path.name}”, so that one patch cannot lie over both.",
            hint="Export the finished film instead, or patch the films one by one.",
        )


def _tick(time: Fraction, rate: FrameRate) -> int:
    """The first frame of a timeline that is not before a time."""
    return -int(-time * rate.value // 1)


def _write(
    folder: Path,
    stem: str,
    placed: list[_Placed],
    start: str,
    sound: AudioSource,
    settings: PatchSettings,
    token: CancelToken,
    more: Callable[[tuple[Stretch, ...]], tuple[list[Marker], dict[str, object]]],
) -> Generator[Event, None, tuple[PatchFacts, tuple[str, ...]]]:
    """Clips, sound, timelines and their description, all or none, into `folder`."""
    found = [each.covers(settings.handles) for each in placed]
    if not any(found):
        raise SettingsError(
            f"No mouth of “{stem}” changes, so there is no patch.",
            hint="See “unisync analyse” for the faces in the film, and choose another range or --face.",
        )
    video = placed[0].film.video
    rate = video.rate
    frames = max(each.first_frame + len(each.seen) for each in placed)
    work = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    work.mkdir()
    try:
        names = _names(stem)
        clips: tuple[Stretch, ...] = ()
        for each, covered in zip(placed, found, strict=True):
            clips += yield from write_clips(
                each.film, each.compositor, covered, work, names, settings.format, token, crop=settings.crop
            )
        begins = Fraction(parse_timecode(start, rate)) / rate.value
        write_sound(work / f"{stem}{SOUND_SUFFIX}", sound, begins)
        width, height = video.upright_size
        cuts = tuple(each.cut() for each in placed)
        facts = PatchFacts(
            cuts[0].film, width, height, str(rate.value), frames, start, ";" in start, f"{stem}{SOUND_SUFFIX}",
            settings.format, clips, cuts, settings.crop, str(video.upright_pixel_aspect),
        )  # fmt: skip
        markers, said = more(clips)
        timelines = write_timelines(facts, folder, markers, into=work)
        marked = [{"frame": frame, "note": note} for frame, note in markers]
        facts.write(work / DESCRIPTION, {"timelines": timelines, "markers": marked, **said})
        if folder.is_dir():
            folder.rmdir()
        os.replace(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return facts, timelines


def _names(stem: str) -> Iterator[str]:
    return (f"{stem}.patch{number:02d}" for number in count(1))


def _markers(take: ScoredTake, clips: tuple[Stretch, ...]) -> list[Marker]:
    """What an editor should look at: where the lips fit badly, and where the engine doubts its own picture."""
    found = [(each.start, "Look at these lips again") for each in take.doubtful]
    piece_frames = [piece.piece.frames for piece in take.pieces]
    for curve, frames in zip(take.curves, piece_frames, strict=False):
        weak = weak_stretches(curve.times, curve.p)
        found += [(frames.start + w.start, f"Weak sync {curve.p[w.start : w.stop].mean():.2f}") for w in weak]
    inside = [range(each.first_frame, each.first_frame + each.frames) for each in clips]
    return sorted(marker for marker in found if any(marker[0] in frames for frames in inside))
