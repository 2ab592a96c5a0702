"""The recipe of the feasibility trial: the baseline that every lip engine has to beat.

One wanted quantity (the opening), Viterbi over the clip's own frames, a similarity warp of the chosen frame, a convex
mask, a Gaussian feather and one mean colour shift. Kept as it was tried; it is not meant to be improved.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP, OUTER_LIP
from core.face_geometry.measures import eye_distance, lip_gap, mouth_width
from core.lip_engine import LipChunk, LipRequest, Provenance

_STABLE = [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 129, 358, 50, 280, 205, 425, 101, 330]
_HULL = [
    *(152, 148, 176, 149, 150, 377, 400, 378, 379, 175, 199, 200, 18, 83, 313, 182, 406, 43, 273, 57, 287),
    *(186, 410, 92, 322, 164, *OUTER_LIP, *INNER_LIP),
]
_CHUNK = 25


class FeasibilityRecipe:
    """`LipEngine` of the trial.

    Args:
        wanted: (F,) 0 closed … 1 wide open for each frame of the request.
    """

    name = "feasibility-recipe"

    def __init__(self, wanted: np.ndarray) -> None:
        self._wanted = wanted

    def provenance(self, request: LipRequest) -> Provenance:
        """See `LipEngine`."""
        return Provenance(self.name, "1")

    def render(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        """Chunks of crops; see `LipEngine`."""
        track = request.track
        landmarks = np.asarray(track.landmarks, np.float32)
        eyes = eye_distance(landmarks)
        chosen = choose_frames(landmarks, self._wanted, track.index_of(request.frames[0]))
        size = int(np.ceil(2.6 * float(eyes.max()) / 16)) * 16
        for first in range(start, request.frames.stop, _CHUNK):
            frames = range(first, min(first + _CHUNK, request.frames.stop))
            made = [
                self._frame(
                    request, landmarks, track.index_of(f), int(chosen[f - request.frames.start]), size
                )
                for f in frames
            ]
            yield LipChunk(
                first,
                np.stack([crop for crop, _, _ in made]),
                np.stack([affine for _, affine, _ in made]),
                np.stack([points for _, _, points in made]),
                np.ones(len(made), np.float32),
                np.zeros(len(made), bool),
            )

    def _frame(
        self, request: LipRequest, landmarks: np.ndarray, row: int, borrowed: int, size: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        track = request.track
        target = request.source.rgb(track.first_frame + row)
        source = request.source.rgb(track.first_frame + borrowed)
        matrix, _ = cv2.estimateAffinePartial2D(
            landmarks[borrowed][_STABLE, :2], landmarks[row][_STABLE, :2], method=cv2.LMEDS
        )
        height, width = target.shape[:2]
        warped = cv2.warpAffine(
            source, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        points = landmarks[borrowed][:, :2] @ matrix[:, :2].T + matrix[:, 2]
        mask = np.zeros((height, width), np.uint8)
        for face in (points, landmarks[row][:, :2]):
            hull = cv2.convexHull(np.round(face[_HULL] * 16).astype(np.int32))
            cv2.fillConvexPoly(mask, hull, 255, cv2.LINE_AA, 4)
        mouth = float(mouth_width(landmarks[row]))
        shrink = max(1, round(0.03 * mouth))
        mask = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * shrink + 1,) * 2))
        weight = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.1 * mouth)
        ring = (weight > 0.02) & (weight < 0.4)
        shift = target[ring].mean(axis=0) - warped[ring].mean(axis=0)
        mixed = weight[..., None] * (warped + shift) + (1 - weight[..., None]) * target
        x, y = (round(float(v) - size / 2) for v in landmarks[row][13, :2])
        columns = np.clip(np.arange(x, x + size), 0, width - 1)
        rows = np.clip(np.arange(y, y + size), 0, height - 1)
        crop = np.clip(mixed[rows[:, None], columns[None]] + 0.5, 0, 255).astype(np.uint8)
        return crop, np.array([[1, 0, x], [0, 1, y]], np.float32), points.astype(np.float32)


def choose_frames(landmarks: np.ndarray, wanted: np.ndarray, first: int) -> np.ndarray:
    """(len(wanted),) rows of `landmarks` (F, 468, 3) by the trial's Viterbi; target frames are rows from `first` on."""
    points = landmarks[..., :2].astype(np.float64)
    eyes = eye_distance(points)
    opening = lip_gap(points) / eyes
    width = mouth_width(points) / eyes
    jaw = (points[:, 152, 1] - points[:, 4, 1]) / eyes
    pose = (points[:, 4] - (points[:, 33] + points[:, 263]) / 2) / eyes[:, None]
    low, high = np.quantile(opening, [0.04, 0.97])
    goal = low + np.clip(wanted, 0, 1) * (high - low)
    spread = max(float(opening.std()), 1e-6)
    pose_spread = np.maximum(pose.std(axis=0), 1e-6)
    features = np.stack(
        [opening / spread, 0.5 * width / max(width.std(), 1e-6), 0.5 * jaw / max(jaw.std(), 1e-6)], axis=1
    )
    step = 0.35 * ((features[:, None] - features[None]) ** 2).sum(-1)
    index = np.arange(len(points) - 1)
    step[index, index + 1] *= 0.1
    np.fill_diagonal(step, 0.02)
    cost = np.zeros(len(points))
    arrows = []
    for n, value in enumerate(goal):
        turn = (pose - pose[min(first + n, len(pose) - 1)]) / pose_spread
        node = ((opening - value) / spread) ** 2 + 0.15 * (turn**2).sum(axis=1)
        total = cost[:, None] + step if n else np.zeros_like(step)
        arrow = total.argmin(axis=0)
        arrows.append(arrow)
        cost = total[arrow, np.arange(len(points))] + node
    path = [int(np.argmin(cost))]
    for arrow in arrows[:0:-1]:
        path.append(int(arrow[path[-1]]))
    return np.array(path[::-1])
