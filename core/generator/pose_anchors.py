"""The pose video: where the head is, without a word of what it says (PAFS, UniSync 2026, 3.2).

Drawn are the eyes, brows, nose, the upper half of the face's outline and the head's axes. Lips, jaw, chin and cheeks are
never drawn: they would tell the network the source's words (the leak that X-Dub, HighSync and SayAnything report).
"""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import LEFT_EYE, LEFT_EYEBROW, RIGHT_EYE, RIGHT_EYEBROW
from core.face_geometry.measures import eye_distance

NOSE_RIDGE = (168, 6, 197, 195, 5, 4)
NOSE_BASE = (98, 2, 327)
# The face's outline from ear to ear over the forehead; below the ears it moves with the jaw.
UPPER_OUTLINE = (127, 162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356)
_LINES = (
    (RIGHT_EYE, True, (255, 96, 96)),
    (LEFT_EYE, True, (255, 96, 96)),
    (RIGHT_EYEBROW, False, (96, 255, 96)),
    (LEFT_EYEBROW, False, (96, 255, 96)),
    (NOSE_RIDGE, False, (96, 96, 255)),
    (NOSE_BASE, False, (96, 96, 255)),
    (UPPER_OUTLINE, False, (192, 192, 192)),
)
_AXIS_COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
_SHIFT = 4  # OpenCV draws with 1/16 pixel, so that a slow head does not jump from pixel to pixel
DRAWN = frozenset(index for points, _, _ in _LINES for index in points)


def draw_pose(landmarks: np.ndarray, to_crop: np.ndarray, rotation: np.ndarray, size: int) -> np.ndarray:
    """One frame of the pose video, (size, size, 3) uint8 RGB.

    Args:
        landmarks: (468, 2 or 3) in source pixels.
        to_crop: (2, 3) source pixels to crop pixels.
        rotation: (3, 3) from the mean face's axes to the picture's.
        size: side of the crop.
    """
    picture = np.zeros((size, size, 3), np.uint8)
    points = landmarks[:, :2] @ to_crop[:, :2].T + to_crop[:, 2]
    thickness = max(1, size // 128)
    for indices, is_closed, colour in _LINES:
        line = np.round(points[list(indices)] * 2**_SHIFT).astype(np.int32)
        cv2.polylines(picture, [line], is_closed, colour, thickness, cv2.LINE_AA, _SHIFT)
    origin = points[4]
    length = 0.35 * eye_distance(points)
    for axis, colour in enumerate(_AXIS_COLOURS):
        tip = origin + length * (to_crop[:, :2] / np.linalg.norm(to_crop[0, :2])) @ rotation[:2, axis]
        ends = np.round(np.stack([origin, tip]) * 2**_SHIFT).astype(np.int32)
        cv2.line(picture, ends[0].tolist(), ends[1].tolist(), colour, thickness, cv2.LINE_AA, _SHIFT)
    return picture
