"""A mouth where no face is found: four points the user places on one frame or more, followed through the shot.

For cartoons, animals, puppets. The points are the mouth's corners and the outer edges of both lips' middles. The head's
motion is told by texture around the mouth (pyramidal Lucas-Kanade, Bouguet 2001, checked forwards and backwards), the
opening by where along the face's middle the edges of the lips look as they did; a mean face is then laid over both, so that everything made for faces works on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from core.base.errors import SettingsError
from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import INNER_LIP_MIDDLES, MOUTH_CORNERS, OUTER_LIP_MIDDLES
from core.face_geometry.pose import head_pose
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.lip_engine import FrameSource
from core.motion.shape import JAW, POSE_POINTS, SHAPE_POINTS, measures, shape_model
from core.takes.film import Film

PERSON = PersonId("M1")
_CORNERS, _EDGES, _INNER = MOUTH_CORNERS, OUTER_LIP_MIDDLES, INNER_LIP_MIDDLES
_FEATURES, _FEWEST = 80, 6
_INNER_ABOVE, _INNER_BELOW = [80, 82, 13, 312, 310], [88, 87, 14, 317, 318]
_COLUMNS = np.array([0.2, 0.35, 0.5, 0.65, 0.8])  # of the mouth's width, where the inner lips' points lie
_SLIT_MARGIN, _SLIT_ROWS = 0.15, 27  # lip heights beyond the edges, which are placed by hand; rows looked at
_SHUT_QUANTILE = 0.03  # of the frames; fewer may be slips
_SLIT_STIFFNESS = 60.0  # grey levels that a jump of a whole lip height must gain
_LEAST_DARK = 12.0  # grey levels below the lips: fainter lines may be fur
_AROUND = 1.6  # mouth widths around the mouth in which texture is followed
_LIP_FREEDOM = (
    0.15,
    0.6,
)  # mouth widths the upper and the lower lip may be away from where the head carries it
_STEP = 1 / 48  # mouth widths between the rows in which a lip's edge is looked for
_EDGE_ROWS = 6  # on either side of an edge that are compared
_REACH_ROWS = 40  # looked at: the lips' freedom and the edge's rows
_HASTE = 12.0  # grey levels a jump of a whole mouth width must gain: lips glide
_BACK_AND_FORTH = 1.0  # pixels a point may miss its start by, followed there and back
_LEAST_WIDTH = 12.0  # pixels: smaller mouths have no texture to follow


@dataclass(frozen=True, slots=True)
class MouthPoints:
    """Where the mouth is in one frame.

    Attributes:
        frame: number of the frame.
        points: (x, y) in upright source pixels: the mouth's corner at the picture's left, that at its right, the upper edge
            of the upper lip, the lower edge of the lower lip.
    """

    frame: int
    points: tuple[tuple[float, float], ...]


def with_mouth(film: Film, placed: MouthPoints) -> Film:
    """`film` with one more person, `PERSON`, whose mouth was placed by hand.

    Raises:
        SettingsError: the frame is not in the film, or the points make no mouth.
    """
    marks = np.asarray(placed.points, np.float32)
    analysis = film.analysis
    if not 0 <= placed.frame < len(film.times):
        raise SettingsError(f"Frame {placed.frame} is not in the film, which has {len(film.times)} frames.")
    check_mouth(marks, analysis.width, analysis.height)
    shot = next(s for s in analysis.shots if s.first_frame <= placed.frame < s.end_frame)
    with film.reader() as reader:
        track = follow_mouth(reader, range(shot.first_frame, shot.end_frame), placed)
    track = replace(track, shot=shot.index, id=TrackId(1 + max((t.id for t in analysis.tracks), default=-1)))
    key = f"{analysis.key} mouth {placed.frame} {placed.points}"
    return replace(film, analysis=replace(analysis, tracks=(*analysis.tracks, track), key=key))


def check_mouth(marks: np.ndarray, width: int, height: int) -> None:
    """Whether four points (4, 2) make a mouth in a picture of `width` × `height`.

    Raises:
        SettingsError: they do not.
    """
    if marks.shape != (4, 2) or not _is_mouth(marks, width, height):
        raise SettingsError(
            "The mouth points make no mouth.",
            hint="Give left corner, right corner, upper and lower edge, as they lie in the picture, at least "
            f"{_LEAST_WIDTH:g} pixels wide.",
        )


def follow_mouth(source: FrameSource, frames: range, *placed: MouthPoints) -> FaceTrack:
    """The track of a mouth through `frames`, forwards and backwards from where it was placed.

    Between two placings it is followed from both, and runs over from what the one gave into what the other gave.
    """
    marks = np.zeros((len(frames), 4, 2), np.float32)
    quality = np.zeros(len(frames), np.float32)
    placings = sorted(placed, key=lambda each: each.frame)
    ends = [frames.start - 1, *(each.frame for each in placings), frames.stop]
    for at, each in enumerate(placings):
        start = np.asarray(each.points, np.float32)
        before, after = ends[at], ends[at + 2]
        for onward, other in ((range(each.frame, after), after), (range(each.frame, before, -1), before)):
            is_shared = frames.start <= other < frames.stop
            for frame, found, trust in _followed(source, onward, start):
                if frame == each.frame and onward.step < 0:
                    continue  # counted on the way forwards
                row = frame - frames.start
                share = 1 - (frame - each.frame) / (other - each.frame) if is_shared else 1.0
                marks[row] += np.float32(share) * found
                quality[row] += np.float32(share * trust)
    first = placings[0]
    slit = _slit(source.rgb(first.frame), np.asarray(first.points, np.float32))
    # Lips thinner than a person's are as thick as the whole mouth when it is shut.
    thin = max(float(_openings()[0][0] - np.quantile([_ratio(each) for each in marks], _SHUT_QUANTILE)), 0.0)
    landmarks = np.stack([_face_over(each, slit, thin) for each in marks])
    boxes = np.concatenate([landmarks[:, :, :2].min(1), landmarks[:, :, :2].max(1)], axis=1)
    return FaceTrack(TrackId(0), PERSON, 0, frames.start, boxes, landmarks, head_pose(landmarks), quality)


def _followed(
    source: FrameSource, frames: Sequence[int], start: np.ndarray
) -> Iterator[tuple[int, np.ndarray, float]]:
    """(frame, marks (4, 2), trust 0..1) for each of `frames`, beginning where the marks are `start`."""
    before = cv2.cvtColor(source.rgb(frames[0]), cv2.COLOR_RGB2GRAY)
    width = float(np.linalg.norm(start[1] - start[0]))
    marks, head = start.copy(), np.eye(2, 3)
    anchors, points = _features(before, marks, width), None
    points = anchors.copy()
    yield frames[0], marks, 1.0
    trust = 1.0
    first = _column(source.rgb(frames[0]), start)
    templates = [first[_rows_around(0.0, lip)] for lip in (False, True)]
    moved = [0.0, 0.0]
    for frame in frames[1:]:
        now = cv2.cvtColor(source.rgb(frame), cv2.COLOR_RGB2GRAY)
        found, good = _tracked(before, now, points)
        anchors, points = anchors[good], found[good]
        if len(points) >= _FEWEST:
            fitted, inside = cv2.estimateAffinePartial2D(
                anchors, points, method=cv2.RANSAC, ransacReprojThreshold=2
            )
            if fitted is not None:
                head = fitted
                kept = inside.ravel() > 0
                anchors, points = anchors[kept], points[kept]
                trust = 1.0
        if len(points) < _FEWEST:
            trust = 0.0  # the head is lost: the film is left as it is from here on
        carried = (start @ head[:, :2].T + head[:, 2]).astype(np.float32)
        column = _column(source.rgb(frame), carried)
        down = _down(carried)
        marks = carried.copy()
        for lip, template in enumerate(templates, start=2):
            moved[lip - 2] = _found_at(column, template, moved[lip - 2], lip == 3)
            marks[lip] += down * np.float32(moved[lip - 2] * width * _size(head))
        if 0 < len(points) < _FEATURES // 3 and trust:
            fresh = _features(now, marks, width)
            back = cv2.invertAffineTransform(head)
            anchors = np.concatenate([anchors, fresh @ back[:, :2].T + back[:, 2]]).astype(np.float32)
            points = np.concatenate([points, fresh]).astype(np.float32)
        before = now
        yield frame, marks, trust


def _down(marks: np.ndarray) -> np.ndarray:
    """Unit vector across the mouth, from the upper to the lower lip."""
    along = marks[1] - marks[0]
    return np.array([-along[1], along[0]], np.float32) / max(float(np.linalg.norm(along)), 1e-6)


def _size(head: np.ndarray) -> float:
    return float(np.hypot(head[0, 0], head[1, 0]))


def _column(picture: np.ndarray, carried: np.ndarray) -> np.ndarray:
    """(2, R, 3) colours down the face through the upper and the lower lip's mark, `_STEP` mouth widths a row.

    Row ``R // 2`` lies on the mark as the head carries it; each row is a mean over a fifth of the mouth's width.
    """
    along = carried[1] - carried[0]
    width = max(float(np.linalg.norm(along)), 1e-6)
    rows = (np.arange(2 * _REACH_ROWS + 1) - _REACH_ROWS) * _STEP * width
    beside = np.linspace(-0.1, 0.1, 7) * width
    unit, down = along / width, _down(carried)
    colours = []
    for mark in carried[2:]:
        at = mark + rows[:, None, None] * down + beside[None, :, None] * unit
        at = at.astype(np.float32)
        seen = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colours.append(seen.astype(np.float32).mean(axis=1))
    return np.stack(colours)


def _rows_around(moved: float, is_lower: bool) -> tuple[int, slice]:
    middle = _REACH_ROWS + round(moved / _STEP)
    return int(is_lower), slice(middle - _EDGE_ROWS, middle + _EDGE_ROWS + 1)


def _found_at(column: np.ndarray, template: np.ndarray, before: float, is_lower: bool) -> float:
    """How far the lip's edge lies below where the head carries it, in mouth widths: the place that looks like `template`."""
    free = _LIP_FREEDOM[is_lower]
    tried = np.arange(-free, free + _STEP / 2, _STEP)
    costs = [
        float(np.abs(column[_rows_around(move, is_lower)] - template).mean()) + _HASTE * abs(move - before)
        for move in tried
    ]
    return float(tried[int(np.argmin(costs))])


def _flow(
    before: np.ndarray, now: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lucas–Kanade from `before` to `now` of (N, 1, 2) float32 points: where they went, (N, 1) 1 where found, errors."""
    there = np.empty_like(points)
    return cv2.calcOpticalFlowPyrLK(before, now, points, there, winSize=(21, 21), maxLevel=3)


def _tracked(before: np.ndarray, now: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where `points` (N, 2) went, and which of them can be trusted."""
    if len(points) == 0:
        return points, np.zeros(0, bool)
    there, ok, _ = _flow(before, now, points.reshape(-1, 1, 2))
    back, ok_back, _ = _flow(now, before, there)
    miss = np.linalg.norm(back.reshape(-1, 2) - points, axis=1)
    return there.reshape(-1, 2), (ok.ravel() > 0) & (ok_back.ravel() > 0) & (miss < _BACK_AND_FORTH)


def _features(grey: np.ndarray, marks: np.ndarray, width: float) -> np.ndarray:
    """(N, 2) float32 places with texture around the mouth but not in it."""
    mask = np.zeros(grey.shape, np.uint8)
    centre = tuple(int(v) for v in marks.mean(axis=0))
    cv2.circle(mask, centre, int(_AROUND * width), 255, -1)
    height = int(abs(marks[3, 1] - marks[2, 1]) / 2 + 0.15 * width)
    cv2.ellipse(mask, centre, (int(0.6 * width), height), 0, 0, 360, 0, -1)
    found = cv2.goodFeaturesToTrack(grey, _FEATURES, 0.01, max(width / 12, 2.0), mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2).astype(np.float32)


@cache
def _openings() -> tuple[np.ndarray, np.ndarray]:
    """Outer lip heights of the mean mouth per width, and the shape coefficients that have them, from shut on."""
    model = shape_model()
    axis = model.opening_axis / float(model.opening_axis @ model.opening_axis)
    coefs = np.linspace(-0.1, 0.35, 46)[:, None] * axis
    shapes = model.decode(coefs.astype(np.float32))
    inner = shapes[:, SHAPE_POINTS.index(_INNER[1]), 1] - shapes[:, SHAPE_POINTS.index(_INNER[0]), 1]
    uncrossed = inner >= 0  # thinner lips than the mean's are drawn thinner, not one through the other
    return measures(shapes)[uncrossed, 2], coefs[uncrossed]


def _slit(picture: np.ndarray, marks: np.ndarray) -> np.ndarray | None:
    """(C,) where at each of `_COLUMNS` the lips meet, 0 on the upper edge, 1 on the lower; None where no dark line tells.

    It is the darkest line that does not jump (dynamic programming): in drawings the line is all there is of a mouth.
    """
    share = np.linspace(-_SLIT_MARGIN, 1 + _SLIT_MARGIN, _SLIT_ROWS)
    upper, lower = _edges(marks)
    at = (upper[:, None] + share[None, :, None] * (lower - upper)[:, None]).astype(np.float32)
    seen = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = cv2.GaussianBlur(seen.astype(np.float32).mean(axis=2), (0, 0), 0.8)
    steps = _SLIT_STIFFNESS * np.abs(share[:, None] - share[None, :])
    costs, came = light[0], []
    for column in light[1:]:
        ways = costs[:, None] + steps
        came.append(ways.argmin(axis=0))
        costs = ways.min(axis=0) + column
    path = [int(costs.argmin())]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    rows = np.array(path[::-1])
    dark = float(np.median(light) - light[np.arange(len(rows)), rows].mean())
    return share[rows] if dark > _LEAST_DARK else None


def _edges(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower edge of the lips, each (C, 2), as arcs through the marks at `_COLUMNS`."""
    line = marks[0] + _COLUMNS[:, None] * (marks[1] - marks[0])
    bulge = (4 * _COLUMNS * (1 - _COLUMNS))[:, None]
    middle = (marks[0] + marks[1]) / 2
    return line + bulge * (marks[2] - middle), line + bulge * (marks[3] - middle)


def _ratio(marks: np.ndarray) -> float:
    """The outer lips' height over the mouth's width."""
    return float((marks[3] - marks[2]) @ _down(marks)) / max(float(np.linalg.norm(marks[1] - marks[0])), 1e-3)


def _face_over(marks: np.ndarray, slit: np.ndarray | None = None, thin: float = 0.0) -> np.ndarray:
    """(468, 3) the mean face whose mouth has its corners and lip edges at `marks` (4, 2), its lips meeting at the `slit`.

    Its lips are `thin` mouth widths less high than the mean face's.
    """
    model, face = shape_model(), canonical_face().points.copy()
    along = marks[1] - marks[0]
    width = max(float(np.linalg.norm(along)), 1e-3)
    down = np.array([-along[1], along[0]]) / width
    ratios, coefs = _openings()
    face[list(SHAPE_POINTS)] = model.decode(
        np.array([[np.interp(_ratio(marks) + thin, ratios, column) for column in coefs.T]], np.float32)
    )[0]
    left, right = face[_CORNERS[0]], face[_CORNERS[1]]
    scale = width / float(np.linalg.norm((right - left)[:2]))
    unit = along / width
    turn = np.stack([unit, down], axis=1)
    centred = face - (left + right) / 2
    flat = scale * centred[:, :2] @ turn.T + (marks[0] + marks[1]) / 2
    # Lips curve and lie otherwise than people's: a smile's dips between its corners, a muzzle's hangs from them.
    pinned, held = [*_CORNERS, *_EDGES], list(POSE_POINTS + JAW)
    at, miss = flat[pinned + held], np.concatenate([marks - flat[pinned], np.zeros((len(held), 2))])
    flat += RBFInterpolator(at, miss)(flat)
    if slit is not None:
        upper, lower = _edges(marks)
        between = (flat[_INNER_ABOVE] + flat[_INNER_BELOW]) / 2
        miss = upper + slit[:, None] * (lower - upper) - between
        at = np.concatenate([between, flat[pinned + held]])
        flat += RBFInterpolator(at, np.concatenate([miss, np.zeros((len(at) - len(miss), 2))]))(flat)
    return np.column_stack([flat, scale * centred[:, 2]]).astype(np.float32)


def _is_mouth(marks: np.ndarray, width: int, height: int) -> bool:
    inside = (marks >= 0).all() and (marks < (width, height)).all()
    along = marks[1] - marks[0]
    wide = float(np.linalg.norm(along))
    down = np.array([-along[1], along[0]]) / max(wide, 1e-3)
    return bool(inside and wide >= _LEAST_WIDTH and along[0] > 0 and (marks[3] - marks[2]) @ down > 0)
