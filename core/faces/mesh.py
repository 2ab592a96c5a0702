"""468 landmarks of one face, from the picture and a rotated square around it (MediaPipe face mesh, Apache-2.0).

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019. The square comes from
the detector once and from the mesh of the frame before after that, as in the paper's section 2.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.base.models import model_files
from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS
from core.face_geometry.track import LANDMARK_COUNT
from core.faces.detector import Detection
from core.faces.litert import LiteRtNetwork

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = EYE_OUTER_CORNERS  # the person's own right (picture left) and left
SURELY_TURNED = (
    3.0  # log odds; of 97 upright and 95 turned faces all but one are 9 or more beyond it on the right side
)
ROI_SCALE = 1.5  # side of the square over the mesh's longer extent, as the network was trained
PRESENCE_THRESHOLD = 0.5  # of the network's own face-presence probability, its published operating point


@dataclass(frozen=True, slots=True)
class Roi:
    """A rotated square in source pixels: centre, side, and the angle in radians of its upper edge (clockwise positive)."""

    x: float
    y: float
    size: float
    angle: float

    def to_source(self, pixels: int) -> np.ndarray:
        """(2, 3) affine from a `pixels` × `pixels` picture of the square to source pixels (pixel centres at integers)."""
        scale = self.size / pixels
        a, b = scale * math.cos(self.angle), scale * math.sin(self.angle)
        middle = (pixels - 1) / 2
        return np.array(
            [[a, -b, self.x - (a - b) * middle], [b, a, self.y - (a + b) * middle]], dtype=np.float64
        )


@dataclass(frozen=True, slots=True, eq=False)
class MeshResult:
    """Landmarks (468, 3) float32 in source pixels (z negative towards the camera) and the face-presence probability."""

    landmarks: np.ndarray
    presence: float


def roi_from_detection(detection: Detection) -> Roi:
    """The square in which the mesh network expects a newly detected face."""
    x0, y0, x1, y1 = detection.box
    (rx, ry), (lx, ly) = detection.keypoints[0], detection.keypoints[1]
    size = ROI_SCALE * max(x1 - x0, y1 - y0)
    return Roi((x0 + x1) / 2, (y0 + y1) / 2, size, math.atan2(ly - ry, lx - rx))


def turned(roi: Roi) -> Roi:
    """The same square upside down."""
    return replace(roi, angle=roi.angle + math.pi)


def first_look(
    mesh: Callable[[np.ndarray, Roi], MeshResult], rgb: np.ndarray, detection: Detection
) -> MeshResult:
    """The `mesh` of a newly detected face; looks again from there, for the detector's square is rough.

    The detector takes a face that stands on its head for an upright one, a mouth for eyes. The mesh is asked both ways.
    """
    roi = roi_from_detection(detection)
    rough, other = mesh(rgb, roi), mesh(rgb, turned(roi))
    if _log_odds(other.presence) > _log_odds(rough.presence) + SURELY_TURNED:
        rough = other
    if rough.presence < PRESENCE_THRESHOLD:
        return rough
    return mesh(rgb, roi_from_landmarks(rough.landmarks))


def _log_odds(presence: float) -> float:
    return math.log(max(presence, 1e-9) / max(1 - presence, 1e-9))


def roi_from_landmarks(landmarks: np.ndarray) -> Roi:
    """The square for the next frame: 1.5 × the mesh's extent, turned with the eye line."""
    points = landmarks[:, :2].astype(np.float64)
    dx, dy = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    angle = math.atan2(dy, dx)
    cos, sin = math.cos(angle), math.sin(angle)
    turned = points @ np.array([[cos, -sin], [sin, cos]])  # into the eye line's frame
    low, high = turned.min(axis=0), turned.max(axis=0)
    u, v = (low + high) / 2
    return Roi(cos * u - sin * v, sin * u + cos * v, ROI_SCALE * float((high - low).max()), angle)


class FaceMesh:
    """The mesh network. Not thread-safe."""

    def __init__(self, *, threads: int = 1) -> None:
        self._network = LiteRtNetwork(model_files("face-mesh")[0], threads=threads)
        self._pixels = self._network.input_size[0]

    def __call__(self, rgb: np.ndarray, roi: Roi) -> MeshResult:
        """The mesh of the face inside `roi` of a (H, W, 3) uint8 RGB picture."""
        to_source = roi.to_source(self._pixels)
        patch = cut_rotated(rgb, to_source, self._pixels)
        points, presence = self._network(patch.astype(np.float32) * np.float32(1 / 255))
        mesh = points.reshape(LANDMARK_COUNT, 3).astype(np.float64)
        mesh[:, :2] -= 0.5  # the network counts pixel edges, we count pixel centres
        landmarks = np.empty((LANDMARK_COUNT, 3), dtype=np.float32)
        landmarks[:, :2] = mesh[:, :2] @ to_source[:, :2].T + to_source[:, 2]
        landmarks[:, 2] = mesh[:, 2] * (roi.size / self._pixels)
        return MeshResult(landmarks, float(1 / (1 + np.exp(-presence.reshape(-1)[0]))))

    def first(self, rgb: np.ndarray, detection: Detection) -> MeshResult:
        """The mesh of a newly detected face; see `first_look`."""
        return first_look(self, rgb, detection)


def cut_rotated(rgb: np.ndarray, to_source: np.ndarray, pixels: int) -> np.ndarray:
    """The (pixels, pixels, 3) picture that `to_source` places in `rgb`; black outside; averaged when it shrinks."""
    scale = math.hypot(to_source[0, 0], to_source[1, 0])
    step = int(scale)
    if step >= 2:  # bilinear sampling alone would skip pixels, and the landmarks would tremble with the noise
        corners = to_source @ np.array([[0, pixels, 0, pixels], [0, 0, pixels, pixels], [1, 1, 1, 1]])
        height, width = rgb.shape[:2]
        x0, y0 = (max(int(v) - 2 * step, 0) for v in corners.min(axis=1))
        x1 = min(int(corners[0].max()) + 2 * step, width)
        y1 = min(int(corners[1].max()) + 2 * step, height)
        columns, rows = (x1 - x0) // step, (y1 - y0) // step
        if columns > 0 and rows > 0:
            rgb = cv2.resize(
                rgb[y0 : y0 + rows * step, x0 : x0 + columns * step],
                (columns, rows),
                interpolation=cv2.INTER_AREA,
            )
            to_source = to_source.copy()
            to_source[:, 2] = (to_source[:, 2] - (x0, y0) - (step - 1) / 2) / step
            to_source[:, :2] /= step
    return cv2.warpAffine(
        rgb,
        to_source,
        (pixels, pixels),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
