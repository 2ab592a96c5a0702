"""How much what lies between the lips changes from one picture to the next: interiors that jump are what shows in motion."""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP

SEEN_OPEN = 0.015  # eye-corner distances between lips, by colour
_LEAST_PIXELS, _LEAST_PAIRS = 12, 8


def inside_mask(landmarks: np.ndarray, affine: np.ndarray, side: int) -> np.ndarray:
    """(side, side) bool: what lies between the inner lips of (468, 2+) points in a patch whose pixels `affine` (2, 3) maps to the picture."""
    points = cv2.transform(landmarks[None, list(INNER_LIP), :2], cv2.invertAffineTransform(affine))
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.round(points[0]).astype(np.int32)], 1)
    return mask > 0


def inside_changes(patches: np.ndarray, masks: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Mean change inside both pictures' inner lips of neighbours that are both seen open, grey levels; lips that part or meet do not count.

    Args:
        patches: (F, P, P, 3) uint8, steadied on the head.
        masks: (F, P, P) bool, see `inside_mask`; empty where none were made.
        gaps: (F,) how far lips are seen to be apart.
    """
    found = []
    for before in range(min(len(masks), len(patches)) - 1):
        pair = slice(before, before + 2)
        both = masks[pair].all(axis=0)
        if gaps[pair].min() > SEEN_OPEN and both.sum() >= _LEAST_PIXELS:
            found.append(float(cv2.absdiff(patches[before], patches[before + 1])[both].mean()))
    return np.array(found)


def inside_flicker(changes: np.ndarray, film: np.ndarray) -> tuple[float, float]:
    """(median, 98th percentile) of what `inside_changes` gives, each to the film's own; nan where either has hardly any pairs."""
    if min(len(changes), len(film)) < _LEAST_PAIRS:
        return float("nan"), float("nan")
    usual, jump = (float(np.quantile(changes, q) / max(np.quantile(film, q), 1e-9)) for q in (0.5, 0.98))
    return usual, jump
