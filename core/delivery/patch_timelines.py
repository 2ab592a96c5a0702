"""Timelines that lay a patch over its film: OpenTimelineIO, Final Cut Pro 7 XML, an EDL of the film, and MLT XML."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio

from core.base.errors import MediaError
from core.base.timing import FrameRate, parse_timecode
from core.base.whole_file import written_whole
from core.delivery.patch import PatchFacts, Stretch

Marker = tuple[int, str]
"""A frame of the film and what is to be said of it."""


def write_timelines(
    facts: PatchFacts, folder: Path, markers: Sequence[Marker], *, into: Path
) -> tuple[str, ...]:
    """Writes one timeline a format for a patch that will lie in `folder`; returns their names. Numbered pictures get no ``.xml``.

    Args:
        facts: the patch.
        folder: where it will lie: the timelines name its files there.
        markers: what to look at.
        into: where the timelines are written now.

    Raises:
        MediaError: one cannot be written.
    """
    stem = Path(facts.film).stem
    written = []
    timeline = _timeline(facts, folder, markers)
    for suffix, adapter, content in (
        (".otio", "otio_json", timeline),
        (".xml", "fcp_xml", timeline),
        (".edl", "cmx_3600", _base(timeline)),
    ):
        if suffix == ".xml" and facts.format == "png":
            continue  # Final Cut Pro 7 XML has no numbered pictures
        path = into / f"{stem}{suffix}"
        with written_whole(path, "The timeline") as part:
            try:
                otio.adapters.write_to_file(content, str(part), adapter_name=adapter)
            except (otio.exceptions.OTIOError, ValueError) as error:
                raise MediaError(f"The timeline “{path}” cannot be written: {error}.") from error
        written.append(path.name)
    path = into / f"{stem}.mlt"
    with written_whole(path, "The timeline") as part:
        part.write_text(mlt(facts, folder), "utf-8")
    return (*written, path.name)


def _timeline(facts: PatchFacts, folder: Path, markers: Sequence[Marker]) -> otio.schema.Timeline:
    rate = FrameRate(Fraction(facts.rate))
    first = parse_timecode(facts.start_timecode, rate)
    drop: dict[str, Any] = {"fcp_xml": {"timecode": {"displayformat": "DF"}}} if facts.drop_frame else {}
    timeline = otio.schema.Timeline(Path(facts.film).stem, metadata=drop)
    timeline.global_start_time = _time(first, rate)
    film = otio.schema.Clip(
        Path(facts.film).stem,
        _reference(Path(facts.film), first, facts.frames, rate, drop),
        _range(first, facts.frames, rate),
    )
    patch = otio.schema.Track("Lips", kind=otio.schema.TrackKind.Video)
    at = 0
    for stretch in facts.stretches:
        if stretch.first_frame > at:
            patch.append(otio.schema.Gap(source_range=_range(0, stretch.first_frame - at, rate)))
        start = first + stretch.first_frame
        media = _patch_reference(folder, stretch, facts, start, rate, drop)
        patch.append(otio.schema.Clip(stretch.file, media, _range(start, stretch.frames, rate)))
        at = stretch.first_frame + stretch.frames
    base = otio.schema.Track("Film", [film], kind=otio.schema.TrackKind.Video)
    sound = otio.schema.Clip(
        facts.sound,
        _reference(folder / facts.sound, first, facts.frames, rate, {}),
        _range(first, facts.frames, rate),
    )
    timeline.tracks.extend([base, patch, otio.schema.Track("Dub", [sound], kind=otio.schema.TrackKind.Audio)])
    for frame, note in markers:
        timeline.tracks.markers.append(
            otio.schema.Marker(note, _range(frame, 1, rate), otio.schema.MarkerColor.RED)
        )
    return timeline


def _base(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """The film's own track: an EDL holds one picture track."""
    base = otio.schema.Timeline(timeline.name, global_start_time=timeline.global_start_time)
    base.tracks.append(timeline.tracks[0].clone())
    return base


def _patch_reference(
    folder: Path, stretch: Stretch, facts: PatchFacts, start: int, rate: FrameRate, drop: dict[str, Any]
) -> otio.core.MediaReference:
    if facts.format != "png":
        return _reference(folder / stretch.file, start, stretch.frames, rate, drop)
    return otio.schema.ImageSequenceReference(
        target_url_base=(folder / stretch.file).absolute().as_uri() + "/",
        name_prefix=f"{stretch.file}.",
        name_suffix=".png",
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


def mlt(facts: PatchFacts, folder: Path) -> str:
    """MLT XML: the film, the patch over it with its alpha, the dub; for melt, and as a clip for Kdenlive and Shotcut."""
    rate = Fraction(facts.rate)
    root = ElementTree.Element("mlt", {"LC_NUMERIC": "C", "producer": "lips"})
    ElementTree.SubElement(
        root, "profile",
        {"description": "film", "width": str(facts.width), "height": str(facts.height), "progressive": "1",
         "sample_aspect_num": "1", "sample_aspect_den": "1", "display_aspect_num": str(facts.width),
         "display_aspect_den": str(facts.height), "frame_rate_num": str(rate.numerator),
         "frame_rate_den": str(rate.denominator), "colorspace": "709"},
    )  # fmt: skip
    film = _producer(root, "film", Path(facts.film).absolute(), facts.frames)
    clips: list[Any] = []
    for stretch in facts.stretches:
        path = (folder / stretch.file).absolute()
        if facts.format == "png":
            first = parse_timecode(stretch.timecode, FrameRate(rate))
            path = path / f"{stretch.file}.%07d.png?begin={first}"
        clips.append(_producer(root, f"lips{len(clips)}", path, stretch.frames))
    sound = _producer(root, "dub", (folder / facts.sound).absolute(), facts.frames)
    _playlist(root, "track0", [(0, film, facts.frames)])
    _playlist(
        root, "track1", [(s.first_frame, c, s.frames) for s, c in zip(facts.stretches, clips, strict=True)]
    )
    _playlist(root, "track2", [(0, sound, facts.frames)])
    tractor = ElementTree.SubElement(root, "tractor", {"id": "lips", "in": "0", "out": str(facts.frames - 1)})
    for name, hidden in (("track0", "audio"), ("track1", "audio"), ("track2", "video")):
        ElementTree.SubElement(tractor, "track", {"producer": name, "hide": hidden})
    blend = ElementTree.SubElement(tractor, "transition", {"in": "0", "out": str(facts.frames - 1)})
    for name, value in (("a_track", "0"), ("b_track", "1"), ("mlt_service", "affine"),
                        ("always_active", "1")):  # fmt: skip
        ElementTree.SubElement(blend, "property", {"name": name}).text = value
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _producer(root: ElementTree.Element, name: str, path: Path, frames: int) -> str:
    producer = ElementTree.SubElement(root, "producer", {"id": name, "in": "0", "out": str(frames - 1)})
    ElementTree.SubElement(producer, "property", {"name": "resource"}).text = str(path)
    return name


def _playlist(root: ElementTree.Element, name: str, clips: Sequence[tuple[int, str, int]]) -> None:
    playlist = ElementTree.SubElement(root, "playlist", {"id": name})
    at = 0
    for start, producer, frames in clips:
        if start > at:
            ElementTree.SubElement(playlist, "blank", {"length": str(start - at)})
        ElementTree.SubElement(playlist, "entry", {"producer": producer, "in": "0", "out": str(frames - 1)})
        at = start + frames
