"""Where the faces are in one picture (MediaPipe full-range face detector, Apache-2.0).

The network looks at 192×192 pixels and answers on a 48×48 grid: one box with six key points per cell.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.base.models import model_files
from core.faces.litert import LiteRtNetwork

GRID = 48  # 192 pixels at stride 4
KEYPOINT_COUNT = 6  # right eye, left eye, nose tip, mouth, right ear, left ear (the person's own sides)
SCORE_THRESHOLD = 0.6  # published operating point of the full-range network
OVERLAP_THRESHOLD = 0.3  # boxes overlapping more than this are one face (published non-maximum suppression)


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face: `box` (4,) x0 y0 x1 y1 and `keypoints` (6, 2) in source pixels, `score` in 0..1."""

    box: np.ndarray
    keypoints: np.ndarray
    score: float

    def shifted(self, x: float, y: float) -> "Detection":
        """The same face in a picture of which this one is the part at (x, y)."""
        return Detection(self.box + np.array([x, y, x, y]), self.keypoints + np.array([x, y]), self.score)


def box_iou(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (4,) with each of (N, 4)."""
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return shared / np.maximum((box[2:] - box[:2]).prod() + areas - shared, 1e-9)


class FaceDetector:
    """The detector network. Not thread-safe."""

    def __init__(self, *, threads: int = 1) -> None:
        self._network = LiteRtNetwork(model_files("face-detector")[0], threads=threads)
        self._pixels = self._network.input_size[0]
        cells = (np.arange(GRID) + 0.5) / GRID
        self._anchors = np.stack(np.meshgrid(cells, cells), axis=-1).reshape(-1, 2)  # (2304, 2) x, y in 0..1

    def __call__(self, rgb: np.ndarray, *, threshold: float = SCORE_THRESHOLD) -> list[Detection]:
        """Faces in a (H, W, 3) uint8 RGB picture, best first; `threshold` is the least score kept."""
        height, width = rgb.shape[:2]
        scale = max(height, width) / self._pixels
        columns, rows = max(round(width / scale), 1), max(round(height / scale), 1)
        left, top = (self._pixels - columns) // 2, (self._pixels - rows) // 2
        letterboxed = np.zeros((self._pixels, self._pixels, 3), dtype=np.uint8)
        letterboxed[top : top + rows, left : left + columns] = cv2.resize(
            rgb, (columns, rows), interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
        )
        raw, scores = self._network(letterboxed.astype(np.float32) * np.float32(2 / 255) - 1)
        scores = 1 / (1 + np.exp(-np.clip(scores.reshape(-1).astype(np.float64), -100, 100)))
        kept = np.flatnonzero(scores >= threshold)
        raw, scores, anchors = (
            raw.reshape(-1, 4 + 2 * KEYPOINT_COUNT)[kept],
            scores[kept],
            self._anchors[kept],
        )
        anchors = anchors * self._pixels
        centres, sizes = raw[:, :2] + anchors, raw[:, 2:4]
        keypoints = raw[:, 4:].reshape(-1, KEYPOINT_COUNT, 2) + anchors[:, None]
        boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
        offset = np.array([left, top], dtype=np.float64)
        boxes = (boxes - np.tile(offset, 2)) * scale - 0.5
        keypoints = (keypoints - offset) * scale - 0.5
        return suppress_overlaps(
            [Detection(b, k, float(s)) for b, k, s in zip(boxes, keypoints, scores, strict=True)]
        )


def suppress_overlaps(found: list[Detection]) -> list[Detection]:
    """One detection per face, best first; overlapping answers are averaged by score (as the published pipeline does)."""
    rest = sorted(found, key=lambda detection: -detection.score)
    faces = []
    while rest:
        boxes = np.stack([detection.box for detection in rest])
        same = box_iou(boxes[0], boxes) > OVERLAP_THRESHOLD
        same[0] = True
        group = [detection for detection, is_same in zip(rest, same, strict=True) if is_same]
        weights = np.array([detection.score for detection in group])
        weights /= weights.sum()
        faces.append(
            Detection(
                np.tensordot(weights, np.stack([d.box for d in group]), 1),
                np.tensordot(weights, np.stack([d.keypoints for d in group]), 1),
                group[0].score,
            )
        )
        rest = [detection for detection, is_same in zip(rest, same, strict=True) if not is_same]
    return faces
