"""One film, one dub, one dubbed film: what ``unisync dub`` does, as a stream of events."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np

from core.base.errors import MediaError, SettingsError
from core.base.memory import peak_memory_bytes
from core.base.timing import TimeRange, duration_words, format_time
from core.base.torch_library import require_torch
from core.compositing.settings import MaskSettings
from core.delivery.encoding import what_goes_along
from core.delivery.export import check_output, render
from core.delivery.report import CurveFacts, DubReport, SegmentReport, media_facts
from core.delivery.sheet import MouthPair, NamedCurve
from core.engine.dub_findings import covered_stretches, loudness_notes, mouth_pairs, part_notes, source_notes
from core.engine.other_length import film_as_long
from core.engine.runner import Engine
from core.engine.take import ScoredTake, TakeUnderWay, make_take
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Note
from core.jobs.results import FilmWritten, ended_with
from core.lip_engine import MILDER, LipSettings, MouthPin
from core.media.audio import ANALYSIS_RATE
from core.media.info import LoudnessRule, MediaInfo, PicturePreset, SoundRule
from core.media.probe import probe
from core.model_store.catalogue import ENGINES as PUBLISHED
from core.model_store.store import check_present, known, stored
from core.planning.pieces import OtherFilm, SegmentSpec, frames_in
from core.planning.requests import Encoding, ExportRequest, PlacedTake
from core.planning.sound_plan import PICTURE_RULES, Bed, LongerRule, ShorterRule, SoundPlan, plan_sound
from core.scorer.curve import SyncCurve
from core.takes.compositor import Compositor
from core.takes.film import Film
from core.takes.finished import FinishedFrames
from core.takes.lips import load_ahead
from core.takes.lost import again_when_lost
from core.takes.mouth_points import PERSON, MouthPoints, with_mouth
from core.takes.people import WISHES, PersonChoice, choose_person
from core.takes.scoring import source_curve
from core.takes.takes import TakeMaker
from core.takes.voices import mapped_voice


@dataclass(frozen=True, slots=True)
class DubJob:
    """Everything one dub needs; see ``unisync dub --help``."""

    video: Path
    dub: Path
    output: Path
    span: TimeRange | None = None
    dub_start: Fraction | None = None
    longer: LongerRule = "keep"
    shorter: ShorterRule = "silence"
    face: str = "speaking"
    engine: str = "auto"
    lips: LipSettings = LipSettings()
    pins: tuple[MouthPin, ...] = ()
    footage: tuple[Path, ...] = ()
    mouth: MouthPoints | None = None
    mask: MaskSettings = MaskSettings()
    takes: int = 1
    picture: PicturePreset | Literal["auto"] = "h264"
    device: str = "auto"
    credentials: bool = True
    audio_tracks: SoundRule = "replace"
    language: str | None = None
    encoding: Encoding = Encoding()
    sheet: bool = False  # whether mouths for a sheet are wanted of the result
    bed: Bed = Bed()
    loudness: LoudnessRule = "off"
    made_from: Path | None = None  # the film, where `video` is a copy of another length
    length_note: str = ""  # how it became that long

    @property
    def source(self) -> Path:
        """The film as the user gave it."""
        return self.made_from or self.video

    @property
    def sound_like(self) -> Path:
        """The file whose rate and channels the new sound gets: what lies under the dub, else the dub."""
        if self.bed.background is not None:
            return self.bed.background
        return self.video if self.bed.duck_db is not None else self.dub


@dataclass(frozen=True, slots=True, eq=False)
class DubResult:
    """What came of it: the report, and what the sheet shows."""

    report: DubReport
    mouths: tuple[MouthPair, ...]
    curves: tuple[NamedCurve, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PlannedDub:
    """A dub before its lips are made.

    Attributes:
        whole: what is dubbed, on the film's clock.
        choice: whose lips, and why.
        specs: one segment a take.
    """

    film: Film
    film_info: MediaInfo
    dub_info: MediaInfo
    sound: SoundPlan
    whole: TimeRange
    choice: PersonChoice
    specs: tuple[SegmentSpec, ...]


def dub(job: DubJob, engine: Engine, token: CancelToken) -> Generator[Event, None, DubResult]:
    """Dubs a film; yields progress, returns what was done.

    Raises:
        AppError: anything the user can mend; nothing is left behind but finished chunks in the cache.
    """
    if job.longer not in PICTURE_RULES and job.shorter != "cut":
        result = yield from again_when_lost(lambda: _dub(job, engine, token))
    else:
        with TemporaryDirectory(prefix=f".{job.output.stem}-", dir=_place(job)) as folder:
            fitted = yield from _fitted(job, Path(folder), token)
            result = yield from again_when_lost(lambda: _dub(fitted, engine, token))
    engine.tidy()
    return result


def _place(job: DubJob) -> Path:
    """Where a copy of the film of another length lies while it is dubbed: beside the output.

    Raises:
        AppError: see `check_inputs`.
    """
    if job.span is not None:
        raise SettingsError(
            "--range dubs a part of the film, whose length stays.",
            hint="Leave it out, or use --longer keep, cut or mix and --shorter silence or original.",
        )
    check_inputs(job)
    return job.output.parent


def _fitted(job: DubJob, folder: Path, token: CancelToken) -> Generator[Event, None, DubJob]:
    """The same dub of a film that is as long as the voice."""
    voice_end = (job.dub_start or Fraction(0)) + _heard_seconds(job.dub, probe(job.dub))
    video, words = yield from film_as_long(job.video, voice_end, job.longer, job.shorter, folder, token)
    if not words:
        return job
    yield Note(JobId("dub"), words)
    return replace(job, video=video, made_from=job.video, longer="keep", shorter="silence", length_note=words)


def _dub(job: DubJob, engine: Engine, token: CancelToken) -> Generator[Event, None, DubResult]:
    began, job_id = time.monotonic(), JobId("dub")
    planned = yield from plan_dub(job, engine, token)
    film, sound, whole, choice = planned.film, planned.sound, planned.whole, planned.choice
    picture = picture_of(job.picture, planned.film_info)
    kept = (
        *what_goes_along(film.info, job.output, picture, job.audio_tracks, job.encoding)[1],
        *part_notes(film),
    )
    for note in (*kept, *sound.notes):
        yield Note(job_id, note)
    if job.engine in PUBLISHED:
        yield Note(job_id, what_it_takes(job.engine, job.device, job.lips))
    with ExitStack() as stack:
        aside = stack.enter_context(ThreadPoolExecutor(1, "source-curves"))
        if job.takes == 1:
            # The film is written while its lips are made, and measured as it is written.
            under_way = stack.enter_context(
                TakeUnderWay(film, planned.specs[0], job.mask, engine.cache, job.device, token)
            )
            best, layers = under_way.take, under_way.layers
            finished: FinishedFrames = under_way.frames
            number = 1
        else:
            takes = yield from make_takes(planned, job, engine, token)
            best = max(takes, key=lambda take: take.mean)
            layers = tuple(p.layer(job.mask) for p in best.pieces)
            finished = FinishedFrames(Compositor(film.video, layers, engine.cache, is_finished=True))
            number = takes.index(best) + 1
        is_scored = under_way.is_scored if job.takes == 1 else bool(best.curves)
        source_scores = aside.submit(_source_curves, film, best, token) if is_scored else None
        request = ExportRequest(
            job.video,
            (PlacedTake(best.spec, job.mask),),
            sound.parts,
            job.video if job.span is not None and planned.film_info.has_audio else job.sound_like,
            job.output,
            picture,
            job.device,
            job.credentials,
            job.audio_tracks,
            job.language,
            job.loudness,
            job.encoding,
            made_from=job.made_from,
        )
        written = yield from ended_with(render(request, film, layers, finished, job_id, token), FilmWritten)
        if job.takes == 1:
            best = yield from under_way.result(token)
        source_curves, dubbed_curves = source_scores.result() if source_scores is not None else ((), ())
    frames = sum(len(p.piece.frames) for p in best.pieces)
    hidden = sum(int(p.piece.track.mouth_hidden(p.piece.frames).sum()) for p in best.pieces)
    if hidden:
        best.notes.append(
            f"In {hidden} frames something lies before all of the mouth; they stay as they were filmed."
        )
    segment = SegmentReport(
        person=choice.person,
        chosen_by=choice.why,
        range=(float(whole.start), float(whole.end)),
        frames=frames,
        frames_without_face=len(frames_in(whole, film.times)) - frames,
        frames_hidden=hidden,
        synthesised_frames=best.synthesised,
        coverage=round(1 - best.synthesised / frames, 4) if frames else None,
        doubtful=tuple((stretch.start, stretch.stop - 1) for stretch in best.doubtful),
        milder={name: n for name, n in zip(MILDER[1:], best.milder[1:], strict=False) if n},
        mouths_from=(str(job.source), *best.donors),
        take=number,
        takes=job.takes,
        lips=asdict(best.spec.lips),
        mask=asdict(job.mask),
        engine=best.pieces[0].provenance.engine if best.pieces else "none",
        engine_version=best.pieces[0].provenance.version if best.pieces else "",
        models=dict(best.pieces[0].provenance.models) if best.pieces else {},
        score_source=CurveFacts.of(source_curves),
        score_source_with_dub=CurveFacts.of(dubbed_curves),
        score_result=CurveFacts.of(best.curves),
        seconds_per_output_second=best.seconds / max(float(whole.duration), 1e-9),
        notes=tuple(best.notes),
        covered=covered_stretches(film, best, job.mask),
    )
    report = DubReport(
        input=media_facts(probe(job.source) if job.made_from is not None else planned.film_info),
        dub=media_facts(planned.dub_info),
        output={"path": str(job.output), **written.facts()},
        segments=(segment,),
        notes=(*((job.length_note,) if job.length_note else ()), *sound.notes, *kept, *loudness_notes(written), *source_notes(film, written)),
        seconds=time.monotonic() - began,
        peak_memory_bytes=peak_memory_bytes(),
    )
    curves = tuple(
        NamedCurve(name, np.concatenate([c.times for c in found]), np.concatenate([c.p for c in found]))
        for name, found in (
            ("source", source_curves),
            ("source + dub", dubbed_curves),
            ("result + dub", best.curves),
        )
        if found
    )
    mouths = tuple(mouth_pairs(film, layers, engine, best.doubtful)) if job.sheet else ()
    return DubResult(report, mouths, curves)


def what_it_takes(engine: str, device: str, lips: LipSettings) -> str:
    """A sentence about what a published engine will take here, told before it is waited for.

    Raises:
        ModelError: torch is not installed.
    """
    require_torch(f"The lip engine “{engine}”")
    from core.foreign_generators.estimating import estimate

    told = estimate(engine, device)
    seconds = told.draft if lips.preset == "draft" else told.final
    return (
        f"{known(engine).title} will take about {duration_words(seconds)} for each second of film on this computer "
        f"({told.device}, {told.precision}), and at least {told.memory / 1e9:.0f} GB of memory."
    )


def plan_dub(job: DubJob, engine: Engine, token: CancelToken) -> Generator[Event, None, PlannedDub]:
    """Opens the film, finds whom to dub and what is heard; no lips are made yet.

    Raises:
        AppError: see `dub`.
    """
    film_info, dub_info = check_inputs(job)
    with ThreadPoolExecutor(1, "load-ahead") as aside:
        aside.submit(load_ahead, job.engine)
        film = yield from engine.film(job.video, JobId("dub"), token, _around(job))
    span = _span_in_film(job.span, film)
    sound = plan_sound(
        film=job.video,
        film_duration=film.index.duration,
        film_has_sound=film_info.has_audio,
        dub=job.dub,
        dub_duration=_heard_seconds(job.dub, dub_info),
        film_sound_end=film_info.duration,
        span=span,
        dub_start=job.dub_start,
        longer=job.longer,
        shorter=job.shorter,
        bed=job.bed,
    )
    whole = span or TimeRange(Fraction(0), film.index.duration)
    if job.mouth is not None:
        film = with_mouth(film, job.mouth)
        choice = PersonChoice(PERSON, f"the mouth placed on frame {job.mouth.frame}")
    else:
        choice = choose_person(film, job.face, whole)
    spec = SegmentSpec(
        job.video,
        job.dub,
        whole,
        sound.voice_start,
        choice.person,
        engine=job.engine,
        lips=job.lips,
        pins=job.pins,
        footage=tuple(OtherFilm(path) for path in job.footage),
    )
    seeds = [job.lips.seed + number for number in range(job.takes)]
    specs = tuple(replace(spec, lips=replace(job.lips, seed=seed)) for seed in seeds)
    return PlannedDub(film, film_info, dub_info, sound, whole, choice, specs)


def make_takes(
    planned: PlannedDub, job: DubJob, engine: Engine, token: CancelToken
) -> Generator[Event, None, list[ScoredTake]]:
    """Makes and scores each take of a dub.

    Raises:
        AppError: see `dub`.
    """
    takes = []
    for spec in planned.specs:
        made = make_take(
            planned.film, spec, job.mask, engine.cache, job.device, token, must_score=job.takes > 1
        )
        takes.append((yield from made))
    return takes


def make_lips(
    job: DubJob, engine: Engine, token: CancelToken, *, part: int = 0, parts: int = 1
) -> Generator[Event, None, int]:
    """Makes every `parts`-th piece of a dub's lips into the cache, from the `part`-th on; returns how many pieces the dub has.

    A piece is what one face track holds, so different parts can be made in different processes; `dub` finds them all.

    Raises:
        AppError: see `dub`.
    """
    if job.longer in PICTURE_RULES or job.shorter == "cut":
        return 0  # of a film that is not there yet
    planned = yield from plan_dub(job, engine, token)
    pieces = 0
    for spec in planned.specs:
        maker = TakeMaker(planned.film, spec, engine.cache, device=job.device)
        try:
            pieces = len(maker.pieces)
            maker.pieces = maker.pieces[part::parts]
            yield from maker.make(JobId("dub"), token)
        finally:
            maker.close()
    return pieces


def check_inputs(job: DubJob) -> tuple[MediaInfo, MediaInfo]:
    """The facts of film and dub, when the job can begin; their packets are read through, one frame is decoded.

    Raises:
        AppError: film or dub cannot be used, the engine is not installed, or the output could not be written in the end.
    """
    film_info, dub_info = check_film_and_dub(job.video, job.dub)
    if job.bed.duck_db is not None and not film_info.has_audio:
        raise SettingsError(f"“{job.video}” has no sound of its own to be lowered.", hint="Leave out --duck.")
    if job.bed.background is not None and not probe(job.bed.background).has_audio:
        raise MediaError(
            f"“{job.bed.background}” has no sound.", hint="Choose music and effects for --background."
        )
    if job.takes < 1:
        raise SettingsError(f"{job.takes} takes cannot be made.", hint="Ask for one or more.")
    if job.engine in PUBLISHED:
        check_present(stored(job.engine))  # before faces are looked for, which takes minutes in a long film
    heard = (job.bed.background,) if job.bed.background is not None else ()
    inputs = (job.video, job.dub, *job.footage, *heard)
    check_output(job.output, inputs, picture_of(job.picture, film_info), job.device)
    return film_info, dub_info


def check_film_and_dub(film: Path, dub: Path) -> tuple[MediaInfo, MediaInfo]:
    """The facts of a film with a picture and of a voice that can be heard.

    Raises:
        MediaError: one of them is not that.
    """
    film_info, dub_info = probe(film), probe(dub)
    if film_info.video is None:
        raise MediaError(f"“{film}” has no picture.", hint="Choose a film; the dub goes after --audio.")
    if not dub_info.has_audio:
        lack = "sound that can be decoded here" if dub_info.unreadable_sound else "sound"
        raise MediaError(f"“{dub}” has no {lack}.", hint="Choose a file with an audio track.")
    if dub_info.audio[0].duration <= 0:
        raise MediaError(f"The sound of “{dub}” is empty.", hint="Choose another recording.")
    return film_info, dub_info


def picture_of(picture: PicturePreset | Literal["auto"], film: MediaInfo) -> PicturePreset:
    """The picture codec; "auto" is what players expect: HEVC for more than 8 bits or HDR, else H.264."""
    if picture != "auto":
        return picture
    video = film.video
    return "hevc" if video is not None and (video.bit_depth > 8 or video.colour.is_hdr) else "h264"


def _heard_seconds(path: Path, info: MediaInfo) -> Fraction:
    """How long the sound of a file is, by its samples: what headers promise may end before the last word does."""
    declared = info.audio[0].duration
    measured = Fraction(len(mapped_voice(path)) + 1, ANALYSIS_RATE)
    return declared if abs(measured - declared) < Fraction(1, 1000) else measured


def _around(job: DubJob) -> TimeRange | None:
    """The part of the film that is enough to look at; None: people are numbered, and mouths by hand followed, in all of it."""
    return job.span if job.face in WISHES and job.mouth is None else None


def _span_in_film(span: TimeRange | None, film: Film) -> TimeRange | None:
    if span is None:
        return None
    whole = TimeRange(Fraction(0), film.index.duration)
    if span.start >= whole.end or span.end > whole.end + Fraction(1, 2):
        raise SettingsError(
            f"The range {format_time(span.start)}–{format_time(span.end)} lies outside the film, "
            f"which is {format_time(whole.end)} long."
        )
    return TimeRange(span.start, min(span.end, whole.end))


def _source_curves(
    film: Film, take: ScoredTake, token: CancelToken
) -> tuple[tuple[SyncCurve, ...], tuple[SyncCurve, ...]]:
    """The film's own pictures in the dubbed stretches against its own voice and against the dub."""
    pieces = [planned.piece for planned in take.pieces]
    dub_voice, start = mapped_voice(take.spec.voice), float(take.spec.voice_start)
    own, dubbed = [], []
    for piece in pieces:
        token.check()
        if film.voice is not None:
            own.append(source_curve(film, piece.track, piece.frames, film.voice, 0.0))
        dubbed.append(source_curve(film, piece.track, piece.frames, dub_voice, start))
    return tuple(own), tuple(dubbed)
