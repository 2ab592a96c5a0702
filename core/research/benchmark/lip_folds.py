"""Whether skin below the mouth is seen twice, or drawn out as no skin is: a second chin, a fringe like a beard.

Told by the optical flow from the film's own picture: where it turns singular, one place of the film is seen at two.
"""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import CHIN_TIP, OUTER_LIP
from core.face_geometry.measures import eye_distance
from core.own_mouth.unfolded import scales

FOLDED = 0.13  # of a place's size: the least twentieth of the skin has less in 2 of 100 pairs of frames of 30 films, a fifth of a second apart
_BELOW_LIPS, _BELOW_CHIN = 0.03, 0.08  # eye-corner distances
_RIM = 4  # pixels at a patch's border whose flow leads out of it
_SMOOTH = 1.5  # pixels: a jump of the flow over less is noise
_LEAST_PIXELS = 60
_LEAST = 0.05  # share of the skin


def skin_below(landmarks: np.ndarray, affine: np.ndarray, side: int) -> np.ndarray:
    """(side, side) bool: chin and skin below the lips of (468, 2+) points in a patch whose pixels `affine` (2, 3) maps to the picture."""
    points = cv2.transform(landmarks[None, :, :2], cv2.invertAffineTransform(affine))[0]
    eyes = float(eye_distance(points))
    lips = points[list(OUTER_LIP)]
    top, bottom = lips[:, 1].max() + _BELOW_LIPS * eyes, points[CHIN_TIP, 1] + _BELOW_CHIN * eyes
    rows, columns = (
        np.clip(each, _RIM, side - _RIM) for each in ((top, bottom), (lips[:, 0].min(), lips[:, 0].max()))
    )
    mask = np.zeros((side, side), bool)
    mask[int(rows[0]) : int(rows[1]), int(columns[0]) : int(columns[1])] = True
    return mask


def least_scale(patch: np.ndarray, film: np.ndarray, skin: np.ndarray) -> float:
    """How small the least twentieth of the `skin` (P, P) bool of `patch` is in it against the `film`; nan without skin.

    1 where nothing was moved, 0 or less where it folds.

    Args:
        patch: (P, P, 3) uint8, steadied on the head.
        film: (P, P, 3) uint8, the same frame of the film.
        skin: see `skin_below`.
    """
    if skin.sum() < _LEAST_PIXELS:
        return float("nan")
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(
        *(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (patch, film)), None
    )
    field = cv2.GaussianBlur(flow, (0, 0), _SMOOTH)
    return float(np.quantile(scales(field, 1.0)[skin], _LEAST))


def folded_share(patches: np.ndarray, film: np.ndarray, skins: np.ndarray, changed: np.ndarray) -> float:
    """Share of the `changed` (F,) frames in which skin is `FOLDED` against the `film`'s own (F, P, P, 3); nan where it cannot be told.

    Args:
        patches: (F, P, P, 3) uint8, see `least_scale`.
        film: (F, P, P, 3), the same frames.
        skins: (F, P, P) bool; empty where none were made.
        changed: the frames that count.
    """
    if len(skins) != len(changed):
        return float("nan")
    found = [least_scale(patches[row], film[row], skins[row]) for row in np.flatnonzero(changed)]
    told = np.array([value for value in found if np.isfinite(value)])
    return float((told < FOLDED).mean()) if len(told) else float("nan")
