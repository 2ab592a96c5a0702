"""Mouth points without the head's motion, as the landmark stream of the scorer sees them.

`core.face_geometry.canonical_face.normalise` takes away pose, size and place; the person's own resting shape is taken
away here, so that what is left is articulation.
"""

import numpy as np

from core.face_geometry.canonical_face import canonical_face, normalise
from core.face_geometry.landmark_sets import LIPS_INNER, LIPS_OUTER

_JAW = (152, 148, 176, 149, 150, 136, 172, 377, 400, 378, 379, 365, 397)
_AROUND = (
    205, 425, 187, 411, 207, 427, 57, 287, 212, 432, 202, 422, 204, 424, 194, 418,
    200, 199, 175, 18, 83, 313, 164, 2, 98, 327, 94,
)  # fmt: skip
SYNC_POINTS = np.array(LIPS_OUTER + LIPS_INNER + _JAW + _AROUND)
"""The 80 mesh points that the landmark representation keeps: lips, jaw, cheeks and chin."""
_SCALE = 20.0  # brings articulation (a few hundredths of the eye distance) near one


def mirrored_rows() -> np.ndarray:
    """(80,) the row in which each of `SYNC_POINTS` appears in a mirrored face."""
    mirror = canonical_face().mirror
    rows = {int(point): row for row, point in enumerate(SYNC_POINTS)}
    return np.array([rows[int(mirror[point])] for point in SYNC_POINTS])


def resting_face(landmarks: np.ndarray) -> np.ndarray:
    """(468, 3) float32 median head-fixed face of a person's track (F, 468, 3): what articulation counts from."""
    few = np.asarray(landmarks)[
        :: max(len(landmarks) // 500, 1)
    ]  # a median needs no more, and tracks can be long
    return np.median(normalise(few).local, axis=0)


def articulation(landmarks: np.ndarray, rest: np.ndarray | None = None) -> np.ndarray:
    """Mouth points of one track (F, 468, 3), head-fixed, about unit size: (F, 80, 3) float32.

    They count from `rest` (see `resting_face`), the track's own median by default. A short piece of a track needs the
    whole track's.
    """
    local = normalise(landmarks).local[:, SYNC_POINTS]
    reference = np.median(local, axis=0) if rest is None else rest[SYNC_POINTS]
    return ((local - reference) * _SCALE).astype(np.float32)


def mouth_shape(points: np.ndarray) -> np.ndarray:
    """Six numbers per face from `articulation` (F, 80, 3): opening, width, outer height, chin, protrusion, corners.

    What lip-readers and phoneticians call the visible articulation; the training's auxiliary targets.
    """
    row = {int(point): index for index, point in enumerate(SYNC_POINTS)}

    def value(point: int, axis: int) -> np.ndarray:
        return points[:, row[point], axis]

    return np.stack(
        [
            value(14, 1) - value(13, 1),
            value(308, 0) - value(78, 0),
            value(17, 1) - value(0, 1),
            value(152, 1),
            (value(13, 2) + value(14, 2) + value(0, 2) + value(17, 2)) / 4,
            (value(61, 1) + value(291, 1)) / 2 - (value(0, 1) + value(17, 1)) / 2,
        ],
        axis=1,
    ).astype(np.float32)
