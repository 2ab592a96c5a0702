"""Frames moved between pixel formats without touching their colours."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from core.media.colour import (
    RANGE_FULL,
    RANGE_LIMITED,
    RANGE_UNSPECIFIED,
    UNSPECIFIED,
    ColourTags,
    is_full_range,
)
from core.media.conversion import converted
from core.media.picture import sws_matrix
from core.media.pixel_layout import is_transparent, pixel_layout, plane_values
from core.media.planes import copy_tags

_EXACT = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)


def convert_frame(
    frame: VideoFrame, pixel_format: str, colour: ColourTags, *, to: ColourTags | None = None
) -> VideoFrame:
    """`frame` in another pixel format; the frame itself when nothing is to be done.

    Formats that only arrange the same samples differently (NV12 and planar, JPEG-named and plain) are copied sample by
    sample, so nothing is rounded.

    Args:
        frame: as decoded; not changed.
        pixel_format: what is wanted.
        colour: the tags of the frame's stream.
        to: the tags to end with; a matrix or range they leave open, or None, is that of the frame.
    """
    name = frame.format.name
    old, new = pixel_layout(name), pixel_layout(pixel_format)
    matrix = sws_matrix(colour, frame.width, frame.height)
    old_range = RANGE_FULL if old.kind == "rgb" or is_full_range(colour, name) else RANGE_LIMITED
    new_matrix, new_range = matrix, old_range
    if old.kind == "rgb" and new.kind != "rgb":
        new_range = RANGE_LIMITED
    if to is not None and to.matrix != UNSPECIFIED and new.kind != "rgb":
        new_matrix = sws_matrix(to, frame.width, frame.height)
    if to is not None and to.range != RANGE_UNSPECIFIED and new.kind != "rgb":
        new_range = to.range
    is_same_colour = old.kind == new.kind and (new_matrix, new_range) == (matrix, old_range)
    if name == pixel_format and is_same_colour:
        return frame
    keeps_alpha = is_transparent(name) and is_transparent(pixel_format)
    if is_same_colour and not keeps_alpha and (old.bits, old.chroma_shift) == (new.bits, new.chroma_shift):
        result = VideoFrame(frame.width, frame.height, pixel_format)
        for number in range(len(old.components)):
            values = old.view(frame, number) >> old.shift if old.shift else old.view(frame, number)
            new.view(result, number)[...] = values << new.shift if new.shift else values
        if is_transparent(pixel_format):
            _make_opaque(result, new.bits)
        copy_tags(frame, result)
        return result
    result = converted(
        frame,
        format=pixel_format,
        src_colorspace=matrix if old.kind != "rgb" else None,
        dst_colorspace=new_matrix if new.kind != "rgb" else None,
        src_color_range=old_range,
        dst_color_range=new_range,
        interpolation=_EXACT,
    )
    copy_tags(frame, result)
    return result


def padded_frame(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """`frame` made larger by repeating its last column and row; the frame itself when it has that size."""
    if (frame.width, frame.height) == (width, height):
        return frame
    result = VideoFrame(width, height, frame.format.name)
    layout = pixel_layout(frame.format.name)
    for number in range(len(layout.components)):
        old, new = layout.view(frame, number), layout.view(result, number)
        rows, columns = (0, new.shape[0] - old.shape[0]), (0, new.shape[1] - old.shape[1])
        new[...] = np.pad(old, (rows, columns), mode="edge")
    copy_tags(frame, result)
    return result


def _make_opaque(frame: VideoFrame, bits: int) -> None:
    dtype = np.uint8 if bits <= 8 else np.uint16
    plane_values(frame.planes[-1], np.dtype(dtype))[:] = (1 << bits) - 1
