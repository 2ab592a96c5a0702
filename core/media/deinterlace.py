"""Films of fields as films of whole pictures."""

from collections import deque
from collections.abc import Iterator

import av
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from core.media.info import VideoStreamInfo


class Deinterlacer:
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
        self._waiting: deque[int] = deque()

    def frames(self, picture: VideoFrame | None, pts: int = 0) -> Iterator[tuple[VideoFrame, int]]:
        """Pictures that are ready once `picture`, shown at `pts`, is there, with their times; None: all that are left."""
        if picture is not None:
            self._waiting.append(pts)
        self._graph.push(picture)
        while self._waiting:
            try:
                made = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(made, VideoFrame)
            yield made, self._waiting.popleft()
