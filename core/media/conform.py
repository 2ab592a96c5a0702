"""Pictures of one film made to fit another's frame: size, pixel format, colours, rotation."""

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from core.media.colour import is_full_range, resolve_matrix
from core.media.info import VideoStreamInfo
from core.media.picture import frame_to_rgb
from core.media.pixel_layout import pixel_layout, plane_values

_TURNS = {
    0: (),
    90: ("1",),
    180: ("1", "1"),
    270: ("2",),
}  # FFmpeg's transpose: 1 clockwise, 2 counter-clockwise
_MATRIX_NAMES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
_SCALING = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"


def is_same_frame(video: VideoStreamInfo, like: VideoStreamInfo) -> bool:
    """Whether pictures of `video` can be written into a film like `like` as they are."""
    return (
        (video.width, video.height, video.pixel_format, video.rotation, video.pixel_aspect)
        == (like.width, like.height, like.pixel_format, like.rotation, like.pixel_aspect)
        and _space(video) == _space(like)
        and video.colour.transfer == like.colour.transfer
    )


class Conformer:
    """Fits pictures of `video` into the frame of `like`: whole, centred, the rest black. HDR becomes SDR, never the reverse.

    Bit depth is kept as far as `like` has it, except that HDR pictures go through 8-bit RGB on the way.

    Raises:
        ValueError: `like` is HDR and `video` is not.
    """

    def __init__(self, video: VideoStreamInfo, like: VideoStreamInfo) -> None:
        if like.colour.is_hdr and not video.colour.is_hdr:
            raise ValueError("an SDR picture has no HDR one to become")
        self._video, self._like = video, like
        self._tone_maps = video.colour.is_hdr and not like.colour.is_hdr
        self._graph: Graph | None = None

    def frame(self, frame: VideoFrame) -> VideoFrame:
        """The picture of `frame` in the other film's format; its timestamps are not carried over."""
        if self._tone_maps:
            rgb = frame_to_rgb(frame, self._video.colour, self._video.rotation)
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        if self._graph is None:
            self._graph = self._built(frame)
        frame.pts = 0
        self._graph.push(frame)
        return cast(VideoFrame, self._graph.pull())  # of a graph of pictures only

    def _built(self, first: VideoFrame) -> Graph:
        like, video = self._like, self._video
        place = fitted(video, like)
        target = like.upright_size
        graph = Graph()
        chain = [
            graph.add_buffer(
                width=first.width, height=first.height, format=first.format, time_base=Fraction(1, 1000)
            )
        ]
        if not self._tone_maps:
            chain += [graph.add("transpose", way) for way in _TURNS[video.rotation]]
        chain.append(graph.add("scale", self._scaling(place, first.format.name)))
        chain.append(graph.add("format", f"pix_fmts={like.pixel_format}"))
        chain.append(graph.add("pad", f"w={target[0]}:h={target[1]}:x={place.x}:y={place.y}:color=black"))
        chain += [graph.add("transpose", way) for way in _TURNS[(360 - like.rotation) % 360]]
        chain.append(graph.add("buffersink"))
        graph.link_nodes(*chain).configure()
        return graph

    def _scaling(self, place: "Place", name: str) -> str:
        is_rgb = pixel_layout(name).kind == "rgb"
        matrix, is_full = _space(self._video)
        out_matrix, out_full = _space(self._like)
        words = [f"w={place.width}:h={place.height}:flags={_SCALING}"]
        words.append(f"in_range={'full' if is_rgb or is_full else 'limited'}")
        if not is_rgb:
            words.append(f"in_color_matrix={_MATRIX_NAMES.get(matrix, 'bt709')}")
        if pixel_layout(self._like.pixel_format).kind != "rgb":
            words.append(f"out_color_matrix={_MATRIX_NAMES.get(out_matrix, 'bt709')}")
            words.append(f"out_range={'full' if out_full else 'limited'}")
        return ":".join(words)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fitted picture lies in the upright frame, in its samples."""

    x: int
    y: int
    width: int
    height: int


def fitted(video: VideoStreamInfo, like: VideoStreamInfo) -> Place:
    """The largest place for `video` in the frame of `like` that keeps its shape; even numbers, for shared chroma."""
    width, height = like.upright_size
    aspect = like.upright_pixel_aspect
    shown_width, shown_height = (
        video.upright_size[0] * video.upright_pixel_aspect,
        Fraction(video.upright_size[1]),
    )
    scale = min(width * aspect / shown_width, height / shown_height)
    # Less than one column or row of black is a rounding of sizes, nothing anybody wants to see.
    inner_width = _even(shown_width * scale / aspect, width)
    inner_height = _even(shown_height * scale, height)
    return Place((width - inner_width) // 4 * 2, (height - inner_height) // 4 * 2, inner_width, inner_height)


def black_frame(like: VideoStreamInfo) -> VideoFrame:
    """A black picture in the format of `like`."""
    frame = VideoFrame(like.width, like.height, like.pixel_format)
    layout = pixel_layout(like.pixel_format)
    for plane in frame.planes:
        plane_values(plane)[:] = 0
    if layout.kind != "rgb":
        black = 0 if is_full_range(like.colour, like.pixel_format) else 16 << (layout.bits - 8)
        layout.view(frame, 0)[...] = black << layout.shift
        for number in range(1, len(layout.components)):
            layout.view(frame, number)[...] = (1 << (layout.bits - 1)) << layout.shift
    if like.pixel_format.startswith(("yuva", "gbrap")):
        dtype = np.uint8 if layout.bits <= 8 else np.uint16
        plane_values(frame.planes[-1], np.dtype(dtype))[:] = (1 << layout.bits) - 1
    return frame


def _space(video: VideoStreamInfo) -> tuple[int, bool]:
    if pixel_layout(video.pixel_format).kind == "rgb":
        return 0, True
    matrix = resolve_matrix(video.colour, video.width, video.height)
    return {5: 6, 10: 9}.get(matrix, matrix), is_full_range(video.colour, video.pixel_format)


def _even(size: Fraction, limit: int) -> int:
    if limit - size < 2:
        return limit
    return max(2, round(size / 2) * 2)
