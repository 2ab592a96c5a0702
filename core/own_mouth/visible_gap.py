"""How far lips are seen to be apart, told from colours rather than from landmarks.

The mesh reads the inner lips a few pixels wrong, and differently for each person: it calls lips shut between which teeth
show. Along five lines across the mouth this counts what is not lip-coloured.
"""

from dataclasses import dataclass

import cv2
import numpy as np

# Upper outer, upper inner, lower inner, lower outer point of five columns across the mouth's middle.
_COLUMNS = np.array(
    [(39, 81, 178, 181), (37, 82, 87, 84), (0, 13, 14, 17), (267, 312, 317, 314), (269, 311, 402, 405)]
)
_STEPS = 40
_LIP_PLACE = 0.45  # of the way from the outer to the inner edge of a lip: its reddest part
_DARKER = 0.40  # log brightness below the lip's own that only the mouth's inside has
_PALER = 0.035  # share of red below the lip's own that teeth have; the spread within a lip is about 0.01


@dataclass(frozen=True, slots=True, eq=False)
class VisibleGap:
    """What shows between the lips, in eye-corner distances.

    Attributes:
        height: mean over the mouth's middle.
        below: (5,) how far its middle lies below the middle of the landmarks' inner lips, for five columns from the
            picture's left to its right; nan where nothing shows.
    """

    height: float
    below: np.ndarray


def visible_gap(picture: np.ndarray, landmarks: np.ndarray, scale: float) -> VisibleGap:
    """How far the lips are seen to be apart, and where.

    Args:
        picture: (H, W, 3) uint8.
        landmarks: (468, 2 or 3) in its pixels.
        scale: pixels per eye-corner distance.
    """
    corners = landmarks[_COLUMNS, :2].astype(np.float32)  # (5, 4, 2)
    share = np.linspace(0, 1, _STEPS, dtype=np.float32)[None, :, None]
    lines = corners[:, :1] * (1 - share) + corners[:, 3:] * share
    places = np.concatenate([lines, _on_lips(corners)], axis=1)
    colours = cv2.remap(
        picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    light = np.log(colours.mean(axis=2) + 4.0)
    red = colours[..., 0] / (colours.sum(axis=2) + 12.0)
    upper_light, lower_light = (np.median(light[:, _STEPS + lip]) for lip in (0, 1))
    upper_red, lower_red = (np.median(red[:, _STEPS + lip]) for lip in (0, 1))
    # The darker and paler of both lips is the measure: what is neither is the inside.
    inside = (light[:, :_STEPS] < min(upper_light, lower_light) - _DARKER) | (
        red[:, :_STEPS] < min(upper_red, lower_red) - _PALER
    )
    steps = np.arange(_STEPS) / (_STEPS - 1)
    inside &= (steps > 0.2) & (steps < 0.8)  # the skin beyond the lips' edges is neither red nor counted
    lengths = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    height = float((inside.mean(axis=1) * lengths).mean() / scale)
    # Where along its line each column's landmarks have the slit, against where the colours have it.
    down = (corners[:, 3] - corners[:, 0]) / lengths[:, None]
    slit = (((corners[:, 1] + corners[:, 2]) / 2 - corners[:, 0]) * down).sum(axis=1)
    counts = inside.sum(axis=1)
    middle = (inside * steps).sum(axis=1) / np.maximum(counts, 1) * lengths
    return VisibleGap(height, np.where(counts > 0, (middle - slit) / scale, np.nan))


def _on_lips(corners: np.ndarray) -> np.ndarray:
    upper = corners[:, 0] + _LIP_PLACE * (corners[:, 1] - corners[:, 0])
    lower = corners[:, 3] + _LIP_PLACE * (corners[:, 2] - corners[:, 3])
    return np.stack([upper, lower], axis=1)
