"""Speaking faces that are not human heads: drawn characters, and rendered heads redrawn as pictures.

Each drawn style is a function of the same viseme values as the heads; each redrawn style keeps the head's exact
landmarks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core.research.corpus.head_rig import Expression
from core.research.corpus.heads import Moment
from core.research.corpus.visemes import PARAMETERS

_BITS = 4  # sub-pixel bits of OpenCV's drawing functions


@dataclass(frozen=True, slots=True)
class Character:
    """One drawn character's colours (sRGB 0..255) and proportions."""

    skin: tuple[int, int, int]
    dark: tuple[int, int, int]
    accent: tuple[int, int, int]
    paper: tuple[int, int, int]
    width: float
    eye: float
    mouth: float


def draw_character_sheet(seed: int) -> Character:
    """The character of a seed."""
    rng = np.random.default_rng([seed, 401])

    def colour(low: tuple[int, int, int], high: tuple[int, int, int]) -> tuple[int, int, int]:
        return tuple(int(v) for v in rng.uniform(low, high))

    return Character(
        colour((150, 100, 70), (255, 215, 190)),
        colour((10, 10, 10), (90, 60, 60)),
        colour((40, 40, 40), (230, 200, 230)),
        colour((120, 140, 150), (250, 245, 240)),
        float(rng.uniform(0.85, 1.1)),
        float(rng.uniform(0.85, 1.3)),
        float(rng.uniform(0.85, 1.2)),
    )


class _Page:
    """A picture with (0, 0) at the face's middle, one unit = half the face's height; turns with the head."""

    def __init__(self, size: int, paper: tuple[int, int, int], moment: Moment) -> None:
        self.size = size
        self.picture = np.full((size, size, 3), paper, np.uint8)
        roll = np.radians(moment.roll)
        self._turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        self._scale = 0.36 * size
        # Features slide over the face as it turns; that is all the depth a drawing has.
        self.slide = np.array(
            [0.45 * np.sin(np.radians(moment.yaw)), -0.35 * np.sin(np.radians(moment.pitch))]
        )
        self._middle = np.array([0.5, 0.52]) * size + np.array(moment.shift[:2]) * self._scale

    def place(self, points: np.ndarray, depth: float = 0.0) -> np.ndarray:
        return (np.asarray(points, float) + depth * self.slide) @ self._turn.T * self._scale + self._middle

    def fill(self, points: np.ndarray, colour: tuple[int, int, int], depth: float = 0.0) -> None:
        at = np.round(self.place(points, depth) * 2**_BITS).astype(np.int32)
        cv2.fillPoly(self.picture, [at], colour, cv2.LINE_AA, _BITS)

    def line(
        self,
        points: np.ndarray,
        colour: tuple[int, int, int],
        width: float,
        depth: float = 0.0,
        *,
        closed: bool = False,
    ) -> None:
        at = np.round(self.place(points, depth) * 2**_BITS).astype(np.int32)
        thick = max(1, round(width * self._scale))
        cv2.polylines(self.picture, [at], closed, colour, thick, cv2.LINE_AA, _BITS)


def _oval(cx: float, cy: float, rx: float, ry: float, power: float = 1.0) -> np.ndarray:
    a = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    c, s = np.cos(a), np.sin(a)
    return np.stack(
        [cx + rx * np.sign(c) * np.abs(c) ** power, cy + ry * np.sign(s) * np.abs(s) ** power], axis=1
    )


@dataclass(frozen=True, slots=True, eq=False)
class MouthOutline:
    """A drawn mouth: the opening and the lips around it (K, 2), and what shows inside."""

    opening: np.ndarray
    lips: np.ndarray
    half_height: float
    half_width: float


def mouth_outline(visemes: np.ndarray, cy: float, size: float) -> MouthOutline:
    """The mouth of the viseme values (11,), its middle at (0, `cy`), `size` times the usual."""
    v = dict(zip(PARAMETERS, (float(x) for x in visemes), strict=True))
    half_width = size * (0.24 + 0.07 * v["width"] - 0.13 * v["rounding"])
    half_height = size * 0.19 * v["opening"]
    t = np.linspace(-1, 1, 25)
    bow = 1 - np.abs(t) ** 2.2
    middle = cy + 0.03 * size * v["jaw"]
    upper = np.stack(
        [half_width * t, middle - 0.8 * half_height * bow - 0.015 * v["upper_raise"] * bow], axis=1
    )
    lower = np.stack([half_width * t, middle + 1.2 * half_height * bow], axis=1)[::-1]
    thick = 0.05 * size * (1 + 0.5 * v["rounding"] - 0.5 * v["press"])
    lip_top = np.stack(
        [half_width * 1.1 * t, upper[:, 1] - thick * bow * (1 - 0.25 * np.exp(-((t / 0.15) ** 2)))], axis=1
    )
    lip_low = np.stack([half_width * 1.1 * t, lower[::-1, 1] + 1.2 * thick * bow], axis=1)[::-1]
    return MouthOutline(
        np.concatenate([upper, lower]), np.concatenate([lip_top, lip_low]), half_height, half_width
    )


def _draw_mouth(
    page: _Page, visemes: np.ndarray, cy: float, sheet: Character, *, lips: tuple[int, int, int] | None
) -> None:
    shape = mouth_outline(visemes, cy, sheet.mouth)
    if lips is not None:
        page.fill(shape.lips, lips, 1.0)
    if shape.half_height > 0.004:
        page.fill(shape.opening, (70, 15, 20), 1.0)
        tooth = shape.opening[:25].copy()
        edge = np.stack(
            [
                tooth[::-1, 0],
                tooth[::-1, 1] + 0.55 * shape.half_height * (1 - (tooth[::-1, 0] / shape.half_width) ** 2),
            ],
            axis=1,
        )
        page.fill(np.concatenate([tooth, edge]), (250, 247, 240), 1.0)
        if shape.half_height > 0.06:
            tongue = _oval(0, cy + 1.0 * shape.half_height, 0.5 * shape.half_width, 0.35 * shape.half_height)
            page.fill(tongue, (200, 90, 95), 1.0)
    else:
        page.line(shape.opening[:25], (90, 30, 30), 0.02, 1.0)


def _draw_eyes(
    page: _Page,
    expression: Expression,
    sheet: Character,
    *,
    ink: tuple[int, int, int],
    iris: tuple[int, int, int] | None,
) -> None:
    for side, blink in zip((-1, 1), expression.blink, strict=True):
        tall = 0.13 * sheet.eye * max(1 - blink, 0.03)
        x = 0.33 * side
        if iris is None:
            page.fill(_oval(x, -0.2, 0.055 * sheet.eye, tall), ink, 0.8)
        else:
            page.fill(_oval(x, -0.2, 0.15 * sheet.eye, tall), (252, 252, 250), 0.8)
            page.fill(_oval(x, -0.2, 0.075 * sheet.eye, min(tall, 0.09)), iris, 0.95)
            page.fill(_oval(x, -0.2, 0.04 * sheet.eye, min(tall, 0.05)), ink, 0.97)
            page.line(_oval(x, -0.2, 0.15 * sheet.eye, tall)[24:48], ink, 0.02, 0.8)
        brow = np.array([[x - 0.15, -0.42], [x, -0.47], [x + 0.15, -0.42]]) - (0, 0.05 * expression.brows)
        page.line(brow, ink, 0.03, 0.8)


def _flat(size: int, sheet: Character, visemes: np.ndarray, moment: Moment) -> np.ndarray:
    page = _Page(size, sheet.paper, moment)
    page.fill(_oval(0, -0.25, 0.86 * sheet.width, 0.95), sheet.dark, -0.3)
    page.fill(_oval(0, 1.15, 0.35, 0.5), tuple(int(0.85 * c) for c in sheet.skin))
    page.fill(_oval(0, 1.75, 1.2, 0.65), sheet.accent)
    page.fill(_oval(0, 0.05, 0.74 * sheet.width, 0.92), sheet.skin)
    page.fill(_oval(0, -0.72, 0.7 * sheet.width, 0.3), sheet.dark, 0.2)
    _draw_eyes(page, moment.expression, sheet, ink=sheet.dark, iris=sheet.accent)
    page.line(
        np.array([[0.0, -0.05], [0.08, 0.18], [-0.03, 0.2]]),
        tuple(int(0.7 * c) for c in sheet.skin),
        0.03,
        1.2,
    )
    _draw_mouth(
        page, visemes, 0.5, sheet, lips=tuple(int(v) for v in np.array(sheet.skin) * (0.85, 0.55, 0.55))
    )
    return page.picture


def _line_art(size: int, sheet: Character, visemes: np.ndarray, moment: Moment) -> np.ndarray:
    page = _Page(size, (250, 248, 242), moment)
    ink = (25, 25, 30)
    page.line(_oval(0, 0.05, 0.74 * sheet.width, 0.92), ink, 0.025, closed=True)
    for i in range(7):
        x = -0.6 + 0.2 * i
        page.line(np.array([[x, -0.62], [x * 1.15 + 0.05, -1.0], [x * 0.8 + 0.15, -1.08]]), ink, 0.02)
    _draw_eyes(page, moment.expression, sheet, ink=ink, iris=None)
    page.line(np.array([[0.0, -0.05], [0.09, 0.17], [-0.02, 0.2]]), ink, 0.02, 1.2)
    shape = mouth_outline(visemes, 0.5, sheet.mouth)
    page.line(shape.opening, ink, 0.025, 1.0, closed=True)
    return page.picture


def _cat(size: int, sheet: Character, visemes: np.ndarray, moment: Moment) -> np.ndarray:
    page = _Page(size, sheet.paper, moment)
    fur = tuple(int(v) for v in np.array(sheet.accent) * 0.6 + np.array(sheet.skin) * 0.4)
    for side in (-1, 1):
        page.fill(np.array([[0.75 * side, -0.3], [0.72 * side, -1.25], [0.15 * side, -0.8]]), fur, -0.2)
        page.fill(
            np.array([[0.66 * side, -0.5], [0.66 * side, -1.05], [0.32 * side, -0.8]]), (225, 150, 150), -0.15
        )
    page.fill(_oval(0, 0.05, 0.92 * sheet.width, 0.82), fur)
    page.fill(_oval(0, 0.48, 0.42, 0.34), tuple(int(0.5 * c + 125) for c in fur), 0.6)
    for side, blink in zip((-1, 1), moment.expression.blink, strict=True):
        tall = 0.19 * max(1 - blink, 0.03)
        page.fill(_oval(0.38 * side, -0.15, 0.18, tall), (225, 220, 90), 0.7)
        page.fill(_oval(0.38 * side, -0.15, 0.045, tall * 0.9), (15, 15, 15), 0.8)
    _draw_mouth(page, visemes, 0.58, sheet, lips=None)
    page.fill(np.array([[-0.1, 0.2], [0.1, 0.2], [0.0, 0.32]]), (190, 90, 100), 1.2)
    for side in (-1, 1):
        for k in range(3):
            page.line(
                np.array([[0.35 * side, 0.4 + 0.06 * k], [1.05 * side, 0.28 + 0.14 * k]]),
                (245, 245, 245),
                0.012,
                0.9,
            )
    return page.picture


def _robot(size: int, sheet: Character, visemes: np.ndarray, moment: Moment) -> np.ndarray:
    page = _Page(size, (35, 42, 55), moment)
    metal = tuple(int(v) for v in 0.35 * np.array(sheet.accent) + 110)
    page.line(np.array([[0, -0.8], [0, -1.2]]), metal, 0.05)
    page.fill(_oval(0, -1.22, 0.09, 0.09), (240, 90, 70))
    page.fill(_oval(0, 0.0, 0.85, 0.85, 0.35), metal)
    page.fill(_oval(0, 0.0, 0.72, 0.72, 0.35), tuple(int(0.75 * v) for v in metal), 0.15)
    glow = (90, 230, 255)
    for side, blink in zip((-1, 1), moment.expression.blink, strict=True):
        page.fill(_oval(0.34 * side, -0.2, 0.19, 0.19), (15, 20, 25), 0.4)
        page.fill(_oval(0.34 * side, -0.2, 0.12, 0.12 * max(1 - blink, 0.05)), glow, 0.5)
    shape = mouth_outline(visemes, 0.45, sheet.mouth * 1.15)
    high = max(shape.half_height, 0.012)
    page.fill(_oval(0, 0.45, shape.half_width + 0.06, high + 0.06, 0.4), (15, 20, 25), 0.4)
    for k in range(7):
        x = (k - 3) / 3.5 * shape.half_width
        tall = high * (1 - 0.6 * ((k - 3) / 3.5) ** 2)
        page.fill(_oval(x, 0.45, 0.1 * shape.half_width, tall, 0.4), glow, 0.45)
    return page.picture


def _pixel(size: int, sheet: Character, visemes: np.ndarray, moment: Moment) -> np.ndarray:
    picture = _flat(size, sheet, visemes, moment)
    small = cv2.resize(picture, (48, 48), interpolation=cv2.INTER_AREA)
    small = (small.astype(int) // 40 * 40 + 20).clip(0, 255).astype(np.uint8)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_NEAREST)


def _chalk(size: int, sheet: Character, visemes: np.ndarray, moment: Moment) -> np.ndarray:
    lines = 255 - _line_art(size, sheet, visemes, moment).astype(np.float32)
    rng = np.random.default_rng(9)
    dust = (
        0.45 + 0.75 * cv2.GaussianBlur(rng.random((size, size, 1), dtype=np.float32), (0, 0), 0.8)[..., None]
    )
    board = np.array([40, 62, 52], np.float32)
    return np.clip(board + lines * dust * (0.9, 0.9, 0.85), 0, 255).astype(np.uint8)


DRAWN: dict[str, Callable[[int, Character, np.ndarray, Moment], np.ndarray]] = {
    "flat": _flat,
    "line": _line_art,
    "cat": _cat,
    "robot": _robot,
    "pixel": _pixel,
    "chalk": _chalk,
}


def _toon(rgb: np.ndarray) -> np.ndarray:
    smooth = rgb
    for _ in range(3):
        smooth = cv2.bilateralFilter(smooth, 7, 45, 7)
    steps = (smooth.astype(int) // 36 * 36 + 18).clip(0, 255).astype(np.uint8)
    grey = cv2.medianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 5)
    edges = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 5)
    return np.where(edges[..., None] == 0, 25, steps).astype(np.uint8)


def _pencil(rgb: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    sketch = np.clip(grey / np.maximum(cv2.GaussianBlur(grey, (0, 0), 6), 1) * 255, 0, 255)
    sketch = 255 - np.clip((255 - sketch) * 2.2, 0, 255)
    shade = 0.35 * grey + 165
    paper = np.random.default_rng(3).normal(0, 6, grey.shape)
    value = np.clip(np.minimum(sketch, shade) + paper, 0, 255)
    return np.repeat(value[..., None], 3, axis=2).astype(np.uint8)


def _halftone(rgb: np.ndarray) -> np.ndarray:
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (0, 0), 1.2).astype(np.float32) / 255
    y, x = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]]
    cell = 4.0
    u, v = (x + y) / 1.414 / cell, (x - y) / 1.414 / cell
    screen = 0.5 + 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v))
    ink = np.clip((screen - grey) * 5 + 0.5, 0, 1)[..., None]
    return (ink * (30, 30, 60) + (1 - ink) * (248, 238, 215)).astype(np.uint8)


def _oil(rgb: np.ndarray) -> np.ndarray:
    painted = cv2.edgePreservingFilter(rgb, flags=cv2.RECURS_FILTER, sigma_s=18, sigma_r=0.35)
    grey = cv2.cvtColor(painted, cv2.COLOR_RGB2GRAY).astype(np.float32)
    relief = cv2.filter2D(grey, -1, np.array([[-1, -0.5, 0], [-0.5, 0, 0.5], [0, 0.5, 1]]))
    canvas = cv2.GaussianBlur(
        np.asarray(np.random.default_rng(4).normal(0, 14, grey.shape), np.float32), (0, 0), 1.0
    )
    warm = painted.astype(np.float32) * (1.06, 1.0, 0.88)
    return np.clip(warm + (0.5 * relief + canvas)[..., None], 0, 255).astype(np.uint8)


REDRAWN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "toon": _toon,
    "pencil": _pencil,
    "halftone": _halftone,
    "oil": _oil,
}
STYLES = (*DRAWN, *REDRAWN)


def draw_character(style: str, seed: int, visemes: np.ndarray, moment: Moment, size: int) -> np.ndarray:
    """(size, size, 3) uint8 RGB of the drawn character of `seed` at one moment; `style` is one of `DRAWN`."""
    big = DRAWN[style](2 * size, draw_character_sheet(seed), visemes, moment)
    shrink = cv2.INTER_NEAREST if style == "pixel" else cv2.INTER_AREA
    return cv2.resize(big, (size, size), interpolation=shrink)
