"""Frames of a film by number: one after another, or any of them."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from types import TracebackType
from typing import Self

import numpy as np
from av.video.frame import VideoFrame

from core.base.errors import MediaError
from core.media.colour import resolve_matrix
from core.media.decoder import NumberedDecoder
from core.media.frame_index import FrameIndex
from core.media.info import MediaInfo, VideoStreamInfo
from core.media.picture import coded_box, frame_to_rgb, upright
from core.media.planes import Box, clip_box, copy_frame, rect_frame
from core.media.probe import scan

_CACHE_BYTES = 192 << 20  # about sixty 1080p frames: two steps back of `_BACKWARD_WINDOW`
_BACKWARD_WINDOW = 30  # frames before a backward step's target that are kept on the way to it
_FORWARD = 12  # frames it is worth decoding rather than seeking to a key frame that lies between
_NEAR = 12  # frames before the target of any other jump that are kept too: steps back from it are likely


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """One frame as it was decoded. Treat it as read-only: readers share it (`core.media.planes` copies to change).

    Attributes:
        number: frame number from 0.
        pts: timestamp in the stream's time base.
        time: seconds since the film's first frame.
        frame: the picture in the source's own pixel format, with `pts` and `time_base` set.
        is_stand_in: the frame could not be decoded; this is the last good picture before it.
    """

    number: int
    pts: int
    time: Fraction
    frame: VideoFrame
    is_stand_in: bool


class VideoReader:
    """Reads a film's pictures; fulfils `core.lip_engine.FrameSource`. A context manager; not thread-safe.

    Args:
        path: the film.
        info: what `probe` found, and
        index: what `core.media.probe.scan` found, to save reading the packets again. Both or neither.
        threads: decoder threads, 0 for as many as there are cores.
        cache_bytes: how much memory recently decoded frames may take.

    Raises:
        MediaError: the file cannot be opened or has no frames.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        info: MediaInfo | None = None,
        index: FrameIndex | None = None,
        threads: int = 0,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        if info is None or index is None:
            info, index = scan(path, need_video=True)
        if info.video is None or index is None:
            raise MediaError(f"“{path}” has no video stream.", hint="Choose a file with a picture.")
        self.info: MediaInfo = info
        self.index: FrameIndex = index
        self.video: VideoStreamInfo = info.video
        self._bad: set[int] = set()
        self._cache: OrderedDict[int, DecodedFrame] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._cached_bytes = 0
        self._last_asked = -1
        self._last_rgb: tuple[int, bool, np.ndarray] | None = None
        self._decoder = NumberedDecoder(os.fspath(path), index, threads=threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the decoder and its threads, and lets go of cached frames."""
        self._cache.clear()
        self._cached_bytes = 0
        self._last_rgb = None
        self._decoder.close()

    @property
    def frame_count(self) -> int:
        """Number of frames in the file."""
        return len(self.index)

    @property
    def bad_frames(self) -> tuple[int, ...]:
        """Numbers of the frames found so far that could not be decoded, rising."""
        return tuple(sorted(self._bad))

    @property
    def pixel_aspect(self) -> Fraction:
        """Width over height of a pixel of the pictures `rgb` gives."""
        return self.video.upright_pixel_aspect

    def frames(self, start: int = 0, end: int | None = None) -> Iterator[DecodedFrame]:
        """Frames `start` to `end` (exclusive; None: the film's end), each exactly once, in order.

        A frame that cannot be decoded is given as the last good picture before it, with its own number and time.

        Raises:
            MediaError: not one frame of the film can be decoded.
        """
        end = self.frame_count if end is None else min(end, self.frame_count)
        if start >= end:
            return
        number = start
        good: VideoFrame | None = None
        self._decoder.seek(start)
        item, good = self._advance(start, good)
        while number < end:
            if self._decoder.position != (None if item is None else item[0] + 1):
                # Someone else moved the decoder between two frames of this iteration.
                self._decoder.seek(number)
                item, good = self._advance(number, good)
            if item is not None and item[0] == number:
                good = item[1]
                yield self._decoded(number, good)
                number += 1
                if number < end:
                    item, good = self._advance(number, good)
                continue
            yield self._stand_in(number, good if good is not None else (item[1] if item else None))
            number += 1

    def _advance(
        self, number: int, good: VideoFrame | None
    ) -> tuple[tuple[int, VideoFrame] | None, VideoFrame | None]:
        """The first decoded frame at or after `number`, and the last good picture before it."""
        while (item := self._decoder.next_frame()) is not None and item[0] < number:
            good = item[1]
        return item, good

    def frame(self, number: int) -> DecodedFrame:
        """Frame `number`, from memory if it was decoded lately.

        Raises:
            IndexError: there is no such frame.
            MediaError: not one frame near it can be decoded.
        """
        found = self._frame(number, None)
        assert found is not None
        return found

    def approach(self, number: int, passing: Callable[[DecodedFrame], bool]) -> bool:
        """Decodes up to frame `number`, so that `frame` has it at once; False when `passing` broke off on the way.

        A frame far from the last key frame takes long: `passing` gets each frame that had to be decoded before it, in
        order, and says whether to go on. What was decoded is not lost: the next call goes on from there.

        Raises:
            As `frame`.
        """
        return self._frame(number, passing) is not None

    def _frame(self, number: int, passing: Callable[[DecodedFrame], bool] | None) -> DecodedFrame | None:
        if not 0 <= number < self.frame_count:
            raise IndexError(f"frame {number} of a film of {self.frame_count}")
        last, self._last_asked = self._last_asked, number
        cached = self._cache.get(number)
        if cached is not None:
            self._cache.move_to_end(number)
            return cached
        goes_back = last - _BACKWARD_WINDOW <= number < last
        keep_from = self._go_to(number, max(0, number - (_BACKWARD_WINDOW if goes_back else _NEAR)))
        good: VideoFrame | None = None
        while (item := self._decoder.next_frame()) is not None and item[0] < number:
            good = item[1]
            decoded = self._decoded(item[0], good)
            if item[0] >= keep_from:
                self._remember(decoded)
            if passing is not None and not passing(decoded):
                return None
        if item is not None and item[0] == number:
            return self._remember(self._decoded(number, item[1]))
        if item is not None:
            self._remember(self._decoded(item[0], item[1]))
        self._decoder.seek(number)  # the picture before the damage may be one that was left out on the way
        while (item := self._decoder.next_frame()) is not None and item[0] < number:
            good = item[1]
        return self._remember(
            self._stand_in(number, good if good is not None else (item[1] if item else None))
        )

    def rgb(self, frame: int, *, fast: bool = False) -> np.ndarray:
        """The upright picture, (H, W, 3) uint8 RGB for an SDR screen; the caller must not write into it.

        Args:
            frame: its number.
            fast: for playback: several times quicker, up to one code value darker.
        """
        if self._last_rgb is not None and self._last_rgb[:2] == (frame, fast):
            return self._last_rgb[2]
        picture = frame_to_rgb(self.frame(frame).frame, self.video.colour, self.video.rotation, fast=fast)
        picture.flags.writeable = False
        self._last_rgb = (frame, fast, picture)
        return picture

    def rgb_rect(self, frame: int, box: Box, *, fast: bool = True) -> tuple[np.ndarray, tuple[int, int]]:
        """The part of a picture inside `box`, and where its first pixel lies (x, y).

        Turning the whole of a large picture into RGB costs several times what a face's part of it does.

        Args:
            frame: its number.
            box: x0, y0, x1, y1 in the upright picture; what lies outside it is left out.
            fast: by the quick conversion of `rgb`.
        """
        return rgb_part(self.frame(frame).frame, self.video, box, fast=fast)

    def _go_to(self, number: int, keep_from: int) -> int:
        """Makes the decoder come to `number`, giving every frame from the returned one on that is not long past."""
        position = self._decoder.position
        if position is None or position > number:
            self._decoder.seek(number, skip_to=keep_from)
        elif number - position <= _FORWARD:
            self._decoder.want_from(None)
            return min(keep_from, position)  # a step back into what was jumped over is as likely as any
        elif self.index.keyframe_before(number) <= position:
            self._decoder.want_from(keep_from)
        else:
            self._decoder.seek(number, skip_to=keep_from)
        return keep_from

    def _decoded(self, number: int, frame: VideoFrame) -> DecodedFrame:
        return DecodedFrame(
            number, int(self.index.pts[number]), self.index.time(number), frame, is_stand_in=False
        )

    def _stand_in(self, number: int, good: VideoFrame | None) -> DecodedFrame:
        if good is None:
            raise MediaError(
                f"No frame of “{self.info.path}” around {float(self.index.time(number)):.2f} s can be decoded.",
                hint="The file is damaged; copy it again.",
            )
        self._bad.add(number)
        copy = copy_frame(good)
        copy.pts = int(self.index.pts[number])
        return DecodedFrame(number, copy.pts, self.index.time(number), copy, is_stand_in=True)

    def _remember(self, decoded: DecodedFrame) -> DecodedFrame:
        if decoded.number not in self._cache:
            self._cache[decoded.number] = decoded
            self._cached_bytes += _frame_bytes(decoded.frame)
        while self._cached_bytes > self._cache_bytes and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= _frame_bytes(oldest.frame)
        return decoded


def rgb_part(
    frame: VideoFrame, video: VideoStreamInfo, box: Box, *, fast: bool = True
) -> tuple[np.ndarray, tuple[int, int]]:
    """The part of a decoded frame of `video` inside `box`; see `VideoReader.rgb_rect`."""
    turn = video.rotation
    width, height = (frame.height, frame.width) if turn in (90, 270) else (frame.width, frame.height)
    x0, y0, x1, y1 = box = clip_box(box, width, height)
    if x1 <= x0 or y1 <= y0:
        return np.zeros((0, 0, 3), np.uint8), (x0, y0)
    area = coded_box(box, turn, frame.width, frame.height)
    try:
        part, (left, top) = rect_frame(frame, area)
    except MediaError:  # an unusual pixel format
        return frame_to_rgb(frame, video.colour, turn, fast=fast)[y0:y1, x0:x1], (x0, y0)
    # An untagged film's matrix is guessed by the size of its whole picture.
    matrix = resolve_matrix(video.colour, frame.width, frame.height)
    rgb = frame_to_rgb(part, replace(video.colour, matrix=matrix), 0, fast=fast)
    inner = rgb[area[1] - top : area[3] - top, area[0] - left : area[2] - left]
    return upright(inner, turn), (x0, y0)


def _frame_bytes(frame: VideoFrame) -> int:
    return sum(plane.buffer_size for plane in frame.planes)
