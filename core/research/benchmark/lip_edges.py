"""How ragged the lips' outer edge is: no lip's edge has steps, drips or pieces cut out of it."""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import OUTER_LIP

ROUGHER = 1.8  # times the median of the film's own frames: what 2 of 100 mouths of 13 people exceed
_UPPER, _LOWER = list(OUTER_LIP[:11]), [OUTER_LIP[0], *OUTER_LIP[:9:-1]]
_REACH, _STEPS = 0.07, 41  # eye-corner distances to either side of the landmarks
_COLUMNS, _CORNERS = 29, 1.5  # of which all are told that lie this many ring points from the corners
_DEGREE = 6  # of the curve that a lip's edge is
_EDGE_OF = 8  # steps at either end that tell the lip's colour and the skin's
_LEAST_RED, _DIM = 0.03, 8.0  # log ratio between lip and skin; grey levels


def raggedness(picture: np.ndarray, points: np.ndarray, scale: float) -> float:
    """RMS distance of the lips' outer edge from a smooth curve, in eye-corner distances; the rougher lip's.

    nan where lips are hardly redder than skin.

    Args:
        picture: (H, W, 3) uint8.
        points: (468, 2+) in its pixels.
        scale: pixels per eye-corner distance.
    """
    found = []
    at = np.linspace(_CORNERS, 10 - _CORNERS, _COLUMNS)
    offset = np.linspace(-_REACH, _REACH, _STEPS) * scale
    for ring, down in ((_UPPER, -1), (_LOWER, 1)):
        x, y = (np.interp(at, range(11), points[ring, axis]) for axis in (0, 1))
        rows = (y[:, None] + down * offset[None]).astype(np.float32)
        columns = np.repeat(x[:, None], _STEPS, axis=1).astype(np.float32)
        lines = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        red = np.log(lines[..., 0] + _DIM) - np.log(lines[..., 1] + _DIM)
        lip, skin = float(np.median(red[:, :_EDGE_OF])), float(np.median(red[:, -_EDGE_OF:]))
        if abs(lip - skin) < _LEAST_RED:
            return float("nan")
        edge = np.clip((red - skin) / (lip - skin), 0, 1).mean(axis=1) * 2 * _REACH
        along = np.linspace(-1, 1, _COLUMNS)
        curve = np.polynomial.legendre.Legendre.fit(along, edge, _DEGREE)
        found.append(float(np.sqrt(((edge - curve(along)) ** 2).mean())))
    return max(found)


def ragged_share(ragged: np.ndarray, own: np.ndarray, changed: np.ndarray) -> float:
    """Share of the `changed` (F,) frames whose edge is `ROUGHER` than is usual in the film's `own`; nan where it cannot be told."""
    if len(ragged) != len(changed) or not np.isfinite(own).any():
        return float("nan")
    told = changed & np.isfinite(ragged)
    return float((ragged[told] > ROUGHER * np.nanmedian(own)).mean()) if told.any() else float("nan")
