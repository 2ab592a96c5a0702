"""What the face stage hands to everything after it: one face in one shot, frame by frame."""

from dataclasses import dataclass
from typing import NewType

import numpy as np

from core.face_geometry.cover import HIDDEN, Cover

TrackId = NewType("TrackId", int)
PersonId = NewType("PersonId", str)

LANDMARK_COUNT = 468


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face through consecutive frames of one shot.

    Frames are numbered from 0 in presentation order over the whole file. Arrays may be memory-mapped; treat them as
    read-only. Coordinates are source pixels of the upright (rotation applied) picture, x right, y down, pixel centres at
    integers; z is in the same unit, negative towards the camera.

    Attributes:
        id: unique in the analysis of one file.
        person: the same for all tracks of one person across shots, e.g. ``"P1"``.
        shot: index of the shot the track lies in.
        first_frame: number of the first frame.
        boxes: (F, 4) float32, x0 y0 x1 y1.
        landmarks: (F, 468, 3) float32, the canonical face-mesh order, smoothed without lag.
        pose: (F, 3) float32, yaw, pitch, roll in degrees; yaw positive when the person turns to the picture's right.
        quality: (F,) float32 in 0..1, the mesh's own confidence; 0 where the face was interpolated over a gap.
        cover: what lies before the face; None where nothing does or nobody has looked.
    """

    id: TrackId
    person: PersonId
    shot: int
    first_frame: int
    boxes: np.ndarray
    landmarks: np.ndarray
    pose: np.ndarray
    quality: np.ndarray
    cover: Cover | None = None

    @property
    def frame_count(self) -> int:
        """Number of frames, F."""
        return len(self.boxes)

    @property
    def end_frame(self) -> int:
        """One past the last frame's number."""
        return self.first_frame + self.frame_count

    @property
    def frames(self) -> range:
        """The frame numbers covered."""
        return range(self.first_frame, self.end_frame)

    def index_of(self, frame: int) -> int:
        """Row of `frame` in the arrays; raises IndexError when the track does not cover it."""
        if frame not in self.frames:
            raise IndexError(f"frame {frame} is outside track {self.id} ({self.frames})")
        return frame - self.first_frame

    def mouth_hidden(self, frames: range) -> np.ndarray:
        """(len(frames),) bool: something lies before all of the mouth, so that there is nothing to see of it."""
        return self.mouth_covered(frames) >= HIDDEN

    def mouth_covered(self, frames: range, *, grow: float = 1.0) -> np.ndarray:
        """(len(frames),) how much of the mouth, its outline `grow` times as large, lies behind something, 0..1."""
        shares = np.zeros(len(frames))
        if self.cover is not None:
            rows = [self.index_of(frame) for frame in frames]
            shares[:] = [self.cover.mouth_share(row, self.landmarks[row], grow=grow) for row in rows]
        return shares
