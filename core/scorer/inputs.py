"""What the visual and the audio network are fed with at scoring time, made from pictures, a face track and a voice."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from core.appearance.crops import box_under, crop_affines, warp_crop
from core.appearance.landmarks import articulation
from core.appearance.morphable import morphable_model
from core.base.stages import stage
from core.face_geometry.track import FaceTrack
from core.lip_engine import FrameSource
from core.scorer.config import ScorerConfig
from core.scorer.embeddings import SPEECH_RATE, WHY_UNKNOWN
from core.scorer.listening import ear_of
from core.scorer.pictures import (
    CROP_MARGIN,
    CROP_SIZE,
    STORED_SIZE,
    parsing_input,
    pictures_to_input,
    view_matrix,
)
from core.scorer.segments import nearest_rows, picture_times, point_windows
from core.speech.mel import SAMPLE_RATE
from core.speech.voice_activity import FRAME_RATE, speech_probability

SMALLEST_FACE_PX = 24.0
"""Width of a face below which its lips are a few pixels and nothing can be said."""
PROFILE_DEGREES = 50.0
_SEGMENTS_AT_ONCE = 64


@runtime_checkable
class RectSource(Protocol):
    """A source that can give a part of a picture for less than the whole, as `core.media.reader.VideoReader` can."""

    def rgb_rect(self, frame: int, box: tuple[int, int, int, int]) -> tuple[np.ndarray, tuple[int, int]]:
        """The pixels of `frame` inside `box` (x0, y0, x1, y1), and where the first of them lies (x, y)."""


def face_reasons(track: FaceTrack, rows: slice) -> np.ndarray:
    """(n,) uint8 index into `WHY_UNKNOWN` of a track's frames: no usable face, a profile, or 0."""
    width = track.boxes[rows, 2] - track.boxes[rows, 0]
    return face_reasons_of(track.quality[rows], track.pose[rows, 0], width)


def face_reasons_of(quality: np.ndarray, yaw: np.ndarray, width: np.ndarray) -> np.ndarray:
    """The same from the mesh's confidence, yaw in degrees and face width in pixels, each (n,)."""
    reasons = np.zeros(len(quality), np.uint8)
    reasons[np.abs(yaw) > PROFILE_DEGREES] = WHY_UNKNOWN.index("profile")
    reasons[(quality < 0.5) | (width < SMALLEST_FACE_PX)] = WHY_UNKNOWN.index("no face")
    return reasons


def visual_segments(
    config: ScorerConfig,
    source: FrameSource | None,
    track: FaceTrack,
    times: np.ndarray,
    start: int,
    stop: int,
    rest: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """Blocks of visual input, in all one segment per frame start … stop − 1 of the film.

    Args:
        config: the scorer's.
        source: the pictures; None is enough for landmark scorers.
        track: the face.
        times: (track.frame_count,) float64 seconds of the track's frames.
        start: first frame number.
        stop: one past the last.
        rest: the person's resting face for landmark scorers, the track's own by default.
    """
    if config.visual in ("landmarks", "morphable"):
        landmarks = np.asarray(track.landmarks)
        if config.visual == "landmarks":
            points = np.clip(articulation(landmarks, rest), -6, 6)
        else:
            points = morphable_model().coefficients(landmarks, rest)
        for low in range(start, stop, _SEGMENTS_AT_ONCE):
            high = min(low + _SEGMENTS_AT_ONCE, stop)
            centres = times[low - track.first_frame : high - track.first_frame]
            yield point_windows(times, points, centres)
        return
    if source is None and config.visual == "rgb":
        raise ValueError(f"a scorer that sees {config.visual} needs the pictures")
    yield from _picture_segments(
        config, source if config.visual == "rgb" else None, track, times, start, stop
    )


def _picture_segments(
    config: ScorerConfig,
    source: FrameSource | None,
    track: FaceTrack,
    times: np.ndarray,
    start: int,
    stop: int,
) -> Iterator[np.ndarray]:
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    affines = crop_affines(np.asarray(track.landmarks), CROP_SIZE, margin=CROP_MARGIN, frame_seconds=step)
    height, width = config.visual_shape[1:]
    view = view_matrix(config)
    kept: dict[int, np.ndarray] = {}
    for low in range(start, stop, _SEGMENTS_AT_ONCE):
        high = min(low + _SEGMENTS_AT_ONCE, stop)
        centres = times[low - track.first_frame : high - track.first_frame]
        rows = nearest_rows(times, picture_times(centres))  # (n, 5)
        if source is None:
            yield parsing_input(config, np.asarray(track.landmarks), affines, rows, view)
            continue
        first = int(rows.min())
        kept = {row: picture for row, picture in kept.items() if row >= first}
        for row in np.unique(rows).tolist():
            if row not in kept:
                crop = _crop(source, track.first_frame + row, affines[row])
                kept[row] = _viewed(crop, view, height, width)
        stack = np.stack([kept[row] for row in rows.ravel().tolist()]).reshape(*rows.shape, height, width, 3)
        yield pictures_to_input(stack)


@stage("scoring")
def _crop(source: FrameSource, frame: int, affine: np.ndarray) -> np.ndarray:
    if isinstance(source, RectSource):
        part, origin = source.rgb_rect(frame, box_under(affine, STORED_SIZE))
        if min(part.shape[:2]) > 8:
            return warp_crop(part, affine, STORED_SIZE, origin=origin)
    return warp_crop(source.rgb(frame), affine, STORED_SIZE)


def _viewed(crop: np.ndarray, view: np.ndarray, height: int, width: int) -> np.ndarray:
    if view[0, 0] == 1.0:  # a whole-pixel window
        left, top = round(-view[0, 2]), round(-view[1, 2])
        return crop[top : top + height, left : left + width]
    return cv2.warpAffine(crop, view, (width, height), flags=cv2.INTER_AREA)


def speech_segments_of(config: ScorerConfig, voice: np.ndarray) -> Iterator[np.ndarray]:
    """Blocks of audio input, one segment each 20 ms of `voice` ((N,) float32 mono 16 kHz) from its first sample on."""
    heard = ear_of(config).hear(voice)
    count = speech_row_count(voice)
    for low in range(0, count, 4 * _SEGMENTS_AT_ONCE):
        high = min(low + 4 * _SEGMENTS_AT_ONCE, count)
        yield heard.windows(np.arange(low, high) / SPEECH_RATE)


def speech_row_count(voice: np.ndarray) -> int:
    """Embeddings that `voice` has."""
    return int(len(voice) / SAMPLE_RATE * SPEECH_RATE) + 1 if len(voice) else 0


def voice_rows(voice: np.ndarray) -> np.ndarray:
    """(speech_row_count,) float32 voice activity at each embedding."""
    count = speech_row_count(voice)
    probability = speech_probability(voice)
    if not count:
        return np.zeros(0, np.float32)
    rows = np.minimum(np.arange(count) * (FRAME_RATE // SPEECH_RATE), len(probability) - 1)
    return probability[rows]
