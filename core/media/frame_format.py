"""Frames moved between pixel formats without touching their colours."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from core.media.colour import RANGE_FULL, RANGE_LIMITED, ColourTags, is_full_range
from core.media.picture import sws_matrix
from core.media.pixel_layout import pixel_layout
from core.media.planes import copy_tags

_EXACT = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)


def convert_frame(
    frame: VideoFrame, pixel_format: str, colour: ColourTags, *, to_matrix: int | None = None
) -> VideoFrame:
    """`frame` in another pixel format, in the same matrix and range; the frame itself when nothing is to be done.

    Args:
        frame: as decoded; not changed.
        pixel_format: what is wanted.
        colour: the tags of the frame's stream.
        to_matrix: another matrix to convert to, where the encoder cannot say the frame's own.

    Formats that only arrange the same samples differently (NV12 and planar, JPEG-named and plain) are copied sample by
    sample, so nothing is rounded.
    """
    name = frame.format.name
    matrix = sws_matrix(colour, frame.width, frame.height)
    target_matrix = matrix if to_matrix is None else to_matrix
    if name == pixel_format and matrix == target_matrix:
        return frame
    old, new = pixel_layout(name), pixel_layout(pixel_format)
    if matrix == target_matrix and (old.kind, old.bits, old.chroma_shift) == (
        new.kind,
        new.bits,
        new.chroma_shift,
    ):
        result = VideoFrame(frame.width, frame.height, pixel_format)
        for number in range(len(old.components)):
            values = old.view(frame, number) >> old.shift if old.shift else old.view(frame, number)
            new.view(result, number)[...] = values << new.shift if new.shift else values
        if pixel_format in ("gbrap", "bgra", "rgba") or pixel_format.startswith(("yuva", "gbrap")):
            _make_opaque(result, new.bits)
        copy_tags(frame, result)
        return result
    source_range = RANGE_FULL if old.kind == "rgb" or is_full_range(colour, name) else RANGE_LIMITED
    target_range = RANGE_LIMITED if old.kind == "rgb" and new.kind != "rgb" else source_range
    result = frame.reformat(
        format=pixel_format,
        src_colorspace=matrix if old.kind != "rgb" else None,
        dst_colorspace=target_matrix if new.kind != "rgb" else None,
        src_color_range=source_range,
        dst_color_range=target_range,
        interpolation=_EXACT,
    )
    copy_tags(frame, result)
    return result


def _make_opaque(frame: VideoFrame, bits: int) -> None:
    dtype = np.uint8 if bits <= 8 else np.uint16
    np.frombuffer(frame.planes[-1], dtype)[:] = (1 << bits) - 1
