"""The blur of a moving head, given to a mouth borrowed from a stiller moment.

A shutter that is open for a share of the frame's time (`core.own_mouth.shutter`) smears a picture along its movement. The
film's own skin around the mouth cannot tell by how much: it has little detail, and grain is not smeared.
"""

import cv2
import numpy as np

from core.own_mouth.regions import NOSE_AND_CHEEKS

_LEAST = 0.3  # pixels of standard deviation: less is not seen beside interpolation and codec


def velocities(landmarks: np.ndarray, rows: range) -> np.ndarray:
    """(len(rows), 2) float32 pixels a frame by which the head moves across the picture in `rows` of landmarks (F, 468, 2+)."""
    first, last = max(rows.start - 1, 0), min(rows.stop + 1, len(landmarks))
    points = np.asarray(landmarks[first:last])[:, list(NOSE_AND_CHEEKS), :2].mean(axis=1)
    if len(points) < 2:
        return np.zeros((len(rows), 2), np.float32)
    return np.gradient(points, axis=0)[rows.start - first : rows.stop - first].astype(np.float32)


def length_to_sigma(length: float) -> float:
    """Standard deviation of a movement evenly spread over `length`: a twelfth of its square is the variance."""
    return length / float(np.sqrt(12))


def match_blur(mouth: np.ndarray, movement: np.ndarray, borrowed_movement: np.ndarray) -> np.ndarray:
    """`mouth` (S, S, 3) float32 smeared along the film's movement as far as it was not where it was borrowed.

    Args:
        mouth: the borrowed mouth where it belongs.
        movement: (2,) pixels by which the film's head moves while the shutter is open.
        borrowed_movement: (2,) by which the borrowed one did, in the same pixels.
    """
    length = float(np.linalg.norm(movement))
    if length < 1e-3:
        return mouth
    along = movement / length
    sigma = length_to_sigma(float(np.sqrt(max(length**2 - float(borrowed_movement @ along) ** 2, 0))))
    return smeared(mouth, along, sigma) if sigma >= _LEAST else mouth


def smeared(picture: np.ndarray, along: np.ndarray, sigma: float) -> np.ndarray:
    """`picture` blurred by a Gaussian of `sigma` pixels in the direction `along` (2,) only."""
    if sigma < 0.2:
        return picture
    reach = int(np.ceil(2.5 * sigma))
    places = np.arange(-reach, reach + 1, dtype=np.float32)
    x, y = np.meshgrid(places, places)
    length, aside = x * along[0] + y * along[1], np.abs(y * along[0] - x * along[1])
    kernel = np.exp(-0.5 * (length / sigma) ** 2) * np.maximum(1 - aside, 0)
    return cv2.filter2D(
        picture, -1, (kernel / kernel.sum()).astype(np.float32), borderType=cv2.BORDER_REPLICATE
    )
