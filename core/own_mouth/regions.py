"""Which points of the 468-point face mesh the engine moves, which it holds, and where the lips lie among them."""

import numpy as np

from core.motion.shape import AROUND_LIPS, INNER_LIP, OUTER_LIP, SHAPE_POINTS

MOVING = SHAPE_POINTS
"""What speech moves: the points of the mouth-shape model, lips first."""

LIP_ROWS = slice(0, len(OUTER_LIP) + len(INNER_LIP))
OUTER_ROWS = slice(0, len(OUTER_LIP))
SKIN_ROWS = np.array([row for row, point in enumerate(MOVING) if point not in INNER_LIP])
# What speech does not move: eyes, nose, upper cheeks, temples.
HELD = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 98, 327, 129, 358, 2, 97, 326, 206, 426),
    *(50, 280, 101, 330, 117, 346, 123, 352, 205, 425, 234, 454, 227, 447, 93, 323),
)
NOSE_AND_CHEEKS = (98, 327, 205, 425)
# What fixes a borrowed mouth to the new outline: lips, the skin next to them, the nose's base, the chin's dimple.
LENT_POINTS = OUTER_LIP + INNER_LIP + AROUND_LIPS + (200, 421, 201, 32, 262, 2, 98, 327, 216, 436, 212, 432)
# The jaw's edge, ear to ear, below which the neck begins.
JAW_EDGE = (58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288)

_ROW = {point: row for row, point in enumerate(MOVING)}
_GAP_ROWS = tuple((_ROW[high], _ROW[low]) for high, low in ((13, 14), (82, 87), (312, 317)))


def lip_gap(shape: np.ndarray) -> np.ndarray:
    """(...) the inner lips' opening, mean of three columns, of shape points (..., len(MOVING), 2 or 3), same unit."""
    gaps = [np.linalg.norm(shape[..., low, :2] - shape[..., high, :2], axis=-1) for high, low in _GAP_ROWS]
    return np.mean(gaps, axis=0)
