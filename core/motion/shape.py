"""The mouth-shape model: a tracked face → a few numbers that say only what the mouth does, and back.

A frame's landmarks lose their head pose (3-D similarity onto a mean head, over points that speech does not move) and
size (outer eye corners 1 apart); lips, the skin around them, chin, jaw and lower cheeks are then written in a linear
basis learnt from the within-person movement of many speakers (PCA, so that identity does not enter). What the basis
leaves of *identity* is a constant per person, which `PersonRange` estimates and removes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from safetensors.numpy import load_file

from core.base.models import model_files
from core.face_geometry.landmark_sets import (
    INNER_LIP,
    INNER_LIP_COLUMNS,
    JAW_LINE,
    NEXT_TO_LIPS,
    OUTER_LIP,
)

CHIN = (200, 199, 175, 171, 396, 208, 428, 201, 421, 194, 418, 32, 262, 204, 424, 211, 431, 140, 369)
JAW = JAW_LINE[2:-2]
CHEEKS = (
    202,
    422,
    212,
    432,
    216,
    436,
    214,
    434,
    192,
    416,
    207,
    427,
    187,
    411,
    210,
    430,
    135,
    364,
    138,
    367,
    169,
    394,
)
SHAPE_POINTS = OUTER_LIP + INNER_LIP + NEXT_TO_LIPS + CHIN + JAW + CHEEKS
"""The mesh points the model describes, in the order of `ShapeModel.decode`."""

# Rigid under speech and blinking: eye corners, nose bridge and wings, forehead, temples.
POSE_POINTS = (
    33,
    133,
    362,
    263,
    168,
    6,
    197,
    195,
    5,
    4,
    98,
    327,
    129,
    358,
    10,
    151,
    9,
    8,
    127,
    356,
    162,
    389,
)
SLOT = {point: index for index, point in enumerate(SHAPE_POINTS)}

MEASURES = ("opening", "width", "rounding", "jaw", "press", "teeth", "tongue")
"""Columns of `measures`: lengths in outer-eye-corner distances, except rounding, a ratio."""

# Numbers per person below rely on this many frames' worth of belief in the population (about 1.5 s of film, whose
# frames are alike over ~5 frames, so 8 independent looks at the mouth).
_PRIOR_FRAMES = 40.0
# Of 370 tracked clips of people speaking (eye-corner distances): no range of the opening is smaller, and the median.
LEAST_SPOKEN_RANGE, _AVERAGE_RANGE = 0.025, 0.074
_REST_SHARE = 0.2  # the least open fifth of a clip is taken for rest: pauses and closures together fill 20–30 % of speech


def local_landmarks(landmarks: np.ndarray, head: np.ndarray) -> np.ndarray:
    """The shape points without head pose and size.

    Args:
        landmarks: (F, 468, 3) in any similarity frame with y down and z towards the back.
        head: (len(POSE_POINTS), 3) the mean head, outer eye corners 1 apart.

    Returns:
        (F, len(SHAPE_POINTS), 3) float32 in units of the outer eye corners' distance.

    """
    rigid = landmarks[:, POSE_POINTS].astype(np.float64)
    centre, centres = head.mean(0), rigid.mean(1)
    covariance = np.einsum("fni,nj->fij", rigid - centres[:, None], head - centre)
    u, values, vt = np.linalg.svd(covariance)
    signs = np.ones_like(values)
    signs[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = (u * signs[:, None]) @ vt  # head → picture (Umeyama 1991)
    scale = (values * signs).sum(1) / ((head - centre) ** 2).sum()
    points = landmarks[:, SHAPE_POINTS].astype(np.float64) - centres[:, None]
    local = np.einsum("fji,fnj->fni", rotation, points) / scale[:, None, None] + centre
    return local.astype(np.float32)


def measures(local: np.ndarray) -> np.ndarray:
    """What an editor would call the shape: (F, len(MEASURES)) float32 of local points (F, len(SHAPE_POINTS), 3).

    `opening` is the inner lips' gap, `width` the distance of the corners, `rounding` height over width of the outer
    ring, `jaw` the chin's drop below the eyes' line, `press` how much thinner than open lips would be the red of both
    lips is (negative thickness), `teeth` the gap of a mouth that is wide for its opening, `tongue` that of a narrow one.
    """
    at = lambda point: local[:, SLOT[point]]  # noqa: E731
    gap = np.mean(
        [np.linalg.norm(at(high)[:, :2] - at(low)[:, :2], axis=1) for high, low in INNER_LIP_COLUMNS], axis=0
    )
    width = np.linalg.norm(at(61) - at(291), axis=1)
    height = np.linalg.norm(at(0)[:, :2] - at(17)[:, :2], axis=1)
    thickness = np.linalg.norm(at(0)[:, :2] - at(13)[:, :2], axis=1) + np.linalg.norm(
        at(14)[:, :2] - at(17)[:, :2], axis=1
    )
    inner = np.linalg.norm(at(78) - at(308), axis=1)
    spread = np.clip(
        (inner - 0.45) / 0.15, 0.0, 1.0
    )  # inner width 0.45 rounded … 0.60 spread, eye-corner distances
    return np.stack(
        [
            gap,
            width,
            height / np.maximum(width, 1e-6),
            at(152)[:, 1],
            -thickness,
            gap * spread,
            gap * (1 - spread),
        ],
        axis=1,
    ).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PersonRange:
    """How one person's mouth rests and how far it moves.

    Attributes:
        neutral: (K,) float32 coefficients of the resting, closed mouth.
        scale: (K,) float32 size of this person's movement against the population's, 1 = average.
        low: (len(MEASURES),) float32, the 4th percentile of each measure (`opening`: closed).
        high: (len(MEASURES),) float32, the 97th percentile (`opening`: wide open).
        is_seen_speaking: the range is this person's; else nobody speaks in the footage, and it is the average speaker's.

    """

    neutral: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_seen_speaking: bool = True

    def apply(self, coefs: np.ndarray) -> np.ndarray:
        """Coefficients (F, K) of this person → person-free ones: 0 at rest, moving as much as an average speaker."""
        return ((coefs - self.neutral) / self.scale).astype(np.float32)

    def undo(self, normalised: np.ndarray) -> np.ndarray:
        """Person-free coefficients (F, K) → this person's, in the space of `ShapeModel.encode`."""
        return (normalised * self.scale + self.neutral).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ShapeModel:
    """A linear basis of mouth movement.

    Attributes:
        head: (len(POSE_POINTS), 3) mean rigid head.
        mean: (len(SHAPE_POINTS), 3) mean resting mouth.
        basis: (K, len(SHAPE_POINTS), 3) movement for one standard deviation of each coefficient.
        analysis: (K, len(SHAPE_POINTS), 3) rows that measure the coefficients (weighted pseudo-inverse of `basis`).
        opening_axis: (K,) linear measure of opening: ``coefs @ opening_axis`` is in eye-corner distances.

    """

    head: np.ndarray
    mean: np.ndarray
    basis: np.ndarray
    analysis: np.ndarray
    opening_axis: np.ndarray

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "ShapeModel":
        """The model stored under the names of its attributes."""
        return cls(**{name: np.ascontiguousarray(arrays[name], np.float32) for name in cls.__slots__})

    @property
    def size(self) -> int:
        """Number of coefficients, K."""
        return len(self.basis)

    def local(self, landmarks: np.ndarray) -> np.ndarray:
        """The pose-free shape points of `landmarks` (F, 468, 3): (F, len(SHAPE_POINTS), 3) float32."""
        return local_landmarks(landmarks, self.head)

    def encode(self, landmarks: np.ndarray) -> np.ndarray:
        """The mouth shapes of tracked frames, (F, 468, 3) → (F, K) float32; each frame by itself, person included."""
        return self.encode_local(self.local(landmarks))

    def encode_local(self, local: np.ndarray) -> np.ndarray:
        """`encode` of points that are pose-free already, (F, len(SHAPE_POINTS), 3) → (F, K) float32."""
        return np.einsum("fnc,knc->fk", local - self.mean, self.analysis).astype(np.float32)

    def decode(self, coefs: np.ndarray, neutral: np.ndarray | None = None) -> np.ndarray:
        """Pose-free shape points (F, len(SHAPE_POINTS), 3) float32 of coefficients (F, K).

        Args:
            coefs: person-free when `neutral` is given (0 = rest), else as `encode` returns them.
            neutral: (len(SHAPE_POINTS), 3) the person's own resting points; by default the mean person's.

        """
        base = self.mean if neutral is None else neutral
        return (base + np.einsum("fk,knc->fnc", coefs, self.basis)).astype(np.float32)

    def person_range(self, landmarks: np.ndarray, quality: np.ndarray) -> PersonRange:
        """The rest and range of the person tracked in `landmarks` (F, 468, 3) with mesh confidence `quality` (F,).

        Little film gives little evidence: the scale is drawn towards the average person's (a conjugate prior worth 40
        frames), and the rest is the least open fifth of the frames. Where nobody speaks in the footage (a portrait, an
        animal, a listener), range and scale are the average speaker's.
        """
        local = self.local(landmarks)
        return self.person_range_of_local(local, quality)

    def person_range_of_local(self, local: np.ndarray, quality: np.ndarray) -> PersonRange:
        """`person_range` of points that are pose-free already, (F, len(SHAPE_POINTS), 3)."""
        usable = quality > 0.5
        if not usable.any():
            usable = np.ones(len(local), bool)
        local = local[usable]
        coefs, shown = self.encode_local(local), measures(local)
        opening = shown[:, 0]
        resting = opening <= np.quantile(opening, _REST_SHARE)
        neutral = np.median(coefs[resting], axis=0)
        variance = np.var(coefs, axis=0)
        scale = np.sqrt((len(coefs) * variance + _PRIOR_FRAMES) / (len(coefs) + _PRIOR_FRAMES))
        low, high = np.quantile(shown, [0.04, 0.97], axis=0)
        speaks = bool(high[0] - low[0] >= LEAST_SPOKEN_RANGE)
        if not speaks:  # a mouth at rest tells nothing about how it speaks
            scale = np.ones_like(scale)
            if (
                low[0] > _AVERAGE_RANGE
            ):  # panting, laughing: words draw such a mouth together, not farther apart
                axis = self.opening_axis / float(self.opening_axis @ self.opening_axis)
                neutral, low[0] = neutral - _AVERAGE_RANGE * axis, low[0] - _AVERAGE_RANGE
            high[0] = low[0] + _AVERAGE_RANGE
        return PersonRange(
            neutral.astype(np.float32),
            scale.astype(np.float32),
            low.astype(np.float32),
            high.astype(np.float32),
            speaks,
        )


@cache
def shape_model() -> ShapeModel:
    """The shipped mouth-shape model.

    Raises:
        ModelError: its file is missing or damaged.

    """
    (path,) = model_files("mouth-shape")
    return ShapeModel.from_arrays(load_file(path))
