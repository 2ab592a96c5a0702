"""When every frame of a film is shown, from its packets alone."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from core.base.errors import MediaError
from core.base.timing import FrameRate
from core.media.opening import base_of

# Rates that cameras and editors use, tried against the timestamps after what the container itself claims.
_COMMON_RATES = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1),
        (100, 1), (120000, 1001), (120, 1), (15, 1), (12, 1), (10, 1),
    )
)  # fmt: skip

_H264_IDR = 5
_MPEG4_PICTURE = b"\0\0\1\xb6"
_REORDER_LIMIT = 16  # the most frames H.264 and HEVC can store out of order


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """The frames of a video stream in the order they are shown; 8 bytes a frame.

    Attributes:
        pts: (F,) int64 container timestamps, rising.
        time_base: seconds per tick of `pts`.
        keyframes: (K,) int64 frame numbers that decoding can start from, rising.
        end_pts: timestamp at which the last frame ends.
        has_true_pts: False where the container (AVI, raw streams) stores no presentation times; `pts` is then the
            regular order of decoding, and frames are told apart by counting.
        is_truncated: whether the file ended before it should.
    """

    pts: np.ndarray
    time_base: Fraction
    keyframes: np.ndarray
    end_pts: int
    has_true_pts: bool = True
    is_truncated: bool = False

    def __post_init__(self) -> None:
        """One index serves every reader of its film."""
        self.pts.flags.writeable = False
        self.keyframes.flags.writeable = False

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def start(self) -> Fraction:
        """Time of the first frame on the container's clock."""
        return int(self.pts[0]) * self.time_base

    @property
    def duration(self) -> Fraction:
        """Seconds from the first frame's start to the last one's end."""
        return (self.end_pts - int(self.pts[0])) * self.time_base

    def time(self, number: int) -> Fraction:
        """Exact time at which frame `number` appears, relative to the first frame."""
        return (int(self.pts[number]) - int(self.pts[0])) * self.time_base

    def seconds(self) -> np.ndarray:
        """(F,) float64 seconds of every frame relative to the first one."""
        ticks = (self.pts - self.pts[0]).astype(np.float64)
        return ticks * self.time_base.numerator / self.time_base.denominator

    def number_at(self, time: Fraction) -> int:
        """Number of the frame shown at `time` (relative to the first frame), the first or last one outside the film."""
        ticks = time / self.time_base // 1 + int(self.pts[0])
        return int(np.clip(np.searchsorted(self.pts, ticks, side="right") - 1, 0, len(self.pts) - 1))

    def number_of(self, pts: int) -> int | None:
        """Number of the frame with timestamp `pts`, or None."""
        number = int(np.searchsorted(self.pts, pts))
        return number if number < len(self.pts) and self.pts[number] == pts else None

    def keyframe_before(self, number: int) -> int:
        """The last frame at or before `number` that decoding can start from (0 if there is none)."""
        position = int(np.searchsorted(self.keyframes, number, side="right")) - 1
        return int(self.keyframes[position]) if position >= 0 else 0

    def constant_rate(self, claims: tuple[Fraction, ...] = ()) -> FrameRate | None:
        """The rate whose regular grid every timestamp lies on to within one clock tick, or None (variable rate).

        Args:
            claims: rates to try first, e.g. what the container's header says.
        """
        if len(self.pts) < 2:
            candidates = [*claims, self.average_rate().value]
            return FrameRate(candidates[0])
        average = self.average_rate().value
        # The grid of a wrong rate leaves the tick within the film's length unless it is this close to the average.
        slack = Fraction(3) * self.time_base / (self.time_base * int(self.pts[-1] - self.pts[0]))
        for rate in (*claims, *_COMMON_RATES, average):
            if rate > 0 and abs(rate / average - 1) <= slack and self._is_regular(rate):
                return FrameRate(rate)
        return None

    def average_rate(self) -> FrameRate:
        """Frames a second between the first and the last frame's start; exact."""
        if len(self.pts) < 2:
            return FrameRate(1 / self.duration if self.duration > 0 else Fraction(25))
        return FrameRate((len(self.pts) - 1) / (int(self.pts[-1] - self.pts[0]) * self.time_base))

    def _is_regular(self, rate: Fraction) -> bool:
        step = 1 / (rate * self.time_base)  # ticks per frame, exact
        numbers = np.arange(len(self.pts), dtype=np.int64)
        # Integer arithmetic: floats lose whole ticks in long films with fine clocks.
        grid = numbers * step.numerator // step.denominator
        off = (self.pts - self.pts[0]) - grid
        # The first frame may itself be rounded by half a tick either way, and so may each other one.
        return bool(off.min() >= -1 and off.max() <= 1)


def read_index(container: InputContainer, stream: VideoStream, path: str | os.PathLike[str]) -> FrameIndex:
    """The frame index of `stream`, by reading its packets without decoding them; leaves the container at its end.

    Raises:
        MediaError: the stream has no frame.
    """
    shown: list[int] = []
    order: list[int] = []
    is_key: list[bool] = []
    last_duration = 0
    missing_pts = 0
    packets = 0
    is_truncated = False
    is_avi = container.format.name == "avi"
    is_partial = False  # the last packet ends in the middle
    kinds: list[str] = []
    codec = stream.codec_context.name
    is_vp8 = stream.codec_context.name in ("vp8", "libvpx")
    try:
        for packet in container.demux(stream):
            packets += packet.size > 0
            if packet.size == 0 or packet.is_discard:
                continue  # end of stream, or outside the file's edit list
            if is_vp8 and not bytes(memoryview(packet)[:1])[0] >> 4 & 1:
                continue  # an alternate reference frame: decoded, never shown
            dts = packet.dts
            if packet.pts is None:
                missing_pts += 1
            shown.append(packet.pts if packet.pts is not None else (dts if dts is not None else -1))
            order.append(dts if dts is not None else (order[-1] + 1 if order else shown[-1]))
            is_key.append(packet.is_keyframe)
            kinds.append(_kind(bytes(packet), codec) if packet.pts is None or is_avi else "")
            last_duration = packet.duration or last_duration
            is_partial = packet.is_corrupt
    except av.error.FFmpegError:
        is_truncated = True  # what came before is good
    if is_partial and len(shown) > 1:
        is_truncated = True
        del shown[-1], order[-1], is_key[-1]
    if not shown:
        raise MediaError(
            f"“{path}” has a video stream without a single frame.", hint="The file was probably cut short."
        )
    pts = np.array(shown, np.int64)
    keys = np.array(is_key, bool)
    reorders = bool(stream.codec_context.has_b_frames)
    stores_no_pts = missing_pts == len(shown) or (is_avi and reorders)
    if stores_no_pts and reorders:
        keys = _surely_counted(kinds[: len(shown)], keys, is_h264=codec == "h264")
    if stores_no_pts or missing_pts:
        pts = np.array(order, np.int64)
        if missing_pts == len(shown) and np.unique(pts).size != pts.size:
            pts = np.arange(len(shown), dtype=np.int64) * max(last_duration, 1)
    sequence = np.argsort(pts, kind="stable")
    pts, keys = pts[sequence], keys[sequence]
    is_new = np.concatenate([[True], np.diff(pts) > 0])  # two packets of one time are one picture (fields)
    pts, keys = pts[is_new], keys[is_new]
    # Only samples that are listed but not there prove a cut; a mere hole is what a variable rate looks like.
    is_short = "mp4" in container.format.name and len(stream.index_entries) > packets
    if is_truncated or is_short:
        is_whole = _without_torn_tail(pts)
        is_truncated = is_truncated or not is_whole.all()
        pts, keys = pts[is_whole], keys[is_whole]
    time_base = base_of(stream)
    if not last_duration:
        last_duration = int(np.median(np.diff(pts))) if len(pts) > 1 else round(Fraction(1, 25) / time_base)
    return FrameIndex(
        pts=pts,
        time_base=time_base,
        keyframes=np.flatnonzero(keys).astype(np.int64),
        end_pts=int(pts[-1]) + last_duration,
        has_true_pts=not (stores_no_pts or missing_pts),
        is_truncated=is_truncated,
    )


def _kind(packet: bytes, codec: str) -> str:
    """Of MPEG-4 pictures I, P or B, of H.264's those that clear everything before them "I"; "" for all others."""
    if codec == "h264":
        units = packet.split(b"\0\0\1")[1:]
        return "I" if any(unit and unit[0] & 31 == _H264_IDR for unit in units) else ""
    if (
        codec == "mpeg4" and packet.count(_MPEG4_PICTURE) == 1
    ):  # two in one packet: packed, no picture a packet
        at = packet.index(_MPEG4_PICTURE) + len(_MPEG4_PICTURE)
        return "IPBS"[packet[at] >> 6] if at < len(packet) else ""
    return ""


def _surely_counted(kinds: Sequence[str], keys: np.ndarray, *, is_h264: bool) -> np.ndarray:
    """(F,) bool, in order of showing: the pictures decoding can start from so that it is known which picture comes first.

    `kinds` and `keys` are in order of decoding. Pictures that follow a key picture and are shown before it cannot be decoded
    without what came before: the first one that comes is the key picture, and it is shown after them.
    """
    first = np.zeros(len(keys), bool)
    first[0] = True
    if "" in kinds and not is_h264:
        return first  # of some packets it is not known what they hold
    for at in np.flatnonzero(keys).tolist():
        if kinds[at] != "I":
            continue
        after = next((n for n, kind in enumerate(kinds[at + 1 :]) if kind != "B"), len(kinds) - at - 1)
        first[at + after] = True
    return first


def _without_torn_tail(pts: np.ndarray) -> np.ndarray:
    """(F,) bool: the frames before the hole that a cut leaves near the end, where frames are stored out of order."""
    keep = np.ones(len(pts), bool)
    steps = np.diff(pts)
    tail = max(0, len(steps) - _REORDER_LIMIT)
    holes: np.ndarray | list[int] = (
        np.flatnonzero(steps[tail:] > 1.5 * np.median(steps)) if len(steps) > 2 else []
    )
    if len(holes):
        keep[tail + holes[0] + 1 :] = False
    return keep
