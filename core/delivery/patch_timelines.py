"""Timelines that lay a patch over its film: OpenTimelineIO, Final Cut Pro 7 XML, an EDL of the film; MLT in `patch_mlt`, AAF in `patch_aaf`."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from core.base.errors import MediaError
from core.base.timing import FrameRate, parse_timecode
from core.base.whole_file import written_whole
from core.delivery.patch import NUMBERED, Cut, PatchFacts, Stretch
from core.delivery.patch_mlt import kdenlive, mlt

Marker = tuple[int, str]
"""A frame of the film and what is to be said of it."""


def write_timelines(
    facts: PatchFacts, folder: Path, markers: Sequence[Marker], *, into: Path
) -> tuple[str, ...]:
    """Writes one timeline a format for a patch that will lie in `folder`; returns their names.

    Final Cut Pro 7 XML knows neither numbered pictures nor, in a way that programs agree on, a clip's place in the picture; it is
    not written for those.

    Args:
        facts: the patch.
        folder: where it will lie: the timelines name its files there.
        markers: what to look at.
        into: where the timelines are written now.

    Raises:
        MediaError: one cannot be written.
    """
    written = []
    timeline = _timeline(facts, folder, markers)
    for suffix, adapter, content in (
        (".otio", "otio_json", timeline),
        (".xml", "fcp_xml", timeline),
        (".edl", "cmx_3600", _base(timeline)),
    ):
        if suffix == ".xml" and (facts.format in NUMBERED or facts.cropped):
            continue
        path = into / f"{facts.name}{suffix}"
        with written_whole(path, "The timeline") as part:
            try:
                otio.adapters.write_to_file(content, str(part), adapter_name=adapter)
            except (otio.exceptions.OTIOError, ValueError) as error:
                raise MediaError(f"The timeline “{path}” cannot be written: {error}.") from error
        written.append(path.name)
    for suffix, text in (
        (".mlt", mlt(facts, folder)),
        (".kdenlive", kdenlive(facts, folder, markers)),
    ):
        path = into / f"{facts.name}{suffix}"
        with written_whole(path, "The timeline") as part:
            part.write_text(text, "utf-8")
        written.append(path.name)
    return tuple(written)


def _timeline(facts: PatchFacts, folder: Path, markers: Sequence[Marker]) -> otio.schema.Timeline:
    rate = FrameRate(Fraction(facts.rate))
    first = parse_timecode(facts.start_timecode, rate)
    drop: dict[str, Any] = {"fcp_xml": {"timecode": {"displayformat": "DF"}}} if facts.drop_frame else {}
    timeline = otio.schema.Timeline(facts.name, metadata=drop)
    timeline.global_start_time = _time(first, rate)
    base = otio.schema.Track("Film", kind=otio.schema.TrackKind.Video)
    for cut in facts.cuts:
        _append(base, _film_clip(cut, rate), cut.first_frame, rate)
    patch = otio.schema.Track("Lips", kind=otio.schema.TrackKind.Video)
    for stretch in facts.stretches:
        start = parse_timecode(stretch.timecode, rate)
        media = _patch_reference(folder, stretch, facts, start, rate, drop)
        clip = otio.schema.Clip(stretch.file, media, _range(start, stretch.frames, rate))
        if facts.cropped:
            clip.metadata["unisync"] = {"box": list(stretch.box)}
        _append(patch, clip, stretch.first_frame, rate)
    sound = otio.schema.Clip(
        facts.sound,
        _reference(folder / facts.sound, first, facts.frames, rate, {}),
        _range(first, facts.frames, rate),
    )
    timeline.tracks.extend([base, patch, otio.schema.Track("Dub", [sound], kind=otio.schema.TrackKind.Audio)])
    for number, clip in enumerate(timeline.find_clips(), start=1):
        # The Final Cut adapter writes a clip that equals another as an empty reference to that one.
        clip.metadata["fcp_xml"] = {"@id": f"clipitem-{number}"}
    for frame, note in markers:
        timeline.tracks.markers.append(
            otio.schema.Marker(note, _range(frame, 1, rate), otio.schema.MarkerColor.RED)
        )
    return timeline


def _append(track: otio.schema.Track, clip: otio.schema.Clip, at: int, rate: FrameRate) -> None:
    """Puts a clip onto frame `at` of a track."""
    filled = sum(round(item.trimmed_range().duration.value) for item in track)
    if at > filled:
        track.append(otio.schema.Gap(source_range=_range(0, at - filled, rate)))
    track.append(clip)


def _film_clip(cut: Cut, rate: FrameRate) -> otio.schema.Clip:
    first = parse_timecode(cut.start_timecode, rate)
    drop: dict[str, Any] = (
        {"fcp_xml": {"timecode": {"displayformat": "DF"}}} if ";" in cut.start_timecode else {}
    )
    path = Path(cut.film)
    media = _reference(path, first, cut.film_frames, rate, drop)
    return otio.schema.Clip(path.stem, media, _range(first + cut.film_frame, cut.frames, rate))


def _base(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """The film's own track: an EDL holds one picture track."""
    base = otio.schema.Timeline(timeline.name, global_start_time=timeline.global_start_time)
    base.tracks.append(timeline.tracks[0].clone())
    return base


def _patch_reference(
    folder: Path, stretch: Stretch, facts: PatchFacts, start: int, rate: FrameRate, drop: dict[str, Any]
) -> otio.core.MediaReference:
    if facts.format not in NUMBERED:
        return _reference(folder / stretch.file, start, stretch.frames, rate, drop)
    return otio.schema.ImageSequenceReference(
        target_url_base=(folder / stretch.file).absolute().as_uri() + "/",
        name_prefix=f"{stretch.file}.",
        name_suffix=f".{facts.format}",
        start_frame=start,
        rate=float(rate.value),
        frame_zero_padding=7,
        available_range=_range(start, stretch.frames, rate),
    )


def _reference(
    path: Path, first: int, frames: int, rate: FrameRate, drop: dict[str, Any]
) -> otio.schema.ExternalReference:
    reference = otio.schema.ExternalReference(path.absolute().as_uri(), _range(first, frames, rate))
    reference.name = path.name
    reference.metadata.update(drop)
    return reference


def _time(frame: int, rate: FrameRate) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, float(rate.value))


def _range(first: int, frames: int, rate: FrameRate) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(first, rate), _time(frames, rate))
