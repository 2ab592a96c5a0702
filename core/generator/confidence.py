"""Confidence in a generated frame: 0 leaves the film as it is, and around such frames the result fades."""

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from core.face_geometry.landmark_sets import OUTER_LIP
from core.face_geometry.measures import eye_distance
from core.lip_engine import LipRequest
from core.speech.voice_activity import FRAME_RATE, speech_probability

SMALLEST_EYE_DISTANCE = 24.0  # pixels; below it there is no mouth to speak of
LEAST_QUALITY = 0.5
_YAW_FADE = 6.0  # degrees before `max_yaw` over which the result fades out
_FADE_S = 0.12  # seconds over which a result comes and goes around frames that cannot be made
_SILENCE_FADE_S = 0.06


def confidence(request: LipRequest) -> np.ndarray:
    """(F,) float32 in 0..1 for each of ``request.frames``.

    0 where the face is small, lost, turned beyond the limit or its mouth outside the picture; with the silence rule
    ``original`` also where nobody speaks.
    """
    track, frames, times = request.track, request.frames, request.times
    rows = slice(track.index_of(frames[0]), track.index_of(frames[-1]) + 1)
    landmarks = np.asarray(track.landmarks[rows, :, :2])
    height, width = request.source.rgb(frames[0]).shape[:2]
    usable = np.clip((track.quality[rows] - 0.5 * LEAST_QUALITY) / (0.5 * LEAST_QUALITY), 0, 1)
    usable = usable * np.clip(
        (request.values("max_yaw").astype(np.float32) - np.abs(track.pose[rows, 0])) / _YAW_FADE, 0, 1
    )
    eyes = eye_distance(landmarks)
    usable = usable * (eyes >= SMALLEST_EYE_DISTANCE)
    lips = landmarks[:, list(OUTER_LIP)]
    inside = (
        (lips >= 0).all(axis=(1, 2))
        & (lips[..., 0] < width).all(axis=1)
        & (lips[..., 1] < height).all(axis=1)
    )
    usable = usable * inside
    if len(times) > 1:
        step = max(float(np.median(np.diff(times))), 1e-3)
        reach = max(1, round(_FADE_S / step))
        lowest = minimum_filter1d(usable, 2 * reach + 1, mode="nearest")
        usable = np.minimum(usable, gaussian_filter1d(lowest, reach / 2, mode="nearest"))
        if request.settings.silence == "original":
            usable = usable * _speaks(request.voice, times, step)
    return usable.astype(np.float32)


def _speaks(voice: np.ndarray, times: np.ndarray, step: float) -> np.ndarray:
    probability = speech_probability(voice)
    at = np.arange(len(probability)) / FRAME_RATE
    heard = np.interp(times, at, probability, left=0.0, right=0.0) if len(at) else np.zeros(len(times))
    return np.clip(
        gaussian_filter1d((heard > 0.5).astype(float), _SILENCE_FADE_S / step, mode="nearest"), 0, 1
    )
