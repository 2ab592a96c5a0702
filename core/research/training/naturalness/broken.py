"""Mouths broken on purpose, as engines break them: drawn on real ones, so that only the damage tells both apart."""

from collections.abc import Callable

import cv2
import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP, OUTER_LIP
from core.own_mouth.naturalness import SPAN
from core.own_mouth.regions import LOWER_INNER, UPPER_INNER
from core.research.training.naturalness.mouths import SIZE, SPARE

EYES = SIZE / (SPAN * SPARE)  # pixels per eye-corner distance
_Breaker = Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def opening(points: np.ndarray) -> float:
    """How far the lips of `points` (468, 2) are apart, eye-corner distances."""
    return float(np.linalg.norm(points[UPPER_INNER] - points[LOWER_INNER], axis=1)[3:8].mean()) / EYES


def broken(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, str]:
    """`picture` (SIZE, SIZE, 3) uint8 with one thing wrong that is seen, and its name.

    Args:
        picture: a real mouth.
        points: (468, 2) in its pixels.
        other: another mouth of the same person, of the same size.
        rng: what is drawn with.
    """
    open_enough = opening(points) > 0.05
    names = [*ALWAYS, *(2 * [*OPEN] if open_enough else [])]
    for _ in range(8):
        name = str(rng.choice(names))
        made = (ALWAYS | OPEN)[name](picture, points, other, rng)
        if np.abs(made.astype(np.int16) - picture).max(axis=2).astype(np.float32).mean() > 0.35:
            return made, name
    return _block(picture, points, other, rng), "block"


def _mask(
    points: np.ndarray, ring: tuple[int, ...] | list[int], soft: float, grow: float = 0.0
) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(ring)] * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    if grow > 0:
        mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(grow) + 1,) * 2))
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(soft, 0.5))[..., None]


def _blend(picture: np.ndarray, made: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.clip(picture + weight * (made.astype(np.float32) - picture) + 0.5, 0, 255).astype(np.uint8)


def _moved(picture: np.ndarray, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    return cv2.remap(
        picture,
        x + dx.astype(np.float32),
        y + dy.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def _span(points: np.ndarray) -> tuple[float, float, float, float]:
    ring = points[list(INNER_LIP)]
    return float(ring[:, 0].min()), float(ring[:, 0].max()), float(ring[:, 1].min()), float(ring[:, 1].max())


def _ribs(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A band of the inside drawn out: teeth become stripes."""
    _, _, top, bottom = _span(points)
    at = top + (bottom - top) * rng.uniform(0.25, 0.8)
    half = (bottom - top) * rng.uniform(0.25, 0.6)
    slope = rng.uniform(-0.25, 0.25)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    from_line = y - at - slope * (x - points[13, 0])
    dy = -np.clip(from_line, -half, half) * rng.uniform(0.8, 0.97)
    return _blend(picture, _moved(picture, np.zeros_like(dy), dy), _mask(points, INNER_LIP, 1.0))


def _ghost(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Two insides at once."""
    shift = rng.uniform(0.025, 0.06) * EYES * rng.choice([-1, 1])
    source = other if rng.random() < 0.5 else picture
    second = _moved(source, np.full((SIZE, SIZE), rng.normal(0, 2)), np.full((SIZE, SIZE), shift))
    return _blend(picture, second, rng.uniform(0.4, 0.6) * _mask(points, INNER_LIP, 1.0))


def _fangs(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """What is below one line through the mouth slides over what is above: rows of teeth cut across."""
    left, right, top, bottom = _span(points)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    teeth = 0.035 * EYES * np.sin((x - left) / EYES * rng.uniform(25, 60) + rng.uniform(0, 6))
    line = top + (bottom - top) * rng.uniform(0.3, 0.7) + rng.uniform(-0.3, 0.3) * (x - (left + right) / 2)
    line = line + (teeth if rng.random() < 0.6 else 0)
    dy = np.where(y > line, 1.0, -rng.uniform(0, 1)) * rng.uniform(0.025, 0.07) * EYES * rng.choice([-1, 1])
    return _blend(picture, _moved(picture, np.zeros_like(dy), dy), _mask(points, INNER_LIP, 0.7))


def _wedge(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Dark where a corner of the mouth should be lip or teeth."""
    left, right, top, bottom = _span(points)
    reach = rng.uniform(0.2, 0.45) * (right - left)
    corner = points[78] if rng.random() < 0.5 else points[308]
    sign = 1 if corner[0] < (left + right) / 2 else -1
    inward = corner[0] + sign * reach
    height = max((bottom - top) * rng.uniform(0.5, 1.2), 0.04 * EYES)
    shape = np.array(
        [
            corner,
            (inward, corner[1] - height * rng.uniform(0.2, 0.8)),
            (inward, corner[1] + height * rng.uniform(0.2, 0.8)),
        ]
    )
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    weight = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), rng.uniform(0.5, 2.0))[..., None]
    dark = np.float32([rng.uniform(10, 60), rng.uniform(5, 35), rng.uniform(5, 35)])
    return _blend(picture, np.broadcast_to(dark, picture.shape), weight * rng.uniform(0.75, 1))


def _torn(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A lip's edge in steps."""
    step = int(rng.integers(3, 9))
    jumps = rng.normal(0, rng.uniform(0.02, 0.045) * EYES, SIZE // step + 2)
    dy = np.repeat(jumps, step)[:SIZE][None].repeat(SIZE, 0)
    ring = _mask(points, OUTER_LIP, 2.0) if rng.random() < 0.5 else _mask(points, INNER_LIP, 1.5, 4)
    return _moved(picture, np.zeros_like(dy), dy * ring[..., 0])


def _pink(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The inside filled with lip."""
    lip = picture[tuple(np.clip(points[17, ::-1].astype(int) - 2, 0, SIZE - 1))].astype(np.float32)
    noise = cv2.GaussianBlur(rng.normal(0, 40, (SIZE, SIZE, 1)).astype(np.float32), (0, 0), 2.5)[..., None]
    made = lip * rng.uniform(0.65, 1.05) + noise
    lower = np.clip((np.mgrid[0:SIZE, 0:SIZE][0] - points[13, 1] - rng.uniform(0, 6)) / 3, 0, 1)[..., None]
    return _blend(picture, made, _mask(points, INNER_LIP, 1.2) * lower.astype(np.float32))


def _glow(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Teeth that shine, or grey ones."""
    gain = rng.uniform(1.5, 2.2) if rng.random() < 0.6 else rng.uniform(0.35, 0.55)
    tint = rng.uniform(0.9, 1.1, 3)
    return _blend(picture, np.clip(picture * (gain * tint), 0, 255), _mask(points, INNER_LIP, 1.0))


def _grimace(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Lips drawn where no face draws them."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    dx, dy = np.zeros((2, SIZE, SIZE), np.float32)
    kind = rng.integers(4)
    pulls: dict[int, list[tuple[int, float, float]]] = {
        0: [(61, 0, -1), (291, 0, rng.uniform(-0.3, 1))],  # one corner up
        1: [(0, 0, -1), (37, 0, -1), (267, 0, -1)],  # the upper lip to the nose
        2: [(61, 1, 0), (291, -1, 0)] if rng.random() < 0.5 else [(61, -1, 0), (291, 1, 0)],
        3: [(17, rng.uniform(-1, 1), 1), (84, 0, 1), (314, 0, rng.uniform(-1, 1))],
    }
    size = rng.uniform(0.09, 0.16) * EYES * (1 if rng.random() < 0.8 else -1)
    for point, across, along in pulls[int(kind)]:
        px, py = points[point]
        near = np.exp(-(((x - px) ** 2 + (y - py) ** 2) / (2 * (0.13 * EYES) ** 2)))
        dx -= near * across * size
        dy -= near * along * size
    return _moved(picture, dx, dy)


def _light(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The mouth in another light than its face."""
    grow = rng.uniform(0.05, 0.14) * EYES
    weight = _mask(points, OUTER_LIP, rng.uniform(0.02, 0.05) * EYES, grow)
    gain = rng.uniform(1.22, 1.5) if rng.random() < 0.5 else rng.uniform(0.6, 0.8)
    tint = rng.uniform(0.85, 1.15, 3) if rng.random() < 0.5 else np.ones(3)
    return _blend(picture, np.clip(picture * (gain * tint), 0, 255), weight)


def _soft(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A soft mouth in a sharp face."""
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.022, 0.05) * EYES)
    return _blend(picture, blurred, _mask(points, OUTER_LIP, 2.0, rng.uniform(0.02, 0.08) * EYES))


def _fold(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The chin, or a lip, twice."""
    y = np.mgrid[0:SIZE, 0:SIZE][0].astype(np.float32)
    at = points[17, 1] + rng.uniform(0.02, 0.3) * EYES
    reach = rng.uniform(0.06, 0.14) * EYES
    x = np.mgrid[0:SIZE, 0:SIZE][1].astype(np.float32)
    near = np.exp(-(((x - points[17, 0] - rng.normal(0, 8)) / (0.3 * EYES)) ** 2))
    dy = -2.2 * near * np.clip(y - at, 0, reach) * np.exp(-np.maximum(y - at - reach, 0) / (0.12 * EYES))
    return _moved(picture, np.zeros_like(dy), dy)


def _block(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A piece of another picture left on the mouth."""
    made = picture.copy()
    for _ in range(rng.integers(1, 3)):
        width, height = (int(v) for v in rng.uniform(0.07, 0.25, 2) * EYES)
        x, y = points[int(rng.choice([13, 14, 17, 0, 61, 291, 18]))] + rng.normal(0, 6, 2)
        x, y = (
            int(np.clip(x - width / 2, 0, SIZE - width - 1)),
            int(np.clip(y - height / 2, 0, SIZE - height - 1)),
        )
        sx, sy = (int(rng.integers(0, SIZE - side)) for side in (width, height))
        made[y : y + height, x : x + width] = other[sy : sy + height, sx : sx + width]
    return made


def _pasted(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Another moment's mouth, set in beside its place."""
    dx, dy = rng.uniform(0.05, 0.1, 2) * EYES * rng.choice([-1, 1], 2)
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.normal(0, 7), rng.uniform(0.82, 1.18))
    turned = cv2.warpAffine(other, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT_101)
    shifted = _moved(turned, np.full((SIZE, SIZE), dx), np.full((SIZE, SIZE), dy))
    return _blend(
        picture, shifted, _mask(points, OUTER_LIP, rng.uniform(0.6, 2.5), rng.uniform(0, 0.05) * EYES)
    )


def _drawn(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A mouth opened by drawing out what little shows between its lips: stripes from lip to lip."""
    slit = (points[UPPER_INNER, 1] + points[LOWER_INNER, 1]) / 2
    across = points[UPPER_INNER, 0]
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    line = np.interp(x, across, slit).astype(np.float32)
    along = np.clip((x - across[0]) / max(float(across[-1] - across[0]), 1e-3), 0, 1)
    opened = rng.uniform(0.06, 0.16) * EYES * np.maximum(np.sin(np.pi * along), 0) ** 0.7
    half = rng.uniform(0.004, 0.02) * EYES + rng.uniform(0.3, 0.6) * opening(points) * EYES
    near = np.exp(-np.maximum(y - line - opened, 0) / (rng.uniform(0.25, 0.6) * EYES))
    below = y - line
    source = np.where(below < -half, below, np.where(below > half + opened, below - opened * near, 0))
    inside = (below >= -half) & (below <= half + opened)
    source = np.where(inside, (below + half) / np.maximum(2 * half + opened, 1e-3) * 2 * half - half, source)
    return _moved(picture, np.zeros_like(y), source - below)


def _hollow(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A dark cut through teeth, from corner to corner, sharp as no mouth is; teeth that end in a dark mouth are no fault."""
    inside = _mask(points, INNER_LIP, 0.5)[..., 0] > 0.7
    lip = picture[tuple(np.clip(points[17, ::-1].astype(int) - 3, 0, SIZE - 1))].mean()
    if not inside.any() or picture[inside].mean() < 0.8 * lip:
        return picture
    upper, lower = points[UPPER_INNER], points[LOWER_INNER]
    place = rng.uniform(0.2, 0.75) + rng.normal(0, 0.04, len(upper))
    middle = upper + place[:, None] * (lower - upper)
    bulge = np.sin(np.linspace(0, np.pi, len(upper)))[:, None]
    height = np.array([0, rng.uniform(0.015, 0.04) * EYES])
    shape = np.concatenate([middle - bulge * height, (middle + bulge * height)[::-1]])
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    weight = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), rng.uniform(0.4, 1.2))[..., None]
    dark = np.float32([rng.uniform(15, 60), rng.uniform(8, 35), rng.uniform(8, 35)])
    return _blend(picture, np.broadcast_to(dark, picture.shape), weight * rng.uniform(0.8, 1))


def _dots(picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Specks of teeth along lips that are shut or nearly so."""
    slit = (points[UPPER_INNER] + points[LOWER_INNER]) / 2
    weight = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(rng.integers(3, 9)):
        at = rng.uniform(1.5, len(slit) - 2.5)
        x, y = (np.interp(at, range(len(slit)), slit[:, n]) for n in (0, 1))
        centre = (round(float(x) * 16), round(float(y + rng.normal(0, 0.008 * EYES)) * 16))
        axes = (round(rng.uniform(0.008, 0.02) * EYES * 16), round(rng.uniform(0.006, 0.014) * EYES * 16))
        cv2.ellipse(weight, centre, axes, rng.normal(0, 15), 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    weight = cv2.GaussianBlur(weight, (0, 0), rng.uniform(0.5, 1.2))[..., None]
    skin = picture[tuple(np.clip(points[164, ::-1].astype(int), 0, SIZE - 1))].astype(np.float32)
    light = np.full(3, skin.mean() * rng.uniform(0.75, 1.25), np.float32)
    return _blend(picture, np.broadcast_to(light, picture.shape), weight * rng.uniform(0.5, 0.95))


def _second_lip(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A lip, mostly the lower one, seen twice."""
    ring = (*LOWER_INNER, *OUTER_LIP[10:]) if rng.random() < 0.75 else (*UPPER_INNER, *OUTER_LIP[:11][::-1])
    down = rng.uniform(0.03, 0.07) * EYES * (1 if rng.random() < 0.7 else -1)
    sideways = rng.normal(0, 0.02) * EYES
    second = _moved(picture, np.full((SIZE, SIZE), sideways), np.full((SIZE, SIZE), -down))
    weight = _mask(points + np.float32([-sideways, down]), ring, rng.uniform(0.7, 2.0))
    return _blend(picture, second, weight * rng.uniform(0.4, 0.8))


def _cut_off(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A lip whose edge is drawn in at places: it ends in a drip or is cut off."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    is_lower = rng.random() < 0.75
    edge = points[[91, 84, 17, 314, 321]] if is_lower else points[[40, 37, 0, 267, 270]]
    sign = 1.0 if is_lower else -1.0
    dy = np.zeros((SIZE, SIZE), np.float32)
    for px, py in edge[rng.permutation(5)[: rng.integers(1, 4)]]:
        wide = rng.uniform(0.03, 0.06) * EYES
        near = np.exp(-(((x - px) / wide) ** 2) - ((y - py) / (0.06 * EYES)) ** 2)
        dy += near * rng.uniform(0.03, 0.07) * EYES
    return _moved(picture, np.zeros_like(dy), sign * dy)


def _stairs(
    picture: np.ndarray, points: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The lips' inner edges in steps, light against dark."""
    scale = int(rng.integers(3, 6))
    small = cv2.resize(picture, (SIZE // scale, SIZE // scale), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
    return _blend(picture, blocks, _mask(points, INNER_LIP, 1.0, rng.uniform(2, 4)))


ALWAYS: dict[str, _Breaker] = {
    "torn": _torn,
    "wedge": _wedge,
    "grimace": _grimace,
    "light": _light,
    "soft": _soft,
    "fold": _fold,
    "block": _block,
    "pasted": _pasted,
    "drawn": _drawn,
    "dots": _dots,
    "second lip": _second_lip,
    "cut off": _cut_off,
}
OPEN: dict[str, _Breaker] = {
    "ribs": _ribs,
    "ghost": _ghost,
    "fangs": _fangs,
    "pink": _pink,
    "glow": _glow,
    "hollow": _hollow,
    "stairs": _stairs,
}
