"""How natural a made mouth looks: a small network that was taught with real mouths and with deliberately broken ones.

It sees one picture and nothing else, as somebody does who leafs through frames: teeth drawn out, doubled or cut to fangs, torn
edges, wedges, grimaces, a mouth in another light or softer than its face. What only shows in motion it cannot see.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

import cv2
import numpy as np

from core.base.models import model_files
from core.base.onnx_network import open_network
from core.face_geometry.landmark_sets import CHIN_TIP, FACE_OVAL, OUTER_LIP

PIXELS = 64
SPAN = 1.2  # side of what is seen, eye-corner distances: lips, the skin around them and the chin
_BELOW = 0.08  # of the same: how far the middle of what is seen lies below the lips'
NATURAL = 0.5  # of `how_natural`: what looks less so is doubted
# Of the network's answer, below this person's usual one: what 2 of 100 natural frames of people it was not taught with fall
# below (docs/own-mouth.md). One camera's sharpening or one beard looks odder to it than another, and does so all through a film.
_UNUSUAL = -2.6
_Made = TypeVar("_Made")
_BETTER = 0.1  # by how much more natural a milder try must look to be taken


def patch_affine(landmarks: np.ndarray, scale: float, size: int = PIXELS, span: float = SPAN) -> np.ndarray:
    """(2, 3) float64 from pixels to an upright square of `size` pixels that shows `span`.

    Args:
        landmarks: (468, 2+) in pixels.
        scale: pixels per eye-corner distance.
        size: pixels of the square's side.
        span: of its side, in eye-corner distances.
    """
    points = landmarks[:, :2].astype(np.float64)
    down = points[CHIN_TIP] - points[FACE_OVAL[0]]
    down /= max(float(np.linalg.norm(down)), 1e-6)
    middle = points[list(OUTER_LIP)].mean(axis=0) + _BELOW * scale * down
    linear = np.array([[down[1], -down[0]], [down[0], down[1]]]) * (size / (span * scale))
    return np.column_stack([linear, (size - 1) / 2 - linear @ middle])


def mouth_patch(
    picture: np.ndarray, landmarks: np.ndarray, scale: float, size: int = PIXELS, span: float = SPAN
) -> np.ndarray:
    """(size, size, 3) uint8: the mouth of `landmarks` in `picture` (H, W, 3) uint8, see `patch_affine`."""
    affine = patch_affine(landmarks, scale, size, span)
    unit = size / (span * scale)
    if unit < 0.7:  # warping alone would skip pixels; only what is shown is made softer
        corners = cv2.invertAffineTransform(affine) @ np.array(
            [[0, size, 0, size], [0, 0, size, size], [1] * 4]
        )
        low = np.clip(np.floor(corners.min(axis=1)).astype(int) - 8, 0, np.array(picture.shape[1::-1]) - 2)
        high = np.maximum(np.ceil(corners.max(axis=1)).astype(int) + 9, low + 2)
        picture = cv2.GaussianBlur(picture[low[1] : high[1], low[0] : high[0]], (0, 0), 0.4 / unit)
        affine = affine.copy()
        affine[:, 2] += affine[:, :2] @ low
    return cv2.warpAffine(
        picture, affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


class NaturalnessJudge:
    """Looks at mouths. About a millisecond of one core each.

    Raises:
        ModelError: the network is missing or damaged.
    """

    def __init__(self) -> None:
        path = next(file for file in model_files("naturalness") if file.suffix == ".onnx")
        self._session = open_network(path, threads=1)  # renderers run beside each other

    def __call__(self, patches: np.ndarray) -> np.ndarray:
        """(N,) float32, the higher the more natural, for `mouth_patch` pictures (N, PIXELS, PIXELS, 3) uint8.

        Comparable within one film of one person only.
        """
        pictures = patches.transpose(0, 3, 1, 2).astype(np.float32) / 255
        return self._session.run(None, {"pictures": pictures})[0].reshape(-1)


def answer(picture: np.ndarray, landmarks: np.ndarray, scale: float) -> float:
    """What the shipped judge says of the mouth of `landmarks` (468, 2+) in `picture`, see `mouth_patch`."""
    return float(naturalness_judge()(mouth_patch(picture, landmarks, scale)[None])[0])


def how_natural(said: np.ndarray | float, usual: float) -> np.ndarray:
    """In 0..1, of what the judge `said` of a mouth and `usual`-ly says of the person's own; `NATURAL` where a natural one seldom falls below."""
    return 1 / (1 + np.exp(np.clip(_UNUSUAL + usual - np.asarray(said, np.float64), -50, 50)))


def below_usual(natural: float) -> float:
    """By how much less than usually the judge must say for `how_natural` to be `natural`."""
    return float(np.log(np.clip(1 / max(natural, 1e-9) - 1, 1e-9, None)) - _UNUSUAL)


def more_natural(
    looks: Callable[[_Made], float], made: _Made, film: _Made, milder: Iterable[Callable[[], _Made]]
) -> tuple[_Made, float]:
    """`made` or, where that looks unnatural, what one of `milder` makes if it looks better; and how natural it looks, 0..1.

    They are tried in their order until one looks natural; where none does, the best of them is taken. `film` is the frame's own
    picture. Where that looks unnatural itself, a drawing or a statue, there is nothing to tell by, and nothing is doubted.
    """
    best, natural = made, looks(made)
    if natural >= NATURAL:
        return made, natural
    if looks(film) < NATURAL:
        return made, 1.0
    for make in milder:
        other = make()
        if (better := looks(other)) > natural + _BETTER:
            best, natural = other, better
        if natural >= NATURAL:
            break
    return best, natural


@cache
def naturalness_judge() -> NaturalnessJudge:
    """The shipped judge."""
    return NaturalnessJudge()
