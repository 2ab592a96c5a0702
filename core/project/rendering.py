"""From the project to what the engine is asked for: segments as specs, the finished film as an export."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.compositing.settings import MaskSettings
from core.delivery.soundtrack import SoundPart
from core.engine.pieces import SegmentSpec, plan_pieces
from core.engine.requests import ExportRequest, PicturePreset, PlacedTake
from core.errors import SettingsError
from core.faces.track import FaceTrack, TrackId
from core.project.model import BlendSettings, Clip, DubSegment, MediaItem, Project, Take, TakePiece
from core.project.sound import sound_plan
from core.timing import TimeRange


@dataclass(frozen=True, slots=True)
class SegmentJob:
    """One request to the engine: a segment's part on one film clip."""

    clip: Clip
    spec: SegmentSpec


def mask_settings(blend: BlendSettings) -> MaskSettings:
    """The project's blend settings as compositing takes them."""
    return MaskSettings(**{each.name: getattr(blend, each.name) for each in fields(MaskSettings)})


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
    project: Project, segment: DubSegment, *, within: TimeRange | None = None, seed: int | None = None
) -> tuple[SegmentJob, ...]:
    """What to ask the engine for so that `segment` gets a take, in order of time.

    Args:
        project: the project.
        segment: one of its segments.
        within: only this timeline range.
        seed: instead of the segment's own.

    Raises:
        SettingsError: nobody was named, or the person is in no film under the segment.
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
                    engine=segment.engine, lips=lips,
                )  # fmt: skip
                jobs.append(SegmentJob(clip, spec))
    if not jobs:
        raise SettingsError(
            f"{person.name} is in no film under this segment.",
            hint="Find the faces first, or give the segment to somebody who is seen there.",
        )
    return tuple(jobs)


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


def export_request(
    project: Project, output: Path, picture: PicturePreset, *, device: str = "auto"
) -> ExportRequest:
    """The finished film.

    Raises:
        SettingsError: the timeline is empty or holds more than one whole film.
    """
    clips = project.video_clips
    if not clips:
        raise SettingsError("There is no film on the timeline.", hint="Drop one onto V1.")
    film = project.medium(clips[0].media)
    if film is None:
        raise SettingsError("The film on the timeline is not in the media bin.")
    frame = project.sequence.rate.frame_duration
    is_whole = clips[0].offset == 0 and film.facts.duration - clips[0].media_range.end < frame
    if len(clips) > 1 or not is_whole:
        raise SettingsError(
            "Only a timeline with one whole film can be exported as a film yet.",
            hint="Cut in your editing program; export here keeps every frame of the film.",
        )
    clip = clips[0]
    takes = [placed for segment in project.segments for placed in _placed_takes(project, segment, clip, film)]
    sound = _sound_parts(project, clip, film)
    dubs = [stretch.media for stretch in sound_plan(project) if stretch.media != film.id]
    like = project.medium(dubs[0]) if dubs else None
    return ExportRequest(
        video=Path(film.path),
        takes=tuple(takes),
        sound=sound if dubs else (),
        sound_like=Path(like.path) if like is not None else None,
        output=output,
        picture=picture,
        device=device,
    )


def _placed_takes(project: Project, segment: DubSegment, clip: Clip, film: MediaItem) -> list[PlacedTake]:
    if segment.muted or segment.keep_original:
        return []
    placed = []
    for take, spans in _chosen_spans(project, segment):
        dub = project.medium(segment.dub)
        person = project.person(segment.person) if segment.person is not None else None
        if dub is None or person is None:
            continue
        identities = [face.analysis_person for face in person.faces if face.film == film.id]
        for piece in take.pieces:
            on_film = [TimeRange(clip.media_time(span.start), clip.media_time(span.end)) for span in spans]
            for span in on_film:
                shared = piece.film_range.intersection(span)
                if shared is None or not identities:
                    continue
                voice_start = piece.film_range.start - piece.dub_offset
                spec = SegmentSpec(
                    Path(film.path), Path(dub.path), frame_safe(film, shared), voice_start, identities[0],
                    tracks=(TrackId(piece.track),), engine=take.engine, lips=take.settings,
                )  # fmt: skip
                placed.append(PlacedTake(spec, mask_settings(segment.blend)))
    return placed


def _chosen_spans(project: Project, segment: DubSegment) -> list[tuple[Take, list[TimeRange]]]:
    """Each used take with the timeline ranges where it is chosen and fits."""
    edges = {segment.range.start, segment.range.end}
    for choice in segment.choices:
        for dub_time in (choice.dub_range.start, choice.dub_range.end):
            t = segment.timeline_time(dub_time)
            if segment.range.start < t < segment.range.end:
                edges.add(t)
    ordered = sorted(edges)
    spans: dict[str, list[TimeRange]] = {}
    for start, end in pairwise(ordered):
        take = segment.take_at(start)
        if take is not None:
            fits = [
                r
                for fit in project.take_coverage(segment, take)
                if (r := fit.intersection(TimeRange(start, end)))
            ]
            spans.setdefault(take.id, []).extend(fits)
    return [(take, spans[take.id]) for take in segment.takes if spans.get(take.id)]


def _sound_parts(project: Project, clip: Clip, film: MediaItem) -> tuple[SoundPart, ...]:
    """The soundtrack on the film's clock. Where two people speak at once the later stretch is heard alone."""
    parts: list[SoundPart] = []
    for stretch in sound_plan(project):
        medium = project.medium(stretch.media)
        shared = stretch.range.intersection(clip.range)
        if medium is None or shared is None:
            continue
        offset = stretch.offset + (shared.start - stretch.range.start)
        span = TimeRange(clip.media_time(shared.start), clip.media_time(shared.end))
        if parts and parts[-1].range.end > span.start:
            last = parts[-1]
            parts[-1] = SoundPart(
                TimeRange(last.range.start, max(span.start, last.range.start)),
                last.path,
                last.offset,
                last.gain,
            )
        gain = 1.0 if stretch.gain_db == 0 else 10 ** (stretch.gain_db / 20)
        previous = parts[-1] if parts else None
        if (
            previous is not None
            and previous.path == Path(medium.path)
            and previous.range.end == span.start
            and previous.offset + previous.range.duration == offset
            and previous.gain == gain
        ):  # one recording cut by segments that left it where it was: one part, so that nothing is re-encoded in pieces
            parts[-1] = SoundPart(
                TimeRange(previous.range.start, span.end), previous.path, previous.offset, gain
            )
        else:
            parts.append(SoundPart(span, Path(medium.path), offset, gain))
    return tuple(part for part in parts if part.range.duration > 0)
