"""Beards drawn on faces: hair that moves with the jaw is no thing before the face, and few of the faces at hand wear one."""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import JAW_LINE, LIPS_OUTER
from core.research.training.occluders.solids import smooth_noise

_JAW = JAW_LINE[3:-3]
_CHEEKS = (
    435,
    433,
    434,
    432,
    436,
    327,
    2,
    98,
    216,
    212,
    214,
    213,
    215,
)  # back from the left ear over the lip
_CHIN = (57, 212, 202, 210, 169, 170, 140, 171, 175, 396, 369, 395, 394, 430, 422, 432, 287, 17)
_MOUSTACHE = (61, 216, 98, 2, 327, 436, 291, 0)
_SHAPES = ((_JAW + _CHEEKS,), (_CHIN, _MOUSTACHE), (_CHIN,), (_MOUSTACHE,), (_JAW + _CHEEKS,))


def grow_beard(rgb: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> None:
    """Draws a beard into `rgb` (S, S, 3) float32 at the face of `points` (468, 2), in place: stubble to full, any colour."""
    size = len(rgb)
    area = np.zeros((size, size), np.uint8)
    for rows in _SHAPES[int(rng.integers(len(_SHAPES)))]:
        cv2.fillPoly(area, [_fixed(points[list(rows)])], 255, cv2.LINE_AA, 4)
    longer = int(rng.integers(0, 14))
    if longer:
        area = cv2.dilate(area, np.ones((longer, 1), np.uint8), anchor=(0, longer - 1))
    lips = np.zeros((size, size), np.uint8)
    cv2.fillPoly(lips, [_fixed(points[list(LIPS_OUTER)])], 255, cv2.LINE_AA, 4)
    bare = cv2.dilate(lips, np.ones((int(rng.integers(1, 6)),) * 2, np.uint8)).astype(np.float32) / 255
    soft = cv2.GaussianBlur(area, (0, 0), rng.uniform(0.8, 4)).astype(np.float32) / 255
    hairs = _hairs(size, rng)
    thickness = rng.uniform(0.25, 1.1)
    patches = 1 + rng.uniform(0, 0.4) * smooth_noise(size, size / 6, rng)[..., 0]
    alpha = np.clip(soft * patches * (thickness + rng.uniform(0.2, 0.6) * hairs), 0, 1) * (1 - bare)
    paint = rng.uniform(8, 150 if rng.random() < 0.7 else 230) * np.array(
        [1, rng.uniform(0.75, 1), rng.uniform(0.5, 1)]
    )
    shown = paint * np.clip(1 + rng.uniform(0.1, 0.6) * _hairs(size, rng), 0.1, 2.5)[:, :, None]
    light = np.clip(rgb.mean(axis=2, keepdims=True) / max(float(rgb.mean()), 1.0), 0.4, 1.6)
    rgb += (0.95 * alpha)[:, :, None] * (shown * light - rgb)


def _hairs(size: int, rng: np.random.Generator) -> np.ndarray:
    """(S, S) float32 noise of deviation 1, drawn out roughly downwards."""
    length = int(rng.integers(1, 8))
    kernel = np.zeros((length, length), np.float32)
    lean = rng.normal(0, 0.5) * length / 2
    middle = (length - 1) / 2
    cv2.line(kernel, (round(middle - lean), 0), (round(middle + lean), length - 1), 1.0)
    noise = rng.normal(0, 1, (size, size)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.3, 1.2))
    drawn = cv2.filter2D(noise, -1, kernel)
    return drawn / max(float(drawn.std()), 1e-6)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(np.clip(points, -2000, 2000) * 16).astype(np.int32)
