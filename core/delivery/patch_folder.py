"""A patch as a whole: clips, the new sound, timelines and their description in one folder, of a film or of a project's timeline."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path

from core.base.errors import SettingsError
from core.base.outputs import check_new_folder
from core.base.timing import FrameRate, TimeRange, parse_timecode
from core.delivery.export import pieces_laid_in
from core.delivery.loudness import level
from core.delivery.patch import (
    SOUND_SUFFIX,
    Cover,
    Cut,
    PatchFacts,
    Stretch,
    check_patchable,
    covers,
    timecode_of,
    write_clips,
    write_sound,
)
from core.delivery.patch_aaf import write_aaf
from core.delivery.patch_markers import Fit, TakeJudge, marked, mean_fit, within
from core.delivery.patch_timelines import Marker, write_timelines
from core.delivery.soundtrack import Soundtrack
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId
from core.jobs.results import Levelling, PatchWritten
from core.media.audio import AudioSource
from core.media.conform import is_same_frame
from core.planning.requests import ExportRequest, FilmCut, PatchRequest, PatchSettings
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor
from core.takes.film import Film
from core.takes.lost import again_when_lost

DESCRIPTION = "patch.json"


@dataclass(frozen=True, slots=True)
class PatchWords:
    """What is said of a patch beside what it holds.

    Attributes:
        markers: what to look at.
        person: whose mouths; None for projects.
        mean_p_sync: of the mouths with the dub; None where it is not known.
        notes: what one may not expect.
    """

    markers: tuple[Marker, ...] = ()
    person: str | None = None
    mean_p_sync: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedMouths:
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


@dataclass(frozen=True, slots=True)
class PatchContents:
    """What a patch is made of.

    Attributes:
        stem: what its files are called by.
        placed: the films on the timeline, in order of time.
        start_timecode: of the timeline's first frame.
        sound: what is heard, from that frame on.
        levelled: what became of its loudness, None where that was not asked for.
        words: what is said of it, once its clips are known.
    """

    stem: str
    placed: tuple[PlacedMouths, ...]
    start_timecode: str
    sound: AudioSource
    levelled: Levelling | None = None
    words: Callable[[tuple[Stretch, ...]], PatchWords] = field(default=lambda _clips: PatchWords())


def patch_timeline(
    request: PatchRequest, films: Mapping[Path, Film], cache: ChunkCache, job: JobId, token: CancelToken
) -> Generator[Event, None, None]:
    """The patch of a film's or a timeline's takes; ends with `PatchWritten`. Takes that are not in the cache yet are made first.

    Args:
        request: what; its folder is new or empty, and complete or as it was afterwards.
        films: all that it names, opened.
        cache: of chunks.
        job: whose events these are.
        token: to cancel.

    Raises:
        SettingsError: films of another rate or size than the timeline's, of varying rate, the folder is not empty, or nothing changes.
        AppError: see `core.takes.takes.TakeMaker`.
    """
    folder = request.film.output.parent
    check_new_folder(folder, films)

    def made() -> Generator[Event, None, PatchWritten]:
        contents = yield from _contents(request, films, cache, job, token)
        return (yield from write_patch(contents, folder, request.settings, job, token))

    yield (yield from again_when_lost(made))


def _contents(
    request: PatchRequest, films: Mapping[Path, Film], cache: ChunkCache, job: JobId, token: CancelToken
) -> Generator[Event, None, PatchContents]:
    film = request.film
    if not film.sound or film.sound_like is None:
        raise SettingsError("Nothing is heard on this timeline.", hint="Put a dub onto it.")
    if isinstance(film, ExportRequest):
        only = films[film.video]
        span = TimeRange(Fraction(0), only.index.duration)
        cuts: tuple[FilmCut, ...] = (FilmCut(film.video, span, Fraction(0), film.takes),)
        rate = check_patchable(only.video, only.info.path.name)
        start = timecode_of(only.video, 0)
    else:
        cuts, start = film.cuts, film.start_timecode or "00:00:00:00"
        first = films[cuts[0].video]
        rate = film.rate or check_patchable(first.video, first.info.path.name)
    placed: list[PlacedMouths] = []
    markers: list[Marker] = []
    fits: list[Fit] = []
    judge = TakeJudge(cache, job, token)
    for cut in cuts:
        shown = films[cut.video]
        _check_as_the_timeline(shown, rate, placed[0].film if placed else shown)
        laid_in = yield from pieces_laid_in(cut.takes, shown, cache, film.device, job, token)
        compositor = Compositor(shown.video, tuple(layer for _, layer in laid_in), cache, is_finished=True)
        at, end = (_tick(time, rate) for time in (cut.at, cut.at + cut.span.duration))
        begin = rate.frame_at(cut.span.start + rate.time_of(at) - cut.at)
        seen = range(begin, min(begin + end - at, len(shown.index)))
        placed.append(PlacedMouths(shown, compositor, seen, at))
        found = yield from judge.found(laid_in, shown, seen)
        markers += [(at + frame - begin, note) for frame, note in marked(found, request.weak_below)]
        fits += found.fits
    sound, levelled = level(Soundtrack(film.sound, film.sound_like), film.loudness, token.check)

    def words(clips: tuple[Stretch, ...]) -> PatchWords:
        return PatchWords(within(markers, clips), None, mean_fit(fits), tuple(judge.notes))

    return PatchContents(film.output.stem, tuple(placed), start, sound, levelled, words)


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


def write_patch(
    contents: PatchContents, folder: Path, settings: PatchSettings, job: JobId, token: CancelToken
) -> Generator[Event, None, PatchWritten]:
    """Clips, sound, timelines and their description, all or none, into `folder`, which is new or empty.

    Raises:
        SettingsError: nothing changes.
        MediaError: a file cannot be written.
    """
    placed, stem = contents.placed, contents.stem
    found = [each.covers(settings.handles) for each in placed]
    if not any(found):
        raise SettingsError(
            f"No mouth of “{stem}” changes, so there is no patch.",
            hint="See “unisync analyse” for the faces in the film, and choose another range or --face.",
        )
    video = placed[0].film.video
    start, rate = contents.start_timecode, video.rate
    frames = max(each.first_frame + len(each.seen) for each in placed)
    folder = folder.absolute()
    work = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    work.mkdir()
    try:
        names = _names(stem)
        clips: tuple[Stretch, ...] = ()
        for each, covered in zip(placed, found, strict=True):
            clips += yield from write_clips(
                each.film, each.compositor, covered, work, names, settings, job, token
            )
        begins = Fraction(parse_timecode(start, rate)) / rate.value
        write_sound(work / f"{stem}{SOUND_SUFFIX}", contents.sound, begins)
        width, height = video.upright_size
        cuts = tuple(each.cut() for each in placed)
        facts = PatchFacts(
            cuts[0].film, width, height, str(rate.value), frames, start, ";" in start, f"{stem}{SOUND_SUFFIX}",
            settings.format, clips, cuts, settings.crop, str(video.upright_pixel_aspect),
        )  # fmt: skip
        words = contents.words(clips)
        timelines = write_timelines(facts, folder, words.markers, into=work)
        timelines += write_aaf(facts, folder, words.markers, into=work)
        said = {
            "timelines": timelines, "markers": [{"frame": frame, "note": note} for frame, note in words.markers],
            "person": words.person, "mean_p_sync": words.mean_p_sync, "notes": words.notes,
        }  # fmt: skip
        facts.write(work / DESCRIPTION, said)
        if folder.is_dir():
            folder.rmdir()
        os.replace(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    written = sum(clip.frames for clip in clips)
    return PatchWritten(job, folder, len(clips), written, timelines, words.mean_p_sync, words.notes, contents.levelled)


def _names(stem: str) -> Iterator[str]:
    return (f"{stem}.patch{number:02d}" for number in count(1))
