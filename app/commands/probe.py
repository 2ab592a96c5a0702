"""``unisync probe``: what a media file holds."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.paths import input_path

if TYPE_CHECKING:
    from core.media.info import AudioStreamInfo, MediaInfo, VideoStreamInfo


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and its options."""
    parser = verbs.add_parser("probe", help="show what a media file holds", description=__doc__)
    parser.add_argument("files", nargs="+", type=input_path, metavar="FILE", help="films or sound files")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document, a list with an entry for each file"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints the facts of every file that can be read, then why others cannot; returns 2 when there are any."""
    from core.base.errors import AppError
    from core.media.probe import probe

    found, errors = [], []
    for file in args.files:
        try:
            found.append(probe(file))
        except AppError as error:
            errors.append(error)
    if args.json:
        print(json.dumps([as_json(info) for info in found], indent=2, ensure_ascii=False))
    elif found:
        print("\n\n".join("\n".join(_lines(info)) for info in found))
    sys.stdout.flush()
    for why in errors:
        sys.stderr.write(f"unisync: {why}\n")
    return 2 if errors else 0


def as_json(info: "MediaInfo") -> dict[str, Any]:
    """The facts with exact numbers as ``n/d`` text and a float beside those people read."""
    return {
        "path": str(info.path),
        "container": info.container,
        "bytes": info.size,
        "seconds": float(info.duration),
        "title": info.title,
        "video": None if info.video is None else _video_json(info.video),
        "audio": [_audio_json(stream) for stream in info.audio],
        "unreadable_sound": info.unreadable_sound,
        "chapters": [{"title": c.title, "start": float(c.start), "end": float(c.end)} for c in info.chapters],
    }


def _video_json(video: "VideoStreamInfo") -> dict[str, Any]:
    return {
        "codec": video.codec,
        "coded_size": [video.width, video.height],
        "upright_size": list(video.upright_size),
        "display_size": list(video.display_size),
        "rotation": video.rotation,
        "pixel_aspect": str(video.pixel_aspect),
        "rate": str(video.rate.value),
        "frames_per_second": float(video.rate.value),
        "is_vfr": video.is_vfr,
        "time_base": str(video.time_base),
        "start": str(video.start),
        "seconds": float(video.duration),
        "frames": video.frame_count,
        "declared_frames": video.declared_frame_count,
        "pixel_format": video.pixel_format,
        "bit_depth": video.bit_depth,
        "colour": {
            "primaries": video.colour.primaries_name,
            "transfer": video.colour.transfer_name,
            "matrix": video.colour.matrix_name,
            "range": video.colour.range_name,
            "codes": [video.colour.primaries, video.colour.transfer, video.colour.matrix, video.colour.range],
            "is_hdr": video.colour.is_hdr,
        },
        "is_interlaced": video.is_interlaced,
        "timecode": video.timecode,
        "bit_rate": video.bit_rate,
    }


def _audio_json(audio: "AudioStreamInfo") -> dict[str, Any]:
    return {
        "codec": audio.codec,
        "rate": audio.rate,
        "channels": audio.channels,
        "layout": audio.layout,
        "bits": audio.bits,
        "start": str(audio.start),
        "seconds": float(audio.duration),
        "language": audio.language,
    }


def _lines(info: "MediaInfo") -> Sequence[str]:
    from core.base.timing import format_time

    lines = [str(info.path), f"  {info.container}, {format_time(info.duration)}, {info.size:,} bytes"]
    video = info.video
    if video is not None:
        width, height = video.upright_size
        rate = f"{video.rate} fps" + (" on average, variable" if video.is_vfr else "")
        lines.append(f"  Picture: {video.codec} {width}x{height}, {rate}, {video.frame_count} frames")
        lines.append(f"    {video.pixel_format}, {video.bit_depth} bit, colour {_colour(video)}")
        notes = []
        if video.rotation:
            notes.append(f"stored turned, {video.rotation}° clockwise to upright")
        if video.pixel_aspect != 1:
            notes.append(
                f"pixel aspect {video.pixel_aspect}, shown as {'x'.join(map(str, video.display_size))}"
            )
        if video.is_interlaced:
            notes.append("interlaced")
        if video.start:
            notes.append(f"first frame at {float(video.start):.3f} s")
        if video.timecode:
            notes.append(f"timecode {video.timecode}")
        if video.declared_frame_count is not None and video.declared_frame_count > video.frame_count:
            notes.append(f"{video.declared_frame_count - video.frame_count} of its frames cannot be shown")
        if notes:
            lines.append(f"    {', '.join(notes)}")
    for audio in info.audio:
        language = f", {audio.language}" if audio.language else ""
        lines.append(
            f"  Sound: {audio.codec} {audio.rate} Hz, {audio.layout}{language}, {format_time(audio.duration)}"
        )
    if info.unreadable_sound:
        lines.append(
            f"  {info.unreadable_sound} sound track{'s' * (info.unreadable_sound > 1)} that cannot be decoded here"
        )
    lines.extend(f"  Chapter: {format_time(c.start)} {c.title}" for c in info.chapters)
    return lines


def _colour(video: "VideoStreamInfo") -> str:
    colour = video.colour
    text = f"{colour.primaries_name}/{colour.transfer_name}/{colour.matrix_name}, {colour.range_name} range"
    return f"{text} (HDR)" if colour.is_hdr else text
