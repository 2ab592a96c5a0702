"""Small pictures of a film at given frames or times."""

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction

import cv2
import numpy as np

from core.media.frame_index import FrameIndex
from core.media.info import MediaInfo
from core.media.reader import VideoReader


def thumbnails(
    path: str | os.PathLike[str],
    frames: Sequence[int],
    height: int,
    *,
    tolerance: Fraction = Fraction(0),
    info: MediaInfo | None = None,
    index: FrameIndex | None = None,
    threads: int = 1,
) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs of frame number and picture (height, w, 3) uint8 RGB in square pixels, in rising order of number.

    Args:
        path: the film.
        frames: numbers; those outside the film give its first or last frame.
        height: of the pictures, in pixels.
        tolerance: a key frame up to this many seconds earlier may stand for a frame: it costs one decoded picture
            instead of half a group of pictures.
        info: with `index`, saves reading the packets again.
        index: see `info`.
        threads: decoder threads; one leaves the machine to the window.

    Raises:
        MediaError: the film cannot be read.
    """
    with VideoReader(path, info=info, index=index, threads=threads, cache_bytes=1) as reader:
        for number in sorted(frames):
            inside = min(max(number, 0), reader.frame_count - 1)
            key = reader.index.keyframe_before(inside)
            near = reader.index.time(inside) - reader.index.time(key) <= tolerance
            yield number, shrink(reader.rgb(key if near else inside, fast=True), height, reader.pixel_aspect)


def shrink(picture: np.ndarray, height: int, pixel_aspect: Fraction = Fraction(1)) -> np.ndarray:
    """`picture` (H, W, 3) at that height, its pixels made square."""
    old_height, old_width = picture.shape[:2]
    width = max(1, round(old_width * pixel_aspect * Fraction(height, old_height)))
    is_smaller = height < old_height
    return cv2.resize(
        picture, (width, height), interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    )
