"""Who is who across shots, with no identity network to download.

A face is described by its pose-free mesh shape, its low-frequency appearance and its colours, projected by a small linear
discriminant that was trained on augmented pictures of people this project may train on (``core.research.corpus.identity_data``).
It tells a film's handful of people apart; it is no means of recognising anybody. With InsightFace's pack installed,
ArcFace takes its place.
"""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from core.base.models import PROGRAM_ROOT
from core.face_geometry.canonical_face import canonical_face, normalise
from core.face_geometry.landmark_sets import (
    FACE_OVAL,
    LEFT_EYE,
    LEFT_EYEBROW,
    RIGHT_EYE,
    RIGHT_EYEBROW,
    STABLE,
)
from core.face_geometry.pose import head_pose
from core.face_geometry.track import PersonId
from core.faces.backend import FaceBackend

IDENTITY_FILE = PROGRAM_ROOT / "resources" / "face" / "identity.npz"
ARCFACE_DISTANCE = (
    0.65  # 1 − cosine; ArcFace pairs of one person lie well below (published thresholds: 0.6 to 0.7)
)
CROP = 48  # pixels; the eyes 22 apart: what a 50-pixel face can fill
EYE_DISTANCE = 22.0
FREQUENCIES = 12  # of the cosine transform along each side
MOST_YAW = 40.0  # degrees; beyond it half of the face is not seen
SHAPE_POINTS = tuple(
    sorted({*STABLE, *FACE_OVAL[:12], *FACE_OVAL[-12:], *LEFT_EYE, *RIGHT_EYE, *LEFT_EYEBROW, *RIGHT_EYEBROW})
)


class Describer:
    """Makes descriptors with the backend's identity network, or with the built-in description when it has none.

    Attributes:
        same_person_distance: mean cosine distance below which two tracks are one person.
    """

    same_person_distance: float

    def __init__(self, backend: FaceBackend) -> None:
        self._backend = backend
        self.same_person_distance = _discriminant()[2]

    def __call__(self, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """A unit vector for the face at `landmarks` (468, 3), or None for too small or turned-away a face."""
        if abs(float(head_pose(landmarks[None])[0, 0])) > MOST_YAW:
            return None
        embedded = self._backend.embed(rgb, landmarks)
        if embedded is not None:
            self.same_person_distance = ARCFACE_DISTANCE
            return embedded
        mean, projection, _ = _discriminant()
        vector = (face_features(rgb, landmarks) - mean) @ projection
        return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)


@cache
def _discriminant() -> tuple[np.ndarray, np.ndarray, float]:
    with np.load(IDENTITY_FILE) as data:
        return data["mean"].astype(np.float64), data["projection"].astype(np.float64), float(data["distance"])


def face_features(rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(D,) float64 raw description of one face: shape, low frequencies of its light, colours."""
    shape = normalise(landmarks[None]).local[0, list(SHAPE_POINTS)].astype(np.float64)
    crop = aligned_face(rgb, landmarks)
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float64)
    inside = _inside_face()[:, :, None]
    usual = (lab * inside).sum(axis=(0, 1)) / inside.sum()
    lab = lab * inside + usual * (1 - inside)  # the next shot has another background
    light = lab[:, :, 0]
    local = light - cv2.GaussianBlur(light, (0, 0), CROP / 6)  # without the lamps
    local /= local.std() + 2.0
    waves = cv2.dct(local)[:FREQUENCIES, :FREQUENCIES].reshape(-1) / CROP
    colours = cv2.resize(lab[:, :, 1:], (6, 6), interpolation=cv2.INTER_AREA)
    mean_colour = colours.reshape(-1, 2).mean(axis=0)
    return np.concatenate(
        [
            shape.reshape(-1) * 4,
            waves,
            (colours - mean_colour).reshape(-1) / 20,
            mean_colour / 20,
            [light.mean() / 100],
        ]
    )


@cache
def _inside_face() -> np.ndarray:
    """(48, 48) float64, 1 well inside the mean face's outline, 0 outside, soft between."""
    outline = canonical_face().points[list(FACE_OVAL)][:, :2] * (EYE_DISTANCE * 0.92) + (
        CROP / 2,
        CROP * 0.36,
    )
    mask = np.zeros((CROP, CROP), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), 1.0).astype(np.float64) / 255


def aligned_face(rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(48, 48, 3) upright picture of the face from brows to mouth, eyes always at the same places."""
    stable = list(STABLE)
    place = canonical_face().points[stable][:, :2] * EYE_DISTANCE + (CROP / 2, CROP * 0.36)
    affine, _ = cv2.estimateAffinePartial2D(landmarks[stable, :2].astype(np.float64), place, method=cv2.LMEDS)
    if affine is None:
        return np.zeros((CROP, CROP, 3), np.uint8)
    shrink = 1 / np.hypot(affine[0, 0], affine[1, 0])
    if shrink > 2:
        step = int(shrink)
        x0, y0 = (max(int(v), 0) for v in landmarks[:, :2].min(axis=0) - 2 * step)
        x1, y1 = (max(int(v), 0) for v in landmarks[:, :2].max(axis=0) + 2 * step)
        part = rgb[y0:y1, x0:x1]
        if part.shape[0] >= step and part.shape[1] >= step:
            size = (part.shape[1] // step, part.shape[0] // step)
            rgb = cv2.resize(part[: size[1] * step, : size[0] * step], size, interpolation=cv2.INTER_AREA)
            affine = affine.astype(np.float64)
            affine[:, 2] = affine[:, 2] + affine[:, :2] @ (np.array([x0, y0]) + (step - 1) / 2)
            affine[:, :2] *= step
    return cv2.warpAffine(rgb, affine, (CROP, CROP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def group_people(
    tracks: Sequence[tuple[int, int, np.ndarray]], same_person_distance: float
) -> list[PersonId]:
    """A person for each track (first frame, end frame, descriptors (S, D)).

    Average-linkage clustering of the tracks' mean descriptors; two tracks seen in the same frame are never one person.
    People are numbered P1, P2, … by how long they are seen.
    """
    groups = [[index] for index in range(len(tracks))]
    means = [_mean_descriptor(descriptors) for _, _, descriptors in tracks]
    distance = np.full((len(tracks), len(tracks)), np.inf)
    for a in range(len(tracks)):
        for b in range(a):
            apart = tracks[a][0] >= tracks[b][1] or tracks[b][0] >= tracks[a][1]
            mean_a, mean_b = means[a], means[b]
            if apart and mean_a is not None and mean_b is not None:
                distance[a, b] = distance[b, a] = 1 - float(mean_a @ mean_b)
    sizes = np.ones(len(tracks))
    np.fill_diagonal(distance, np.inf)
    while len(groups) > 1:
        into, gone = sorted(divmod(int(np.argmin(distance)), len(distance)))
        if distance[into, gone] >= same_person_distance:
            break
        # The mean over all pairs; infinite when any two tracks cannot be one person.
        joined = (sizes[into] * distance[into] + sizes[gone] * distance[gone]) / (sizes[into] + sizes[gone])
        joined[into] = np.inf
        distance[into], distance[:, into] = joined, joined
        distance = np.delete(np.delete(distance, gone, axis=0), gone, axis=1)
        sizes[into] += sizes[gone]
        sizes = np.delete(sizes, gone)
        groups[into] += groups.pop(gone)
    groups.sort(key=lambda group: (-sum(tracks[i][1] - tracks[i][0] for i in group), min(group)))
    people: list[PersonId] = [PersonId("")] * len(tracks)
    for number, group in enumerate(groups, start=1):
        for index in group:
            people[index] = PersonId(f"P{number}")
    return people


def _mean_descriptor(descriptors: np.ndarray) -> np.ndarray | None:
    if len(descriptors) == 0:
        return None
    mean = descriptors.mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9)
