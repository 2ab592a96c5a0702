"""Measures of a face by which everything else is scaled."""

import numpy as np

from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS, INNER_LIP_MIDDLES, MOUTH_CORNERS


def eye_distance(landmarks: np.ndarray) -> np.ndarray:
    """(…,) distance in the picture between the outer corners of the eyes, of (…, 468, 2 or more) landmarks."""
    return _apart(landmarks, EYE_OUTER_CORNERS)


def mouth_width(landmarks: np.ndarray) -> np.ndarray:
    """(…,) distance in the picture between the corners of the mouth, of (…, 468, 2 or more) landmarks."""
    return _apart(landmarks, MOUTH_CORNERS)


def lip_gap(landmarks: np.ndarray) -> np.ndarray:
    """(…,) distance in the picture between the middles of the inner lips, of (…, 468, 2 or more) landmarks."""
    return _apart(landmarks, INNER_LIP_MIDDLES)


def _apart(landmarks: np.ndarray, ends: tuple[int, int]) -> np.ndarray:
    first, second = (np.asarray(landmarks[..., end, :2]) for end in ends)
    return np.linalg.norm(first - second, axis=-1)
