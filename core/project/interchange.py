"""Timelines for other editing programs and from them: OTIO, CMX 3600 EDL, Final Cut Pro 7 XML, through OpenTimelineIO.

Written are V1 and the sound as it is heard, in frames of the timeline; read are cuts. Takes, masks and people stay in the
project: other programs have nowhere to keep them. An EDL holds the picture alone.
"""

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse

import opentimelineio as otio

from core.base.errors import AppError, ProjectError
from core.base.timing import FrameRate, TimeRange
from core.project import content_edits
from core.project.model import (
    VIDEO_LANE,
    Clip,
    ItemId,
    LaneId,
    MediaFacts,
    MediaId,
    MediaItem,
    MediaKind,
    Project,
)
from core.project.placing import EditRefused, place
from core.project.sound import SoundStretch, sound_plan

FORMATS: Mapping[str, str] = {".otio": "otio_json", ".edl": "cmx_3600", ".xml": "fcp_xml"}
_EXACT_RATES = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
_FINEST_RATE = 60000 / 1001  # every timecode is readable at it
_MARKER_COLOURS = {
    "red": "RED", "orange": "ORANGE", "yellow": "YELLOW", "green": "GREEN", "blue": "BLUE", "purple": "PURPLE",
    "grey": "WHITE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What probing a file of a timeline told."""

    kind: MediaKind
    facts: MediaFacts
    size: int = 0
    quick_hash: str = ""


Probe = Callable[[Path], Found]


@dataclass(slots=True)
class Imported:
    """A timeline that was read.

    Attributes:
        project: with its media, clips and markers.
        notes: sentences about everything that could not be taken over.
    """

    project: Project
    notes: list[str] = field(default_factory=list)


def write_timeline(project: Project, path: Path) -> None:
    """Writes the timeline; the ending chooses the format.

    Raises:
        ProjectError: an unknown ending, nothing to write, or the file cannot be written; nothing is left behind.
    """
    adapter = _adapter(path)
    if not project.video_clips:
        raise ProjectError("There is no film on the timeline.", hint="Drop one onto V1.")
    timeline = _timeline(project, with_sound=adapter != "cmx_3600")
    beside = path.with_name(f".{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        options = {"rate": float(project.sequence.rate.value)} if adapter == "cmx_3600" else {}
        otio.adapters.write_to_file(timeline, str(beside), adapter_name=adapter, **options)
        os.replace(beside, path)
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror or error}.") from error
    except (otio.exceptions.OTIOError, ValueError) as error:
        raise ProjectError(
            f"The timeline cannot be written as {path.suffix}: {error}.",
            hint="Try .otio, which holds everything.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def read_timeline(path: Path, probe: Probe, known: Sequence[MediaItem] = ()) -> Imported:
    """Reads a timeline into a new project.

    Args:
        path: the file; its ending says the format.
        probe: what a media file is; raises AppError when it is none.
        known: media to look for by name, for formats that keep no paths.

    Raises:
        ProjectError: an unknown ending, or not a timeline.
    """
    reader = _Reader(path, probe, known)
    adapter = _adapter(path)
    read = _opened(path, adapter, _FINEST_RATE if adapter == "cmx_3600" else None)
    if adapter == "cmx_3600":  # it does not say its rate: the first film it names does
        rate = next((r for clip in read.find_clips() if (r := reader.rate_of(clip)) is not None), None)
        if rate is None:
            raise ProjectError(
                f"{path.name} does not say its frame rate, and none of its films was found.",
                hint="Add the films to the project first, or put them beside the EDL.",
            )
        read = _opened(path, adapter, float(rate.value))
    timeline = (
        read
        if isinstance(read, otio.schema.Timeline)
        else next((each for each in read if isinstance(each, otio.schema.Timeline)), None)
    )
    if timeline is None:
        raise ProjectError(f"{path} holds no timeline.")
    return reader.read(timeline)


def _opened(path: Path, adapter: str, rate: float | None) -> otio.core.SerializableObject:
    options = {} if rate is None else {"rate": rate}
    try:
        return otio.adapters.read_from_file(str(path), adapter_name=adapter, **options)
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # each adapter has exceptions of its own, down to the XML parser's
        raise ProjectError(f"{path} is no timeline that can be read: {error}.") from error


def _adapter(path: Path) -> str:
    adapter = FORMATS.get(path.suffix.lower())
    if adapter is None:
        raise ProjectError(f"“{path.name}” is no timeline format.", hint=f"Name it {', '.join(FORMATS)}.")
    return adapter


# --- writing ---------------------------------------------------------------------------------------------------------


def _timeline(project: Project, *, with_sound: bool) -> otio.schema.Timeline:
    sequence = project.sequence
    rate = float(sequence.rate.value)
    timeline = otio.schema.Timeline(project.name or "Timeline")
    timeline.global_start_time = otio.opentime.RationalTime(sequence.start_frame, rate)
    pictures = [SoundStretch(clip.range, clip.media, clip.offset) for clip in project.video_clips]
    timeline.tracks.append(_track(project, "V1", otio.schema.TrackKind.Video, pictures))
    if with_sound:
        for number, lane in enumerate(_sound_lanes(project), start=1):
            timeline.tracks.append(_track(project, f"A{number}", otio.schema.TrackKind.Audio, lane))
    for marker in project.markers:
        at = otio.opentime.RationalTime(round(marker.time * sequence.rate.value), rate)
        timeline.tracks.markers.append(
            otio.schema.Marker(
                marker.note,
                otio.opentime.TimeRange(at, otio.opentime.RationalTime(1, rate)),
                _MARKER_COLOURS[marker.colour],
            )
        )
    return timeline


def _sound_lanes(project: Project) -> list[list[SoundStretch]]:
    """What is heard on as few tracks as it fits: the films' own sound first, then the dubs."""
    films = {clip.media for clip in project.video_clips}
    lanes: list[list[SoundStretch]] = [[]]
    for stretch in sound_plan(project):
        if stretch.media in films:
            lanes[0].append(stretch)
            continue
        free = next((lane for lane in lanes[1:] if lane[-1].range.end <= stretch.range.start), None)
        if free is None:
            lanes.append([stretch])
        else:
            free.append(stretch)
    return [lane for lane in lanes if lane]


def _track(project: Project, name: str, kind: str, stretches: Sequence[SoundStretch]) -> otio.schema.Track:
    rate = project.sequence.rate
    track = otio.schema.Track(name, kind=kind)
    position = 0
    for stretch in stretches:
        medium = project.medium(stretch.media)
        start, end = round(stretch.range.start * rate.value), round(stretch.range.end * rate.value)
        if medium is None or end <= start:
            continue
        if start > position:
            track.append(otio.schema.Gap(source_range=_range(0, start - position, rate)))
        first = medium.facts.start_timecode or 0
        if medium.facts.rate is not None and medium.facts.rate != rate:
            first = round(medium.facts.rate.time_of(first) * rate.value)
        reference = otio.schema.ExternalReference(
            Path(medium.path).as_uri(), _range(first, round(medium.facts.duration * rate.value), rate)
        )
        source = _range(first + round(stretch.offset * rate.value), end - start, rate)
        track.append(otio.schema.Clip(medium.name, reference, source))
        position = end
    return track


def _range(start: int, count: int, rate: FrameRate) -> otio.opentime.TimeRange:
    frames = float(rate.value)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, frames), otio.opentime.RationalTime(count, frames)
    )


# --- reading ---------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, path: Path, probe: Probe, known: Sequence[MediaItem]) -> None:
        self._path = path
        self._probe = probe
        self._known = {medium.name: medium for medium in known} | {Path(m.name).stem: m for m in known}
        self._project = Project()
        self._media: dict[Path, MediaId] = {}
        self._notes: dict[str, int] = {}

    def read(self, timeline: otio.schema.Timeline) -> Imported:
        """The project, and what was left out."""
        rate = self._rate(timeline)
        start = timeline.global_start_time
        start_frame = round(_seconds(start) * rate.value) if start is not None else 0
        sequence = replace(
            self._project.sequence, rate=rate, start_frame=start_frame, drop_frame=rate.has_drop_frame
        )
        self._project = replace(self._project, name=timeline.name or self._path.stem, sequence=sequence)
        pictures = timeline.video_tracks()
        for track in pictures[:1]:
            self._read_track(track, VIDEO_LANE)
        self._note("{count} more picture tracks: only the first is taken over.", len(pictures) - 1)
        lane = 2
        for track in timeline.audio_tracks():
            lane += self._read_track(track, LaneId(f"A{lane}"))
        for marker in timeline.tracks.markers:
            colour = next(
                (ours for ours, theirs in _MARKER_COLOURS.items() if theirs == marker.color), "blue"
            )
            time = max(_seconds(marker.marked_range.start_time), Fraction(0))
            self._project = content_edits.add_marker(self._project, time, colour, marker.name).project
        if not self._project.clips:
            raise ProjectError(f"{self._path} holds no clip that can be taken over.")
        return Imported(self._project, [text.format(count=n) for text, n in self._notes.items()])

    def rate_of(self, clip: otio.schema.Clip) -> FrameRate | None:
        """The rate of the film a clip names, None when it cannot be found."""
        path = self._file(clip)
        try:
            return self._probe(path).facts.rate if path is not None else None
        except AppError:
            return None

    def _rate(self, timeline: otio.schema.Timeline) -> FrameRate:
        times = [timeline.global_start_time] if timeline.global_start_time is not None else []
        times += [
            clip.source_range.duration for clip in timeline.find_clips() if clip.source_range is not None
        ]
        if not times:
            raise ProjectError(f"{self._path} holds no clip that can be taken over.")
        return FrameRate(_exact(times[0].rate))

    def _read_track(self, track: otio.schema.Track, lane: LaneId) -> bool:
        """Puts a track's clips on a lane; False when there was nothing for it."""
        is_used = False
        for item in track:
            if isinstance(item, otio.schema.Transition):
                self._note("{count} transitions are left out: there are only cuts.")
            if not isinstance(item, otio.schema.Clip):
                continue
            if any(isinstance(effect, otio.schema.TimeEffect) for effect in item.effects):
                self._note("{count} clips play at another speed there; here they play as they are.")
            within = track.source_range
            place = track.range_of_child(item)
            before = _seconds(within.start_time) if within is not None else Fraction(0)
            span = TimeRange(
                _seconds(place.start_time) - before, _seconds(place.end_time_exclusive()) - before
            )
            if within is not None and before >= 0:  # an EDL's track says where it begins by a negative start
                shared = span.intersection(TimeRange(Fraction(0), _seconds(within.duration)))
                if shared != span:
                    self._note("{count} clips reach beyond their track and are left out.")
                    continue
            is_used |= self._put(item, lane, span)
        return is_used

    def _put(self, clip: otio.schema.Clip, lane: LaneId, span: TimeRange) -> bool:
        media = self._medium(clip, "video" if lane == VIDEO_LANE else "audio")
        medium = self._project.medium(media) if media is not None else None
        if medium is None or media is None:
            self._note("{count} clips name no file.")
            return False
        if lane != VIDEO_LANE and medium.kind == "video":
            return False  # a film's own sound follows V1 by itself
        available = clip.media_reference.available_range
        first = _seconds(available.start_time) if available is not None else Fraction(0)
        if available is None and medium.facts.start_timecode and medium.facts.rate is not None:
            first = medium.facts.rate.time_of(medium.facts.start_timecode)
        offset = max(_seconds(clip.trimmed_range().start_time) - first, Fraction(0))
        length = min(span.duration, medium.facts.duration - offset)
        if length <= 0:
            self._note("{count} clips lie outside their files.")
            return False
        number = self._project.next_number
        put = Clip(ItemId(f"c{number}"), media, lane, TimeRange(span.start, span.start + length), offset)
        try:
            self._project = place(replace(self._project, next_number=number + 1), added=[put]).project
        except EditRefused:
            self._note("{count} clips do not fit beside the others.")
            return False
        return True

    def _medium(self, clip: otio.schema.Clip, kind: MediaKind) -> MediaId | None:
        path = self._file(clip)
        if path is None:
            return None
        if path in self._media:
            return self._media[path]
        try:
            found = self._probe(path)
        except AppError:
            available = clip.media_reference.available_range or clip.trimmed_range()
            found = Found(kind, _facts_of_missing(kind, available))
        edited = content_edits.add_media(
            self._project,
            found.kind,
            str(path),
            path.name,
            found.facts,
            size=found.size,
            quick_hash=found.quick_hash,
        )
        self._project = edited.project
        self._media[path] = self._project.media[-1].id
        return self._media[path]

    def _file(self, clip: otio.schema.Clip) -> Path | None:
        reference = clip.media_reference
        if isinstance(reference, otio.schema.ExternalReference) and reference.target_url:
            parsed = urlparse(reference.target_url)
            place = unquote(parsed.path) if parsed.scheme == "file" else unquote(reference.target_url)
            if os.name == "nt" and place.startswith("/") and place[2:3] == ":":
                place = place[1:]
            return Path(os.path.abspath(self._path.parent / place))
        for name in (clip.name, Path(clip.name).stem):
            if name in self._known:
                return Path(self._known[name].path)
        beside = [
            each for each in self._path.parent.glob(f"{Path(clip.name).stem}.*") if each.suffix not in FORMATS
        ]
        return Path(os.path.abspath(beside[0])) if clip.name and beside else None

    def _note(self, text: str, count: int = 1) -> None:
        if count > 0:
            self._notes[text] = self._notes.get(text, 0) + count


def _facts_of_missing(kind: MediaKind, available: otio.opentime.TimeRange) -> MediaFacts:
    """As much as the timeline says of a file that is not there, so that it can be shown and found."""
    rate = FrameRate(_exact(available.duration.rate))
    duration = _seconds(available.duration)
    if kind == "audio":
        return MediaFacts(duration, audio_channels=2, sample_rate=48000)
    frames = round(duration * rate.value)
    start = round(available.start_time.value) or None
    return MediaFacts(
        duration, rate=rate, frame_count=frames, audio_channels=2, sample_rate=48000, start_timecode=start
    )


def _exact(rate: float) -> Fraction:
    nearest = min(_EXACT_RATES, key=lambda each: abs(float(each) - rate))
    return nearest if abs(float(nearest) - rate) < 0.005 else Fraction(rate).limit_denominator(1001)


def _seconds(time: otio.opentime.RationalTime) -> Fraction:
    return Fraction(time.value).limit_denominator(1_000_000) / _exact(time.rate)
