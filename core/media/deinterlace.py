"""Films of fields as films of whole pictures."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import av
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from core.media.info import VideoStreamInfo
from core.media.reader import DecodedFrame


def whole_pictures(video: VideoStreamInfo, frames: Iterable[DecodedFrame]) -> Iterator[DecodedFrame]:
    """`frames` of the interlaced film `video`, consecutive ones, as whole pictures under the same numbers and times."""
    deinterlacer = _Deinterlacer(video)
    waiting: deque[DecodedFrame] = deque()
    for frame in frames:
        waiting.append(frame)
        for picture in deinterlacer.pictures(frame.frame):
            yield replace(waiting.popleft(), frame=picture)
    for picture in deinterlacer.pictures(None):
        yield replace(waiting.popleft(), frame=picture)


class _Deinterlacer:
    """Makes a whole picture of the first field of each, the missing lines told from the fields around it (FFmpeg's bwdif).

    Works in the film's own pixel format, before colours are kept at half the size: they belong to the fields, too.

    Args:
        video: the interlaced film.
    """

    def __init__(self, video: VideoStreamInfo) -> None:
        self._graph = graph = Graph()
        source = graph.add_buffer(
            width=video.width,
            height=video.height,
            format=VideoFormat(video.pixel_format),
            time_base=video.time_base,
        )
        parity = "bff" if video.is_bottom_first else "tff"
        filters = [
            source,
            # All: pictures that lips were laid into come without the mark.
            graph.add("bwdif", f"mode=send_frame:parity={parity}:deint=all"),
            graph.add("format", video.pixel_format),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*filters).configure()

    def pictures(self, picture: VideoFrame | None) -> Iterator[VideoFrame]:
        """Those that are ready once `picture` is there, in order; None: all that are left."""
        self._graph.push(picture)
        while True:
            try:
                made = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(made, VideoFrame)
            yield made
