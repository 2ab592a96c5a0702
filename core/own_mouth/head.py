"""Where each frame's head is, so that mouths seen from different places can be compared and exchanged."""

from dataclasses import dataclass

import numpy as np

from core.appearance.canonical_face import canonical_face, euler_degrees, fit_similarity
from core.motion.shape import POSE_POINTS, ShapeModel
from core.own_mouth.regions import MOVING


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Head poses of F frames and what their mouths look like without them.

    ``landmarks = scale * local @ rotation.T + offset``, the local axes being those of the mouth-shape model.

    Attributes:
        scale: (F,) float64, source pixels per local unit (about the distance of the outer eye corners).
        rotation: (F, 3, 3) float64.
        offset: (F, 3) float64, source pixels.
        shape: (F, len(MOVING), 3) float32, the moving points in local coordinates.
        degrees: (F, 3) float32 yaw, pitch, roll.
    """

    scale: np.ndarray
    rotation: np.ndarray
    offset: np.ndarray
    shape: np.ndarray
    degrees: np.ndarray

    def __len__(self) -> int:
        return len(self.scale)

    def moved(self, index: int, local: np.ndarray) -> np.ndarray:
        """Displacements `local` (N, 3) of frame `index` as source pixels, (N, 2) float32."""
        return (self.scale[index] * (local @ self.rotation[index].T)[:, :2]).astype(np.float32)


def find_heads(landmarks: np.ndarray, model: ShapeModel) -> Heads:
    """The heads of `landmarks` (F, 468, 3), each fitted by a similarity over points that speech does not move."""
    rotation, scale, offset = fit_similarity(model.head, landmarks[:, POSE_POINTS])
    centred = landmarks[:, MOVING].astype(np.float64) - offset[:, None]
    shape = np.einsum("fji,fnj->fni", rotation, centred) / scale[:, None, None]
    # The shape model's axes are those of its first speakers; angles are told from the upright mean face.
    upright, _, _ = fit_similarity(model.head, canonical_face().points[None, POSE_POINTS])
    return Heads(scale, rotation, offset, shape.astype(np.float32), euler_degrees(rotation @ upright[0].T))
