"""A video decoder that knows the number of every frame it gives."""

from collections.abc import Generator

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.base.stages import stage
from core.media.frame_index import FrameIndex
from core.media.opening import open_media, require_video


class NumberedDecoder:
    """Decodes a stream forward from any frame; frames come with their number in the index.

    Not thread-safe. Frames that cannot be decoded are simply absent: the caller sees a gap in the numbers.
    """

    def __init__(self, path: str, index: FrameIndex, *, threads: int = 0) -> None:
        self._path = path
        self._index = index
        self._threads = threads
        self._container: InputContainer
        self._stream: VideoStream
        self._open()
        self._pending: tuple[int, VideoFrame] | None = None
        self._wanted_pts: int | None = None  # frames shown before it need not be given
        self._counted = 0  # number of the next frame, where the container has no presentation times
        self._is_fresh = True  # nothing read yet: the file stands at its start
        self.position: int | None = 0  # the next frame that will come, at the earliest; None at the end
        self._frames = self._decode(from_keyframe=False)

    @property
    def stream(self) -> VideoStream:
        """The stream being decoded."""
        return self._stream

    def close(self) -> None:
        """Ends the decoder and its threads; nothing can be read after it."""
        self._frames.close()
        self._pending = None
        self._container.close()
        self.__dict__.pop("_stream", None)  # the codec's threads live as long as anyone holds the stream

    def seek(self, number: int, *, skip_to: int | None = None) -> None:
        """Makes the next frames start at or before `number`.

        Frames before `skip_to` are not wanted: the decoder may leave out those that no other depends on.
        """
        keyframe = self._index.keyframe_before(number)
        self.want_from(skip_to)
        while keyframe > 0:
            self._restart(int(self._index.pts[keyframe]), keyframe)
            first = self._peek()
            if first is not None and first[0] <= number:
                return
            keyframe = self._index.keyframe_before(keyframe - 1)
        if not self._is_fresh:
            self._restart(int(self._index.pts[0]), 0)
            first = self._peek()
            if first is None or first[0] > 0:
                self._reopen()  # streams without an index (MPEG-TS) seek past their start

    def want_from(self, number: int | None) -> None:
        """Frames shown before `number` are not wanted from here on; None: all are."""
        has_times = self._index.has_true_pts
        self._wanted_pts = int(self._index.pts[number]) if number is not None and has_times else None

    def next_frame(self) -> tuple[int, VideoFrame] | None:
        """The next frame with its number, or None at the end of the film."""
        item = self._peek()
        self._pending = None
        self.position = None if item is None else item[0] + 1
        return item

    def _open(self) -> None:
        self._container = open_media(self._path)
        try:
            self._stream = require_video(self._container, self._path)
            self._stream.thread_type = "AUTO"
            self._stream.codec_context.thread_count = self._threads
            for other in self._container.streams:
                if other is not self._stream:
                    other.discard = Discard.all
        except BaseException:
            self._container.close()
            raise

    def _peek(self) -> tuple[int, VideoFrame] | None:
        if self._pending is None:
            self._pending = next(self._frames, None)
        return self._pending

    def _restart(self, pts: int, number: int) -> None:
        self._frames.close()
        try:
            self._container.seek(pts, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            self._reopen()
            return
        self._begin(number, is_fresh=False)

    def _reopen(self) -> None:
        self._frames.close()
        self._container.close()
        self._open()
        self._begin(0, is_fresh=True)

    def _begin(self, number: int, *, is_fresh: bool) -> None:
        self._frames = self._decode(from_keyframe=not is_fresh and len(self._index.keyframes) > 0)
        self._is_fresh = is_fresh
        self._pending = None
        self._counted = number
        self.position = number

    def _decode(self, *, from_keyframe: bool) -> Generator[tuple[int, VideoFrame], None, None]:
        context = self._stream.codec_context
        packets = self._container.demux(self._stream)
        ended = False
        while not ended:
            self._is_fresh = False
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                packet = None  # the file stops here
            if packet is not None and packet.size == 0:
                packet = None
            ended = packet is None
            if from_keyframe and packet is not None and not packet.is_keyframe:
                continue
            from_keyframe = False
            if packet is not None and self._wanted_pts is not None:
                unwanted = packet.pts is not None and packet.pts < self._wanted_pts
                context.skip_frame = "NONREF" if unwanted else "DEFAULT"
            try:
                with stage("decoding"):
                    frames = context.decode(packet)
            except av.error.EOFError:
                frames = []
            except av.error.FFmpegError:
                frames = []  # a damaged frame: the gap in the numbers tells
            for frame in frames:
                number = self._number(frame)
                if number is not None and not frame.is_corrupt:
                    frame.time_base = self._index.time_base
                    yield number, frame
        context.skip_frame = "DEFAULT"

    def _number(self, frame: VideoFrame) -> int | None:
        if self._index.has_true_pts:
            return None if frame.pts is None else self._index.number_of(frame.pts)
        number = self._counted
        self._counted += 1
        if number >= len(self._index):
            return None
        frame.pts = int(self._index.pts[number])
        return number
