"""From the project to the finished film: a whole film as it is, or a timeline put together.

The rules a user can know:

* One whole film on V1 keeps everything: each frame, its exact time, chapters and timecode.
* Otherwise the finished film counts at the timeline's rate, or at the film's own when only one film is used. It goes from
  the first picture to the last, or from the in to the out mark; where V1 is empty it is black.
* The sound is the one that playback lets hear, two voices at once mixed.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from core.base.errors import SettingsError
from core.base.timing import FrameRate, TimeRange, format_timecode
from core.face_geometry.track import TrackId
from core.media.info import LoudnessRule, PicturePreset, SoundRule
from core.planning.pieces import SegmentSpec
from core.planning.requests import (
    Encoding,
    ExportRequest,
    FilmCut,
    PatchRequest,
    PatchSettings,
    PlacedTake,
    TimelineRequest,
)
from core.planning.sound_parts import SoundPart
from core.project.media_items import MediaItem
from core.project.model import Clip, Project
from core.project.rendering import blend_curves, frame_safe, mask_settings, mouth_pins, other_films
from core.project.segments import DubSegment, Take
from core.project.sound import sound_parts, sound_plan


def marked_range(project: Project) -> TimeRange | None:
    """What lies between the in and the out mark, or None when neither is set."""
    if project.in_point is None and project.out_point is None:
        return None
    return project.in_out


def export_request(  # noqa: PLR0913 - all by name
    project: Project,
    output: Path,
    picture: PicturePreset,
    *,
    device: str = "auto",
    span: TimeRange | None = None,
    credentials: bool = True,
    encoding: Encoding = Encoding(),
    audio_tracks: SoundRule = "replace",
    loudness: LoudnessRule = "off",
) -> ExportRequest | TimelineRequest:
    """The finished film.

    Args:
        project: the project.
        output: the file.
        picture: the picture's codec.
        device: for making takes that are missing.
        span: only this range of the timeline.
        credentials: sign the film, see `ExportRequest`.
        encoding: quality, size and sound where they are not the usual ones.
        audio_tracks: what becomes of the film's own sounds, where one whole film is exported.
        loudness: what the soundtrack is brought to.

    Raises:
        SettingsError: there is no film on the timeline, or none in the range.
    """
    clips = project.video_clips
    if not clips:
        raise SettingsError("There is no film on the timeline.", hint="Drop one onto V1.")
    span = exported_span(project, span)
    used = [clip for clip in clips if clip.range.overlaps(span)]
    if not used:
        raise SettingsError("There is no film in the marked range.", hint="Move the in and out marks.")
    parts = sound_parts(project, span)
    sound_like = _sound_like(project, span)
    if len(used) == 1 and span == used[0].range and _is_whole_film(project, used[0]):
        film = _film(project, used[0])
        if not parts and film.facts.has_audio:  # all of it is muted
            parts, sound_like = (SoundPart(TimeRange(Fraction(0), span.duration), None),), Path(film.path)
        # The film's own sound, and nothing else, goes along as it is, sample by sample.
        has_dub = bool(parts) and not (
            len(parts) == 1
            and parts[0].path == Path(film.path)
            and parts[0].is_plain
            and parts[0].range.duration == span.duration
        )
        return ExportRequest(
            video=Path(film.path),
            takes=tuple(_placed_takes(project, used[0], film, span)),
            sound=parts if has_dub else (),
            sound_like=sound_like if has_dub else None,
            output=output,
            picture=picture,
            device=device,
            credentials=credentials,
            encoding=encoding,
            audio_tracks=audio_tracks,
            loudness=loudness,
        )
    return TimelineRequest(
        cuts=tuple(_cut(project, clip, span) for clip in used),
        duration=span.duration,
        rate=_finished_rate(project, used),
        sound=parts,
        sound_like=sound_like,
        output=output,
        picture=picture,
        device=device,
        credentials=credentials,
        encoding=encoding,
        loudness=loudness,
        start_timecode=_timecode(project, span.start) if _counts_as_timeline(project, used) else None,
    )


def patch_request(
    project: Project,
    folder: Path,
    stem: str,
    settings: PatchSettings,
    *,
    device: str = "auto",
    span: TimeRange | None = None,
    loudness: LoudnessRule = "off",
) -> PatchRequest:
    """The new mouths of the finished film alone, laid over what `export_request` would render.

    Args:
        project: the project.
        folder: new or empty; holds the patch afterwards.
        stem: what its files are called by.
        settings: how it is handed over.
        device: for making takes that are missing.
        span: only this range of the timeline.
        loudness: what the soundtrack is brought to.

    Raises:
        SettingsError: see `export_request`; or no new mouth is seen, no dub is heard, or a film has no rate of its own or another
            one than the timeline, so that no editing program could lay a clip over it.
    """
    film = export_request(project, folder / f"{stem}.mkv", "ffv1", device=device, span=span, credentials=False, loudness=loudness)
    span = exported_span(project, span)
    for clip in (each for each in project.video_clips if each.range.overlaps(span)):
        medium = _film(project, clip)
        if medium.facts.is_variable_rate:
            raise SettingsError(
                f"The frames of “{medium.name}” come at varying times, so no editing program could lay a patch over them.",
                hint="Export the finished film instead.",
            )
    retimed = retimed_films(project, span)
    if retimed:
        raise SettingsError(
            f"“{retimed[0].name}” has {retimed[0].facts.rate} frames a second and the timeline {project.sequence.rate}, so that a patch "
            "has no place there.",
            hint="Export the finished film instead.",
        )
    takes = film.takes if isinstance(film, ExportRequest) else tuple(take for cut in film.cuts for take in cut.takes)
    if not takes:
        raise SettingsError("No segment here has lips yet, so there is no patch.", hint="Generate them first.")
    if not film.sound:
        raise SettingsError("Nothing is heard on this timeline.", hint="Put a dub onto it.")
    return PatchRequest(film, settings, project.settings.sync_threshold)


def exported_span(project: Project, span: TimeRange | None) -> TimeRange:
    """What is exported without marks: from the first picture to the last; with them, `span` itself."""
    clips = project.video_clips
    if span is not None or not clips:
        return span if span is not None else TimeRange(Fraction(0), Fraction(0))
    return TimeRange(clips[0].range.start, clips[-1].range.end)


def takes_shown(project: Project, segment: DubSegment, span: TimeRange) -> Iterator[tuple[Take, TimeRange]]:
    """Each take of a segment that is seen in `span`, with the timeline range where it is, in order of time."""
    if segment.muted or segment.keep_original:
        return
    for take, stretch in _chosen(segment):
        for fits in project.take_coverage(segment, take):
            seen = _common(fits, stretch, span)
            if seen is not None:
                yield take, seen


def retimed_films(project: Project, span: TimeRange) -> tuple[MediaItem, ...]:
    """The films in `span` whose frames cannot be taken over one for one: of another rate than the finished film, or variable."""
    clips = [clip for clip in project.video_clips if clip.range.overlaps(span)]
    rate = _finished_rate(project, clips) if clips else None
    films = {clip.media: _film(project, clip) for clip in clips}
    if rate is None:
        return ()
    return tuple(each for each in films.values() if each.facts.is_variable_rate or each.facts.rate != rate)


def _film(project: Project, clip: Clip) -> MediaItem:
    film = project.medium(clip.media)
    if film is None:
        raise SettingsError("The film on the timeline is not in the media bin.")
    return film


def _is_whole_film(project: Project, clip: Clip) -> bool:
    film = _film(project, clip)
    left_out = film.facts.duration - clip.media_range.end
    return clip.offset == 0 and left_out < project.sequence.rate.frame_duration


def _finished_rate(project: Project, clips: list[Clip]) -> FrameRate | None:
    films = {clip.media: _film(project, clip) for clip in clips}
    if len(films) > 1:
        return project.sequence.rate
    only = next(iter(films.values())).facts
    return None if only.is_variable_rate else only.rate or project.sequence.rate


def _counts_as_timeline(project: Project, clips: list[Clip]) -> bool:
    return _finished_rate(project, clips) == project.sequence.rate


def _timecode(project: Project, t: Fraction) -> str:
    sequence = project.sequence
    frame = sequence.start_frame + round(t * sequence.rate.value)
    return format_timecode(frame, sequence.rate, drop_frame=sequence.drop_frame)


def _cut(project: Project, clip: Clip, span: TimeRange) -> FilmCut:
    film = _film(project, clip)
    shared = clip.range.intersection(span)
    assert shared is not None, "only clips in the range are cut"
    on_film = TimeRange(clip.media_time(shared.start), clip.media_time(shared.end))
    takes = tuple(_placed_takes(project, clip, film, shared))
    return FilmCut(Path(film.path), on_film, shared.start - span.start, takes)


def _placed_takes(project: Project, clip: Clip, film: MediaItem, span: TimeRange) -> Iterator[PlacedTake]:
    """The takes to be seen in `span` of the timeline, laid into `clip`."""
    for segment in project.segments:
        if segment.muted or segment.keep_original or not segment.range.overlaps(span):
            continue
        dub = project.medium(segment.dub)
        person = project.person(segment.person) if segment.person is not None else None
        if dub is None or person is None:
            continue
        identity = next((face for face in person.faces if face.film == film.id), None)
        if identity is None:
            continue
        for take, stretch in _chosen(segment):
            for piece in take.pieces:
                start = clip.timeline_time(piece.film_range.start)
                # A take shows only where film and dub still meet as they did when it was made.
                if piece.film != film.id or segment.media_time(start) != piece.dub_offset:
                    continue
                made = TimeRange(start, start + piece.film_range.duration)
                seen = _common(made, stretch, segment.range, clip.range, span)
                if seen is None:
                    continue
                spec = SegmentSpec(
                    Path(film.path), Path(dub.path), frame_safe(film, piece.film_range),
                    piece.film_range.start - piece.dub_offset, identity.analysis_person,
                    tracks=(TrackId(piece.track),), engine=take.engine, lips=take.settings,
                    footage=other_films(project, take.donors, identity),
                    adaptation=take.adaptation, curves=take.curves,
                    pins=mouth_pins(take.pins, piece.film_range.start - piece.dub_offset),
                    placed=tuple(
                        each.face for each in take.placed
                        if (each.film, each.face.person) == (film.id, identity.analysis_person)
                    ),
                )  # fmt: skip
                on_film = TimeRange(clip.media_time(seen.start), clip.media_time(seen.end))
                yield PlacedTake(
                    spec, mask_settings(segment.blend), frame_safe(film, on_film), blend_curves(segment),
                    segment.strokes,
                )  # fmt: skip


def _common(*ranges: TimeRange) -> TimeRange | None:
    start, end = max(each.start for each in ranges), min(each.end for each in ranges)
    return TimeRange(start, end) if start < end else None


def _chosen(segment: DubSegment) -> Iterator[tuple[Take, TimeRange]]:
    """Each used take with a timeline range where it is chosen, in order of time."""
    edges = {segment.range.start, segment.range.end}
    for choice in segment.choices:
        for dub_time in (choice.dub_range.start, choice.dub_range.end):
            t = segment.timeline_time(dub_time)
            if t in segment.range:
                edges.add(t)
    for start, end in pairwise(sorted(edges)):
        take = segment.take_at(start)
        if take is not None:
            yield take, TimeRange(start, end)


def _sound_like(project: Project, span: TimeRange) -> Path | None:
    """The file whose rate and channels the soundtrack gets: the first dub that is heard, else the first film."""
    films = {medium.id for medium in project.media if medium.kind == "video"}
    heard = [stretch.media for stretch in sound_plan(project) if stretch.range.overlaps(span)]
    for media in [each for each in heard if each not in films] + heard:
        medium = project.medium(media)
        if medium is not None:
            return Path(medium.path)
    return None
