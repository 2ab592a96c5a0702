"""A small morphable point model: who a face is, what it does, and where it looks, as a few numbers.

Both bases are principal components of the dense mesh in head-fixed coordinates: identity from people's median faces,
expression from what is left after taking each person's median away. They were learnt from the training people only.
Blanz and Vetter, "A Morphable Model for the Synthesis of 3D Faces", 1999, with landmarks in place of scans.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from core.base.models import model_files
from core.face_geometry.canonical_face import canonical_face, euler_degrees, normalise

IDENTITY, EXPRESSION, POSE = 5, 32, 3
COEFFICIENTS = EXPRESSION + IDENTITY + POSE
MODEL_ID = "morphable-face"
_POSE_DEGREES = 20.0  # brings head turns near one


@dataclass(frozen=True, slots=True, eq=False)
class MorphableModel:
    """Orthonormal bases over the flattened mesh (1404 numbers) and the standard deviations of their coefficients.

    Attributes:
        identity: (5, 1404) float32.
        expression: (32, 1404) float32.
        identity_spread: (5,) float32.
        expression_spread: (32,) float32.
    """

    identity: np.ndarray
    expression: np.ndarray
    identity_spread: np.ndarray
    expression_spread: np.ndarray

    def coefficients(self, landmarks: np.ndarray, rest: np.ndarray | None = None) -> np.ndarray:
        """(F, `COEFFICIENTS`) float32 of one track (F, 468, 3): 32 expression, 5 identity, 3 pose, each about unit size.

        Expression counts from `rest` ((468, 3), see `core.appearance.landmarks.resting_face`), the track's own median by default.
        """
        faces = normalise(landmarks)
        reference = np.median(faces.local, axis=0) if rest is None else rest
        moved = (faces.local - reference).reshape(len(landmarks), -1)
        who = (reference - canonical_face().points).reshape(-1).astype(np.float32)
        identity = (self.identity @ who) / self.identity_spread
        expression = (moved @ self.expression.T) / self.expression_spread
        pose = euler_degrees(faces.rotation) / _POSE_DEGREES
        return np.concatenate(
            [expression, np.broadcast_to(identity, (len(moved), IDENTITY)), pose], axis=1
        ).astype(np.float32)

    def faces(self, coefficients: np.ndarray) -> np.ndarray:
        """(F, 468, 3) float32 head-fixed faces that `coefficients` (F, 40) stand for (pose is not applied)."""
        expression = coefficients[:, :EXPRESSION] * self.expression_spread
        identity = coefficients[:, EXPRESSION : EXPRESSION + IDENTITY] * self.identity_spread
        points = expression @ self.expression + identity @ self.identity
        return (points.reshape(-1, 468, 3) + canonical_face().points).astype(np.float32)


def load_model(path: Path) -> MorphableModel:
    """The bases in a file of `core.research.training.morphable.save_model`."""
    return MorphableModel(**load_file(path))


@cache
def morphable_model() -> MorphableModel:
    """The shipped bases.

    Raises:
        ModelError: their file is missing or not the right one.
    """
    return load_model(model_files(MODEL_ID)[0])
