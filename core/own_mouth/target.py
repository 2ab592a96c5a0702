"""What each frame's mouth shall look like: the motion of the new voice, made this person's and this frame's."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.lip_engine import LipRequest
from core.motion.shape import PersonRange, ShapeModel
from core.own_mouth.head import Heads
from core.speech.voice_activity import FRAME_RATE, speech_probability

# What the shape model cannot say of a frame (the tracker's bias under this pose, an asymmetric face) changes as slowly
# as the head; what changes faster belongs to the old words.
_BIAS_SECONDS = 0.3
_SILENCE_FADE_S = 0.06  # lips come to rest within ~150 ms of the last sound


class MotionSource(Protocol):
    """Speech → mouth shapes of one person."""

    id: str

    def coefs(
        self, voice: np.ndarray, times: np.ndarray, person: PersonRange, articulation: float
    ) -> np.ndarray:
        """(F, K) float32 shape coefficients of this person at `times` (seconds on the clock of `voice`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What is wanted of each frame.

    Attributes:
        coefs: (F, K) float32.
        shape: (F, len(MOVING), 3) float32, pose-free mouth in the frame's own head.
        speech: (F,) float32, probability that the new voice speaks.
    """

    coefs: np.ndarray
    shape: np.ndarray
    speech: np.ndarray


def speech_at(voice: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(F,) float32 probability that `voice` speaks at `times`; 0 where there is no voice."""
    probability = speech_probability(voice)
    if len(probability) == 0:
        return np.zeros(len(times), np.float32)
    smooth = gaussian_filter1d(probability.astype(np.float64), _SILENCE_FADE_S * FRAME_RATE, mode="nearest")
    at = np.arange(len(smooth)) / FRAME_RATE
    return np.interp(times, at, smooth, left=0.0, right=0.0).astype(np.float32)


def wanted_mouths(
    request: LipRequest, heads: Heads, person: PersonRange, model: ShapeModel, motion: MotionSource
) -> Target:
    """The target of each of ``request.frames``; `heads` are those of exactly these frames."""
    settings = request.settings
    speech = speech_at(request.voice, request.times)
    coefs = motion.coefs(request.voice, request.times, person, settings.articulation)
    own = model.encode_local(heads.shape)
    if settings.silence != "model":
        quiet = person.neutral if settings.silence == "close" else own
        coefs = quiet + speech[:, None] * (coefs - quiet)
    return Target(coefs.astype(np.float32), shape_in_head(coefs, own, heads, request.times, model), speech)


def shape_in_head(
    coefs: np.ndarray, own: np.ndarray, heads: Heads, times: np.ndarray, model: ShapeModel
) -> np.ndarray:
    """(F, len(MOVING), 3) float32: coefficients as points, with the frames' slow bias against the shape model."""
    interval = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    bias = heads.shape - model.decode(own)
    slow = gaussian_filter1d(bias, _BIAS_SECONDS / max(interval, 1e-3), axis=0, mode="nearest")
    return (model.decode(coefs) + slow).astype(np.float32)


class LoudnessMotion:
    """Louder is more open: a stand-in where no motion model is installed; it knows no consonants."""

    id = "loudness-1"

    def __init__(self, model: ShapeModel) -> None:
        self._axis = model.opening_axis / float(model.opening_axis @ model.opening_axis)

    def coefs(
        self, voice: np.ndarray, times: np.ndarray, person: PersonRange, articulation: float
    ) -> np.ndarray:
        """The resting mouth plus the person's opening in proportion to the voice's level; see `MotionSource`."""
        hop = 160
        count = len(voice) // hop
        if count < 3:
            return np.repeat(person.neutral[None], len(times), axis=0)
        level = np.sqrt((voice[: count * hop].reshape(count, hop) ** 2).mean(axis=1))
        level = gaussian_filter1d(level, 3.0)
        loud = np.quantile(level, 0.95) + 1e-6
        wave = np.interp(times, (np.arange(count) + 0.5) * hop / 16000, np.minimum(level / loud, 1.0))
        opening = (person.high[0] - person.low[0]) * articulation * wave
        return (person.neutral + opening[:, None] * self._axis).astype(np.float32)
