"""From the project to what the engine is asked for: segments as specs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.base.keyframes import Curve
from core.base.settings import settings_of
from core.base.timing import TimeRange
from core.compositing.settings import MaskSettings
from core.face_geometry.track import FaceTrack
from core.lip_engine import LipSettings, MouthPin
from core.planning.pieces import OtherFilm, SegmentSpec, plan_pieces
from core.project.media_items import MediaItem
from core.project.model import Clip, Project
from core.project.segments import BlendSettings, DubSegment, FaceIdentity, Pin, TakePiece


@dataclass(frozen=True, slots=True)
class SegmentJob:
    """One request to the engine: a segment's part on one film clip."""

    clip: Clip
    spec: SegmentSpec


def mask_settings(blend: BlendSettings) -> MaskSettings:
    """The project's blend settings as compositing takes them."""
    return MaskSettings(**{each.name: getattr(blend, each.name) for each in fields(MaskSettings)})


def lip_curves(segment: DubSegment) -> tuple[Curve, ...]:
    """The curves that a take is made with."""
    return _curves_of(segment, LipSettings)


def blend_curves(segment: DubSegment) -> tuple[Curve, ...]:
    """The curves that a take is laid in with."""
    return _curves_of(segment, BlendSettings)


def _curves_of(segment: DubSegment, kind: type) -> tuple[Curve, ...]:
    names = {setting.name for setting in settings_of(kind)}
    return tuple(curve for curve in segment.curves if curve.setting in names)


def mouth_pins(pins: Sequence[Pin], voice_start: Fraction) -> tuple[MouthPin, ...]:
    """Pins as the engine is asked: in seconds after the film's first frame."""
    return tuple(MouthPin(float(pin.time + voice_start), pin.opening) for pin in pins)


def film_time(film: MediaItem, times: np.ndarray | None, frame: int) -> Fraction:
    """When `frame` appears on the film's clock: exact on the grid of a constant rate, else to the microsecond."""
    rate = film.facts.rate
    if rate is not None and not film.facts.is_variable_rate:
        return rate.time_of(frame)
    if times is None or len(times) == 0:
        return Fraction(0)
    if frame >= len(times):
        return film.facts.duration
    return Fraction(float(times[frame])).limit_denominator(1_000_000)


def frame_safe(film: MediaItem, span: TimeRange) -> TimeRange:
    """`span` a quarter of a frame earlier.

    The timeline cuts on the exact grid of the rate, while a container rounds its timestamps to its own ticks, up to
    half a millisecond either way: without this a frame at the edge would fall on the wrong side.
    """
    if film.facts.rate is None or film.facts.is_variable_rate:
        return span
    quarter = film.facts.rate.frame_duration / 4
    return TimeRange(max(Fraction(0), span.start - quarter), span.end - quarter)


def segment_jobs(
    project: Project,
    segment: DubSegment,
    *,
    within: TimeRange | None = None,
    seed: int | None = None,
    adaptation: str = "",
) -> tuple[SegmentJob, ...]:
    """What to ask the engine for so that `segment` gets a take, in order of time.

    Args:
        project: the project.
        segment: one of its segments.
        within: only this timeline range.
        seed: instead of the segment's own.
        adaptation: hash of the person's adaptation, where it can be used.

    Raises:
        SettingsError: nobody was named, the person is in no film under the segment, its dub is not in the bin, or `within` lies
            beside it.
    """
    person = project.person(segment.person) if segment.person is not None else None
    if person is None:
        raise SettingsError(
            "Nobody was named for this segment.",
            hint="Choose a person in the inspector or drag it to a lane.",
        )
    dub = project.medium(segment.dub)
    if dub is None:
        raise SettingsError("The segment's dub is not in the media bin.")
    span = segment.range if within is None else segment.range.intersection(within)
    if span is None:
        raise SettingsError("The marked range does not touch the segment.")
    lips = segment.lips if seed is None else replace(segment.lips, seed=seed)
    jobs = []
    for clip in project.video_clips:
        shared = clip.range.intersection(span)
        film = project.medium(clip.media)
        if shared is None or film is None:
            continue
        film_range = TimeRange(clip.media_time(shared.start), clip.media_time(shared.end))
        voice_start = clip.media_time(segment.timeline_time(Fraction(0)))
        for face in person.faces:
            if face.film == clip.media:
                spec = SegmentSpec(
                    Path(film.path), Path(dub.path), frame_safe(film, film_range), voice_start, face.analysis_person,
                    engine=segment.engine, lips=lips, footage=other_films(project, person.faces, face),
                    adaptation=adaptation, curves=lip_curves(segment), pins=mouth_pins(segment.pins, voice_start),
                    placed=tuple(each.face for each in project.placed_of(clip.media, face.analysis_person)),
                )  # fmt: skip
                jobs.append(SegmentJob(clip, spec))
    if not jobs:
        raise SettingsError(
            f"{person.name} is in no film under this segment.",
            hint="Find the faces first, or give the segment to somebody who is seen there.",
        )
    return tuple(jobs)


def other_films(project: Project, faces: Sequence[FaceIdentity], own: FaceIdentity) -> tuple[OtherFilm, ...]:
    """Where else the person with `faces` is seen than as `own`: what may lend mouths, in the bin's order."""
    films = {medium.id: medium for medium in project.media}
    order = list(films)
    others = [face for face in faces if face.film in films and not _is_same(face, own)]
    others.sort(key=lambda face: (order.index(face.film), face.analysis_person))
    return tuple(
        OtherFilm(Path(films[face.film].path), face.analysis_person, is_optional=True) for face in others
    )


def _is_same(one: FaceIdentity, other: FaceIdentity) -> bool:
    return (one.film, one.analysis_person) == (other.film, other.analysis_person)


def take_pieces(
    project: Project, segment: DubSegment, job: SegmentJob, tracks: Sequence[FaceTrack], times: np.ndarray
) -> tuple[TakePiece, ...]:
    """The pieces a job will make, before the engine said under which keys."""
    film = project.medium(job.clip.media)
    if film is None:
        return ()
    pieces = []
    for piece in plan_pieces(job.spec, tracks, times):
        start = film_time(film, times, piece.frames.start)
        end = min(film_time(film, times, piece.frames.stop), film.facts.duration)
        heard = segment.media_time(job.clip.timeline_time(start))
        pieces.append(
            TakePiece(
                film.id,
                TimeRange(start, end),
                heard,
                piece.frames.start,
                piece.frames.stop,
                int(piece.track.id),
            )
        )
    return tuple(pieces)
