"""Which points of the 468-point face mesh the engine moves, which it holds, and where the lips lie among them."""

from functools import cache

import numpy as np

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import INNER_LIP, INNER_LIP_COLUMNS, JAW_LINE, NEXT_TO_LIPS, OUTER_LIP
from core.motion.shape import SHAPE_POINTS

MOVING = SHAPE_POINTS
"""What speech moves: the points of the mouth-shape model, lips first."""

LIP_ROWS = slice(0, len(OUTER_LIP) + len(INNER_LIP))
# What of it the film's own face is moved by: not the inner lips, which meet and part; the borrowed mouth covers them.
SKIN_AND_RIM = tuple(point for point in MOVING if point not in INNER_LIP)
# What speech does not move: eyes, nose, upper cheeks, temples.
HELD = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 98, 327, 129, 358, 2, 97, 326, 206, 426),
    *(50, 280, 101, 330, 117, 346, 123, 352, 205, 425, 234, 454, 227, 447, 93, 323),
)
# Where an expression shows that is not speech: upper cheeks, lower lids, wings of the nose.
EXPRESSION = (117, 346, 118, 347, 101, 330, 50, 280, 145, 374, 129, 358)
NOSE_AND_CHEEKS = (98, 327, 205, 425)
# Corner to corner, as rings run: person's right to left above, and the same way below.
UPPER_INNER = list(INNER_LIP[:11])
LOWER_INNER = [INNER_LIP[0], *INNER_LIP[:9:-1]]
_UPPER_OUTER = list(OUTER_LIP[:11])
_LOWER_OUTER = [OUTER_LIP[0], *OUTER_LIP[:9:-1]]
# What fixes a borrowed lip to the new outline: the lip, the skin around both, the nose's base, the chin's dimple.
_AROUND = [*NEXT_TO_LIPS, *(200, 421, 201, 32, 262, 2, 98, 327, 216, 436, 212, 432)]
UPPER_BORROWED = UPPER_INNER + _UPPER_OUTER + _AROUND
LOWER_BORROWED = LOWER_INNER + _LOWER_OUTER + _AROUND
# The jaw's edge, ear to ear, below which the neck begins.
JAW_EDGE = JAW_LINE[3:-3]

_STILL_FROM, _FREE_TO = 0.66, 0.36  # |x| in eye-corner distances; the mouth's corners lie at 0.27
_ROW = {point: row for row, point in enumerate(MOVING)}
_GAP_ROWS = tuple((_ROW[high], _ROW[low]) for high, low in INNER_LIP_COLUMNS)


def lip_gap(shape: np.ndarray) -> np.ndarray:
    """(...) the inner lips' opening, mean of three columns, of shape points (..., len(MOVING), 2 or 3), same unit."""
    gaps = [np.linalg.norm(shape[..., low, :2] - shape[..., high, :2], axis=-1) for high, low in _GAP_ROWS]
    return np.mean(gaps, axis=0)


def lip_width(shape: np.ndarray) -> np.ndarray:
    """(...) distance of the inner lips' corners of shape points (..., len(MOVING), 2 or 3), same unit."""
    one, other = (_ROW[INNER_LIP[at]] for at in (0, 10))
    return np.linalg.norm(shape[..., one, :2] - shape[..., other, :2], axis=-1)


@cache
def reach() -> np.ndarray:
    """(len(MOVING), 1) float32: how far each point follows the new words, 1 at lips and chin, 0 at the jaw's angles.

    The mesh guesses the sides of a turned face; moved by what speech changes there, they would make the cheek's outline
    swim, while in life the skin before the ear hardly moves.
    """
    aside = np.abs(canonical_face().points[list(MOVING), 0])
    free = np.clip((_STILL_FROM - aside) / (_STILL_FROM - _FREE_TO), 0, 1)
    return (free * free * (3 - 2 * free)).astype(np.float32)[:, None]
