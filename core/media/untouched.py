"""Which pictures of a film need not be decoded and encoded again, because nothing in them changes.

Pictures depend on others of their group. A group in which nothing changes goes into the new film byte for byte, and costs no
quality and no time; the others are encoded between them. Sound for H.264, whose groups begin with a picture that clears
everything before it and whose encoders' parameters can lie side by side in one file, and for ProRes, where each picture
stands alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.media.colour import ColourTags
from core.media.frame_index import FrameIndex
from core.media.h264_sets import (
    IDR,
    PPS,
    SPS,
    ParameterSets,
    read_record,
    read_stream,
    set_number,
    units_of,
    with_lengths,
)
from core.media.info import MediaInfo, VideoStreamInfo
from core.media.opening import open_media, require_video
from core.media.output_format import encoded_size, output_tags
from core.media.presets import check_container, find_preset, output_pixel_format

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

_PRORES_TAGS = {"prores": "apch", "prores4444": "ap4h"}
COPIED = ("h264", *_PRORES_TAGS)
_MOST_SETS = 31  # numbers of sequence parameter sets are 0..31
_MOST_HELD = 16  # pictures that H.264 can decode before an earlier one
_FEWEST = 2  # pictures of a group: two that clear everything may not follow one another under one number


class CannotCopyError(Exception):
    """Copied and encoded groups do not fit together; everything has to be encoded."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames that are copied, or that are encoded."""

    frames: range
    is_copied: bool


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """How a film is taken over group by group.

    Attributes:
        stretches: cover all frames in order; both kinds are there.
        index: the source's frames.
        decode_times: (F,) int64 in the source's ticks, of its packets in their order.
        sets: the source's parameter sets, None where the codec has none.
        free_number: of parameter sets, that the source does not use.
        held_back: how many pictures may be decoded before one that is shown earlier.
    """

    stretches: tuple[Stretch, ...]
    index: FrameIndex
    decode_times: np.ndarray
    sets: ParameterSets | None
    free_number: int
    held_back: int

    @property
    def copied(self) -> int:
        """How many frames are copied."""
        return sum(len(stretch.frames) for stretch in self.stretches if stretch.is_copied)

    def duration(self, pts: int, ticks: "Callable[[int], int]") -> int:
        """How long the frame at `pts` is shown, both in the new stream's ticks, into which `ticks` turns the source's."""
        times = self.index.pts
        low, high = 0, len(times)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if ticks(int(times[middle])) <= pts else (low, middle)
        return ticks(int(times[low]) if low < len(times) else self.index.end_pts) - pts


def plan_groups(
    film: MediaInfo,
    index: FrameIndex,
    touched: Sequence[range],
    *,
    preset: str,
    pixel_format: str,
    size: tuple[int, int],
    tags: ColourTags,
) -> Groups | None:
    """How to take `film` over where only the frames `touched` change; None where all has to be encoded.

    Args:
        film: its facts.
        index: its frames.
        touched: frames that change.
        preset: what the new film is encoded as, and
        pixel_format: its pixels,
        size: its coded size,
        tags: its colour tags: only where all are the source's own can the source's pictures lie between the new ones.
    """
    video = film.video
    if video is None or index.is_truncated or not index.has_true_pts:
        return None
    if (pixel_format, size, tags) != (video.pixel_format, (video.width, video.height), video.colour):
        return None
    with open_media(film.path) as container:
        stream = require_video(container, film.path)
        if preset in _PRORES_TAGS:
            is_same = video.codec == "prores" and stream.codec_context.codec_tag == _PRORES_TAGS[preset]
            found = _all_alone(container.demux(stream), index) if is_same else None
        elif preset == "h264" and _is_plain_h264(video, stream):
            found = _h264_groups(container.demux(stream), index, stream)
        else:
            found = None
    if found is None:
        return None
    starts, times, sets, free, held_back = found
    stretches = _stretches(starts, len(index), touched, fewest=1 if sets is None else _FEWEST)
    if len({stretch.is_copied for stretch in stretches}) < 2:
        return None
    return Groups(stretches, index, times, sets, free, held_back)


def copied_groups(
    film: MediaInfo, index: FrameIndex, touched: Sequence[range], path: Path, preset: str
) -> Groups | None:
    """What a `MediaWriter` can take over from `film` as it is, when only the frames `touched` change; None: nothing.

    Raises:
        SettingsError: the ending of `path` does not fit the codec.
    """
    chosen, video = find_preset(preset), film.video
    check_container(path, chosen, None)
    if video is None or chosen.name not in COPIED:
        return None
    pixel_format = output_pixel_format(chosen, chosen.encoder, video.pixel_format, is_hdr=video.colour.is_hdr)
    return plan_groups(
        film,
        index,
        touched,
        preset=chosen.name,
        pixel_format=pixel_format,
        size=encoded_size(video, chosen, pixel_format),
        tags=output_tags(video, chosen, pixel_format),
    )


def _is_plain_h264(video: VideoStreamInfo, stream: VideoStream) -> bool:
    return (
        video.codec == "h264"
        and video.pixel_format == "yuv420p"
        and not video.is_interlaced
        and stream.codec_context.codec_tag in ("avc1", "\0\0\0\0")
    )


_Found = tuple[list[int], np.ndarray, ParameterSets | None, int, int]


def _all_alone(packets: "Iterator[Packet[Any]]", index: FrameIndex) -> _Found | None:
    times = np.array([packet.pts for packet in packets if packet.size], np.int64)
    return (list(range(len(index))), times, None, 0, 0) if np.array_equal(times, index.pts) else None


def _h264_groups(packets: "Iterator[Packet[Any]]", index: FrameIndex, stream: VideoStream) -> _Found | None:
    sets = read_record(stream.codec_context.extradata or b"")
    if sets is None or sets.profile > 100:
        return None
    used = set(sets.numbers())
    starts: list[int] = []
    shown: list[int] = []
    times: list[int | None] = []
    for packet in packets:
        if not packet.size:
            continue
        if packet.is_discard or packet.is_corrupt or packet.pts is None:
            return None
        if packet.dts is None and times and times[-1] is not None:
            return None
        if packet.is_keyframe:
            units = list(units_of(bytes(packet)))
            if any(unit and unit[0] & 31 == IDR for unit in units):
                starts.append(len(shown))
            used |= {set_number(unit) for unit in units if len(unit) > 1 and unit[0] & 31 in (SPS, PPS)}
        shown.append(packet.pts)
        times.append(packet.dts)
    # What a group's packets hold must be what is shown from its first picture on, and nothing else.
    borders = [*starts, len(shown)]
    if not starts or starts[0] != 0 or len(shown) != len(index):
        return None
    for first, end in pairwise(borders):
        if (
            not np.array_equal(np.sort(shown[first:end]), index.pts[first:end])
            or shown[first] != index.pts[first]
        ):
            return None
    free = next((number for number in range(_MOST_SETS + 1) if number not in used), None)
    if free is None:
        return None
    place = np.searchsorted(index.pts, shown)
    held_back = max(int((place[max(at - _MOST_HELD, 0) : at] > here).sum()) for at, here in enumerate(place))
    return starts, _without_holes(times, index), sets, free, held_back


def _without_holes(times: Sequence[int | None], index: FrameIndex) -> np.ndarray:
    """(F,) int64 `times` of decoding; Matroska knows none of the first pictures, which are decoded one by one before the rest."""
    unknown = sum(time is None for time in times)
    step = max((index.end_pts - int(index.pts[0])) // len(index), 1)
    first = next((time for time in times if time is not None), int(index.pts[0]) + (unknown - 1) * step)
    ahead = [first - step * (unknown - number) for number in range(unknown)]
    return np.array([*ahead, *(time for time in times if time is not None)], np.int64)


def _stretches(
    starts: list[int], count: int, touched: Sequence[range], *, fewest: int
) -> tuple[Stretch, ...]:
    changes = np.zeros(count, bool)
    for frames in touched:
        changes[frames.start : frames.stop] = True
    found: list[Stretch] = []
    for first, end in zip(starts, [*starts[1:], count], strict=True):
        is_copied = not changes[first:end].any() and end - first >= fewest
        if found and found[-1].is_copied == is_copied:
            found[-1] = Stretch(range(found[-1].frames.start, end), is_copied)
        else:
            found.append(Stretch(range(first, end), is_copied))
    return tuple(found)


class GroupMuxer:
    """Puts copied and encoded stretches of one film, which come in order, into one stream.

    Args:
        film: the source.
        groups: what is copied.
        output: the new file, before its header is written.
        new_encoder: an encoder that is not open yet.
        time_base: seconds a tick of the new stream, and
        shift: seconds added to the source's timestamps.
    """

    def __init__(
        self,
        film: MediaInfo,
        groups: Groups,
        output: OutputContainer,
        new_encoder: "Callable[[], VideoCodecContext]",
        time_base: Fraction,
        shift: Fraction,
    ) -> None:
        self._groups, self._new_encoder = groups, new_encoder
        self._time_base, self._shift = time_base, shift
        self._source = open_media(film.path)
        try:
            source = require_video(self._source, film.path)
            for other in self._source.streams:
                if other is not source:
                    other.discard = Discard.all
            assert source.time_base is not None
            self._source_base = source.time_base
            self._packets: Iterator[Packet[Any]] = (
                packet for packet in self._source.demux(source) if packet.size
            )
            self._encoder: VideoCodecContext | None = self._opened()
            stream = output.add_stream_from_template(source)
            assert isinstance(stream, VideoStream)
            stream.time_base = time_base
            self._header = self._encoder.extradata
            if groups.sets is not None and self._header is not None:
                stream.codec_context.extradata = groups.sets.with_others(read_stream(self._header))
        except BaseException:
            self._source.close()
            raise
        self.stream: VideoStream = stream
        self._passed = 0  # packets of the source that are behind
        self._done = 0  # frames of the film that are in the file
        self._last: int | None = None

    def encode(self, picture: VideoFrame | None) -> "Iterator[Packet[Any]]":
        """Packets that are ready after the next `picture` of a stretch, None after its last one.

        Raises:
            CannotCopyError: the encoder's order of pictures does not fit between the source's.
        """
        if self._encoder is None:
            if picture is None:
                return
            self._encoder = self._opened()
            if self._encoder.extradata != self._header:
                raise CannotCopyError
        for made in self._encoder.encode(picture):
            data = bytes(made) if self._groups.sets is None else with_lengths(bytes(made))
            assert made.pts is not None
            time = self._ticks(int(self._groups.decode_times[self._done]))
            yield self._packet(data, made.pts, min(time, made.pts), is_key=made.is_keyframe)
        if picture is None:
            self._encoder = None

    def copy(self, frames: range) -> "Iterator[Packet[Any]]":
        """The source's packets of the stretch `frames`."""
        while self._passed < frames.stop:
            packet = next(self._packets)
            self._passed += 1
            if self._passed > frames.start:
                assert packet.pts is not None
                decoded_at = self._ticks(int(self._groups.decode_times[self._passed - 1]))
                copied = self._packet(
                    bytes(packet), self._ticks(packet.pts), decoded_at, is_key=packet.is_keyframe
                )
                if packet.duration:  # in MP4 that of its time of decoding, which makes up the whole film's
                    copied.duration = round(packet.duration * self._source_base / self._time_base)
                yield copied

    def close(self) -> None:
        """Closes the film and lets go of the encoder."""
        self._packets = iter(())
        self._encoder = None
        self.__dict__.pop("stream", None)
        self._source.close()

    def _opened(self) -> "VideoCodecContext":
        encoder = self._new_encoder()
        if self._groups.sets is not None:
            # Pictures may not come in another order than the source's leave time for.
            order = {0: "bframes=0:", 1: "b-pyramid=none:"}.get(self._groups.held_back, "")
            number = f"{order}sps-id={self._groups.free_number}"
            encoder.options = {**encoder.options, "x264-params": number}
            encoder.flags |= Flags.global_header
        encoder.open()
        return encoder

    def _ticks(self, time: int) -> int:
        return round((time * self._source_base + self._shift) / self._time_base)

    def _packet(self, data: bytes, pts: int, dts: int, *, is_key: bool) -> "Packet[Any]":
        if dts > pts or (self._last is not None and dts <= self._last):
            raise CannotCopyError
        packet = Packet(data)
        packet.stream, packet.time_base = self.stream, self._time_base
        packet.pts, packet.dts, packet.is_keyframe = pts, dts, is_key
        packet.duration = self._groups.duration(pts, self._ticks)
        self._last = dts
        self._done += 1
        return packet
