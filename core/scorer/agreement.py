"""What the motion network expects of a voice beside what the tracked mouth does: a second witness in the scorer's space.

Both are written as vectors of length one, or less where hardly anything moves, whose product tells how well the expected
and the seen movement of 0.84 s agree. Laid beside the towers' embeddings they are compared at every lag by the same product.
"""

import numpy as np

from core.base.stages import stage
from core.motion.motion import motion_model
from core.motion.shape import MEASURES, measures
from core.scorer.config import FRAME_STEP
from core.scorer.segments import interpolated

MOMENTS = 21
"""Moments of a vector, 40 ms apart."""
REACH_FRAMES = MOMENTS // 2 + 1
"""Frames of 40 ms on either side that a face's vector sees."""
_CURVES = [MEASURES.index(name) for name in ("opening", "width", "rounding")]
# Mean spread within a clip over 65 licensed clips of people never trained on, GRID and single clips weighing the same: of
# tracked mouths, and of expected ones.
_SEEN_SPREAD = np.array([0.0298, 0.0217, 0.0692], np.float32)
_HEARD_SPREAD = np.array([0.0331, 0.0220, 0.0823], np.float32)
_STILL = 1.2  # length below which a vector counts for less: a mouth that does nothing agrees with nothing
_RATE = 50


def _vectors(times: np.ndarray, curves: np.ndarray, centres: np.ndarray) -> np.ndarray:
    moments = (np.arange(MOMENTS) - MOMENTS // 2) * FRAME_STEP
    windows = interpolated(times, curves, centres[:, None] + moments[None])  # (N, moments, curves)
    moved = (windows - windows.mean(axis=1, keepdims=True)).reshape(len(centres), MOMENTS * len(_CURVES))
    return (moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), _STILL)).astype(np.float32)


@stage("scoring")
def seen_movement(landmarks: np.ndarray, times: np.ndarray, rows: slice) -> np.ndarray:
    """(N, 63) float32 of the frames `rows` of a face's track: landmarks (F, 468, 3) at `times` (F,) seconds."""
    curves = measures(motion_model().shapes.local(np.asarray(landmarks)))[:, _CURVES] / _SEEN_SPREAD
    return _vectors(times, curves, times[rows])


@stage("scoring")
def expected_movement(voice: np.ndarray, count: int) -> np.ndarray:
    """(count, 63) float32 of a voice ((N,) float32 mono 16 kHz), one vector every 20 ms from its first sample on."""
    model, times = motion_model(), np.arange(count) / _RATE
    curves = measures(model.shapes.decode(model.predict(voice, times).coefs))[:, _CURVES] / _HEARD_SPREAD
    return _vectors(times, curves, times)


def beside(embeddings: np.ndarray, movement: np.ndarray, share: float) -> np.ndarray:
    """(N, D + 63) float16 whose products are the weighted means of both products; `share` is the movement's weight."""
    parts = np.sqrt(1 - share) * embeddings.astype(np.float32), np.sqrt(share) * movement
    return np.concatenate(parts, axis=1).astype(np.float16)
