"""A mean 468-point face and pose-normalised landmarks.

The mean face was made by this project (``core.research.corpus.mean_face``): tracked frontal faces with closed mouths, averaged
person by person, mirrored and averaged again. Its unit is the distance between the outer corners of the eyes
(33 and 263); x points to the picture's right, y down, z away from the camera; the origin lies midway between the outer
eye corners and the line from forehead (10) to chin (152) stands upright. The triangles are those of MediaPipe's face
mesh (Apache-2.0, see ``resources/face/NOTICE``).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.base.models import PROGRAM_ROOT
from core.face_geometry.landmark_sets import STABLE
from core.face_geometry.track import LANDMARK_COUNT

CANONICAL_FACE_FILE = PROGRAM_ROOT / "resources" / "face" / "canonical_face.npz"


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalFace:
    """The mean face.

    Attributes:
        points: (468, 3) float64, in outer-eye-corner distances.
        triangles: (852, 3) int32; eyes and mouth are holes.
        mirror: (468,) int32, for each point the one on the other side of the face.
    """

    points: np.ndarray
    triangles: np.ndarray
    mirror: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedFaces:
    """Faces without their pose: ``landmarks ≈ scale · local · rotationᵀ + translation``, exactly invertible.

    Attributes:
        local: (F, 468, 3) float32 in outer-eye-corner distances of the mean face, in its axes.
        rotation: (F, 3, 3) float64, from the mean face's axes to the picture's.
        scale: (F,) float64 pixels per unit.
        translation: (F, 3) float64 pixels: where the mean face's origin lies.
    """

    local: np.ndarray
    rotation: np.ndarray
    scale: np.ndarray
    translation: np.ndarray

    def to_source(self, local: np.ndarray) -> np.ndarray:
        """(F, 468, 3) float32 source pixels of other `local` faces put at these poses."""
        return denormalise(local, self.rotation, self.scale, self.translation)


@cache
def canonical_face() -> CanonicalFace:
    """The shipped mean face; read once."""
    with np.load(CANONICAL_FACE_FILE) as data:
        return CanonicalFace(data["points"].astype(np.float64), data["triangles"], data["mirror"])


def fit_similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least-squares rotation (F, 3, 3), scale (F,), translation (F, 3) taking `source` (N, 3) to `target` (F, N, 3).

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.
    """
    source = source.astype(np.float64)
    target = target.astype(np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=1)
    a, b = source - source_mean, target - target_mean[:, None]
    u, singular, vt = np.linalg.svd(np.einsum("fni,nj->fij", b, a))
    signs = np.ones_like(singular)
    signs[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = np.einsum("fij,fj,fjk->fik", u, signs, vt)
    scale = (singular * signs).sum(axis=1) / (a**2).sum()
    translation = target_mean - scale[:, None] * (rotation @ source_mean)
    return rotation, scale, translation


def normalise(landmarks: np.ndarray, *, template: np.ndarray | None = None) -> NormalisedFaces:
    """The faces of `landmarks` (F, 468, 3) without head rotation, size and place.

    Only points that follow the skull (`STABLE`) are fitted, so speaking does not move the frame of reference.
    `template` (468, 3) replaces the mean face by a person's own (`person_template`), which fits tighter.
    """
    if landmarks.shape[1:] != (LANDMARK_COUNT, 3):
        raise ValueError(f"landmarks of shape {landmarks.shape} are not (F, {LANDMARK_COUNT}, 3)")
    reference = canonical_face().points if template is None else template
    stable = list(STABLE)
    rotation, scale, translation = fit_similarity(reference[stable], landmarks[:, stable])
    centred = landmarks.astype(np.float64) - translation[:, None]
    local = (centred @ rotation) / scale[:, None, None]
    return NormalisedFaces(local.astype(np.float32), rotation, scale, translation)


def denormalise(
    local: np.ndarray, rotation: np.ndarray, scale: np.ndarray, translation: np.ndarray
) -> np.ndarray:
    """(F, 468, 3) float32 source pixels; the inverse of `normalise`."""
    turned = local.astype(np.float64) @ rotation.transpose(0, 2, 1)
    return (turned * scale[:, None, None] + translation[:, None]).astype(np.float32)


def person_template(landmarks: np.ndarray) -> np.ndarray:
    """A person's own reference face (468, 3) from tracked `landmarks` (F, 468, 3): the median pose-normalised shape.

    Two rounds, the second against the first's result. Scale stays that of the mean face: stable points keep its size.
    """
    template = np.median(normalise(landmarks).local, axis=0)
    return np.median(normalise(landmarks, template=template).local, axis=0)


def euler_degrees(rotation: np.ndarray) -> np.ndarray:
    """(F, 3) float32 yaw, pitch, roll of `rotation` (F, 3, 3), signs as in `FaceTrack.pose`.

    Yaw is positive when the person turns to the picture's right, pitch when the face is raised, roll when the head leans
    clockwise as seen.
    """
    # R = Rz(roll) · Ry · Rx; the face's own right-pointing axis is the first column.
    yaw = np.arctan2(rotation[:, 2, 0], np.hypot(rotation[:, 0, 0], rotation[:, 1, 0]))
    roll = np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0])
    pitch = -np.arctan2(rotation[:, 2, 1], rotation[:, 2, 2])
    return np.degrees(np.stack([yaw, pitch, roll], axis=1)).astype(np.float32)
