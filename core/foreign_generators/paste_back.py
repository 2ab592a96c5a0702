"""A painted square back over the film's own pixels, at the film's size."""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import LIPS_OUTER
from core.generator.paste_back import faded

_MOUTH_ROOM = (
    0.25  # of the mouth's width around both mouths, where the film's own fine detail would show the old words
)


def trusted(painted: np.ndarray) -> np.ndarray:
    """(S, S) float32 in 0..1: how far each pixel of the square is taken, soft inside what the network paints."""
    size = len(painted)
    reach = max(size // 24, 2)
    inner = cv2.erode(painted, np.ones((3, 3), np.uint8), iterations=reach)
    return cv2.GaussianBlur(inner, (0, 0), reach / 2) * faded(size)


def pasted(
    below: np.ndarray,
    made: np.ndarray,
    shown: np.ndarray,
    share: np.ndarray,
    to_crop: np.ndarray,
    mouths: list[np.ndarray],
) -> np.ndarray:
    """`below` (H, W, 3) uint8 with the painted square over it, (H, W, 3) uint8.

    Detail finer than the square's pixels is the film's own but around the mouths, so that skin keeps its pores and grain.

    Args:
        below: the film's own pixels.
        made: (S, S, 3) uint8, what was painted.
        shown: (S, S, 3) uint8, the same square of the film.
        share: (S, S) of `trusted`.
        to_crop: (2, 3) from the square's pixels to those of `below`.
        mouths: (P, 2) outlines in pixels of `below`, of the old mouth and the new one.
    """
    extent = (below.shape[1], below.shape[0])

    def enlarged(picture: np.ndarray, flags: int = cv2.INTER_CUBIC) -> np.ndarray:
        return cv2.warpAffine(picture, to_crop, extent, flags=flags, borderMode=cv2.BORDER_CONSTANT)

    taken = within(np.clip(enlarged(share, cv2.INTER_LINEAR), 0, 1))[..., None]
    film = below.astype(np.float32)
    fine = (film - enlarged(shown.astype(np.float32))) * (1 - around(mouths, extent))[..., None]
    result = film + taken * (enlarged(made.astype(np.float32)) + fine - film)
    return np.clip(result + 0.5, 0, 255).astype(np.uint8)


def within(share: np.ndarray) -> np.ndarray:
    """`share` (H, W), running out to 0 at the edges of what it is laid over where it would go on beyond them."""
    if not max(edge.max() for edge in (share[0], share[-1], share[:, 0], share[:, -1])):
        return share
    rows, columns = (
        np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / max(n // 24, 1), 0, 1).astype(np.float32)
        for n in share.shape
    )
    return share * rows[:, None] * columns


def around(mouths: list[np.ndarray], extent: tuple[int, int]) -> np.ndarray:
    """(H, W) float32: 1 in and near the outlines, running out to 0."""
    mask = np.zeros((extent[1], extent[0]), np.uint8)
    width = 4.0
    for outline in mouths:
        cv2.fillPoly(mask, [np.round(cv2.convexHull(outline.astype(np.float32))).astype(np.int32)], 255)
        width = max(width, float(np.ptp(outline[:, 0])))
    reach = max(_MOUTH_ROOM * width / 2, 1.0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(reach) + 1,) * 2)
    return cv2.GaussianBlur(cv2.dilate(mask, kernel).astype(np.float32) / 255, (0, 0), reach / 2)


def outline(landmarks: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """(P, 2) the outer lips in pixels of a crop that a whole-pixel translation `affine` (2, 3) places."""
    return landmarks[list(LIPS_OUTER), :2] - affine[:, 2]
