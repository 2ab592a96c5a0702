"""Films of fields, and how far the lines of a film's pictures belong to two moments."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.filter import Graph
from av.video.format import VideoFormat

from core.media.reader import VideoReader


def woven(path: Path, pixel_format: str = "yuv422p10le", codec: str = "prores_ks") -> Path:
    """Writes ten interlaced frames of a bar that moves on between a frame's lower field, which comes first, and its upper one."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 144, pixel_format
        stream.codec_context.flags |= Flags.interlaced_dct | Flags.interlaced_me
        graph = Graph()
        shape = {"width": 256, "height": 144, "time_base": Fraction(1, 25)}
        source = graph.add_buffer(format=VideoFormat(pixel_format), **shape)
        graph.link_nodes(source, graph.add("setfield", "mode=bff"), graph.add("buffersink")).configure()
        for number in range(10):
            rgb = np.full((144, 256, 3), 40, np.uint8)
            for field in (1, 0):
                left = 20 + 10 * (2 * number + 1 - field)
                rgb[field::2, left : left + 20] = 220
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            graph.push(frame)
            out.mux(stream.encode(graph.pull()))
        out.mux(stream.encode(None))
    return path


def combs(path: Path) -> Iterator[float]:
    """By how many grey levels each picture's lines differ from those above and below, at most over its columns."""
    with VideoReader(path) as reader:
        for number in range(reader.frame_count):
            grey = reader.rgb(number).astype(float).mean(axis=2)
            yield np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2).mean(axis=0).max()


def doubled(path: Path) -> list[int]:
    """In how many columns of each picture of a film like `woven` the bar is there for half of the lines, or half as bright."""
    with VideoReader(path) as reader:
        middles = [reader.rgb(number)[50:70].mean(axis=(0, 2)) for number in range(reader.frame_count)]
    return [int(((middle > 90) & (middle < 170)).sum()) for middle in middles]
