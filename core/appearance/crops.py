"""Aligned, stabilised face crops: the same face lands on the same place of the crop in every frame.

The fit uses points that speech does not move (eye corners and the nose), so the mouth and the jaw keep all their motion.
"""

import cv2
import numpy as np
from scipy import ndimage

# Eye corners, the ridge of the nose, its tip, base and wings in the canonical face-mesh order.
STABLE_POINTS = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327])
# Where those points lie in a crop of size one: eyes in the upper third, the lower half holds mouth, jaw and chin.
STABLE_TEMPLATE = np.array(
    [
        [0.200, 0.220], [0.385, 0.230], [0.615, 0.230], [0.800, 0.220],
        [0.500, 0.220], [0.500, 0.280], [0.500, 0.340], [0.500, 0.400], [0.500, 0.455], [0.500, 0.490],
        [0.500, 0.520], [0.500, 0.575], [0.410, 0.545], [0.590, 0.545],
    ],
    np.float32,
)  # fmt: skip
_SMOOTHING_S = 0.08  # removes the mesh's jitter (under 2 frames); a head turns slower than this


def crop_affines(
    landmarks: np.ndarray, size: int, *, margin: int = 0, frame_seconds: float = 0.04
) -> np.ndarray:
    """For each frame the 2×3 matrix from source pixels to a square crop: (F, 2, 3) float32.

    Args:
        landmarks: (F, 468, 3) source pixels, one face of one shot.
        size: side of the face's square in crop pixels.
        margin: pixels of surrounding added on each side; the crop's own side is ``size + 2 * margin``.
        frame_seconds: time from frame to frame, for the smoothing.
    """
    points = landmarks[:, STABLE_POINTS, :2].astype(np.float64)
    source = points[..., 0] + 1j * points[..., 1]  # (F, P)
    target = (STABLE_TEMPLATE[:, 0] + 1j * STABLE_TEMPLATE[:, 1]) * size + margin * (1 + 1j)
    source_mean = source.mean(axis=1)
    centred = source - source_mean[:, None]
    spin = (centred.conj() * (target - target.mean())).sum(axis=1) / (np.abs(centred) ** 2).sum(axis=1)
    sigma = _SMOOTHING_S / frame_seconds
    # The face's centre, size and roll are smoothed, not the matrix: its entries mix all three.
    spin = _smooth(spin, sigma)
    source_mean = _smooth(source_mean, sigma)
    shift = target.mean() - spin * source_mean
    affine = np.empty((len(points), 2, 3), np.float32)
    affine[:, 0, 0], affine[:, 0, 1], affine[:, 0, 2] = spin.real, -spin.imag, shift.real
    affine[:, 1, 0], affine[:, 1, 1], affine[:, 1, 2] = spin.imag, spin.real, shift.imag
    return affine


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter1d(values.real, sigma, mode="nearest") + 1j * ndimage.gaussian_filter1d(
        values.imag, sigma, mode="nearest"
    )


def box_under(affine: np.ndarray, size: int) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the source pixels that a crop by `affine` is made from, also beyond the picture's edges."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    backwards = cv2.invertAffineTransform(affine.astype(np.float64))
    under = corners @ backwards[:, :2].T + backwards[:, 2]
    low, high = np.floor(under.min(axis=0)).astype(int) - 4, np.ceil(under.max(axis=0)).astype(int) + 4
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def warp_crop(
    picture: np.ndarray, affine: np.ndarray, size: int, *, origin: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """The crop (size, size, 3) uint8 that `affine` takes from an upright RGB picture (H, W, 3) uint8; edges repeat.

    `picture` may be the part of the whole that `box_under` names; `origin` is then where its first pixel lies (x, y).
    """
    # Only the part under the crop is touched: halving a whole 4K picture would cost more than everything else.
    matrix = affine.astype(np.float64)
    matrix[:, 2] += matrix[:, :2] @ np.array(origin, np.float64)
    x0, y0, x1, y1 = box_under(matrix, size)
    low, high = np.maximum([x0, y0], 0), np.minimum([x1, y1], [picture.shape[1], picture.shape[0]])
    if (high - low).min() > 8:
        picture = picture[low[1] : high[1], low[0] : high[0]]
        matrix[:, 2] += matrix[:, :2] @ low
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:
        # Shrink by whole numbers first: bilinear sampling alone would skip source pixels and shimmer.
        factor = int(1 / scale)
        height, width = picture.shape[0] // factor, picture.shape[1] // factor
        picture = cv2.resize(
            picture[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA
        )
        matrix[:, 2] += matrix[:, :2] @ np.full(2, (factor - 1) / 2)
        matrix[:, :2] *= factor
    return cv2.warpAffine(
        np.ascontiguousarray(picture),
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def to_crop(landmarks: np.ndarray, affines: np.ndarray) -> np.ndarray:
    """Landmarks (F, N, 3) moved into their crops: (F, N, 2) float32 crop pixels."""
    return np.einsum("fij,fnj->fni", affines[:, :, :2], landmarks[..., :2]) + affines[:, None, :, 2]
