"""Arrays to pictures Qt can paint: the only place where a numpy array becomes a `QImage`.

Safe off the main thread: a `QImage` is plain memory.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QColor, QImage

_FORMATS = {
    (np.uint8, 3): QImage.Format.Format_RGB888,
    (np.uint8, 4): QImage.Format.Format_RGBA8888,
}


def to_qimage(array: np.ndarray) -> QImage:
    """The picture as a `QImage` that shares `array`'s memory and keeps it alive.

    Args:
        array: (H, W, 3) RGB, (H, W, 4) RGBA with straight alpha, or (H, W) grey; uint8. Rows may lie apart (a crop of a
            larger picture) as long as the pixels of a row are contiguous; anything else is copied first. The caller
            must not write into it afterwards.

    Raises:
        ValueError: another shape or another type.
    """
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise ValueError(f"a picture of {array.dtype} with shape {array.shape} cannot be shown")
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim == 3 and channels not in (3, 4):
        raise ValueError(f"a picture with {channels} channels cannot be shown")
    height, width = array.shape[:2]
    pixel_strides = (channels, 1) if array.ndim == 3 else (1,)
    if array.strides[1:] != pixel_strides or array.strides[0] < width * channels:
        array = np.ascontiguousarray(array)
    kind = QImage.Format.Format_Grayscale8 if array.ndim == 2 else _FORMATS[np.uint8, channels]
    image = QImage(_buffer(array), width, height, array.strides[0], kind)
    image.array = array  # type: ignore[attr-defined]  # the QImage does not own the pixels: whoever holds the image must hold the array too
    return image


def to_tinted_image(alpha: np.ndarray, tint: QColor) -> QImage:
    """One colour whose opacity is `alpha`, (H, W) uint8, times the colour's own; shares `alpha`'s memory."""
    return _indexed(alpha, _alpha_table(tint.rgba()))


def to_indexed_image(codes: np.ndarray, colours: Sequence[QColor]) -> QImage:
    """A picture of few colours: each of `codes`, (H, W) uint8, is a place in `colours`; shares its memory."""
    return _indexed(codes, [colour.rgba() for colour in colours])


def _indexed(codes: np.ndarray, table: list[int]) -> QImage:
    codes = np.ascontiguousarray(codes)
    height, width = codes.shape
    image = QImage(_buffer(codes), width, height, codes.strides[0], QImage.Format.Format_Indexed8)
    image.setColorTable(table)
    image.array = codes  # type: ignore[attr-defined]
    return image


@lru_cache(maxsize=16)
def _alpha_table(rgba: int) -> list[int]:
    whole = rgba >> 24 & 0xFF
    return [(whole * level // 255) << 24 | rgba & 0xFFFFFF for level in range(256)]


def _buffer(array: np.ndarray) -> memoryview:
    """The bytes from the first pixel on; QImage wants a flat buffer, which a crop of a larger picture is not."""
    rows, stride = array.shape[0], array.strides[0]
    if array.flags.c_contiguous:
        return memoryview(array.data).cast("B")
    used = (rows - 1) * stride + array.shape[1] * (array.shape[2] if array.ndim == 3 else 1)
    flat = np.lib.stride_tricks.as_strided(
        array.reshape(-1)[:0] if not rows else array, (used,), (1,), writeable=False
    )
    return memoryview(flat.data)
