"""How long a film's shutter is open, as a share of a frame's time: told from its own moving and still faces.

A face that moves by v pixels a frame is smeared along its way over a length of share · v. Whatever smears the same face in
a still frame by as much, so that both have the same detail along the way, is the share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.own_mouth.motion_blur import length_to_sigma, smeared

_LEAST_SPEED = 2.5  # pixels a frame: slower movements smear less than a codec does
_STILLER = 3.0  # times slower is the frame it is compared with
_NEAR = 30  # frames: light and distance are still the same
_APART = 4  # frames between two moving ones that are measured
_PAIRS = 16
_FEWEST = 4  # pairs, below which the share is unknown
USUAL = 0.35  # the median of eight training films, which gave 0 to 0.9; the custom is a half
_SHARES = np.arange(0, 1.41, 0.1)
_OUTLINE = (226, 446, 361, 288, 365, 377, 152, 148, 136, 58, 132)  # eyes to chin
_NOISE = 1.0  # pixels: grain is no movement's blur
_SHADING = 6.0  # pixels: what is coarser is light


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One frame's face.

    Attributes:
        grey: (H, W) float32.
        where: (H, W) float32, 1 on the face from the eyes to the chin.
    """

    grey: np.ndarray
    where: np.ndarray


def moving_pairs(velocity: np.ndarray, owner: np.ndarray, frame: np.ndarray) -> list[tuple[int, int]]:
    """Rows of fast frames and of the stillest frame near each; `velocity` (N, 2) pixels a frame, by (`owner`, `frame`)."""
    speed = np.linalg.norm(velocity, axis=1)
    pairs: list[tuple[int, int]] = []
    for row in np.argsort(-speed, kind="stable"):
        if speed[row] < _LEAST_SPEED or len(pairs) == _PAIRS:
            break
        if any(owner[row] == owner[other] and abs(frame[row] - frame[other]) < _APART for other, _ in pairs):
            continue
        near = np.flatnonzero((owner == owner[row]) & (np.abs(frame - frame[row]) <= _NEAR))
        stillest = int(near[np.argmin(speed[near])])
        if speed[stillest] * _STILLER < speed[row]:
            pairs.append((int(row), stillest))
    return pairs


def sight(picture: np.ndarray, landmarks: np.ndarray) -> Sight:
    """The face of `landmarks` (468, 2+) in `picture` (H, W, 3)."""
    outline = landmarks[list(_OUTLINE), :2]
    low = np.maximum(np.floor(outline.min(axis=0)).astype(int), 0)
    high = np.maximum(np.ceil(outline.max(axis=0)).astype(int) + 1, low + 1)
    grey = picture[low[1] : high[1], low[0] : high[0]].mean(axis=2).astype(np.float32)
    where = np.zeros(grey.shape, np.uint8)
    cv2.fillConvexPoly(where, cv2.convexHull(np.round((outline - low) * 16).astype(np.int32)), 1, shift=4)
    return Sight(grey, where.astype(np.float32))


def open_share(pairs: Sequence[tuple[Sight, Sight, np.ndarray]]) -> float:
    """The share of a frame's time the shutter is open, from (moving, still, velocity (2,)); `USUAL` from too few.

    What two frames of a face differ in besides, another expression above all, is as often sharper as it is softer, so it
    is the mean over all pairs that has to agree.
    """
    pairs = [pair for pair in pairs if pair[0].where.any() and pair[1].where.any()]
    if len(pairs) < _FEWEST:
        return USUAL
    before, sharper = 0.0, _excess(pairs, 0.0)
    if sharper <= 0:
        return 0.0
    for share in _SHARES[1:]:
        excess = _excess(pairs, share)
        if excess <= 0:
            return float(before + (share - before) * sharper / max(sharper - excess, 1e-6))
        sharper, before = excess, float(share)
    return float(_SHARES[-1])


def _excess(pairs: Sequence[tuple[Sight, Sight, np.ndarray]], share: float) -> float:
    """Mean log of how much more detail along the way the still faces have than the moving ones, once smeared for `share`."""
    logs = []
    for moving, still, velocity in pairs:
        speed = float(np.linalg.norm(velocity))
        along = velocity / speed
        across = np.array([-along[1], along[0]])
        smear = Sight(smeared(still.grey, along, length_to_sigma(share * speed)), still.where)
        # Focus and codec differ from frame to frame, too: what they do shows across the way as much as along it.
        along_over_across = [
            detail(seen, along) / max(detail(seen, across), 1e-6) for seen in (smear, moving)
        ]
        logs.append(np.log(along_over_across[0] / max(along_over_across[1], 1e-6)))
    return float(np.mean(logs))


def detail(seen: Sight, along: np.ndarray) -> float:
    """RMS slope of the brightness in the direction `along` (2,) on the face, its mean brightness being 1."""
    grey = cv2.GaussianBlur(seen.grey, (0, 0), _NOISE)
    slope = along[0] * cv2.Scharr(grey, cv2.CV_32F, 1, 0) + along[1] * cv2.Scharr(grey, cv2.CV_32F, 0, 1)
    slope = slope - cv2.GaussianBlur(slope, (0, 0), _SHADING)
    weight = max(float(seen.where.sum()), 1.0)
    mean = float((grey * seen.where).sum()) / weight
    return float(np.sqrt((slope**2 * seen.where).sum() / weight)) / max(mean, 1.0)
