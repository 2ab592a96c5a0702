"""Things people have before their mouths, drawn in endless variety: the training material of the occluder network.

Each is a picture with an alpha channel of -1..1 around its own middle, to be turned, sized and coloured. `core.research.corpus.occluders`
draws others, which no network is trained on: they measure it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from core.research.training.occluders.hands import hand
from core.research.training.occluders.solids import Limb, relief, smooth_noise

SIZE = 160


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One drawing.

    Attributes:
        kind: a key of `KINDS`.
        rgb: (S, S, 3) uint8; skin's brightness (128 is its own colour) where `is_skin`.
        alpha: (S, S) uint8.
        is_skin: takes the colour of a face's skin.
    """

    kind: str
    rgb: np.ndarray
    alpha: np.ndarray
    is_skin: bool = False


def draw(kind: str, rng: np.random.Generator, photo: np.ndarray) -> Thing:
    """A new thing of a kind; `photo` (H, W, 3) uint8 lends texture to some."""
    if kind == "hand":
        drawn = hand(SIZE, rng)
        return Thing(kind, _bytes(drawn[:, :, :3] * 128), _bytes(drawn[:, :, 3] * 255), is_skin=True)
    rgb, alpha = KINDS[kind](rng, photo)
    return Thing(kind, _bytes(rgb), _bytes(alpha * 255))


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _colour(rng: np.random.Generator) -> np.ndarray:
    """Grey and dark as often as colourful, as things are."""
    grey = rng.uniform(8, 240) * np.ones(3)
    return np.clip(grey + rng.normal(0, 1, 3) * rng.choice([4, 15, 70]), 3, 252).astype(np.float32)


def _light(rng: np.random.Generator) -> np.ndarray:
    return np.array([rng.normal(0, 0.8), rng.normal(-0.5, 0.6), rng.uniform(0.3, 1.2)])


def _shiny(
    seen_normal: np.ndarray, light: np.ndarray, rng: np.random.Generator, strongest: float = 200
) -> np.ndarray:
    half = light / np.linalg.norm(light) + (0, 0, 1)
    shine = np.clip(seen_normal @ (half / np.linalg.norm(half)).astype(np.float32), 0, 1)
    return (shine ** rng.uniform(8, 80) * rng.uniform(0, strongest))[:, :, None]


def _microphone(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Held, on a stand, with or without a windscreen; the head is in the middle."""
    head = rng.uniform(0.2, 0.38)
    neck = head * rng.uniform(0.45, 0.95)
    limbs = [
        Limb(
            (0, head * rng.uniform(-0.3, 0.1), 0.1),
            (0, head * 0.25, 0.1),
            head,
            head * rng.uniform(0.85, 1.0),
        )
    ]
    handle_to = rng.uniform(-0.15, 0.15), 1.9
    limbs.append(Limb((0, head * 0.8, 0), (handle_to[0] * 0.5, 0.95, 0), neck, neck * rng.uniform(0.6, 1.0)))
    limbs.append(
        Limb((handle_to[0] * 0.5, 0.9, -0.05), (*handle_to, -0.1), neck * rng.uniform(0.2, 0.9), neck * 0.6)
    )
    if rng.random() < 0.5:
        limbs.append(Limb((-head * 0.9, head * 0.55, 0.1), (head * 0.9, head * 0.55, 0.1), 0.05, 0.05))
    light = _light(rng)
    seen = relief(limbs, SIZE, light, ambient=float(rng.uniform(0.1, 0.5)), melt=0.0)
    rgb = np.zeros((SIZE, SIZE, 3), np.float32)
    dark = rng.random() < 0.65
    for n in range(len(limbs)):
        paint = (
            rng.uniform(10, 70) * np.ones(3) + rng.normal(0, 4, 3)
            if dark or (n == 0 and rng.random() < 0.4)
            else _colour(rng)
        )
        rgb[seen.owner == n] = paint
    ball = seen.owner == 0
    axis = np.arange(SIZE)
    if rng.random() < 0.6:  # a wire basket
        pitch, turn = rng.uniform(3, 8), rng.uniform(0, np.pi)
        u = axis[None] * np.cos(turn) + axis[:, None] * np.sin(turn)
        v = -axis[None] * np.sin(turn) + axis[:, None] * np.cos(turn)
        mesh = np.sin(2 * np.pi * u / pitch) * np.sin(2 * np.pi * v / pitch)
        rgb[ball] *= (1 + rng.uniform(0.1, 0.6) * mesh[ball])[:, None]
    else:  # foam
        rgb[ball] *= (
            1 + rng.uniform(0.02, 0.2) * smooth_noise(SIZE, rng.uniform(1.5, 4), rng)[..., 0][ball]
        )[:, None]
    rgb *= seen.shade[:, :, None]
    gloss = _shiny(seen.normal, light, rng)
    rgb += np.where(ball[:, :, None], 0.2, 1.0) * gloss
    alpha = seen.alpha
    if rng.random() < 0.25:  # a broadcaster's cube around the neck
        w, h = head * rng.uniform(0.8, 1.5), head * rng.uniform(0.8, 1.6)
        middle = np.array([0, head + h])
        rgb, alpha = _panel(rgb, alpha, middle, w, h, rng, photo)
    return rgb, alpha


def _panel(
    rgb: np.ndarray,
    alpha: np.ndarray,
    middle: np.ndarray,
    w: float,
    h: float,
    rng: np.random.Generator,
    photo: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) * rng.uniform(0.8, 1.1, (4, 2)) + middle
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round((corners + 1) * SIZE / 2 * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    share = (mask.astype(np.float32) / 255)[:, :, None]
    texture = _texture(rng, photo)
    return rgb + share * (texture - rgb), np.maximum(alpha, share[..., 0])


def _texture(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """(S, S, 3) float32: plain, striped, checked, written on, spotted, or a piece of a photograph."""
    base, other = _colour(rng), _colour(rng)
    axis = np.arange(SIZE, dtype=np.float32)
    turn = rng.uniform(0, np.pi)
    u = axis[None] * np.cos(turn) + axis[:, None] * np.sin(turn)
    v = -axis[None] * np.sin(turn) + axis[:, None] * np.cos(turn)
    kind = rng.integers(7)
    if kind == 0:
        rgb = np.broadcast_to(base, (SIZE, SIZE, 3)).copy()
    elif kind in (1, 2):
        pitch, duty = rng.uniform(4, 40), rng.uniform(-0.7, 0.7)
        wave = np.sin(2 * np.pi * u / pitch)
        if kind == 2:
            wave = wave * np.sin(2 * np.pi * v / pitch)
        share = np.clip((wave - duty) * pitch / 4 + 0.5, 0, 1)[:, :, None]
        rgb = base + share * (other - base)
    elif kind == 3:
        spots = smooth_noise(SIZE, rng.uniform(3, 40), rng)
        rgb = base + np.clip(spots * rng.uniform(0.3, 4) + 0.5, 0, 1) * (other - base)
    elif kind == 4:
        page = np.broadcast_to(_bytes(base), (SIZE, SIZE, 3)).copy()
        line = rng.uniform(8, 20)
        for row in np.arange(line, SIZE, line):
            words = "".join(rng.choice(list("aeinrstlkmo  dTBE"), rng.integers(5, 40)))
            cv2.putText(
                page,
                words,
                (int(rng.uniform(0, 20)), int(row)),
                cv2.FONT_HERSHEY_SIMPLEX,
                line / 34,
                other.tolist(),
                1,
                cv2.LINE_AA,
            )
        rgb = page.astype(np.float32)
    else:
        side = int(rng.uniform(0.2, 1.0) * min(photo.shape[:2]))
        y, x = (int(rng.integers(0, n - side + 1)) for n in photo.shape[:2])
        rgb = cv2.resize(
            photo[y : y + side, x : x + side], (SIZE, SIZE), interpolation=cv2.INTER_AREA
        ).astype(np.float32)
        if rng.random() < 0.5:
            rgb = rgb[:, ::-1] * rng.uniform(0.3, 1.3)
    return rgb + smooth_noise(SIZE, 1, rng) * rng.uniform(0, 5)


def _shaded(rgb: np.ndarray, rng: np.random.Generator, depth: float) -> np.ndarray:
    """`rgb` in a light that changes over it."""
    slope = rng.normal(0, depth, 2)
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    gain = (
        1
        + slope[0] * axis[None]
        + slope[1] * axis[:, None]
        + depth * 0.4 * smooth_noise(SIZE, SIZE / 4, rng)[..., 0]
    )
    return rgb * np.clip(gain, 0.2, 1.8)[:, :, None]


def _flat(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Telephone, book, sheet, card, box: a panel, one edge of another colour."""
    w, h = rng.uniform(0.2, 0.9, 2)
    blank = np.zeros((SIZE, SIZE), np.float32)
    rgb = np.zeros((SIZE, SIZE, 3), np.float32)
    if rng.random() < 0.6:
        rgb, blank = _panel(rgb, blank, rng.normal(0, 0.03, 2), w * 1.07, h * 1.07, rng, photo)
    rgb, alpha = _panel(rgb, blank, np.zeros(2), w, h, rng, photo)
    return _shaded(rgb, rng, 0.15), alpha


def _round(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ball, apple, bottle, bar, torch, pipe: one to three limbs in line, of one texture."""
    at, limbs = rng.uniform(-0.6, 0.0), []
    for _ in range(rng.integers(1, 4)):
        radius = rng.uniform(0.06, 0.45)
        to = at + rng.uniform(0, 0.8)
        limbs.append(Limb((0, at, 0), (rng.normal(0, 0.05), to, 0), radius, radius * rng.uniform(0.5, 1.1)))
        at = to
    light = _light(rng)
    seen = relief(limbs, SIZE, light, ambient=float(rng.uniform(0.15, 0.6)), melt=0.01)
    rgb = _texture(rng, photo) * seen.shade[:, :, None] + _shiny(seen.normal, light, rng)
    return rgb, seen.alpha


def _stick(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pen, straw, cigarette, spoon, a microphone's arm or cable."""
    bend = rng.normal(0, 0.15, 3)
    points = np.stack([np.cumsum(np.array([0, *bend])), np.linspace(-0.9, 1.2, 4)], axis=1)
    radius = rng.uniform(0.025, 0.08)
    limbs = [Limb((*a, 0.0), (*b, 0.0), radius, radius) for a, b in pairwise(points)]
    if rng.random() < 0.4:
        limbs.append(
            Limb((*points[0], 0.05), (*(points[0] + (0, 0.12)), 0.05), radius * rng.uniform(1, 4), radius * 2)
        )
    light = _light(rng)
    seen = relief(limbs, SIZE, light, ambient=0.4, melt=0.005)
    return _texture(rng, photo) * seen.shade[:, :, None] + _shiny(seen.normal, light, rng), seen.alpha


def _blob(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Any outline, any surface: what nobody thought of."""
    turns = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    radius = np.full(120, rng.uniform(0.25, 0.7))
    if rng.random() < 0.75:
        for n in range(1, 8):
            radius *= 1 + rng.normal(0, 0.35) / n * np.sin(n * turns + rng.uniform(0, 6.3))
    else:
        corners = rng.integers(3, 8)
        radius = radius * np.interp(
            turns, np.linspace(0, 2 * np.pi, corners + 1), rng.uniform(0.5, 1.3, corners + 1)
        )
    outline = np.stack([np.cos(turns), np.sin(turns)], axis=1) * np.clip(radius, 0.05, 1)[:, None]
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round((outline + 1) * SIZE / 2 * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    rgb = _shaded(_texture(rng, photo), rng, rng.uniform(0, 0.4))
    if rng.random() < 0.5:  # darker towards its edges, as round things are
        away = cv2.distanceTransform(mask, cv2.DIST_L2, 3) / rng.uniform(8, 40)
        rgb *= (0.4 + 0.6 * np.clip(away, 0, 1))[:, :, None]
    return rgb, mask.astype(np.float32) / 255


def _cloth(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scarf, collar, sleeve, mask: folds below a wavy edge."""
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    wave = 0.12 * smooth_noise(SIZE, SIZE / rng.uniform(1, 5), rng)[0, :, 0] + rng.normal(0, 0.2) * axis**2
    alpha = np.clip((axis[:, None] - wave[None]) * SIZE / 2 + 0.5, 0, 1)
    low = rng.uniform(0.2, 1.5)
    alpha = np.minimum(alpha, np.clip((low - axis[:, None] + wave[None]) * SIZE / 2 + 0.5, 0, 1))
    side = rng.uniform(0.5, 1.6)
    alpha = np.minimum(alpha, np.clip((side - np.abs(axis[None])) * SIZE / 2 + 0.5, 0, 1))
    stretch = rng.uniform(1, 5)
    folds = cv2.resize(
        smooth_noise(SIZE, SIZE / rng.uniform(3, 10), rng)[..., 0], (SIZE, max(int(SIZE * stretch), 2))
    )[:SIZE]
    return _texture(rng, photo) * (1 + rng.uniform(0.05, 0.3) * folds)[:, :, None], alpha.astype(np.float32)


def _text(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Titles: letters with an outline or without one, or on a band."""
    rgb, mask = np.zeros((SIZE, SIZE, 3), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
    ink, edge = _colour(rng), _colour(rng)
    if rng.random() < 0.6:
        ink, edge = np.array([240.0, 240, 235]) * rng.uniform(0.8, 1.05), np.array([12.0, 12, 14])
    font = int(rng.choice([0, 2, 3, 4, 6]))
    size = rng.uniform(0.5, 1.4)
    row = SIZE * rng.uniform(0.2, 0.6)
    if rng.random() < 0.35:
        cv2.rectangle(mask, (0, int(row - 32 * size)), (SIZE, int(row + 40 * size)), 255, -1)
        rgb[:] = _bytes(edge)
    for _ in range(rng.integers(1, 3)):
        words = "".join(rng.choice(list("AEINRSTLKMOaeinrstlkmo  dTBEÄ0123"), rng.integers(6, 26)))
        at, thick = (int(rng.uniform(-40, 10)), int(row)), int(rng.integers(1, 4))
        if rng.random() < 0.7:
            cv2.putText(rgb, words, at, font, size, edge.tolist(), thick + 3, cv2.LINE_AA)
            cv2.putText(mask, words, at, font, size, 255, thick + 3, cv2.LINE_AA)
        cv2.putText(rgb, words, at, font, size, ink.tolist(), thick, cv2.LINE_AA)
        cv2.putText(mask, words, at, font, size, 255, thick, cv2.LINE_AA)
        row += 32 * size
    return rgb.astype(np.float32), mask.astype(np.float32) / 255


def _strands(rng: np.random.Generator, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Locks of hair that have fallen before the face; single hairs are no use to anybody."""
    rgb, mask = np.zeros((SIZE, SIZE, 3), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
    paint = rng.uniform(15, 150) * np.array([1.0, rng.uniform(0.6, 0.95), rng.uniform(0.4, 0.9)])
    steps = np.linspace(-1, 1.1, 16)
    bend, lean = rng.normal(0, 0.25), rng.normal(0, 0.3)
    for _ in range(rng.integers(15, 70)):
        off, own = rng.normal(0, 0.09), rng.normal(0, 0.04)
        path = np.stack([off * (1.2 - 0.4 * steps) + lean * steps + (bend + own) * steps**2, steps], axis=1)
        at = [np.round((path + 1) * SIZE / 2 * 16).astype(np.int32)]
        cv2.polylines(rgb, at, False, (paint * rng.uniform(0.5, 1.5)).tolist(), 2, cv2.LINE_AA, 4)
        cv2.polylines(mask, at, False, 255, 2, cv2.LINE_AA, 4)
    return rgb.astype(np.float32), mask.astype(np.float32) / 255


KINDS: dict[str, Callable[[np.random.Generator, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "microphone": _microphone,
    "flat": _flat,
    "round": _round,
    "stick": _stick,
    "blob": _blob,
    "cloth": _cloth,
    "text": _text,
    "strands": _strands,
}
SHARES = {
    "hand": 0.34,
    "microphone": 0.2,
    "flat": 0.08,
    "round": 0.1,
    "stick": 0.05,
    "blob": 0.12,
    "cloth": 0.04,
    "text": 0.04,
    "strands": 0.03,
}
