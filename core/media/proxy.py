"""A light copy of a heavy film for cutting: small, every frame a key frame, the same frames at the same times."""

import logging
import os
from collections.abc import Generator
from dataclasses import replace
from fractions import Fraction

from core.base.sealed import seal_mp4
from core.media.audio import AudioReader
from core.media.colour import RANGE_FULL, RANGE_LIMITED, is_full_range
from core.media.conversion import converted
from core.media.picture import sws_matrix
from core.media.pixel_layout import pixel_layout
from core.media.planes import copy_tags
from core.media.reader import VideoReader
from core.media.writer import MediaWriter

logger = logging.getLogger(__name__)

PROXY_HEIGHT = 720
_OPTIONS = {"preset": "superfast", "crf": "23", "g": "1", "bf": "0", "tune": "fastdecode"}


def write_proxy(
    path: str | os.PathLike[str], target: str | os.PathLike[str], *, height: int = PROXY_HEIGHT
) -> Generator[tuple[int, int], None, None]:
    """Writes a proxy of a film to `target` (.mp4 or .mov), sealed (`core.base.sealed`); frame numbers are the film's own.

    Args:
        path: the film.
        target: where the proxy goes; it appears when it is whole.
        height: of the upright picture; smaller films keep their size.

    Yields:
        (frames done, frames in all) after each frame. A generator closed before its end leaves nothing behind.

    Raises:
        MediaError: the film cannot be read or the proxy not written.
    """
    with VideoReader(path, cache_bytes=1) as reader:
        video = reader.info.video
        assert video is not None
        scale = min(Fraction(1), Fraction(height, video.upright_size[1]))
        size = [max(2, round(side * scale / 2) * 2) for side in (video.width, video.height)]
        is_rgb = pixel_layout(video.pixel_format).kind == "rgb"
        matrix = sws_matrix(video.colour, video.width, video.height)
        is_full = is_full_range(video.colour, video.pixel_format) and not is_rgb
        value_range = RANGE_FULL if is_full else RANGE_LIMITED
        # An untagged picture's matrix is guessed from its size, which changes here: so the guess is written down.
        colour = replace(video.colour, matrix=6 if matrix == 5 else matrix, range=value_range)
        small = replace(
            video, width=size[0], height=size[1], pixel_format="yuv420p", bit_depth=8, colour=colour
        )
        like = replace(reader.info, video=small)
        sound = AudioReader(path) if reader.info.has_audio else None
        try:
            with MediaWriter(
                target, like=like, preset="h264", audio=sound, options=_OPTIONS, seal=seal_mp4
            ) as writer:
                for decoded in reader.frames():
                    picture = converted(
                        decoded.frame,
                        width=size[0],
                        height=size[1],
                        format="yuv420p",
                        src_colorspace=None if is_rgb else matrix,
                        dst_colorspace=matrix,
                        src_color_range=RANGE_FULL if is_rgb else value_range,
                        dst_color_range=value_range,
                        interpolation="AREA",
                    )
                    copy_tags(decoded.frame, picture)
                    picture.pts = decoded.pts
                    writer.write(picture)
                    yield decoded.number + 1, reader.frame_count
        finally:
            if sound is not None:
                sound.close()
    if reader.bad_frames:
        logger.warning("%d frames of %s could not be decoded", len(reader.bad_frames), path)
