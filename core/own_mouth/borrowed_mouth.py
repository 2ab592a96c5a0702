"""A borrowed frame's mouth: its picture, and where its lips really are in it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core.face_geometry.landmark_sets import NEXT_TO_LIPS, OUTER_LIP
from core.face_geometry.measures import eye_distance
from core.lip_engine import FrameSource, picture_part
from core.own_mouth.before_face import bare
from core.own_mouth.head import Plane
from core.own_mouth.regions import LOWER_INNER, UPPER_INNER
from core.own_mouth.visible_gap import seen_edges
from core.own_mouth.warp import Window, cut

CUT_SPAN = 1.6  # side of what is kept of a borrowed frame, eye-corner distances: open lips, and room for turning them
STRETCH = 1.6  # an inside may be stretched this much before it looks drawn
_COLUMNS_FROM = 3  # ring points from the corner to the first column in which edges are seen
_FRINGE = 0.25  # of the closing: the soft edge between lip and teeth goes under, too
_LOWER_LIP = ((84, 17, 314), (87, 14, 317))  # outer and inner edge of its middle
_SKIN_PIXELS = 64  # a borrowed mouth made this small has pixels of 2 mm: no pore or hair rules a colour
_DIM = 4.0  # grey levels; keeps black regions from ruling a ratio
_MOST_LIGHT = 1.4  # light on one face changes by less between two frames, as in `core.own_mouth.blend`


@dataclass(frozen=True, slots=True, eq=False)
class BorrowedMouth:
    """A borrowed frame's surroundings of the mouth.

    Attributes:
        picture: (M, M, 3) uint8, cut from the source at whole pixels.
        origin: the source pixel at which it begins.
        landmarks: (468, 2) float32 in that frame's source pixels.
        unseen_gap: pixels by which the lips are farther apart than the landmarks say; below 0 where they are nearer.
        shut_gap: pixels between the landmarks' inner lips when this person's mouth is shut.
        slit_below: (7,) eye-corner distances by which the lips really meet below the landmarks' slit, from corner to corner.
        plane: of its head.
        movement: (2,) pixels by which the head moved while the shutter was open.
        inside: makes the (S, S, 3) float32 picture of what is between lips parted wider than the borrowed ones were, for a
            window; nothing when None.
        edges: (2, 5) pixels by which the inner lips' edges are seen below the landmarks' ones, see
            `core.own_mouth.visible_gap.seen_edges`; None where colours tell nothing, or nothing shows.
        stretch: how far the borrowed inside may be stretched before `inside` is put in its place.
    """

    picture: np.ndarray
    origin: tuple[int, int]
    landmarks: np.ndarray
    unseen_gap: float
    shut_gap: float
    slit_below: np.ndarray
    plane: Plane
    movement: np.ndarray
    inside: Callable[[Window], np.ndarray] | None = None
    stretch: float = STRETCH
    edges: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MouthShare:
    """A mouth and the share it has in the picture; shares of one frame add up to 1."""

    mouth: BorrowedMouth
    share: float


def cut_mouth(  # noqa: PLR0913 - what is known of a mouth, by name
    source: FrameSource,
    frame: int,
    landmarks: np.ndarray,
    scale: float,
    plane: Plane,
    *,
    unseen_gap: float,
    shut_gap: float,
    slit_below: np.ndarray,
    movement: np.ndarray,
    colours_tell: bool = False,
    cover: Callable[[tuple[int, int, int, int]], np.ndarray | None] | None = None,
) -> BorrowedMouth:
    """The part of a film's frame that it can lend; `landmarks` (468, 2+) in its pixels, `cover` as `Cover.mask` of the frame."""
    size = int(np.ceil(CUT_SPAN * scale))
    middle = landmarks[list(OUTER_LIP), :2].mean(axis=0)
    x, y = (round(float(v) - size / 2) for v in middle)
    window = Window(x, y, size)
    picture, origin = picture_part(source, frame, window.box())
    borrowed = cut(picture, window.seen_from(origin))
    covered = cover(window.box()) if cover is not None else None
    bared = bare(borrowed, landmarks[:, :2] - (x, y), scale, covered).film
    return BorrowedMouth(
        bared,
        (x, y),
        landmarks[:, :2].astype(np.float32),
        unseen_gap,
        shut_gap,
        slit_below,
        plane,
        movement,
        edges=seen_edges(bared, landmarks[:, :2] - (x, y)) if colours_tell else None,
    )


def moved_edges(points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(468, 2) float64 `points` whose upper and lower inner lips are moved down the face by `edges` (2, 5) pixels, corners held."""
    moved = points.astype(np.float64)
    along = moved[LOWER_INNER[-1]] - moved[LOWER_INNER[0]]
    down = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
    at = np.arange(len(UPPER_INNER))
    bulge = np.minimum(np.sin(np.pi * at / at[-1]) / np.sin(np.pi * _COLUMNS_FROM / at[-1]), 1)
    for ring, shift in zip((UPPER_INNER, LOWER_INNER), edges, strict=True):
        moved[ring[1:-1]] += (down * (bulge * np.interp(at, range(3, 8), shift))[:, None])[1:-1]
    return moved


def with_seen_edges(mouth: BorrowedMouth) -> np.ndarray:
    """(468, 2) float64 the borrowed landmarks, the inner lips where their edges are seen, the corners where lips meet."""
    corners = mouth.slit_below * float(eye_distance(mouth.landmarks))
    corners[1:-1] = 0
    assert mouth.edges is not None
    return moved_edges(with_true_slit(mouth.landmarks, corners), mouth.edges)


def seen_opening(mouth: BorrowedMouth, new: np.ndarray, contact: float, scale: float) -> np.ndarray | None:
    """(468, 2) `new` whose inner lips lie where the edges that are seen in `mouth` come to lie in it; None where they are not seen.

    The lips are brought onto `new` by landmarks that are not at their edges: what is between their edges here is what was
    between them there, not what the landmarks say.
    """
    if mouth.edges is None:
        return None
    own = float(eye_distance(mouth.landmarks))
    used = with_true_edges(mouth, with_true_slit(new, mouth.slit_below * scale), contact)
    true = with_seen_edges(mouth)
    along = true[LOWER_INNER[-1]] - true[LOWER_INNER[0]]
    down = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
    away = np.stack([((true[ring] - used[ring]) @ down)[3:8] for ring in (UPPER_INNER, LOWER_INNER)])
    return moved_edges(with_true_slit(new, mouth.slit_below * scale), away * (scale / own))


def with_true_slit(points: np.ndarray, below: np.ndarray) -> np.ndarray:
    """(468, 2) float64 `points` whose inner lips are moved down the face by `below` (7,) pixels: corner, five columns, corner."""
    moved = points.astype(np.float64)
    along = moved[LOWER_INNER[-1]] - moved[LOWER_INNER[0]]
    down = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
    shift = np.interp(np.arange(len(UPPER_INNER)), [0, 3, 4, 5, 6, 7, 10], below)[:, None]
    moved[UPPER_INNER] += down * shift
    moved[LOWER_INNER[1:-1]] += down * shift[1:-1]  # the corners are both lips'
    return moved


def with_true_edges(mouth: BorrowedMouth, new: np.ndarray, contact: float) -> np.ndarray:
    """(468, 2) the borrowed landmarks, the inner lips moved into the lips where they have to close over teeth.

    The more the lips have to close, the more it matters that their edges are where the red begins; where they keep their
    opening, the landmarks' own steadiness is worth more.
    """
    borrowed = with_true_slit(mouth.landmarks, mouth.slit_below * float(eye_distance(mouth.landmarks)))
    across = borrowed[UPPER_INNER] - borrowed[LOWER_INNER]
    height = np.linalg.norm(across, axis=1, keepdims=True)
    middle = float(height[3:8].mean())
    wanted = float(np.linalg.norm(new[UPPER_INNER] - new[LOWER_INNER], axis=1)[3:8].mean())
    closing = float(np.clip(1 - wanted / max(middle + max(mouth.unseen_gap, 0.0), 1e-6), contact, 1))
    widest = borrowed[LOWER_INNER[-1]] - borrowed[LOWER_INNER[0]]
    up = np.array([widest[1], -widest[0]]) / max(float(np.linalg.norm(widest)), 1e-6)
    bulge = np.sin(np.linspace(0, np.pi, len(UPPER_INNER)))[:, None]  # nothing at the corners
    # Where lips must touch, all that is open between them goes under, whatever opening the outline's noise leaves.
    over = max(middle - wanted, contact * (middle + mouth.unseen_gap - mouth.shut_gap), 0)
    # Lip that the landmarks take for the inside stays lip, however wide the mouth is to be.
    apart = (closing * (max(mouth.unseen_gap, 0.0) + _FRINGE * over) + min(mouth.unseen_gap, 0.0)) / 2 * bulge
    borrowed[UPPER_INNER] += up * apart
    borrowed[LOWER_INNER] -= up * apart
    return borrowed


def lip_colour(mouth: BorrowedMouth) -> np.ndarray:
    """(3,) float32 median colour of the lower lip's outer half, which shows the light a mouth is in.

    Not of all of it: where the mesh is a little off, or the lip blurred, teeth or dark would pass for its inner edge.
    """
    outer, inner = (mouth.landmarks[list(edge)] for edge in _LOWER_LIP)
    outline = np.concatenate([outer, ((outer + inner) / 2)[::-1]]) - np.array(mouth.origin, np.float32)
    size = np.array(mouth.picture.shape[1::-1])
    low = np.clip(np.floor(outline.min(0)).astype(int), 0, size - 1)
    high = np.clip(np.ceil(outline.max(0)).astype(int) + 1, low + 1, size)
    mask = np.zeros((high - low)[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round((outline - low) * 16).astype(np.int32)], 255, shift=4)
    lip = mouth.picture[low[1] : high[1], low[0] : high[0]][mask > 0]
    return np.median(lip, axis=0).astype(np.float32) if len(lip) else np.zeros(3, np.float32)


def light_between(there: BorrowedMouth, here: BorrowedMouth) -> np.ndarray:
    """(3,) float32 factor that brings what `there` shows into the light of `here`.

    Told from the skin around their lips, point by point: on lips the mesh is off by as much as they are thick, and teeth,
    dark or skin would pass for lip.
    """
    ratio = np.median((_skin_colours(here) + _DIM) / (_skin_colours(there) + _DIM), axis=0)
    return np.clip(ratio, 1 / _MOST_LIGHT, _MOST_LIGHT).astype(np.float32)


def _skin_colours(mouth: BorrowedMouth) -> np.ndarray:
    """(N, 3) float32 colours of the skin at the points around the lips."""
    small = cv2.resize(mouth.picture, (_SKIN_PIXELS, _SKIN_PIXELS), interpolation=cv2.INTER_AREA)
    at = mouth.landmarks[list(NEXT_TO_LIPS)] - np.array(mouth.origin, np.float32)
    at = (at + 0.5) * (_SKIN_PIXELS / mouth.picture.shape[0]) - 0.5
    rows, columns = np.clip(np.rint(at[:, ::-1]), 0, _SKIN_PIXELS - 1).astype(int).T
    return small[rows, columns].astype(np.float32)
