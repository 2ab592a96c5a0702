"""Face-parsing maps: which pixel of a crop is skin, lips, inner mouth, brow, eye or nose.

Rasterised from the dense mesh.
"""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import (
    FACE_OVAL,
    LEFT_EYE,
    LEFT_EYEBROW,
    LIPS_INNER,
    LIPS_OUTER,
    RIGHT_EYE,
    RIGHT_EYEBROW,
)

CLASSES = ("skin", "lips", "inner mouth", "brows", "eyes", "nose")
_NOSE = (
    168,
    193,
    122,
    196,
    236,
    198,
    209,
    49,
    64,
    98,
    97,
    2,
    326,
    327,
    294,
    279,
    429,
    420,
    456,
    419,
    351,
    417,
)
_SUBPIXEL_BITS = 4
_LAYERS: tuple[tuple[int, tuple[tuple[int, ...], ...]], ...] = (
    (0, (FACE_OVAL,)),
    (5, (_NOSE,)),
    (3, (RIGHT_EYEBROW, LEFT_EYEBROW)),
    (4, (RIGHT_EYE, LEFT_EYE)),
    (1, (LIPS_OUTER,)),
    (2, (LIPS_INNER,)),
)


def label_map(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """(height, width) uint8 labels, 0 outside the face, else 1 + index into `CLASSES`.

    Args:
        points: (468, 2) crop pixels.
        height: of the crop.
        width: of the crop.
    """
    labels = np.zeros((height, width), np.uint8)
    fixed = np.round(np.asarray(points)[:, :2] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    for kind, rings in _LAYERS:
        for ring in rings:
            cv2.fillPoly(labels, [fixed[list(ring)]], kind + 1, shift=_SUBPIXEL_BITS)
    return labels


def one_hot(labels: np.ndarray) -> np.ndarray:
    """(…, 6, H, W) float32 maps in −1 (absent) or 1 (present) of labels (…, H, W)."""
    classes = np.arange(1, len(CLASSES) + 1, dtype=np.uint8)[:, None, None]
    return np.where(labels[..., None, :, :] == classes, np.float32(1), np.float32(-1))
