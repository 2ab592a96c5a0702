"""What a media file holds: streams, exact rates, colour, rotation, timecode."""

import os
import struct
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.base.errors import MediaError
from core.base.stages import stage
from core.media.audio import layout_name
from core.media.colour import ColourTags
from core.media.frame_index import FrameIndex, read_index
from core.media.info import AudioStreamInfo, Chapter, MediaInfo, VideoStreamInfo
from core.media.opening import base_of, open_media, sound_streams, video_stream

_BOTTOM_FIRST = (3, 4)  # FFmpeg's AV_FIELD_BB and AV_FIELD_TB
_DYNAMIC_HDR = {
    "DOVI_METADATA": "Dolby Vision",
    "DOVI_RPU_BUFFER": "Dolby Vision",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DYNAMIC_HDR_VIVID": "HDR Vivid",
}
_KEPT = 8  # files; 8 bytes a frame
_PROBE_PACKETS = 300  # how far to look for a first picture that decodes, about ten seconds


@stage("opening")
def probe(path: str | os.PathLike[str], *, need_video: bool = False, need_audio: bool = False) -> MediaInfo:
    """Everything known about a media file; reads every video packet once and decodes one frame.

    Raises:
        MediaError: missing, a folder, empty, not media, or without the stream that is needed.
    """
    return scan(path, need_video=need_video, need_audio=need_audio)[0]


@stage("opening")
def scan(
    path: str | os.PathLike[str], *, need_video: bool = False, need_audio: bool = False
) -> tuple[MediaInfo, FrameIndex | None]:
    """As `probe`, with the frame index that the same pass gives (None for a file without picture).

    What was found of the last few files is kept while they stay as they are: asked again, no packet is read.

    Raises:
        MediaError: see `probe`.
    """
    info, index = _scanned(os.path.abspath(path), os.fspath(path), _stamp(path))
    if info.video is None and need_video:
        raise MediaError(f"“{path}” has no video stream.", hint="Choose a file with a picture.")
    if not info.audio and need_audio:
        lack = "sound that can be decoded here" if info.unreadable_sound else "sound"
        raise MediaError(f"“{path}” has no {lack}.", hint="Choose a file with an audio track.")
    return info, index


def _stamp(path: str | os.PathLike[str]) -> tuple[int, ...]:
    """What a file has another of as soon as it is written to, or another one has its name."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()  # opening it says what is wrong
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@lru_cache(maxsize=_KEPT)
def _scanned(file: str, path: str, stamp: tuple[int, ...]) -> tuple[MediaInfo, FrameIndex | None]:
    with open_media(path) as container:
        stream = video_stream(container)
        audio = tuple(_audio_info(container, s) for s in sound_streams(container))
        video, index = None, None
        if stream is not None:
            index, first = read_index(container, stream, path), _first_picture(path)
            video = _video_info(container, stream, index, first)
        ends = [a.start + a.duration - (video.start if video else a.start) for a in audio]
        if video is not None:
            ends.append(video.duration)
        if not ends and container.duration is not None:
            ends.append(Fraction(container.duration, av.time_base))
        info = MediaInfo(
            path=Path(file),
            container=container.format.name,
            size=stamp[2],
            video=video,
            audio=audio,
            duration=max(ends, default=Fraction(0)),
            chapters=tuple(_chapters(container)),
            title=_tag(container.metadata, "title"),
            unreadable_sound=len(container.streams.audio) - len(audio),
        )
    return info, index


def _first_picture(path: str | os.PathLike[str]) -> VideoFrame | None:
    """The first frame that decodes: only frames carry the rotation, and some codecs' colours."""
    with open_media(path) as container:
        stream = video_stream(container)
        packets = 0
        try:
            for packet in container.demux(stream):
                packets += 1
                try:
                    for frame in packet.decode():
                        return cast(VideoFrame, frame)  # of a stream of pictures
                except av.error.FFmpegError:
                    pass  # a damaged packet: the next ones may be good
                if packets > _PROBE_PACKETS:
                    break
        except av.error.FFmpegError:
            return None
    return None


def _video_info(
    container: InputContainer, stream: VideoStream, index: FrameIndex, first: VideoFrame | None
) -> VideoStreamInfo:
    context = stream.codec_context
    pixel_format = first.format if first is not None else context.format
    if pixel_format is None or (first is None and not context.width):
        raise MediaError(f"No frame of “{container.name}” can be decoded ({context.name}).")
    claims = tuple(
        Fraction(rate)
        for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate)
        if rate is not None
    )
    constant = index.constant_rate(claims)
    aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio
    found = _side_data(first) if first is not None else {}
    rotation = 0
    if first is not None:
        rotation = round(-first.rotation / 90) % 4 * 90  # the matrix turns counter-clockwise
    return VideoStreamInfo(
        index=stream.index,
        codec=context.codec.canonical_name if hasattr(context.codec, "canonical_name") else context.name,
        width=first.width if first is not None else context.width,
        height=first.height if first is not None else context.height,
        rotation=rotation,
        pixel_aspect=Fraction(aspect) if aspect else Fraction(1),
        rate=constant or index.average_rate(),
        is_vfr=constant is None,
        time_base=index.time_base,
        start=index.start,
        duration=index.duration,
        frame_count=len(index),
        declared_frame_count=_declared_frames(container, stream),
        pixel_format=pixel_format.name,
        bit_depth=max(component.bits for component in pixel_format.components),
        colour=_colour(stream, first),
        is_interlaced=bool(first is not None and first.interlaced_frame),
        timecode=_timecode(container, stream),
        bit_rate=stream.bit_rate,
        is_bottom_first=context.field_order in _BOTTOM_FIRST,
        mastering=_mastering(found),
        light=_light(found),
        dynamic_hdr=next((name for kind, name in _DYNAMIC_HDR.items() if kind in found), ""),
        has_captions="A53_CC" in found,
    )


def _side_data(frame: VideoFrame) -> dict[str, bytes]:
    """What lies beside a frame's pixels, by FFmpeg's name of its kind."""
    data: Any = frame.side_data
    return {data[n].type.name: bytes(data[n]) for n in range(len(data))}


def _mastering(side_data: dict[str, bytes]) -> str:
    """FFmpeg's ``AVMasteringDisplayMetadata``, ten fractions and two flags, as x265 writes it."""
    data = side_data.get("MASTERING_DISPLAY_METADATA", b"")
    if len(data) < 88:
        return ""
    numbers = struct.unpack("<22i", data[:88])
    if not numbers[20] or not numbers[21] or 0 in numbers[1:20:2]:
        return ""
    values = [Fraction(numbers[2 * n], numbers[2 * n + 1]) for n in range(10)]
    red, green, blue, white = (tuple(round(50000 * v) for v in values[n : n + 2]) for n in (0, 2, 4, 6))
    darkest, brightest = (round(10000 * value) for value in values[8:])
    return (
        f"G({green[0]},{green[1]})B({blue[0]},{blue[1]})R({red[0]},{red[1]})WP({white[0]},{white[1]})"
        f"L({brightest},{darkest})"
    )


def _light(side_data: dict[str, bytes]) -> tuple[int, int] | None:
    data = side_data.get("CONTENT_LIGHT_LEVEL", b"")
    if len(data) < 8:
        return None
    brightest, average = struct.unpack("<2I", data[:8])
    return brightest, average


def _colour(stream: VideoStream, first: VideoFrame | None) -> ColourTags:
    context = stream.codec_context

    def either(of_frame: int | None, of_context: int, unknown: int) -> int:
        return int(of_frame) if of_frame is not None and of_frame != unknown else int(of_context)

    return ColourTags(
        primaries=either(first.color_primaries if first is not None else None, context.color_primaries, 2),
        transfer=either(first.color_trc if first is not None else None, context.color_trc, 2),
        matrix=either(first.colorspace if first is not None else None, context.colorspace, 2),
        range=either(first.color_range if first is not None else None, context.color_range, 0),
    )


def _declared_frames(container: InputContainer, stream: VideoStream) -> int | None:
    # Only formats with a sample table promise a number; AVI counts ticks there.
    return stream.frames if stream.frames and "mp4" in container.format.name else None


def _timecode(container: InputContainer, stream: VideoStream) -> str | None:
    found = _tag(stream.metadata, "timecode") or _tag(container.metadata, "timecode")
    for other in container.streams:
        if found is None and other.type == "data":
            found = _tag(other.metadata, "timecode")
    return found


def _audio_info(container: InputContainer, stream: AudioStream) -> AudioStreamInfo:
    context = stream.codec_context
    start = stream.start_time * base_of(stream) if stream.start_time is not None else Fraction(0)
    if stream.duration is not None:
        duration = stream.duration * base_of(stream)
    elif container.duration is not None:
        duration = Fraction(container.duration, av.time_base) - max(
            Fraction(0), start - Fraction(container.start_time or 0, av.time_base)
        )
    else:
        duration = Fraction(0)
    return AudioStreamInfo(
        index=stream.index,
        codec=context.name,
        rate=context.sample_rate,
        channels=context.layout.nb_channels,
        layout=layout_name(context.layout),
        sample_format=context.format.name if context.format else "fltp",
        bits=_significant_bits(context.name, context.format.name if context.format else ""),
        start=Fraction(start),
        duration=Fraction(duration),
        language=_language(stream.metadata),
    )


def _significant_bits(codec: str, sample_format: str) -> int:
    if codec.startswith("pcm_"):
        digits = "".join(c for c in codec.removeprefix("pcm_")[1:3] if c.isdigit())
        return int(digits) if digits else 16
    if codec in ("flac", "alac", "wavpack", "tta"):
        return 16 if sample_format.startswith("s16") else 24
    return 0


def _language(tags: dict[str, str]) -> str | None:
    language = _tag(tags, "language")
    return None if language in (None, "und") else language


def _chapters(container: InputContainer) -> list[Chapter]:
    chapters = []
    for mark in container.chapters():
        base = mark["time_base"] or Fraction(1, 1000)
        chapters.append(
            Chapter(mark["start"] * base, mark["end"] * base, _tag(mark["metadata"], "title") or "")
        )
    return chapters


def _tag(tags: dict[str, str], name: str) -> str | None:
    return next((value for key, value in tags.items() if key.lower() == name and value), None)
