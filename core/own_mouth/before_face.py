"""What lies before the face is taken off before the face moves, and laid back where it was: letters, hands, microphones."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.faces.letters import letters, without_letters

_FILL_PIXELS = (
    48.0  # an eye-corner distance where covered skin is made up: only a narrow rim of it is ever seen
)
_FILL_MARGIN = (
    0.03  # eye-corner distances beyond a cover that are made up, too: a thing's soft edge holds its colour
)


@dataclass(frozen=True, slots=True, eq=False)
class Bared:
    """A picture's face without what lies before it.

    Attributes:
        film: (H, W, 3) uint8.
        share: (H, W) float32 in 0..1, how much of each pixel belongs to what was taken off; None where nothing was.
    """

    film: np.ndarray
    share: np.ndarray | None


def bare(picture: np.ndarray, landmarks: np.ndarray, scale: float, covered: np.ndarray | None) -> Bared:
    """`picture` (H, W, 3) uint8 around one face, letters and covers taken off.

    Args:
        picture: a part of the film's frame.
        landmarks: (468, 2+) in its pixels.
        scale: pixels per eye-corner distance.
        covered: (H, W) float32 of `core.face_geometry.cover`, or None.
    """
    film, share = picture, None
    written = letters(picture, landmarks, scale)  # before anything is filled that would tear them
    if written is not None:
        film = without_letters(picture, written)
        share = cv2.GaussianBlur(written, (0, 0), 1.0).astype(np.float32) / 255
    if covered is not None:
        film = _filled(film, covered, scale)
        share = covered if share is None else np.maximum(share, covered)
    return Bared(film, share)


def _filled(picture: np.ndarray, covered: np.ndarray, scale: float) -> np.ndarray:
    """`picture` with what its surroundings suggest under the cover (Telea, 2004), in coarse pixels."""
    height, width = covered.shape
    shrink = min(_FILL_PIXELS / scale, 1.0)
    size = max(round(width * shrink), 2), max(round(height * shrink), 2)
    margin = max(round(_FILL_MARGIN * scale), 1)
    hidden = cv2.dilate((covered > 0).astype(np.uint8), np.ones((2 * margin + 1,) * 2, np.uint8))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    # Any part of a coarse pixel that is hidden spoils it.
    spoilt = (cv2.resize(hidden.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    made = cv2.inpaint(small, spoilt, 3, cv2.INPAINT_TELEA)
    large = cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    weight = cv2.blur(hidden.astype(np.float32), (2 * margin + 1,) * 2)[..., None]
    weight = np.maximum(weight, (covered > 0)[..., None])
    return np.rint(picture + weight * (large - picture)).astype(np.uint8)
