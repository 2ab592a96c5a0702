"""What a published network is shown to know the person's mouth: another moment with lips shut and the head held alike.

Shown the frame itself, as its authors do, a network can copy the old words from it. Shown a shut mouth it cannot. Where the
footage has no such moment the frame itself is shown.
"""

from dataclasses import dataclass

import numpy as np

from core.face_geometry.measures import eye_distance, lip_gap
from core.generator.confidence import LEAST_QUALITY
from core.lip_engine import LipRequest

KEPT = 12  # shut mouths that are looked at, spread over the poses there are
_SHUT = 0.03  # distance of the lips over that of the outer eye corners
_ALIKE = 14.0  # degrees of yaw, pitch and roll together beyond which a moment does not fit


@dataclass(frozen=True, slots=True, eq=False)
class ShutMouths:
    """Frames of a track that may be shown, with (K, 3) yaw, pitch and roll of each."""

    frames: tuple[int, ...]
    pose: np.ndarray

    @classmethod
    def of(cls, request: LipRequest) -> "ShutMouths":
        """Those of the request's whole track, whatever part of it is asked for."""
        track = request.track
        points = np.asarray(track.landmarks)[..., :2]
        eyes = np.maximum(eye_distance(points), 1e-6)
        gap = lip_gap(points) / eyes
        able = np.flatnonzero((gap <= _SHUT) & (np.asarray(track.quality) >= LEAST_QUALITY))
        pose = np.asarray(track.pose, np.float64)
        rows: list[int] = []
        # Each next one is the farthest from those that are there: few pictures, every pose.
        while len(rows) < min(KEPT, len(able)):
            if not rows:
                rows.append(int(able[gap[able].argmin()]))
                continue
            apart = np.linalg.norm(pose[able][:, None] - pose[rows][None], axis=2).min(axis=1)
            if apart.max() <= 0:
                break
            rows.append(int(able[apart.argmax()]))
        return cls(tuple(track.first_frame + row for row in rows), pose[rows].reshape(-1, 3))

    def fitting(self, pose: np.ndarray) -> int | None:
        """The frame to show for heads held like `pose` (T, 3) degrees, or None."""
        if not self.frames:
            return None
        apart = np.linalg.norm(self.pose - pose.mean(axis=0), axis=1)
        best = int(apart.argmin())
        return self.frames[best] if apart[best] <= _ALIKE else None
