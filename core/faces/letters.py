"""Letters that lie on the picture: subtitles, tickers, names. They belong to no face and must not move with one.

Light strokes with dark edges are found, as letters are drawn to be read on any ground. Letters without an outline or a
shadow are not; nor are such as are broader than `_BROADEST`, or wholly on the lips.
"""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import CHIN_LINE, LIPS_OUTER, NOSE_BASE

_LIGHT, _DARK = 185, 75  # code values that every channel is above, and below
_OUTLINE = 0.03  # eye-corner distances: how far from a stroke its dark edge is at most
_BROADEST = 0.14  # of the same: strokes; a collar or a cuff is broader
_EDGED = 0.5  # share of a stroke that has a dark edge near it
_BETWEEN = 0.8  # share of a stroke that lies on the lips from which it is taken for teeth
_SMALLEST = 4  # pixels: less is noise
_CHIN = CHIN_LINE[::-1]
_BELOW = 0.25  # eye-corner distances below the chin in which letters are looked for: a moving jaw would bend them, too
_MOST = 0.5  # share of the face from which what is light is the face itself: a drawing in ink has dark edges all over
_FEWEST_STROKES = 3  # on the lower face
_FEWEST = 0.004  # square eye-corner distances outside the lips below which nothing is a letter


def letters(picture: np.ndarray, landmarks: np.ndarray, scale: float) -> np.ndarray | None:
    """(H, W) uint8: 255 where letters and their outlines lie in `picture` (H, W, 3) uint8; None where there are none.

    Args:
        picture: around one face.
        landmarks: (468, 2+) in its pixels.
        scale: pixels per eye-corner distance.
    """
    light: np.ndarray = np.bitwise_and(cv2.inRange(picture, (_LIGHT,) * 3, (255,) * 3), 1)
    dark: np.ndarray = np.bitwise_and(cv2.inRange(picture, (0,) * 3, (_DARK,) * 3), 1)
    reach = max(2, round(_OUTLINE * scale))
    near = _grown(dark, reach)
    # Teeth before the dark of a mouth look like letters, and so may clothes: where only these do, there are none.
    face = np.zeros_like(light)
    moves = landmarks[
        landmarks[:, 1] >= landmarks[NOSE_BASE, 1], :2
    ]  # eyes and nostrils glint beside dark edges, too
    points = np.concatenate([moves, landmarks[list(_CHIN), :2] + (0, _BELOW * scale)])
    outline = cv2.convexHull(np.round(points * 16).astype(np.int32))
    cv2.fillConvexPoly(face, outline, 1, shift=4)
    lips = np.zeros_like(light)
    cv2.fillPoly(lips, [np.round(landmarks[list(LIPS_OUTER), :2] * 16).astype(np.int32)], 1, shift=4)
    face &= 1 - lips
    fewest = _FEWEST * scale**2
    if cv2.countNonZero(light & near & face) < fewest:
        return None
    if cv2.countNonZero(light & face) > _MOST * cv2.countNonZero(face):
        return None
    side = max(1, round(_BROADEST * scale / 2))
    thin = light & ~_grown(1 - _grown(1 - light, side), side)
    count, labels = cv2.connectedComponents(thin, connectivity=8)
    sizes = np.bincount(labels.ravel(), minlength=count)
    edged = np.bincount(labels.ravel(), near.ravel(), minlength=count)
    between = np.bincount(labels.ravel(), lips.ravel(), minlength=count)
    kept = (edged > _EDGED * sizes) & (sizes >= _SMALLEST) & (between < _BETWEEN * sizes)
    kept[0] = False
    strokes = kept[labels].astype(np.uint8)
    there = strokes & face
    # A gloss above a shadow is one blob, an earring two; writing is many.
    if (
        cv2.countNonZero(there) < fewest
        or np.count_nonzero(kept[np.unique(labels[there > 0])]) < _FEWEST_STROKES
    ):
        return None
    around = _grown(strokes, reach)
    # The whole of a broad outline or shadow: what is dark and reached from a stroke.
    shadow = _grown(dark & _grown(around, 2 * reach), 2)
    return (around | shadow) * np.uint8(255)


def _grown(mask: np.ndarray, by: int) -> np.ndarray:
    return cv2.dilate(mask, np.ones((2 * by + 1, 2 * by + 1), np.uint8))


def without_letters(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`picture` (H, W, 3) uint8 with what its surroundings suggest in place of the letters (Telea, 2004)."""
    return cv2.inpaint(picture, mask, 3, cv2.INPAINT_TELEA)
