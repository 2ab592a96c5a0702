"""Where a face lies in the square that a published network was trained on, from the 468 mesh points.

The networks' authors used 68 and 106 landmarks; these are the mesh points at the same places of the face. Both rules are
smoothed over 80 ms, as all our aligned crops are, for a box that trembles makes a mouth that trembles.
"""

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.face_geometry.landmark_sets import FACE_OVAL, LEFT_EYEBROW, RIGHT_EYEBROW

SMOOTHED = 25  # frames on either side that smoothing may look at
_SMOOTHING_S = 0.08
_LONG_SMOOTHING_S = 0.2
_FACE_MARGIN = 1.45
# MuseTalk's 68 points: jaw, brows, eyes, nose and mouth. The hairline, which they have not, is above the box anyway.
_JAW_AND_BROWS = (*FACE_OVAL[7:30], *LEFT_EYEBROW, *RIGHT_EYEBROW)  # from temple to temple below the face
_NOSE_BRIDGE = 5  # number 29 of the 68: the third of the four points down the ridge
_JAW_MARGIN = 10 / 256  # of the box's height below the chin, as in training
# LatentSync's template in units of its 75 × 100 canvas: brow, brow, nose.
_TEMPLATE = np.array([17 + 20j, 58 + 20j, 37.5 + 40j])
_CANVAS = (75, 100)
_TEMPLATE_SCALE = 2.8 / 256
_NOSE = (5, 4, 129, 358)  # lower ridge, tip, wings


def musetalk_affines(landmarks: np.ndarray, size: int, frame_seconds: float = 0.04) -> np.ndarray:
    """(F, 2, 3) float64 from source pixels to MuseTalk's square: an upright box, its middle row on the bridge of the nose.

    Args:
        landmarks: (F, 468, 2 or more) source pixels, one face of one shot.
        size: side of the square in pixels; the box's sides are not kept in proportion.
        frame_seconds: time from frame to frame, for the smoothing.
    """
    outline = landmarks[:, list(_JAW_AND_BROWS), :2].astype(np.float64)
    low, high = outline[..., 0].min(axis=1), outline[..., 0].max(axis=1)
    chin, bridge = outline[..., 1].max(axis=1), landmarks[:, _NOSE_BRIDGE, 1].astype(np.float64)
    height = 2 * np.maximum(chin - bridge, 1.0)
    box = np.stack([low, chin - height, np.maximum(high, low + 2), chin + _JAW_MARGIN * height], axis=1)
    box = gaussian_filter1d(box, _SMOOTHING_S / frame_seconds, axis=0, mode="nearest")
    x0, y0, x1, y1 = box.T
    affines = np.zeros((len(box), 2, 3))
    affines[:, 0, 0], affines[:, 1, 1] = size / (x1 - x0), size / (y1 - y0)
    # Pixel centres at whole numbers on both sides.
    affines[:, 0, 2] = (0.5 - x0) * affines[:, 0, 0] - 0.5
    affines[:, 1, 2] = (0.5 - y0) * affines[:, 1, 1] - 0.5
    return affines


def latentsync_affines(landmarks: np.ndarray, size: int, frame_seconds: float = 0.04) -> np.ndarray:
    """(F, 2, 3) float64 from source pixels to LatentSync's square: brows and nose on a template, 3:4 squeezed into 1:1.

    Arguments as `musetalk_affines`.
    """
    points = np.stack(
        [landmarks[:, list(part), :2].mean(axis=1) for part in (RIGHT_EYEBROW, LEFT_EYEBROW, _NOSE)], axis=1
    ).astype(np.float64)
    source = points[..., 0] + 1j * points[..., 1]
    target = _TEMPLATE * (_TEMPLATE_SCALE * size)
    middle = source.mean(axis=1)
    centred, wanted = source - middle[:, None], target - target.mean()
    # One scale by the ratio of standard deviations, one turn by least squares.
    scale = np.sqrt((np.abs(wanted) ** 2).sum() / (np.abs(centred) ** 2).sum(axis=1).clip(1e-9))
    turn = (centred.conj() * wanted).sum(axis=1)
    spin = scale * turn / np.abs(turn).clip(1e-9)
    sigma = _SMOOTHING_S / frame_seconds
    spin, middle = _smooth(spin, sigma), _smooth(middle, sigma)
    shift = target.mean() - spin * middle
    canvas = [round(side * _TEMPLATE_SCALE * size) for side in _CANVAS]
    across, down = size / canvas[0], size / canvas[1]
    affines = np.empty((len(points), 2, 3))
    affines[:, 0] = across * np.stack([spin.real, -spin.imag, shift.real + 0.5], axis=1)
    affines[:, 1] = down * np.stack([spin.imag, spin.real, shift.imag + 0.5], axis=1)
    affines[:, :, 2] -= 0.5
    return affines


def tbdub_affines(landmarks: np.ndarray, size: int, frame_seconds: float = 0.04) -> np.ndarray:
    """(F, 2, 3) float64 from source pixels to TBDub's square: upright, around the middle of the face, 1.45 times its longer side.

    Arguments as `musetalk_affines`. Smoothed longer than the others', for the network was trained on squares that hardly move.
    """
    points = landmarks[:, :, :2].astype(np.float64)
    low, high = points.min(axis=1), points.max(axis=1)
    middle, side = (low + high) / 2, _FACE_MARGIN * np.maximum((high - low).max(axis=1), 1.0)
    sigma = min(
        _LONG_SMOOTHING_S / frame_seconds, SMOOTHED / 4
    )  # nothing beyond the frames that are looked at
    middle = gaussian_filter1d(middle, sigma, axis=0, mode="nearest")
    scale = size / gaussian_filter1d(side, sigma, mode="nearest")
    affines = np.zeros((len(points), 2, 3))
    affines[:, 0, 0] = affines[:, 1, 1] = scale
    affines[:, :, 2] = (0.5 - middle) * scale[:, None] + size / 2 - 0.5
    return affines


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    return gaussian_filter1d(values.real, sigma, mode="nearest") + 1j * gaussian_filter1d(
        values.imag, sigma, mode="nearest"
    )


def cut(picture: np.ndarray, affine: np.ndarray, size: int, outside: int | None) -> np.ndarray:
    """The (size, size, 3) uint8 square that `affine` takes from a (H, W, 3) uint8 picture.

    `outside` is the grey beyond the picture's edges; None repeats them.
    """
    matrix = affine.astype(np.float64)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 0.5:  # averaged first: resampling alone would skip source pixels and shimmer
        step = int(1 / scale)
        back = cv2.invertAffineTransform(matrix)
        corners = np.array([[0, 0], [size, 0], [0, size], [size, size]]) @ back[:, :2].T + back[:, 2]
        extent = np.array(picture.shape[1::-1])
        low = np.clip(np.floor(corners.min(0)).astype(int) - 8 * step, 0, extent) // step * step
        high = np.clip(np.ceil(corners.max(0)).astype(int) + 8 * step, 0, extent)
        columns, rows = (high - low) // step
        if columns > 0 and rows > 0:
            part = picture[low[1] : low[1] + rows * step, low[0] : low[0] + columns * step]
            picture = cv2.resize(part, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
            matrix[:, 2] += matrix[:, :2] @ (low + (step - 1) / 2)
            matrix[:, :2] *= step
    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    return cv2.warpAffine(
        np.ascontiguousarray(picture),
        matrix,
        (size, size),
        flags=cv2.INTER_LANCZOS4,
        borderMode=border,
        borderValue=(outside or 0,) * 3,
    )
