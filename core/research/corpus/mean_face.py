"""Makes ``resources/face/canonical_face.npz``: the mean face of many tracked people, mirrored and put upright.

Run ``python -m core.research.corpus.mean_face REAL MESH_CONNECTIONS`` with the folder made by ``core.research.corpus.real`` and
MediaPipe's ``face_mesh_connections.py``, whose tesselation lists three edges per triangle.
"""

import argparse
import logging
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from core.face_geometry.canonical_face import CANONICAL_FACE_FILE, fit_similarity
from core.face_geometry.landmark_sets import CHIN_TIP, EYE_OUTER_CORNERS, INNER_LIP_MIDDLES, STABLE
from core.research.corpus.held_out import clip_group, is_licensed

logger = logging.getLogger(__name__)

FRONTAL_DEGREES = 12.0
FEWEST_FRAMES = 20
CLOSED_SHARE = 0.3  # of a person's frames: those with the most closed mouth
ROUNDS = 5
FOREHEAD_TOP = 10


def frontal_faces(real: Path) -> list[np.ndarray]:
    """(F, 468, 3) frontal frames with closed lips, one array per GRID speaker and per single clip. Only clips with an open licence.

    The news reader's clips count one by one: so they did when the axes were made that every network here is trained in.
    """
    per_face: dict[str, list[np.ndarray]] = {}
    for file in sorted((real / "train").glob("*.npz")):
        if not is_licensed(file.stem) or clip_group(file.stem) == "generated":
            continue
        with np.load(file) as data:
            frontal = (np.abs(data["pose"][:, 0]) < FRONTAL_DEGREES) & (data["quality"] > 0.95)
            who = str(data["person"]) if clip_group(file.stem) == "grid" else file.stem
            per_face.setdefault(who, []).append(data["landmarks"][frontal])
    faces = []
    for pieces in per_face.values():
        landmarks = np.concatenate(pieces).astype(np.float64)
        if len(landmarks) < FEWEST_FRAMES:
            continue
        upper, lower = INNER_LIP_MIDDLES
        right, left = EYE_OUTER_CORNERS
        opening = np.linalg.norm(landmarks[:, upper] - landmarks[:, lower], axis=1) / np.linalg.norm(
            landmarks[:, right] - landmarks[:, left], axis=1
        )
        closed = np.argsort(opening)[: max(int(len(landmarks) * CLOSED_SHARE), FEWEST_FRAMES)]
        faces.append(landmarks[closed])
    return faces


def mean_face(people: Sequence[np.ndarray]) -> np.ndarray:
    """(468, 3) generalised Procrustes mean, each person counting once."""
    right, left = EYE_OUTER_CORNERS
    mean = people[0][0] / np.linalg.norm(people[0][0][right] - people[0][0][left])
    stable = list(STABLE)
    for _ in range(ROUNDS):
        shapes = []
        for landmarks in people:
            rotation, scale, translation = fit_similarity(mean[stable], landmarks[:, stable])
            shapes.append(
                (((landmarks - translation[:, None]) @ rotation) / scale[:, None, None]).mean(axis=0)
            )
        mean = upright(np.mean(shapes, axis=0))
        mean = (mean + mirrored(mean, mirror_index(mean))) / 2
    return upright(mean)


def upright(points: np.ndarray) -> np.ndarray:
    """`points` with the outer eye corners at (∓½, 0, 0) and forehead above chin."""
    right, left = EYE_OUTER_CORNERS
    x = points[left] - points[right]
    unit = np.linalg.norm(x)
    x = x / unit
    down = points[CHIN_TIP] - points[FOREHEAD_TOP]
    y = down - (down @ x) * x
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)])
    return (points - (points[right] + points[left]) / 2) @ axes.T / unit


def mirror_index(points: np.ndarray) -> np.ndarray:
    """(468,) for each point its counterpart on the other side of an upright, nearly symmetric face."""
    flipped = points * (-1, 1, 1)
    distances = np.linalg.norm(points[:, None] - flipped[None], axis=2)
    _, index = linear_sum_assignment(distances**2)
    if not np.array_equal(index[index], np.arange(len(points))):
        raise ValueError("the mirror of the mirror is not the point itself: the face is too lopsided")
    return index


def mirrored(points: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The face seen in a mirror, in the same point order."""
    return points[index] * (-1, 1, 1)


def triangles_of(connections: Path) -> np.ndarray:
    """(852, 3) int32 from MediaPipe's edge list, turned so that they all face the camera the same way."""
    text = connections.read_text("utf-8")
    block = text[text.index("FACEMESH_TESSELATION") :]
    edges = re.findall(r"\((\d+),\s*(\d+)\)", block[: block.index("])")])
    return np.array(
        [[int(edges[k][0]), int(edges[k][1]), int(edges[k + 1][1])] for k in range(0, len(edges), 3)],
        np.int32,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.corpus.mean_face``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("real", type=Path)
    parser.add_argument("connections", type=Path)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO)
    people = frontal_faces(args.real)
    points = mean_face(people)
    triangles = triangles_of(args.connections)
    a, b, c = (points[triangles[:, k], :2] for k in range(3))
    clockwise = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] > 0
    triangles[~clockwise] = triangles[~clockwise][:, [0, 2, 1]]
    CANONICAL_FACE_FILE.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        CANONICAL_FACE_FILE,
        points=points.astype(np.float32),
        triangles=triangles,
        mirror=mirror_index(points).astype(np.int32),
    )
    logger.info("mean of %d people, %d frames", len(people), sum(len(person) for person in people))


if __name__ == "__main__":
    main()
