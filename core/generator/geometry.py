"""The geometry video: the lips and the jaw that are wanted, drawn. Beside speech it tells the network where they go.

Drawn from the target's landmarks in training and from another engine's wanted landmarks at work (`hybrid`); never from the
source's, which would tell it the old words.
"""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP, JAW_LINE, OUTER_LIP

_LIPS, _INSIDE, _JAW = (255, 96, 96), (96, 96, 255), (96, 255, 96)
_SHIFT = 4  # OpenCV draws with 1/16 pixel


def draw_geometry(landmarks: np.ndarray, size: int) -> np.ndarray:
    """One frame, (size, size, 3) uint8 RGB, of (468, 2) `landmarks` in its pixels: lips, what is between them, jaw line."""
    picture = np.zeros((size, size, 3), np.uint8)
    fixed = np.round(landmarks[:, :2] * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(picture, [fixed[list(OUTER_LIP)]], _LIPS, cv2.LINE_AA, _SHIFT)
    cv2.fillPoly(picture, [fixed[list(INNER_LIP)]], _INSIDE, cv2.LINE_AA, _SHIFT)
    cv2.polylines(picture, [fixed[list(JAW_LINE)]], False, _JAW, max(1, size // 64), cv2.LINE_AA, _SHIFT)
    return picture
