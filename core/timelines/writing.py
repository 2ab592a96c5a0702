"""Timelines for other editing programs: OTIO and Final Cut Pro 7 XML through OpenTimelineIO, CMX 3600 EDL by hand.

Written are V1 and the sound as it is heard, in frames of the timeline, with its gains and fades where the format has a place for
them. Takes, masks and people stay in the project: other programs
have nowhere to keep them. An EDL holds the picture alone; OpenTimelineIO's writer knows no FCM line, no start of the sequence and
no non-drop timecode at 29.97, so it is not used for that.
"""

import os
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio

from core.base.errors import ProjectError
from core.base.timing import FrameRate, format_timecode
from core.project.media_items import MediaItem
from core.project.model import Project
from core.project.sound import SoundStretch, sound_plan
from core.timelines.audio_levels import NAME, add_levels, is_plain, level_points, sound_notes
from core.timelines.formats import MARKER_COLOURS, SEQUENCE_START, WRITTEN

_REEL_LENGTH = 8


def write_timeline(project: Project, path: Path) -> tuple[str, ...]:
    """Writes the timeline; the ending chooses the format. Returns sentences about what of the sound is not in it.

    Raises:
        ProjectError: an unknown ending, nothing to write, or the file cannot be written; nothing is left behind.
    """
    adapter = WRITTEN.get(path.suffix.lower())
    if adapter is None:
        raise ProjectError(
            f"A timeline cannot be written as “{path.name}”.", hint=f"Name it {', '.join(WRITTEN)}."
        )
    if not project.video_clips:
        raise ProjectError("There is no film on the timeline.", hint="Drop one onto V1.")
    beside = path.with_name(f".{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        if adapter == "cmx_3600":
            beside.write_text(edl(project), encoding="utf-8", newline="\r\n")
        else:
            timeline, levels = _timeline(project, adapter)
            otio.adapters.write_to_file(timeline, str(beside), adapter_name=adapter)
            if adapter == "fcp_xml":
                sounds = {_uri(medium) for medium in project.media if medium.kind == "audio"}
                _tidy_xml(beside, sounds, levels, float(project.sequence.rate.value))
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
    return sound_notes(project, path)


def edl(project: Project) -> str:
    """V1 as a CMX 3600 edit decision list: events from the sequence's own start on, all timecode as the sequence counts."""
    sequence = project.sequence
    rate, drop = sequence.rate, sequence.drop_frame
    lines = [
        f"TITLE: {_line(project.name) or 'Timeline'}",
        f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}",
        "",
    ]
    events = [
        (clip, *_frames(SoundStretch(clip.range, clip.media, clip.offset), rate))
        for clip in project.video_clips
    ]
    for number, (clip, start, end) in enumerate((each for each in events if each[2] > each[1]), start=1):
        medium = project.medium(clip.media)
        assert medium is not None
        source = _first_frame(medium, rate) + round(clip.offset * rate.value)
        times = (source, source + end - start, sequence.start_frame + start, sequence.start_frame + end)
        said = " ".join(format_timecode(max(time, 0), rate, drop_frame=drop) for time in times)
        lines.append(f"{number:03d}  {_reel(medium):8} V     C        {said}")
        if number == 1:  # where gaps before the first event begin; other programs pass over it as a comment
            lines.append(
                f"* {SEQUENCE_START}: {format_timecode(sequence.start_frame, rate, drop_frame=drop)}"
            )
        lines += [f"* FROM CLIP NAME:  {_line(medium.name)}", f"* FROM CLIP: {_uri(medium)}"]
    return "\n".join(lines) + "\n"


def _reel(medium: MediaItem) -> str:
    return re.sub(r"[^A-Z0-9]", "", Path(medium.name).stem.upper())[:_REEL_LENGTH] or "AX"


def _line(text: str) -> str:
    """Text for one line of a file: no line breaks, no halves of surrogate pairs."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _uri(medium: MediaItem) -> str:
    return Path(os.path.abspath(medium.path)).as_uri()


def _frames(stretch: SoundStretch, rate: FrameRate) -> tuple[int, int]:
    return round(stretch.range.start * rate.value), round(stretch.range.end * rate.value)


def _first_frame(medium: MediaItem, rate: FrameRate) -> int:
    """The medium's own timecode at its first frame, counted at `rate`."""
    first = medium.facts.start_timecode or 0
    if medium.facts.rate is not None and medium.facts.rate != rate:
        return round(medium.facts.rate.time_of(first) * rate.value)
    return first


def _tidy_xml(path: Path, sounds: set[str], levels: Mapping[str, SoundStretch], fps: float) -> None:
    """Adds the levels of clips, by their id, which OpenTimelineIO's Final Cut Pro 7 adapter has no place for, and mends what it writes twice: one rate an item, and no picture in a file of sound."""
    tree = ET.parse(path)
    for item in tree.iter("clipitem"):
        for double in item.findall("rate")[1:]:
            item.remove(double)
    for file in tree.iter("file"):
        media = file.find("media")
        picture = media.find("video") if media is not None else None
        if media is not None and picture is not None and file.findtext("pathurl") in sounds:
            media.remove(picture)
    add_levels(tree.getroot(), levels, fps)
    ET.indent(tree)
    with path.open("wb") as written:
        written.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n')
        tree.write(written, encoding="utf-8", xml_declaration=False)


def _timecode_facts(*, drop_frame: bool) -> dict[str, Any]:
    """Whether timecode is drop-frame: for the Final Cut adapter, and for an OTIO file, which has no place of its own for it."""
    return {"fcp_xml": {"timecode": {"displayformat": "DF" if drop_frame else "NDF"}}}


def _timeline(project: Project, adapter: str) -> tuple[otio.schema.Timeline, dict[str, SoundStretch]]:
    """The timeline, and for Final Cut what is heard in each clip of sound, by the clip's id."""
    sequence = project.sequence
    rate = float(sequence.rate.value)
    timeline = otio.schema.Timeline(
        _line(project.name) or "Timeline", metadata=_timecode_facts(drop_frame=sequence.drop_frame)
    )
    timeline.global_start_time = otio.opentime.RationalTime(sequence.start_frame, rate)
    pictures = [SoundStretch(clip.range, clip.media, clip.offset) for clip in project.video_clips]
    timeline.tracks.append(_track(project, "V1", otio.schema.TrackKind.Video, pictures))
    for number, lane in enumerate(_sound_lanes(project), start=1):
        track = _track(project, f"A{number}", otio.schema.TrackKind.Audio, lane)
        if adapter == "otio_json":
            _add_effects(track, lane, rate)
        timeline.tracks.append(track)
    levels = _number(timeline, _sound_lanes(project)) if adapter == "fcp_xml" else {}
    for marker in project.markers:
        at = otio.opentime.RationalTime(round(marker.time * sequence.rate.value), rate)
        timeline.tracks.markers.append(
            otio.schema.Marker(
                _line(marker.note),
                otio.opentime.TimeRange(at, otio.opentime.RationalTime(1, rate)),
                MARKER_COLOURS[marker.colour],
            )
        )
    return timeline, levels


def _add_effects(track: otio.schema.Track, lane: Sequence[SoundStretch], rate: float) -> None:
    """OTIO has effects, but no word for a level: gain and fades lie in one's metadata."""
    for clip, stretch in zip(track.find_clips(), _written(lane, rate), strict=True):
        if not is_plain(stretch):
            points = [[frame, round(level, 6)] for frame, level in level_points(stretch, rate)]
            facts = {"gain_db": stretch.gain_db, "levels": points}
            clip.effects.append(otio.schema.Effect(NAME, "audiolevels", metadata={"unisync": facts}))


def _written(lane: Sequence[SoundStretch], rate: float) -> list[SoundStretch]:
    """Those that are at least a frame long."""
    return [each for each in lane if round(float(each.range.end) * rate) > round(float(each.range.start) * rate)]


def _number(timeline: otio.schema.Timeline, lanes: Sequence[Sequence[SoundStretch]]) -> dict[str, SoundStretch]:
    """Gives every clip its own id: the Final Cut adapter writes one that equals another as an empty reference to that."""
    rate = timeline.global_start_time.rate
    heard = [stretch for lane in lanes for stretch in _written(lane, rate)]
    levels: dict[str, SoundStretch] = {}
    for number, clip in enumerate(timeline.find_clips(), start=1):
        facts: dict[str, Any] = {"@id": f"clipitem-{number}"}
        if clip.parent().kind == otio.schema.TrackKind.Audio:
            facts["sourcetrack"] = {"mediatype": "audio", "trackindex": "1"}
            levels[facts["@id"]] = heard[len(levels)]
        clip.metadata["fcp_xml"] = facts
    return levels


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
        start, end = _frames(stretch, rate)
        if medium is None or end <= start:
            continue
        if start > position:
            track.append(otio.schema.Gap(source_range=_range(0, start - position, rate)))
        first = _first_frame(medium, rate)
        is_drop = rate.has_drop_frame and medium.facts.is_drop_frame
        reference = otio.schema.ExternalReference(
            _uri(medium),
            _range(first, round(medium.facts.duration * rate.value), rate),
            metadata=_timecode_facts(drop_frame=is_drop),
        )
        reference.name = _line(medium.name)
        source = _range(first + round(stretch.offset * rate.value), end - start, rate)
        track.append(otio.schema.Clip(_line(medium.name), reference, source))
        position = end
    return track


def _range(start: int, count: int, rate: FrameRate) -> otio.opentime.TimeRange:
    frames = float(rate.value)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, frames), otio.opentime.RationalTime(count, frames)
    )
