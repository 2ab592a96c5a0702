"""Examples for the occluder network: a face, sometimes with things before it, and where these are."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.face_geometry.landmark_sets import LIPS
from core.faces.occluders import CROP_PIXELS, CROP_SPAN, drawn_face
from core.research.training.cut_faces import CutFaces
from core.research.training.occluders.beards import grow_beard
from core.research.training.occluders.faces import SIZE
from core.research.training.occluders.solids import smooth_noise
from core.research.training.occluders.things import SHARES, Thing, draw

BEARDED = 0.3  # share of examples with a drawn beard
BESIDE = 0.35  # share of things put at the face's edge or beside it
COVERED = 0.62  # share of examples with something before the face
_UNIT = CROP_PIXELS / CROP_SPAN  # an eye-corner distance in crop pixels
# Eye-corner distances that a thing's own unit is usually as long as: a hand is as long as a face is high.
_USUAL = {
    "hand": 1.45,
    "microphone": 1.0,
    "flat": 0.9,
    "round": 0.7,
    "stick": 1.0,
    "blob": 0.6,
    "cloth": 1.1,
    "text": 1.2,
    "strands": 1.2,
}
_CHEEKS = (50, 205, 187, 280, 425, 411, 101, 330)
_AIMS = (13, 14, 17, 152, 199, 200, 61, 291, 214, 434, 207, 427, 148, 377, 172, 397, 0, 2, 216, 436)
_EDGE = (234, 93, 132, 58, 172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 361, 323, 454)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What the network is shown and should answer.

    Attributes:
        rgb: (S, S, 3) uint8.
        face: (S, S) uint8 of `drawn_face`.
        cover: (S, S) uint8: 255 where something lies before the face.
    """

    rgb: np.ndarray
    face: np.ndarray
    cover: np.ndarray


class Bank:
    """Things before faces: drawn when wanted until there are `count`, then given out again at random."""

    def __init__(self, count: int, photos: np.ndarray, seed: int) -> None:
        self._count, self._photos = count, photos
        self._rng = np.random.default_rng([seed, 71])
        self._things: dict[str, list[Thing]] = {kind: [] for kind in SHARES}

    def pick(self, rng: np.random.Generator, kind: str | None = None) -> Thing:
        """Any thing, or one of a kind."""
        if kind is None:
            kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        drawn = self._things[kind]
        if len(drawn) < max(self._count * SHARES[kind], 1):
            photo = self._photos[self._rng.integers(len(self._photos))]
            drawn.append(draw(kind, self._rng, photo))
            return drawn[-1]
        return drawn[int(rng.integers(len(drawn)))]


def example(faces: CutFaces, index: int, bank: Bank, rng: np.random.Generator, *, covered: bool) -> Example:
    """A new example before face `index` of `faces`."""
    rgb, points = _varied(faces.rgb[index], faces.points[index], rng)
    if rng.random() < BEARDED:
        grow_beard(rgb, points, rng)
    if rng.random() < 0.35:
        rgb *= _shadow(rng)[:, :, None]
    cover = np.zeros(rgb.shape[:2], np.float32)
    if covered:
        skin = skin_colour(rgb, points)
        first = bank.pick(rng)
        things = [first]
        if rng.random() < 0.2:
            things.append(
                bank.pick(rng, "hand" if first.kind in ("microphone", "round", "stick", "flat") else None)
            )
        for thing in things:
            if rng.random() < 0.35:
                other = faces.points[k := int(rng.integers(len(faces)))], faces.rgb[k]
                skin = skin_colour(other[1], other[0])
            alpha = lay(rgb, thing, points, skin, rng)
            cover = np.maximum(cover, alpha)
    seen = points + _doubt(rng, covered=covered)
    return Example(_filmed(rgb, rng), drawn_face(seen), np.rint(cover * 255).astype(np.uint8))


def plain(faces: CutFaces, index: int) -> Example:
    """Face `index` as the program would see it, nothing before it."""
    step = (SIZE - CROP_PIXELS) / 2
    low = round(step)
    rgb = faces.rgb[index, low : low + CROP_PIXELS, low : low + CROP_PIXELS]
    return Example(rgb, drawn_face(faces.points[index] - low), np.zeros(rgb.shape[:2], np.uint8))


def skin_colour(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(3,) median colour of the cheeks."""
    at = np.clip(np.round(points[list(_CHEEKS)]).astype(int), 1, len(rgb) - 2)
    around = [rgb[y + dy, x + dx] for x, y in at for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return np.median(np.array(around, np.float32), axis=0)


def lay(
    rgb: np.ndarray, thing: Thing, points: np.ndarray, skin: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draws `thing` before the face in `rgb` (S, S, 3) float32, in place; returns its (S, S) float32 alpha.

    Some opaque place of the thing is put on some place of the lower face.
    """
    size = len(rgb)
    unit = _UNIT * _USUAL[thing.kind] * float(np.exp(rng.normal(0, 0.3))) * 2 / len(thing.alpha)
    upright = thing.kind in ("text", "cloth", "microphone")
    turn = (
        rng.normal(0, {"text": 0.03, "cloth": 0.3}.get(thing.kind, 0.7))
        if upright
        else rng.uniform(-np.pi, np.pi)
    )
    linear = unit * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if rng.random() < 0.5 and thing.kind != "text":
        linear[:, 0] *= -1
    if rng.random() < 0.3:
        linear[:, int(rng.integers(2))] *= rng.uniform(0.7, 1.0)
    opaque = np.argwhere(thing.alpha > 128)
    own = opaque[int(rng.integers(len(opaque)))][::-1] if len(opaque) else np.array([80, 80])
    if rng.random() < BESIDE:
        aim = points[_EDGE[int(rng.integers(len(_EDGE)))]] + rng.normal(0, 14, 2)
    else:
        aim = points[_AIMS[int(rng.integers(len(_AIMS)))]] + rng.normal(0, 5, 2)
    affine = np.column_stack([linear, aim - linear @ own])
    alpha = cv2.warpAffine(thing.alpha, affine, (size, size), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    shown = cv2.warpAffine(
        thing.rgb, affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    if thing.is_skin:
        shown *= skin / 128 * float(np.exp(rng.normal(0.03, 0.18))) * np.exp(rng.normal(0, 0.03, 3))
    elif thing.kind != "text":
        shown *= rng.uniform(0.6, 1.2)
    if rng.random() < 0.5:
        sigma = rng.uniform(0.3, 1.2) if rng.random() < 0.8 else rng.uniform(1.2, 3)
        alpha, shown = cv2.GaussianBlur(alpha, (0, 0), sigma), cv2.GaussianBlur(shown, (0, 0), sigma)
    if rng.random() < 0.15:
        alpha, shown = _smear(alpha, shown, rng)
    if rng.random() < 0.5 and thing.kind != "text":
        offset = np.float32([[1, 0, rng.normal(0, 4)], [0, 1, rng.normal(3, 4)]])
        dark = cv2.GaussianBlur(cv2.warpAffine(alpha, offset, (size, size)), (0, 0), rng.uniform(1.5, 8))
        rgb *= (1 - rng.uniform(0.1, 0.5) * dark)[:, :, None]
    rgb += alpha[:, :, None] * (np.clip(shown, 0, 255) - rgb)
    return alpha


def _smear(alpha: np.ndarray, shown: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    length = int(rng.integers(3, 12))
    kernel = np.zeros((length, length), np.float32)
    turn = rng.uniform(0, np.pi)
    reach = np.array([np.cos(turn), np.sin(turn)]) * (length - 1) / 2
    middle = (length - 1) / 2
    ends = [tuple(np.round(middle + s * reach).astype(int).tolist()) for s in (-1, 1)]
    cv2.line(kernel, *ends, 1.0)
    kernel /= kernel.sum()
    return cv2.filter2D(alpha, -1, kernel), cv2.filter2D(shown, -1, kernel)


def _varied(rgb: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A face turned, sized, shifted, mirrored: (S, S, 3) float32 and its points."""
    turn, size = rng.normal(0, 0.1), float(np.exp(rng.normal(0, 0.08)))
    linear = size * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if rng.random() < 0.5:
        linear[:, 0] *= -1
    middle = np.full(2, (SIZE - 1) / 2)
    shift = (CROP_PIXELS - 1) / 2 + rng.normal(0, 4, 2) - linear @ middle
    affine = np.column_stack([linear, shift])
    crop = cv2.warpAffine(
        rgb, affine, (CROP_PIXELS, CROP_PIXELS), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop.astype(np.float32), points @ linear.T.astype(np.float32) + shift.astype(np.float32)


def _shadow(rng: np.random.Generator) -> np.ndarray:
    """(S, S) float32 gain of light and shadow with soft or hard edges: no thing, whatever it looks like."""
    size = CROP_PIXELS
    if rng.random() < 0.5:
        turn = rng.uniform(0, 2 * np.pi)
        axis = np.linspace(-1, 1, size, dtype=np.float32)
        field = np.cos(turn) * axis[None] + np.sin(turn) * axis[:, None] + rng.uniform(-0.6, 0.6)
        field = field + 0.1 * smooth_noise(size, size / 4, rng)[..., 0]
    else:
        field = smooth_noise(size, rng.uniform(size / 6, size / 1.5), rng)[..., 0]
    edge = np.clip(field * rng.uniform(1, 12) + 0.5, 0, 1)
    return (1 - rng.uniform(0.1, 0.65) * edge).astype(np.float32)


def _doubt(rng: np.random.Generator, *, covered: bool) -> np.ndarray:
    """(468, 2) float32: how the tracker errs, more so where it cannot see."""
    error = np.tile(rng.normal(0, 1.0, 2), (468, 1))
    error[LIPS] += rng.normal(0, 2.5 if covered else 1.0, 2)
    return error.astype(np.float32)


def _filmed(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(S, S, 3) uint8: other light, colours, lens, noise and codec."""
    size = len(rgb)
    rgb = rgb * np.exp(rng.normal(0, 0.22)) * np.exp(rng.normal(0, 0.07, 3)).astype(np.float32)
    rgb = 255 * np.clip(rgb / 255, 0, 1) ** np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.3:
        grey = rgb.mean(axis=2, keepdims=True)
        rgb = grey + (rgb - grey) * (0 if rng.random() < 0.2 else rng.uniform(0.3, 1.5))
    if rng.random() < 0.45:
        few = int(rng.integers(40, size))
        rgb = cv2.resize(
            cv2.resize(rgb, (few, few), interpolation=cv2.INTER_AREA),
            (size, size),
            interpolation=cv2.INTER_LINEAR,
        )
    if rng.random() < 0.5:
        rgb = rgb + rng.normal(0, 1, rgb.shape).astype(np.float32) * rng.uniform(0.5, 7)
    made = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        coded = cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])[1]
        made = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return made
