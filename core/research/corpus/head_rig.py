"""A face that speaks: 468 points from viseme values, blinks, brows and gaze.

How skin, chin and cheeks follow the lips is measured: six movements, regressed on the tracked speech of many people
(``resources/face/mouth_motion.npz``, made by `core.research.corpus.mouth_motion`). What a tracker cannot measure is added by
construction: lips that touch, push forward, roll in, or meet the teeth, and lids that slide over an eyeball.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.base.models import PROGRAM_ROOT
from core.face_geometry.landmark_sets import LEFT_EYE, RIGHT_EYE
from core.research.corpus.visemes import PARAMETERS

MOUTH_MOTION_FILE = PROGRAM_ROOT / "resources" / "face" / "mouth_motion.npz"
LIP_PAIRS = (
    *((191, 95), (80, 88), (81, 178), (82, 87), (13, 14)),
    *((312, 317), (311, 402), (310, 318), (415, 324)),
)
# Full-scale movements in face units, at the 99th percentile of the tracked speech (1 unit is about 90 mm).
GAP_FULL = 0.235
JAW_FULL = 0.125
_WIDTH_FULL = 0.105
_ROUND_WIDTH = 0.16
_RAISE_FULL = 0.04
EYE_RADIUS = 0.178
_LID_CLEARANCE = 0.012

# Per eye (right, left): upper and lower lid, from the outer to the inner corner.
LIDS = (
    ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155)),
    ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382)),
)
# The next two rings of skin above the upper lid, inner and outer, which fold when the eye shuts.
LID_SKIN = (
    ((247, 30, 29, 27, 28, 56, 190), (113, 225, 224, 223, 222, 221, 189)),
    ((467, 260, 259, 257, 258, 286, 414), (342, 445, 444, 443, 442, 441, 413)),
)
_BROWS = (
    *(70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
    *(71, 68, 104, 69, 108, 301, 298, 333, 299, 337, 9, 151),
)


@dataclass(frozen=True, slots=True)
class Expression:
    """What the upper face does: `blink` 0 open … 1 shut per eye (right, left), `brows` −1 down … 1 up."""

    blink: tuple[float, float] = (0.0, 0.0)
    brows: float = 0.0
    smile: float = 0.0


@cache
def _movements() -> dict[str, np.ndarray]:
    with np.load(MOUTH_MOTION_FILE) as data:
        return {
            str(name): field.astype(np.float64)
            for name, field in zip(data["names"], data["movements"], strict=True)
        }


def eye_centres(face: np.ndarray) -> np.ndarray:
    """(2, 3) centres of the eyeballs (right, left) that sit behind the lids of a face at rest (468, 3)."""
    centres = []
    for loop in (RIGHT_EYE, LEFT_EYE):
        lid = face[list(loop)]
        x, y = (lid[0, 0] + lid[8, 0]) / 2, (lid[0, 1] + lid[8, 1]) / 2
        front = lid[[4, 12], 2].mean()
        centres.append((x, y, front + EYE_RADIUS - 0.004))
    return np.array(centres)


def closed_lips(face: np.ndarray) -> np.ndarray:
    """`face` (468, 3) with its lips touching: a tracked mean mouth keeps a slit that real closed lips do not have."""
    moved = face.copy()
    pairs = np.array(LIP_PAIRS)
    half = (face[pairs[:, 1], 1] - face[pairs[:, 0], 1]) / 2
    for which, sign in ((0, 1.0), (1, -1.0)):
        anchors = face[pairs[:, which]]
        for i, (anchor, shift) in enumerate(zip(anchors, half, strict=True)):
            moved[pairs[i, which], 1] += sign * shift
            near = np.linalg.norm(face[:, :2] - anchor[:2], axis=1)
            lip = _lip_side(face) * (-sign) > 0
            weight = 0.55 * np.exp(-((near / 0.035) ** 2)) * lip
            weight[pairs.ravel()] = 0
            moved[:, 1] += sign * shift * weight * 0.6
    return moved


def _lip_side(face: np.ndarray) -> np.ndarray:
    """1 below the line between the lips, −1 above (468,)."""
    line = (face[13, 1] + face[14, 1]) / 2
    return np.where(face[:, 1] > line, 1.0, -1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """One identity's moving face. `rest` (468, 3) has closed lips and open eyes."""

    rest: np.ndarray
    mouth_scale: float  # this mouth's width over the mean one's
    eyes: np.ndarray  # (2, 3)

    def face(self, visemes: np.ndarray, expression: Expression) -> np.ndarray:
        """(468, 3) for one moment's `visemes` (11,) as in `PARAMETERS`."""
        v = dict(zip(PARAMETERS, (float(x) for x in visemes), strict=True))
        move = _movements()
        shift = (
            move["gap"] * v["opening"] * GAP_FULL
            + move["chin"] * self.chin_drop(visemes)
            + move["width"]
            * (_WIDTH_FULL * v["width"] - _ROUND_WIDTH * v["rounding"] + 0.07 * expression.smile)
            + move["ulraise"] * _RAISE_FULL * (v["upper_raise"] - 0.25 * v["press"])
            + move["corner_y"]
            * (0.22 * self.chin_drop(visemes) - 0.012 * max(v["width"], 0.0) - 0.035 * expression.smile)
        )
        points = self.rest + self.mouth_scale * shift
        self._shape_lips(points, v)
        self._lift_brows(points, expression.brows)
        for side in (0, 1):
            self._shut_lids(points, side, expression.blink[side])
        return points

    def chin_drop(self, visemes: np.ndarray) -> float:
        """How far the chin is below its rest, in face units."""
        v = dict(zip(PARAMETERS, (float(x) for x in visemes), strict=True))
        # With the lips open wider than the jaw alone would part them, the jaw gives way: lips cannot do it alone.
        return max(JAW_FULL * v["jaw"], 0.45 * GAP_FULL * v["opening"])

    def _shape_lips(self, points: np.ndarray, v: dict[str, float]) -> None:
        rest = self.rest
        middle = (rest[13] + rest[14]) / 2
        dx = (rest[:, 0] - middle[0]) / 0.30
        dy = (rest[:, 1] - middle[1]) / 0.17
        around = np.exp(
            -((np.abs(dx) ** 3) + (np.abs(dy) ** 3))
        )  # 1 on the lips, soft edge on the skin around
        centre = np.exp(-((np.abs(dx) * 1.5) ** 2)) * around
        lower = 1 / (1 + np.exp(-(rest[:, 1] - middle[1]) / 0.012))
        inner = np.exp(-(((rest[:, 1] - middle[1]) / 0.05) ** 2)) * around
        front = rest[:, 2] < 0.1  # nothing behind the cheeks
        pucker = v["rounding"] * front
        points[:, 2] -= 0.075 * pucker * centre
        points[:, 2] -= 0.02 * pucker * inner
        # Pursed lips grow thicker; pressed ones thinner, rolled in.
        points[:, 1] += 0.16 * pucker * centre * (points[:, 1] - middle[1]) * np.exp(-(dy**2))
        press = v["press"] * front
        points[:, 2] += 0.03 * press * inner
        points[:, 1] -= 0.14 * press * (rest[:, 1] - middle[1]) * np.exp(-(dy**2)) * around
        raise_ = v["lower_raise"] * front
        points[:, 1] -= 0.02 * raise_ * lower * around * (1 if v["lower_raise"] < 0 else 0.4)
        tuck = v["tuck"] * front * lower
        points[:, 2] += tuck * (0.075 * inner * np.exp(-((dx * 0.9) ** 2)) + 0.012 * around)
        points[:, 1] -= 0.012 * tuck * around
        self._part_lips(points, v["opening"])

    def _part_lips(self, points: np.ndarray, opening: float) -> None:
        """Gives the lips' slit exactly the asked-for height in its middle; lips never pass through each other."""
        # Shut lips overlap by half a millimetre, so that no light passes between them.
        wanted = self.mouth_scale * GAP_FULL * opening - 0.006 * max(0.0, 1 - opening / 0.04)
        upper, lower = (np.array(ids) for ids in zip(*LIP_PAIRS, strict=True))
        width = np.abs(points[291, 0] - points[61, 0]) / 2
        across = np.clip(
            np.abs(self.rest[upper, 0]) / max(np.abs(self.rest[upper, 0]).max() * 1.22, width * 0.9), 0, 1
        )
        profile = wanted * (1 - across**2.4)
        gap = points[lower, 1] - points[upper, 1]
        excess = gap - profile
        share = 0.5 if opening < 0.05 else 0.25  # an open slit is corrected mostly by the lower lip
        for ids, part in ((upper, share), (lower, share - 1)):
            for i, extra in zip(ids, excess, strict=True):
                near = np.linalg.norm(self.rest[:, :2] - self.rest[i, :2], axis=1)
                same_lip = (self.rest[:, 1] - self.rest[13, 1]) * (1 if part < 0 else -1) > -1e-3
                weight = 0.28 * np.exp(-((near / 0.06) ** 2)) * same_lip
                weight[np.concatenate([upper, lower])] = 0
                points[:, 1] += part * extra * weight * 0.5
                points[i, 1] += part * extra

    def _lift_brows(self, points: np.ndarray, amount: float) -> None:
        ids = np.array(_BROWS)
        points[ids, 1] -= 0.035 * amount

    def _shut_lids(self, points: np.ndarray, side: int, amount: float) -> None:
        centre = self.eyes[side]
        upper, lower = LIDS[side]
        lid_shift = []
        for u, low in zip(upper, lower, strict=True):
            start = points[u].copy()
            meet = points[low] + 0.12 * (points[u] - points[low])  # the lower lid rises a little
            target = start + amount * (meet - start)
            points[u] = _outside(target, centre)
            points[low] = _outside(points[low] + amount * (meet - points[low]) * 0.9, centre)
            lid_shift.append(points[u] - start)
        for ring, follow in zip(LID_SKIN[side], (0.62, 0.16), strict=True):
            for i, shift in zip(ring, lid_shift, strict=True):
                points[i] = _outside(points[i] + follow * shift, centre)


def _outside(point: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """`point`, pushed forward if it lies inside the eyeball's clearance."""
    away = point - centre
    clear = EYE_RADIUS + _LID_CLEARANCE
    flat = away[0] ** 2 + away[1] ** 2
    if flat >= clear**2:
        return point
    front = -np.sqrt(clear**2 - flat)
    return point if away[2] <= front else np.array([point[0], point[1], centre[2] + front])


def make_rig(face: np.ndarray) -> Rig:
    """The rig of a face at rest (468, 3) in canonical axes."""
    rest = closed_lips(face)
    eyes = eye_centres(rest)
    for side, loop in enumerate((RIGHT_EYE, LEFT_EYE)):
        for i in loop:
            rest[i] = _outside(rest[i], eyes[side])
    return Rig(rest, float(np.abs(face[291, 0] - face[61, 0]) / 0.54), eyes)
