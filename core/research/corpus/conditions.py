"""Hard conditions of shooting, made from films that lack them: light, camera, things before the mouth, redrawing.

Each takes pictures one after another, (H, W, 3) uint8 RGB, and the face's landmarks in the first of them, and gives pictures of
the same size (but for `to_4k`). The same film gives the same result every time.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import cv2
import numpy as np

from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS, INNER_LIP_MIDDLES
from core.face_geometry.measures import eye_distance
from core.research.corpus.occluders import occlude
from core.research.corpus.stylised import REDRAWN

_GAMMA = 2.2
_WINDOW = 0.8  # share of the picture that a moving camera shows at a time
_COVER_SIDE = 4.0  # of the square in which things before the mouth are drawn, in eye-corner distances
LONG_SIDE_4K = 3840

Pictures = Iterable[np.ndarray]
Condition = Callable[[Pictures, np.ndarray], Iterator[np.ndarray]]


def _relit(
    pictures: Pictures,
    landmarks: np.ndarray,
    gain: Callable[[np.ndarray, np.ndarray, int], np.ndarray],
    noise: float = 0.0,
) -> Iterator[np.ndarray]:
    """`pictures` under a light of ``gain(x, y, frame)``: x, y in eye-corner distances from between the first frame's eyes."""
    first = landmarks[0]
    middle = first[list(EYE_OUTER_CORNERS), :2].mean(axis=0)
    eyes = max(float(eye_distance(first)), 1.0)
    grid: tuple[np.ndarray, np.ndarray] | None = None
    for number, picture in enumerate(pictures):
        if grid is None:
            y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
            grid = (x - middle[0]) / eyes, (y - middle[1]) / eyes
        factor = gain(*grid, number).astype(np.float32) ** (1 / _GAMMA)
        coded = picture * (factor if factor.ndim == 3 else factor[..., None])
        if noise:
            coded += np.random.default_rng([number, 801]).normal(0, noise, coded.shape)
        yield np.clip(coded + 0.5, 0, 255).astype(np.uint8)


def hard_spot(pictures: Pictures, landmarks: np.ndarray) -> Iterator[np.ndarray]:
    """A spotlight whose edge runs through the face; the rest in the dark."""

    def gain(x: np.ndarray, y: np.ndarray, frame: int) -> np.ndarray:
        away = np.hypot(x - 0.55, y - 0.3)
        return 0.12 + 1.5 / (1 + np.exp(np.clip((away - 0.9) / 0.05, -30, 30)))

    return _relit(pictures, landmarks, gain)


def _even(pictures: Pictures, landmarks: np.ndarray, *, level: float, noise: float) -> Iterator[np.ndarray]:
    return _relit(pictures, landmarks, lambda x, y, frame: np.full_like(x, level), noise)


def coloured(pictures: Pictures, landmarks: np.ndarray) -> Iterator[np.ndarray]:
    """Magenta light from one side and cyan from the other, slowly swelling, as on a stage."""
    magenta, cyan = np.array([1.5, 0.35, 1.2]), np.array([0.3, 1.0, 1.5])

    def gain(x: np.ndarray, y: np.ndarray, frame: int) -> np.ndarray:
        share = 1 / (1 + np.exp(-2.5 * x))[..., None]
        swell = 1 + 0.15 * np.sin(2 * np.pi * 0.4 * frame / 25)
        return swell * (share * cyan + (1 - share) * magenta)

    return _relit(pictures, landmarks, gain)


def moving_camera(pictures: Pictures, landmarks: np.ndarray) -> Iterator[np.ndarray]:
    """A hand-held camera that pans, comes closer and sways; the face stays in the picture."""
    face = landmarks[0, :, :2].mean(axis=0)
    for number, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        time = number / 25
        scale = (1 + 0.12 * np.sin(2 * np.pi * 0.13 * time)) / _WINDOW
        turn = np.radians(1.5 * np.sin(2 * np.pi * 0.31 * time) + 0.3 * np.sin(2 * np.pi * 2.3 * time))
        sway = np.array([0.05 * np.sin(2 * np.pi * 0.21 * time), 0.035 * np.sin(2 * np.pi * 0.37 * time + 1)])
        tremble = 0.002 * np.array([np.sin(2 * np.pi * 2.7 * time), np.cos(2 * np.pi * 3.1 * time)])
        matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        # The face keeps about its place, so that a crop can never lose it.
        shift = face - matrix @ face + (sway + tremble) * width
        yield cv2.warpAffine(
            picture,
            np.column_stack([matrix, shift]),
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )


def covered(pictures: Pictures, landmarks: np.ndarray, *, kind: str, seed: int) -> Iterator[np.ndarray]:
    """One of `core.research.corpus.occluders` moving before the mouth."""
    shown = list(pictures)
    height, width = shown[0].shape[:2]
    eyes = float(np.median(eye_distance(landmarks)))
    side = min(round(_COVER_SIDE * eyes), height, width)
    centre = landmarks[:, list(INNER_LIP_MIDDLES), :2].mean(axis=(0, 1))
    left, top = (
        int(np.clip(c - side / 2, 0, whole - side)) for c, whole in zip(centre, (width, height), strict=True)
    )
    squares = np.stack([picture[top : top + side, left : left + side] for picture in shown])
    moved = landmarks[: len(shown)] - np.array([left, top, 0], np.float32)
    for picture, square in zip(shown, occlude(squares, moved, kind, seed)[0], strict=True):
        result = picture.copy()
        result[top : top + side, left : left + side] = square
        yield result


def redrawn(pictures: Pictures, landmarks: np.ndarray, *, style: str) -> Iterator[np.ndarray]:
    """The film as a drawing of one of the styles in `core.research.corpus.stylised.REDRAWN`."""
    return (REDRAWN[style](picture) for picture in pictures)


def to_4k(pictures: Pictures, landmarks: np.ndarray) -> Iterator[np.ndarray]:
    """Enlarged to 3840 pixels, with the fine grain that a camera of that size has."""
    grain: np.ndarray | None = None
    rng = np.random.default_rng(802)
    for picture in pictures:
        height, width = picture.shape[:2]
        scale = LONG_SIDE_4K / max(height, width)
        size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
        large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.int16)
        if grain is None:
            grain = np.rint(rng.normal(0, 1.5, (*large.shape[:2], 1))).astype(np.int16)
        large += np.roll(
            grain, rng.integers(0, 4096, 2), axis=(0, 1)
        )  # new grain for each frame would cost a second
        yield np.clip(large, 0, 255).astype(np.uint8)


CONDITIONS: dict[str, Condition] = {
    "spot": hard_spot,
    "dim": partial(_even, level=0.3, noise=1.5),
    "bright": partial(_even, level=2.2, noise=0.0),
    "dark": partial(_even, level=0.1, noise=5.0),
    "coloured": coloured,
    "camera": moving_camera,
    "hand": partial(covered, kind="hand", seed=1),
    "microphone": partial(covered, kind="microphone", seed=2),
    "subtitle": partial(covered, kind="subtitle", seed=0),
    "4k": to_4k,
    **{style: partial(redrawn, style=style) for style in REDRAWN},
}
