"""How far lips are seen to be apart, told from colours rather than from landmarks.

The mesh reads the inner lips a few pixels wrong, and differently for each person: it calls lips shut between which teeth
show. Along five lines across the mouth this counts what is not lip-coloured.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.face_geometry.measures import eye_distance
from core.own_mouth.darkest_line import darkest_line
from core.own_mouth.regions import LOWER_INNER, UPPER_INNER

# Upper outer, upper inner, lower inner, lower outer point of five columns across the mouth's middle.
_COLUMNS = np.array(
    [(39, 81, 178, 181), (37, 82, 87, 84), (0, 13, 14, 17), (267, 312, 317, 314), (269, 311, 402, 405)]
)
_STEPS = 40
_EDGE_STEPS = 64
_FEWEST_COLUMNS = 3
# Eye-corner distances by which an edge may lie below the landmarks'. The upper one is theirs, but for a millimetre: a shaded
# upper lip looks like the inside. The lower one they put as far down as the middle of the red.
_EDGE_LIMITS = ((-0.012, 0.012), (-0.12, 0.02))
# A column, of the same: six people's own tilt is not larger. Where teeth in one half of a mouth are taken for lip, a
# line tilts by three times as much, and the inside would be drawn out there.
_MOST_TILT = 0.006
_MOST_BESIDE = (
    0.12  # of the way across both lips: what begins farther from the landmarks' gap is a shadow or a gloss
)
# Share of red and log brightness by which skin is paler and brighter than the lower lip; 26 of 29 people's upper lips are so in
# at most one of 30 frames.
_SKIN = (0.06, 0.25)
_TOOTH_STEPS, _TOOTH_BRIGHTER = 4, 0.15  # 64ths of the way across both lips; log brightness
_IN_LIP = 0.03  # of the way across both lips
_LIP_PLACE = 0.45  # of the way from the outer to the inner edge of a lip: its reddest part
DARKER = 0.40  # log brightness below the lip's own that only the mouth's inside has
_GLOSS = 0.055  # eye-corner distances: as high are a slit and the gloss on shut lips together
_DEEP = 0.80  # likewise: so dark are no teeth, in whatever shadow
_SLIT_PLACES = (0, 3, 4, 5, 6, 7, 10)  # of the rings' points, corner to corner
_SHUT = 0.05  # eye-corner distances: what the mesh sees of lips that touch, and a little more
_LEAST_WIDTH = 0.1  # of the same: a mouth seen from the side has but one corner
# Where shut lips meet at a corner is looked for that far above and below the landmarks; of the same, and log brightness.
_SLIT_REACH, _SLIT_COLUMNS, _SLIT_STEPS = 0.05, 31, 41
_SLIT_BEND, _NEARER, _SLIT_DARKER = 0.05, 0.3, 0.3
PALER = 0.035  # share of red below the lip's own that teeth have; the spread within a lip is about 0.01


@dataclass(frozen=True, slots=True, eq=False)
class VisibleGap:
    """What shows between the lips, in eye-corner distances.

    Attributes:
        height: mean over the mouth's middle.
        below: (7,) how far its middle lies below the middle of the landmarks' inner lips: at the corner at the picture's left,
            at five columns, at the other corner; nan where nothing shows, and at the corners where the lips are apart.
        dark: share of what shows that is the mouth's dark and no teeth or tongue, 0..1; 1 where nothing shows.
    """

    height: float
    below: np.ndarray
    dark: float


def visible_gap(picture: np.ndarray, landmarks: np.ndarray, scale: float) -> VisibleGap:
    """How far the lips are seen to be apart, and where.

    Args:
        picture: (H, W, 3) uint8.
        landmarks: (468, 2 or 3) in its pixels.
        scale: pixels per eye-corner distance.
    """
    corners = landmarks[_COLUMNS, :2].astype(np.float32)  # (5, 4, 2)
    share = np.linspace(0, 1, _STEPS, dtype=np.float32)[None, :, None]
    lines = corners[:, :1] * (1 - share) + corners[:, 3:] * share
    places = np.concatenate([lines, _on_lips(corners)], axis=1)
    light, red = _light_and_red(picture, places)
    # The darker and paler of both lips is the measure: what is neither is the inside.
    below_lips = light[:, :_STEPS] - np.median(light[:, _STEPS:], axis=0).min()
    pale = red[:, :_STEPS] < _least_red(light[:, _STEPS:], red[:, _STEPS:]) - PALER
    inside = (below_lips < -DARKER) | pale
    deep = (below_lips < -_DEEP) | ((below_lips < -DARKER) & ~pale)
    steps = np.arange(_STEPS) / (_STEPS - 1)
    inside &= (steps > 0.2) & (steps < 0.8)  # the skin beyond the lips' edges is neither red nor counted
    lengths = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    height = float((inside.mean(axis=1) * lengths).mean() / scale)
    # Where along its line each column's landmarks have the slit, against where the colours have it.
    down = (corners[:, 3] - corners[:, 0]) / lengths[:, None]
    slit = (((corners[:, 1] + corners[:, 2]) / 2 - corners[:, 0]) * down).sum(axis=1)
    shown = int(inside.sum())
    # Between lips that hardly part, what is pale is gloss on them and tells of no slit.
    slits = inside if height > _GLOSS else inside & deep
    counts = slits.sum(axis=1)
    middle = (slits * steps).sum(axis=1) / np.maximum(counts, 1) * lengths
    dark = float((inside & deep).sum()) / shown if shown else 1.0
    below = _meet_below(picture, landmarks, scale)
    if height > _GLOSS or np.isnan(below).all():
        below[1:-1] = np.where(counts > 0, (middle - slit) / scale, np.nan)
    return VisibleGap(height, below, dark)


def _meet_below(picture: np.ndarray, landmarks: np.ndarray, scale: float) -> np.ndarray:
    """(7,) how far below the landmarks' slit the dark line runs along which shut lips meet; nan where it is not seen."""
    upper, lower = landmarks[UPPER_INNER, :2], landmarks[LOWER_INNER, :2]
    apart = np.linalg.norm(upper - lower, axis=1)[4:7].mean() / scale
    middle = (upper + lower) / 2
    along = middle[-1] - middle[0]
    length = float(np.linalg.norm(along))
    if apart > _SHUT or length < _LEAST_WIDTH * scale:
        return np.full(len(_SLIT_PLACES), np.nan)
    down = np.array([-along[1], along[0]]) / length
    at = np.linspace(0, len(middle) - 1, _SLIT_COLUMNS)
    line = np.stack([np.interp(at, np.arange(len(middle)), middle[:, axis]) for axis in (0, 1)], axis=1)
    below = np.linspace(-_SLIT_REACH, _SLIT_REACH, _SLIT_STEPS)
    places = line[:, None] + (below * scale)[None, :, None] * down
    light, _ = _light_and_red(picture, places.astype(np.float32))
    light = cv2.GaussianBlur(light, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    rows = darkest_line(light + _NEARER * np.abs(below) / _SLIT_REACH, _SLIT_BEND)
    contrast = light[:, [0, -1]].min(axis=1) - light[np.arange(_SLIT_COLUMNS), rows]
    found = [int(np.argmin(np.abs(at - place))) for place in _SLIT_PLACES]
    return np.where(contrast > _SLIT_DARKER, below[rows], np.nan)[found]


def seen_edges(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
    """(2, 5) float32 pixels by which upper and lower inner edge are *seen* to lie below the landmarks' ones, at five columns.

    None where fewer than three columns show anything between the lips. To a part of a pixel: where the colours cross the
    limit that tells lip from inside. Over the columns they lie on a straight line.

    Args:
        picture: (H, W, 3) uint8.
        landmarks: (468, 2 or 3) in its pixels.
    """
    corners = landmarks[_COLUMNS, :2].astype(np.float32)
    share = np.linspace(0, 1, _EDGE_STEPS, dtype=np.float32)
    lines = corners[:, :1] * (1 - share[None, :, None]) + corners[:, 3:] * share[None, :, None]
    places = np.concatenate([lines, _on_lips(corners)], axis=1)
    light, red = _light_and_red(picture, places)
    # How far beyond either limit, in units of the limit: above 0 it is the inside.
    darker = (np.median(light[:, _EDGE_STEPS:], axis=0).min() - light) / DARKER
    paler = (_least_red(light[:, _EDGE_STEPS:], red[:, _EDGE_STEPS:]) - red) / PALER
    brighter = light[:, :_EDGE_STEPS] - np.median(light[:, _EDGE_STEPS:])
    inside = np.clip(np.maximum(darker, paler)[:, :_EDGE_STEPS] - 1, -1, 1)  # deep dark must not outweigh lip
    inside = cv2.GaussianBlur(inside, (0, 0), sigmaX=1.0, sigmaY=0.6, borderType=cv2.BORDER_REPLICATE)
    lengths = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    down = (corners[:, 3] - corners[:, 0]) / np.maximum(lengths, 1e-6)[:, None]
    mesh = ((corners[:, 1:3] - corners[:, :1]) * down[:, None]).sum(axis=2)  # (5, 2) along each line
    edges = np.full((2, 5), np.nan, np.float32)
    for column, values in enumerate(inside):
        run = _run_in(values, brighter[column], mesh[column] / max(lengths[column], 1e-6))
        if run is not None:
            edges[:, column] = np.array(run) * lengths[column] - mesh[column]
    known = np.isfinite(edges[0])
    if known.sum() < _FEWEST_COLUMNS:
        return None
    scale = float(eye_distance(landmarks))
    lines = _straight(edges / scale, known)
    straight = [np.clip(row, *limits) for row, limits in zip(lines, _EDGE_LIMITS, strict=True)]
    return (np.stack(straight) * scale).astype(np.float32)


def _straight(edges: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(2, 5) straight lines through the `known` of `edges` (2, 5), equally tilted, that no single column can tilt.

    A lip's edge has no steps, and the mesh is tilted against both lips if it is against one.
    """
    at = np.flatnonzero(known).astype(float)
    pairs = [(a, b) for a in range(len(at)) for b in range(a)]
    steps = [(edges[:, known][:, a] - edges[:, known][:, b]) / (at[a] - at[b]) for a, b in pairs]
    tilt = float(np.clip(np.median(steps), -_MOST_TILT, _MOST_TILT))
    return np.median(edges[:, known] - tilt * at, axis=1)[:, None] + tilt * np.arange(5)


def _run_in(values: np.ndarray, brighter: np.ndarray, mesh: np.ndarray) -> tuple[float, float] | None:
    """Where along a line (shares) the inside begins and ends: the longest run of `values` above 0 at the landmarks' gap `mesh` (2,).

    Teeth beyond it belong to it: what parts them from it, though it looks like lip, is tongue or gum. `brighter` says by how
    much of log brightness each place is brighter than the lips.
    """
    last = len(values) - 1
    positive = values > 0
    positive[: round(0.15 * last)] = False
    positive[round(0.88 * last) :] = False
    # A bright edge of a tooth, a thread of spittle: no lip is that thin.
    filled = cv2.morphologyEx(positive.astype(np.uint8)[None], cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))[0]
    changes = np.flatnonzero(np.diff(np.concatenate([[0], filled, [0]]))).reshape(-1, 2)
    low, high = mesh[0] - _MOST_BESIDE, mesh[1] + _MOST_BESIDE
    runs = [(a, b - 1) for a, b in changes if a / last < high and (b - 1) / last > low]
    if not runs:
        return None
    longest = max(runs, key=lambda run: run[1] - run[0])
    teeth = [
        (a, b)
        for a, b in runs
        if b - a >= _TOOTH_STEPS
        and (a + b) / 2 / last < mesh[1] - _IN_LIP  # below it the gloss of the lower lip is as bright
        and float(np.median(brighter[a : b + 1])) > _TOOTH_BRIGHTER
    ]
    first, stop = (
        pick(ends) for pick, ends in zip((min, max), zip(longest, *teeth, strict=True), strict=True)
    )

    def crossing(outer: int, inner: int) -> float:
        if not 0 <= outer <= last:
            return inner / last
        a, b = float(values[outer]), float(values[inner])
        part = float(np.clip(-a / (b - a), 0, 1)) if b > a and a < 0 else 0.5
        return (outer + part * (inner - outer)) / last

    return crossing(first - 1, first), crossing(stop + 1, stop)


def _light_and_red(picture: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log brightness and share of red at `places` (M, N, 2) float32."""
    colours = cv2.remap(
        picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    return light_and_red(colours)


def light_and_red(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log brightness and share of red of `colours` (..., 3), by which lips and what is between them are told apart."""
    return np.log(colours.mean(axis=-1) + 4.0), colours[..., 0] / (colours.sum(axis=-1) + 12.0)


def _least_red(light: np.ndarray, red: np.ndarray) -> float:
    """Share of red of the paler lip, from what five columns (5, 2) show of the upper and the lower one.

    An upper lip that a smile draws thin lies beside the landmarks' place for it. What is seen there is skin, and beside skin no
    tooth is pale.
    """
    (upper, lower), (upper_light, lower_light) = np.median(red, axis=0), np.median(light, axis=0)
    is_skin = upper < lower - _SKIN[0] and upper_light > lower_light + _SKIN[1]
    return float(lower if is_skin else min(upper, lower))


def _on_lips(corners: np.ndarray) -> np.ndarray:
    upper = corners[:, 0] + _LIP_PLACE * (corners[:, 1] - corners[:, 0])
    lower = corners[:, 3] + _LIP_PLACE * (corners[:, 2] - corners[:, 3])
    return np.stack([upper, lower], axis=1)
