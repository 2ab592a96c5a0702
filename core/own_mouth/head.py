"""Where each frame's head is, so that mouths seen from different places can be compared and exchanged."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from core.face_geometry.canonical_face import canonical_face, euler_degrees, fit_similarity
from core.face_geometry.landmark_sets import INNER_LIP
from core.motion.shape import POSE_POINTS, SLOT, ShapeModel
from core.own_mouth.regions import EXPRESSION, MOVING
from core.own_mouth.steady_lips import steady_lips


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The plane of a face in which the lips lie, as seen in a picture.

    Attributes:
        linear: (2, 2) float64, local units to pixels.
        offset: (2,) float64 pixels.
    """

    linear: np.ndarray
    offset: np.ndarray

    def local(self, pixels: np.ndarray) -> np.ndarray:
        """Places (N, 2) in pixels as local coordinates of the head."""
        return (pixels - self.offset) @ np.linalg.inv(self.linear).T

    def pixels(self, local: np.ndarray) -> np.ndarray:
        """Local coordinates (N, 2) in the plane as pixels."""
        return local @ self.linear.T + self.offset

    def seen_from(self, origin: tuple[int, int]) -> "Plane":
        """The same plane in the pixels of a part that begins at `origin`."""
        return Plane(self.linear, self.offset - origin)

    @property
    def scale(self) -> float:
        """Pixels per local unit, across."""
        return float(np.linalg.norm(self.linear[:, 0]))


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Head poses of F frames and what their mouths look like without them.

    ``landmarks = scale * local @ rotation.T + offset``, the local axes being those of the mouth-shape model.

    Attributes:
        scale: (F,) float64, source pixels per local unit (about the distance of the outer eye corners).
        rotation: (F, 3, 3) float64.
        offset: (F, 3) float64, source pixels.
        shape: (F, len(MOVING), 3) float32, the moving points in local coordinates, lips without the mesh's slips
            (`core.own_mouth.steady_lips`).
        degrees: (F, 3) float32 yaw, pitch, roll.
        expression: (F, len(EXPRESSION), 2) float32, points outside the mouth in local coordinates.
    """

    scale: np.ndarray
    rotation: np.ndarray
    offset: np.ndarray
    shape: np.ndarray
    degrees: np.ndarray
    expression: np.ndarray

    def __len__(self) -> int:
        return len(self.scale)

    @classmethod
    def joined(cls, parts: Sequence["Heads"]) -> "Heads":
        """The frames of all `parts`, one after another."""
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    def lip_plane(self, index: int, depth: float) -> Plane:
        """The plane at local `depth` in frame `index`."""
        turn = self.scale[index] * self.rotation[index][:2]
        return Plane(turn[:, :2], turn[:, 2] * depth + self.offset[index][:2])

    def placed(self, index: int, landmarks: np.ndarray) -> np.ndarray:
        """(468, 3) float32 `landmarks` (468, 3) of frame `index` with its mouth as `shape` has it."""
        placed = np.array(landmarks, np.float32)
        placed[list(MOVING)] = (
            self.scale[index] * (self.shape[index] @ self.rotation[index].T) + self.offset[index]
        )
        return placed

    def moved(self, index: int, local: np.ndarray) -> np.ndarray:
        """Displacements `local` (N, 3) of frame `index` as source pixels, (N, 2) float32."""
        return (self.scale[index] * (local @ self.rotation[index].T)[:, :2]).astype(np.float32)


def lip_depth(model: ShapeModel) -> float:
    """The inner lips' mean depth in local units."""
    return float(model.mean[[SLOT[point] for point in INNER_LIP], 2].mean())


def find_heads(landmarks: np.ndarray, model: ShapeModel) -> Heads:
    """The heads of `landmarks` (F, 468, 3), each fitted by a similarity over points that speech does not move."""
    rotation, scale, offset = fit_similarity(model.head, landmarks[:, POSE_POINTS])
    points = [*MOVING, *EXPRESSION]
    centred = landmarks[:, points].astype(np.float64) - offset[:, None]
    local = (np.einsum("fji,fnj->fni", rotation, centred) / scale[:, None, None]).astype(np.float32)
    shape, expression = local[:, : len(MOVING)], local[:, len(MOVING) :, :2]
    # The shape model's axes are those of its first speakers; angles are told from the upright mean face.
    upright, _, _ = fit_similarity(model.head, canonical_face().points[None, POSE_POINTS])
    shape = steady_lips(shape, model)
    return Heads(scale, rotation, offset, shape, euler_degrees(rotation @ upright[0].T), expression)
