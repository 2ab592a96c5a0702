"""What stands before the lower face: hands, microphones, cups.

Colours are looked up at fixed places of the mesh's surface, so that neither head movement nor speech changes them. While the film
is analysed, each track's colours are sampled now and then; what differs from a place's usual colour (it moves against the
mesh) and from every colour this face has (it is neither skin nor lips nor beard) is in front of it. A hand over a cheek has the cheek's
colours and is found only where its shading differs; that is the method's limit.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np

from core.appearance.canonical_face import canonical_face
from core.faces.landmark_sets import LIPS
from core.faces.masks import LOWER_FACE_FROM, mouth_width
from core.faces.track import FaceTrack

SURFACE_POINTS = 900
WORK_WIDTH = (
    64.0  # pixels the mouth is wide where colours are looked up: finer detail is texture, not occlusion
)
FEWEST_SAMPLES = 6  # of a track, below which its usual colours are unknown
PALETTE = 32
SPREAD_FLOOR = 5.0  # code values in Lab: what a codec and the mesh's own trembling do to a place's colour
SPREAD_CEILING = 10.0
LIGHTNESS_WEIGHT = 0.6  # shadows change lightness before anything else
LIP_TRUST = 0.3
SOFT_EDGE = 0.07  # mouth widths, standard deviation
# Chosen on training clips: on eight clips without occlusion no frame had more than 0.1 % of its mask covered.
USUAL_DISTANCE = 4.0  # spreads from a place's usual colour
PALETTE_DISTANCE = 16.0  # Lab code values from the nearest colour of this face
CERTAIN = 1.6  # evidence from which the source is shown entirely


@dataclass(frozen=True, slots=True, eq=False)
class OcclusionModel:
    """One track's usual colours.

    Attributes:
        usual: (N, 3) float32 Lab (8-bit scale, lightness weighted) of each surface place.
        spread: (N,) float32 usual distance from it.
        palette: (K, 3) float32 colours of the whole lower face.
    """

    usual: np.ndarray
    spread: np.ndarray
    palette: np.ndarray

    def evidence(self, rgb: np.ndarray, box: tuple[int, int, int, int], landmarks: np.ndarray) -> np.ndarray:
        """(N,) how strongly each surface place is covered, 1 where it begins to count; NaN where it is not seen."""
        colours, is_seen = surface_colours(rgb, box, landmarks)
        if is_seen.sum() < len(is_seen) // 8:
            return np.full(len(is_seen), np.nan, np.float32)
        change = colours - self.usual
        change -= np.median(change[is_seen], axis=0)  # another light on the whole face is no occlusion
        unusual = np.linalg.norm(change, axis=1) / (self.spread * USUAL_DISTANCE)
        lit = self.usual + change
        foreign = (
            np.sqrt(((lit[:, None] - self.palette[None]) ** 2).sum(axis=2).min(axis=1)) / PALETTE_DISTANCE
        )
        return np.where(is_seen, np.minimum(unusual, foreign), np.nan).astype(np.float32)

    def mask(self, rgb: np.ndarray, box: tuple[int, int, int, int], landmarks: np.ndarray) -> np.ndarray:
        """(h, w) float32 in 0..1 for `box`: 1 where something stands before the face; `rgb` (h, w, 3) is the source.

        `landmarks` (468, 2 or 3) are the source's. The mouth's inside counts as covered where the lips around it are.
        """
        x0, y0, x1, y1 = box
        shape = (y1 - y0, x1 - x0)
        evidence = self.evidence(rgb, box, landmarks)
        is_seen = np.isfinite(evidence)
        if not is_seen.any() or float(np.nanmax(evidence)) < 1:
            return np.zeros(shape, np.float32)
        width = mouth_width(landmarks)
        scale = min(WORK_WIDTH / width, 1.0)
        size = (max(round(shape[1] * scale), 1), max(round(shape[0] * scale), 1))
        places = (surface_places(landmarks)[is_seen] - (x0, y0) + 0.5) * scale - 0.5
        columns, rows = np.round(places).astype(int).T
        inside = (columns >= 0) & (rows >= 0) & (columns < size[0]) & (rows < size[1])
        if not inside.any():
            return np.zeros(shape, np.float32)
        sums, counts = np.zeros(size[::-1], np.float32), np.zeros(size[::-1], np.float32)
        cells = rows[inside] * size[0] + columns[inside]
        weight = _trust()[is_seen][inside]
        strength = np.minimum(evidence[is_seen][inside], 2 * CERTAIN) * weight
        sums += np.bincount(cells, strength, sums.size).reshape(sums.shape).astype(np.float32)
        counts += np.bincount(cells, weight, sums.size).reshape(sums.shape).astype(np.float32)
        sigma = SOFT_EDGE * width * scale
        sums = cv2.GaussianBlur(sums, (0, 0), sigma)
        counts = cv2.GaussianBlur(counts, (0, 0), sigma)
        # A thin prior of no evidence: places far from any sample are not covered.
        smooth = sums / (counts + 0.02 / (2 * np.pi * sigma**2))
        covered = np.clip((smooth - 1) / (CERTAIN - 1), 0, 1)
        return cv2.resize(covered, shape[::-1], interpolation=cv2.INTER_LINEAR)


@cache
def _surface() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 3) triangle corners, (N, 3) weights, and which triangle each of the N places lies in."""
    face = canonical_face()
    chosen = np.flatnonzero((face.points[face.triangles, 1] > LOWER_FACE_FROM + 0.1).all(axis=1))
    triangles = face.triangles[chosen]
    a, b, c = (face.points[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    per_triangle = np.maximum(np.round(SURFACE_POINTS * area / area.sum()), 1).astype(int)
    generator = np.random.default_rng(0)  # always the same places
    owner = np.repeat(np.arange(len(triangles)), per_triangle)
    weights = generator.dirichlet((2.0, 2.0, 2.0), len(owner))
    single = np.repeat(per_triangle == 1, per_triangle)
    weights[single] = 1 / 3
    return triangles[owner], weights, triangles


@cache
def _trust() -> np.ndarray:
    """(N,) how far each place is believed: lips border on the mouth's dark inside, so the skin around them decides."""
    corners, _, _ = _surface()
    return np.where(np.isin(corners, LIPS).all(axis=1), LIP_TRUST, 1.0)


def surface_places(landmarks: np.ndarray) -> np.ndarray:
    """(N, 2) float64 source pixels of the surface places."""
    corners, weights, _ = _surface()
    points = landmarks[:, :2].astype(np.float64)[corners]
    return (points * weights[:, :, None]).sum(axis=1)


def surface_colours(
    rgb: np.ndarray, box: tuple[int, int, int, int], landmarks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) float32 weighted Lab at the surface places and (N,) bool whether each is seen inside `box`.

    `rgb` (h, w, 3) uint8 is the picture's part in `box`.
    """
    corners, _, _ = _surface()
    x0, y0, x1, y1 = box
    scale = min(WORK_WIDTH / mouth_width(landmarks), 1.0)
    size = (max(round((x1 - x0) * scale), 1), max(round((y1 - y0) * scale), 1))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[:, :, 0] *= LIGHTNESS_WEIGHT
    lab = cv2.GaussianBlur(lab, (0, 0), 1.5)
    places = ((surface_places(landmarks) - (x0, y0) + 0.5) * scale - 0.5).astype(np.float32)
    colours = cv2.remap(lab, places[:, None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    a, b, c = (landmarks[corners[:, k], :2].astype(np.float64) for k in range(3))
    facing = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    edge = np.maximum(np.linalg.norm(b - a, axis=1), np.linalg.norm(c - a, axis=1))
    inside = (places >= 0).all(axis=1) & (places[:, 0] <= size[0] - 1) & (places[:, 1] <= size[1] - 1)
    return colours, inside & (
        facing > 0.15 * edge**2
    )  # slanted places show their neighbours and the background


def lower_face_box(landmarks: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """The box of the surface places inside a picture; may be empty."""
    places = surface_places(landmarks)
    low, high = np.floor(places.min(axis=0)) - 2, np.ceil(places.max(axis=0)) + 3
    x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
    return x0, y0, max(min(int(high[0]), width), x0), max(min(int(high[1]), height), y0)


def sample_track(rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
    """(N, 4) uint8 for `fit_model`: a face's colours and whether they are seen; None when it is outside the picture."""
    x0, y0, x1, y1 = box = lower_face_box(landmarks, rgb.shape[1], rgb.shape[0])
    if x1 - x0 < 8 or y1 - y0 < 8:
        return None
    colours, is_seen = surface_colours(np.ascontiguousarray(rgb[y0:y1, x0:x1]), box, landmarks)
    return np.concatenate([np.rint(colours), is_seen[:, None] * 255.0], axis=1).astype(np.uint8)


def fit_model(samples: np.ndarray) -> OcclusionModel | None:
    """The usual colours of `samples` (S, N, 4); None when there are too few."""
    if len(samples) < FEWEST_SAMPLES:
        return None
    colours = samples[:, :, :3].astype(np.float32)
    colours[samples[:, :, 3] == 0] = np.nan
    seen = np.isfinite(colours[:, :, 0])
    rarely = seen.sum(axis=0) < FEWEST_SAMPLES // 2
    with np.errstate(all="ignore"):
        overall = np.nanmedian(colours[:, ~rarely], axis=(0, 1)) if (~rarely).any() else np.full(3, 128.0)
        usual = np.where(rarely[:, None], overall, _nanmedian(colours))
        change = colours - usual
        light = np.stack([_nanmedian_flat(change[k]) for k in range(len(change))])  # (S, 3)
        distance = np.linalg.norm(change - light[:, None], axis=2)
        spread = np.where(rarely, 100.0, 1.4826 * _nanmedian(distance))
    # What often stands before the face is in the spread as well: steady places alone say which colours are the face's.
    steady = np.flatnonzero(
        ~rarely & (spread <= 2 * np.median(spread[~rarely]) if (~rarely).any() else rarely)
    )
    usual, spread = usual.astype(np.float32), np.clip(spread, SPREAD_FLOOR, SPREAD_CEILING).astype(np.float32)
    palette = _farthest(usual[steady] if len(steady) else usual, PALETTE)
    return OcclusionModel(usual, spread, palette)


def load_model(folder: Path, track: int) -> OcclusionModel | None:
    """The model of one track of an analysis folder; None when its samples were too few."""
    return fit_model(np.load(folder / f"{track}.surface.npy"))


def track_model(track: FaceTrack) -> OcclusionModel | None:
    """The model of a track of an analysis on disk; None when its samples were too few or it was made in memory."""
    filename = getattr(
        track.landmarks, "filename", None
    )  # of the memory map that `core.faces.analysis` opens
    return _kept_model(Path(filename).parent, int(track.id)) if filename else None


@lru_cache(maxsize=64)
def _kept_model(folder: Path, track: int) -> OcclusionModel | None:
    return load_model(folder, track)


def _nanmedian(values: np.ndarray) -> np.ndarray:
    """Median over the first axis, NaN-free columns only; all-NaN columns give 0."""
    filled = np.where(np.isfinite(values).any(axis=0), values, 0)
    return np.nanmedian(filled, axis=0)


def _nanmedian_flat(values: np.ndarray) -> np.ndarray:
    finite = values[np.isfinite(values[:, 0])]
    return np.median(finite, axis=0) if len(finite) else np.zeros(3, np.float32)


def _farthest(colours: np.ndarray, count: int) -> np.ndarray:
    """`count` colours spread over the set, each the one farthest from those before; the outermost 2 % are left out."""
    middle = np.median(colours, axis=0)
    away = np.linalg.norm(colours - middle, axis=1)
    colours = colours[away <= np.quantile(away, 0.98)]
    chosen = [middle]
    nearest = np.linalg.norm(colours - middle, axis=1)
    for _ in range(min(count, len(colours)) - 1):
        best = colours[int(np.argmax(nearest))]
        chosen.append(best)
        nearest = np.minimum(nearest, np.linalg.norm(colours - best, axis=1))
    return np.array(chosen, np.float32)
