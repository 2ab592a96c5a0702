"""Which way a face looks, from its mesh."""

import numpy as np

from core.face_geometry.canonical_face import euler_degrees, normalise


def head_pose(landmarks: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll in degrees, (F, 3) float32, of landmarks (F, 468, 3).

    Yaw is positive when the person turns to the picture's right, pitch when the face is raised, roll when the head
    leans clockwise as seen in the picture. Zero is the pose of the mean face, forehead above chin.
    """
    return euler_degrees(normalise(landmarks).rotation)
