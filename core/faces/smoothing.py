"""Landmarks without tremble and without lag.

The rigid motion of the head (turn, size, place) and what moves in the face are smoothed apart. Both use local parabolas
(Savitzky–Golay), centred on the frame, so there is no lag; the width of the parabola is chosen for each frame as the
widest that still agrees with all narrower ones within the noise: Goldenshluger and Nemirovski, "On spatially adaptive
estimation of nonparametric regression", 1997 (intersection of confidence intervals). Still stretches get long windows, a closing lip
gets none.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import convolve1d
from scipy.spatial.transform import Rotation

from core.face_geometry.canonical_face import normalise, person_template
from core.face_geometry.landmark_sets import LIPS

RIGID_WINDOWS = (5, 7, 9, 13, 17)
FACE_WINDOWS = (5, 7, 9, 13)
LIP_WINDOWS = (5, 7)
AGREEMENT = 2.0  # standard deviations within which wider and narrower parabolas must agree
BLOCK, OVERLAP = 2048, 32  # frames worked on at once: memory stays bounded, and the seams cannot be seen


def smooth_landmarks(
    landmarks: np.ndarray, *, template: np.ndarray | None = None, out: np.ndarray | None = None
) -> np.ndarray:
    """(F, 468, 3) float32 of raw `landmarks` of one face in one shot; F may be any length.

    `template` is the person's own reference face (`person_template`); it is taken from these landmarks when None.
    `out` takes the result (a memory map, for instance).
    """
    count = len(landmarks)
    result = np.empty((count, *landmarks.shape[1:]), dtype=np.float32) if out is None else out
    if count < min(LIP_WINDOWS):
        result[:] = landmarks
        return result
    if template is None:
        template = person_template(landmarks[:: max(count // 200, 1)])
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        low, high = max(start - OVERLAP, 0), min(end + OVERLAP, count)
        result[start:end] = _smooth_block(np.asarray(landmarks[low:high]), template)[start - low : end - low]
    return result


def _smooth_block(landmarks: np.ndarray, template: np.ndarray) -> np.ndarray:
    faces = normalise(landmarks, template=template)
    middle = Rotation.from_matrix(faces.rotation).mean()
    turns = (middle.inv() * Rotation.from_matrix(faces.rotation)).as_rotvec()
    turns = adaptive_smooth(turns[:, :, None], RIGID_WINDOWS)[:, :, 0]
    rotation = (middle * Rotation.from_rotvec(turns)).as_matrix()
    size_and_place = np.concatenate([faces.scale[:, None], faces.translation], axis=1)
    size_and_place = adaptive_smooth(size_and_place[:, :, None], RIGID_WINDOWS)[:, :, 0]

    local = faces.local.astype(np.float64)
    is_lip = np.zeros(local.shape[1], dtype=bool)
    is_lip[LIPS] = True
    smooth = np.empty_like(local)
    smooth[:, is_lip] = adaptive_smooth(local[:, is_lip], LIP_WINDOWS)
    smooth[:, ~is_lip] = adaptive_smooth(local[:, ~is_lip], FACE_WINDOWS)
    placed = (smooth @ rotation.transpose(0, 2, 1)) * size_and_place[:, 0, None, None]
    return (placed + size_and_place[:, None, 1:]).astype(np.float32)


def adaptive_smooth(values: np.ndarray, windows: Sequence[int]) -> np.ndarray:
    """(F, N, C) `values` smoothed along F; each of the N points chooses its window by all of its C coordinates.

    Windows must rise; those longer than F are left out.
    """
    from scipy.signal import savgol_coeffs  # slow to import: faces are looked for meanwhile

    noise = noise_level(values)  # (N, C)
    chosen = values
    low = values - AGREEMENT * noise
    high = values + AGREEMENT * noise
    still_agrees = np.ones(values.shape[:2], dtype=bool)
    for window in windows:
        if window > len(values):
            break
        kernel = savgol_coeffs(window, 2)
        wider = _filter(values, window, kernel)
        margin = AGREEMENT * noise * np.linalg.norm(kernel)
        low = np.maximum(low, wider - margin)
        high = np.minimum(high, wider + margin)
        still_agrees &= (low <= high).all(axis=2)
        chosen = np.where(still_agrees[:, :, None], wider, chosen)
    return chosen


def _filter(values: np.ndarray, window: int, kernel: np.ndarray) -> np.ndarray:
    """Savitzky–Golay along axis 0; at both ends the border's parabola is read off the centre."""
    from scipy.signal import savgol_coeffs

    half = window // 2
    result = convolve1d(values, kernel[::-1], axis=0, mode="nearest")
    # The half windows at the ends: fit one parabola to the outermost `window` frames and read it at each place.
    for place in range(half):
        head = savgol_coeffs(window, 2, pos=place, use="dot")
        result[place] = np.tensordot(head, values[:window], 1)
        result[-1 - place] = np.tensordot(head, values[: -window - 1 : -1], 1)
    return result


def noise_level(values: np.ndarray) -> np.ndarray:
    """(N, C) standard deviation of the frame-to-frame noise in `values` (F, N, C).

    From third differences, which smooth motion hardly enters, by their median, which the few fast moments do not enter.
    """
    if len(values) < 5:
        return np.zeros(values.shape[1:])
    third = np.diff(values, n=3, axis=0)
    # White noise of deviation 1 gives third differences of deviation sqrt(1 + 9 + 9 + 1).
    return np.median(np.abs(third), axis=0) / (0.6745 * np.sqrt(20))
