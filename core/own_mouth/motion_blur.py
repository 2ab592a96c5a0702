"""The blur of a moving head, given to a mouth that was lent by a stiller moment.

A shutter that is open for a share of the frame's time smears a picture along its movement. How far it can do so at most is
known from the head's track; how far it did, the film's own skin around the mouth shows. Nothing is ever sharpened.
"""

import cv2
import numpy as np

from core.own_mouth.regions import NOSE_AND_CHEEKS

_SHARES = (0.25, 0.5, 0.75, 1.0)  # of the frame's time that the shutter is open
_LEAST = 0.5  # pixels of standard deviation: less is not seen beside interpolation and codec
_NOISE = 1.0  # pixels: grain is no movement's blur


def velocities(landmarks: np.ndarray, rows: range) -> np.ndarray:
    """(len(rows), 2) float32 pixels a frame by which the head moves across the picture in `rows` of landmarks (F, 468, 2+)."""
    first, last = max(rows.start - 1, 0), min(rows.stop + 1, len(landmarks))
    points = np.asarray(landmarks[first:last])[:, list(NOSE_AND_CHEEKS), :2].mean(axis=1)
    if len(points) < 2:
        return np.zeros((len(rows), 2), np.float32)
    return np.gradient(points, axis=0)[rows.start - first : rows.stop - first].astype(np.float32)


def match_blur(
    mouth: np.ndarray, film: np.ndarray, ring: np.ndarray, movement: np.ndarray, lent_movement: np.ndarray
) -> np.ndarray:
    """`mouth` (S, S, 3) float32 smeared along the film's movement as far as the film is in the `ring` around it.

    Args:
        mouth: the lent mouth where it belongs.
        film: (S, S, 3) the film's own face there.
        ring: (S, S) skin in both.
        movement: (2,) pixels a frame of the film's head.
        lent_movement: (2,) of the lent one, in the same pixels.
    """
    speed = float(np.linalg.norm(movement))
    if speed < 1e-3:
        return mouth
    along = movement / speed
    # A movement evenly spread over a length has a twelfth of its square as variance.
    most = np.sqrt(max(speed**2 - float(lent_movement @ along) ** 2, 0) / 12)
    if most < _LEAST:
        return mouth
    across = np.array([-along[1], along[0]])
    # What is coarser in all directions is another skin or codec: only what movement takes along itself counts.
    coarser = _detail(mouth, ring, across) / max(_detail(film, ring, across), 1e-6)
    wanted = _detail(film, ring, along) * max(coarser, 1.0)
    sharper, before = _detail(mouth, ring, along), 0.0
    if sharper <= wanted:
        return mouth
    for share in _SHARES:
        blurred = _detail(smeared(mouth, along, share * most), ring, along)
        if blurred <= wanted:
            part = (sharper - wanted) / max(sharper - blurred, 1e-6)
            return smeared(mouth, along, (before + part * (share - before)) * most)
        sharper, before = blurred, share
    return smeared(mouth, along, most)


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


def _detail(picture: np.ndarray, ring: np.ndarray, along: np.ndarray) -> float:
    """RMS slope of the brightness in the direction `along` in the ring, its mean brightness being 1."""
    grey = cv2.GaussianBlur(picture.mean(axis=2).astype(np.float32), (0, 0), _NOISE)
    slope = along[0] * cv2.Scharr(grey, cv2.CV_32F, 1, 0) + along[1] * cv2.Scharr(grey, cv2.CV_32F, 0, 1)
    weight = max(float(ring.sum()), 1.0)
    mean = float((grey * ring).sum()) / weight
    # Shading slopes, too, but slowly: what a face's light does is taken out.
    slope = slope - cv2.GaussianBlur(slope, (0, 0), 6.0)
    return float(np.sqrt((slope**2 * ring).sum() / weight)) / max(mean, 1.0)
