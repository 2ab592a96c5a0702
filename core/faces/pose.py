"""Which way a face looks, from its mesh."""

import numpy as np

_EYE_RIGHT, _EYE_LEFT, _FOREHEAD, _NOSE_BRIDGE = 33, 263, 10, 6
_MID_RIGHT, _MID_LEFT = 127, 356  # at the temples
_NOSE_BASE = 2


def head_pose(landmarks: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll in degrees, (F, 3) float32, of landmarks (F, 468, 3).

    Yaw is positive when the person turns to the picture's right, pitch when the face is raised, roll when the head
    leans clockwise as seen in the picture.
    """
    points = landmarks.astype(np.float64)
    across = points[:, _EYE_LEFT] - points[:, _EYE_RIGHT] + points[:, _MID_LEFT] - points[:, _MID_RIGHT]
    down = points[:, _NOSE_BASE] - points[:, _FOREHEAD]
    roll = np.arctan2(across[:, 1], across[:, 0])
    flat_across = np.hypot(across[:, 0], across[:, 1])
    yaw = np.arctan2(across[:, 2], flat_across)
    upright = down[:, 1] * np.cos(roll) - down[:, 0] * np.sin(roll)
    pitch = -np.arctan2(down[:, 2], upright)
    return np.degrees(np.stack([yaw, pitch, roll], axis=1)).astype(np.float32)
