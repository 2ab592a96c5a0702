"""The surface of a head: the mean face continued over skull, under the jaw and into the mouth, finely subdivided.

Axes and unit are those of `core.face_geometry.canonical_face`: x to the picture's right, y down, z away from the camera, the
outer eye corners one unit (about 90 mm) apart. The first 468 control points are the tracker's, so every rendered frame
comes with its exact landmarks.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import FACE_OVAL, LEFT_EYE, LIPS_INNER, RIGHT_EYE
from core.research.corpus.subdivision import Subdivided, loop_subdivision

SKULL_CENTRE = np.array([0.0, -0.24, 0.80])
SKULL_RADII = np.array(
    [0.83, 0.98, 1.04]
)  # breadth 150, height above the chin 230, length 190 mm at 90 mm a unit
_SKULL_RINGS = 9
_BACK = np.array([0.0, 0.25, 1.0])
_MOUTH_RINGS = (
    (0.045, 0.012),
    (0.12, 0.05),
    (0.3, 0.09),
    (0.55, 0.07),
)  # depth behind the lip, spread up and down
_LID_RINGS = ((0.028, 0.985), (0.075, 0.93))  # depth behind the lid's edge, scale about the eye

UPPER_INNER_LIP = frozenset((191, 80, 81, 82, 13, 312, 311, 310, 415))


@dataclass(frozen=True, slots=True, eq=False)
class HeadTopology:
    """What all heads share.

    Attributes:
        triangles: (T, 3) int64 control triangles, anticlockwise seen from outside (x right, y down: outward normals).
        skull: (36, R) control ids of the rings behind the face's edge, row i behind ``FACE_OVAL[i]``.
        back: control id of the pole at the back of the head.
        mouth: (20, R) control ids of the rings behind ``LIPS_INNER``.
        throat: control id that closes the mouth.
        lids: per eye (right, left) (16, R) control ids behind the lid's edge.
        count: number of control points.
    """

    triangles: np.ndarray
    skull: np.ndarray
    back: int
    mouth: np.ndarray
    throat: int
    lids: tuple[np.ndarray, np.ndarray]
    count: int


def oriented(triangles: np.ndarray) -> np.ndarray:
    """The same surface with every triangle turned as its neighbours are."""
    by_edge = defaultdict(list)
    for t, (a, b, c) in enumerate(triangles):
        for u, v in ((a, b), (b, c), (c, a)):
            by_edge[min(u, v), max(u, v)].append(t)
    result = [tuple(int(v) for v in t) for t in triangles]
    seen, queue = {0}, deque([0])
    while queue:
        t = queue.popleft()
        a, b, c = result[t]
        for u, v in ((a, b), (b, c), (c, a)):
            for other in by_edge[min(u, v), max(u, v)]:
                if other in seen:
                    continue
                d, e, f = result[other]
                if (u, v) in ((d, e), (e, f), (f, d)):  # the same direction on both sides: turn it
                    result[other] = (d, f, e)
                seen.add(other)
                queue.append(other)
    return np.array(result, dtype=np.int64)


def _strip(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int, int]]:
    """Triangles between two closed rings of equal length."""
    n = len(left)
    made = []
    for i in range(n):
        j = (i + 1) % n
        made += [(left[i], left[j], right[i]), (right[i], left[j], right[j])]
    return made


@cache
def head_topology() -> HeadTopology:
    """The control mesh's connections; built once."""
    triangles = [tuple(int(v) for v in t) for t in canonical_face().triangles]
    count = 468

    def rings(edge: Sequence[int], how_many: int) -> np.ndarray:
        nonlocal count
        ids = np.arange(count, count + len(edge) * how_many).reshape(how_many, len(edge)).T
        count += ids.size
        before = list(edge)
        for k in range(how_many):
            triangles.extend(_strip(before, list(ids[:, k])))
            before = list(ids[:, k])
        return ids

    def pole(edge: Sequence[int]) -> int:
        nonlocal count
        triangles.extend((edge[i], edge[(i + 1) % len(edge)], count) for i in range(len(edge)))
        count += 1
        return count - 1

    skull = rings(FACE_OVAL, _SKULL_RINGS)
    back = pole(list(skull[:, -1]))
    mouth = rings(LIPS_INNER, len(_MOUTH_RINGS))
    throat = pole(list(mouth[:, -1]))
    lids = (rings(RIGHT_EYE, len(_LID_RINGS)), rings(LEFT_EYE, len(_LID_RINGS)))
    turned = oriented(np.array(triangles))
    points = control_points(
        canonical_face().points, HeadTopology(turned, skull, back, mouth, throat, lids, count)
    )
    a, b, c = (points[turned[:, i]] for i in range(3))
    # The signed volume tells which way the whole surface is turned; the skull dominates it.
    if np.einsum("ij,ij->i", a - SKULL_CENTRE, np.cross(b - SKULL_CENTRE, c - SKULL_CENTRE)).sum() < 0:
        turned = turned[:, [0, 2, 1]]
    return HeadTopology(turned, skull, back, mouth, throat, lids, count)


@cache
def head_surface(levels: int) -> Subdivided:
    """The subdivided head; `levels` 2 gives about 19,000 vertices, 3 about 75,000."""
    topology = head_topology()
    return loop_subdivision(topology.triangles, topology.count, levels)


def control_points(face: np.ndarray, topology: HeadTopology, *, skull_scale: float = 1.0) -> np.ndarray:
    """(N, 3) control points of a head whose face is `face` (468, 3): skull, mouth and lids follow the face."""
    points = np.zeros((topology.count, 3))
    points[:468] = face
    oval = face[list(FACE_OVAL)]
    radii = SKULL_RADII * skull_scale
    start = (oval - SKULL_CENTRE) / radii
    length = np.linalg.norm(start, axis=1, keepdims=True)
    start = start / length
    back = _BACK / np.linalg.norm(_BACK)
    angle = np.arccos(np.clip(start @ back, -1, 1))[:, None]
    for k in range(_SKULL_RINGS):
        s = (k + 1) / (_SKULL_RINGS + 1)
        along = (np.sin((1 - s) * angle) * start + np.sin(s * angle) * back) / np.sin(angle)
        excess = (length - 1) * np.clip(1 - s / 0.5, 0, 1) ** 1.3
        points[topology.skull[:, k]] = SKULL_CENTRE + radii * along * (1 + excess)
    points[topology.back] = SKULL_CENTRE + radii * back

    lips = face[list(LIPS_INNER)]
    middle = lips.mean(axis=0)
    side = np.array([-1.0 if v in UPPER_INNER_LIP else 1.0 for v in LIPS_INNER])
    side[[0, 10]] = 0.0  # the corners
    reach = 1 - np.abs((lips[:, 0] - middle[0]) / max(np.ptp(lips[:, 0]) / 2, 1e-6)) ** 2
    for k, (depth, spread) in enumerate(_MOUTH_RINGS):
        ring = lips.copy()
        ring[:, 2] += depth
        ring[:, 1] += side * spread * (0.35 + 0.65 * np.clip(reach, 0, 1))
        points[topology.mouth[:, k]] = ring
    points[topology.throat] = middle + np.array([0, 0.05, 0.75])

    for edge, ids in zip((RIGHT_EYE, LEFT_EYE), topology.lids, strict=True):
        loop = face[list(edge)]
        centre = loop.mean(axis=0)
        for k, (depth, scale) in enumerate(_LID_RINGS):
            ring = centre + (loop - centre) * scale
            ring[:, 2] = loop[:, 2] + depth
            points[ids[:, k]] = ring
    return points
