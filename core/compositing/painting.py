"""Strokes painted into a mask: apart from what they are, for a project knows them without a picture's library."""

from collections.abc import Sequence

import cv2
import numpy as np

from core.compositing.strokes import Stroke
from core.face_geometry.face_plane import to_picture
from core.face_geometry.mouth_masks import upright_mouth_width

_SHIFT = 4  # fraction bits of OpenCV's drawing
_TAIL = 2.0  # standard deviations of the softened edge inside the brush's radius


def stroke_extent(strokes: Sequence[Stroke], landmarks: np.ndarray) -> np.ndarray | None:
    """x0 y0 x1 y1 of all that strokes put into the mask of the face of `landmarks`; None where none does."""
    boxes = []
    for stroke in strokes:
        if stroke.kind == "include":
            points = to_picture(np.array(stroke.points), landmarks)
            radius = _radius(stroke, landmarks) + 2
            boxes.append([*(points.min(axis=0) - radius), *(points.max(axis=0) + radius)])
    if not boxes:
        return None
    found = np.array(boxes)
    return np.concatenate([found[:, :2].min(axis=0), found[:, 2:].max(axis=0)])


def painted(
    mask: np.ndarray, strokes: Sequence[Stroke], landmarks: np.ndarray, box: tuple[int, int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """`mask` (h, w) float32 of `box` with strokes on it, and how far each pixel was put in by hand, (h, w) float32."""
    put_in, kept_out = np.zeros_like(mask), np.zeros_like(mask)
    for stroke in strokes:
        amount = _drawn(stroke, landmarks, box)
        if stroke.kind == "include":
            put_in = np.maximum(put_in, amount)
            kept_out *= 1 - amount
        else:
            put_in *= 1 - amount
            kept_out = np.maximum(kept_out, amount) if stroke.kind == "exclude" else kept_out * (1 - amount)
    return np.maximum(mask, put_in) * (1 - kept_out), put_in


def _radius(stroke: Stroke, landmarks: np.ndarray) -> float:
    return max(stroke.width * float(upright_mouth_width(landmarks)) / 2, 0.5)


def _drawn(stroke: Stroke, landmarks: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """(h, w) float32 in 0..1: 1 in the middle of a hard stroke (0.88 at full softness), 0 beyond the brush's radius."""
    x0, y0, x1, y1 = box
    canvas = np.zeros((y1 - y0, x1 - x0), np.uint8)
    points = to_picture(np.array(stroke.points), landmarks) - (x0, y0)
    radius = _radius(stroke, landmarks)
    hard = max(radius * (1 - stroke.softness / 2), 0.5)  # the blurred edge lies half inside the hard one
    fixed = np.round(np.clip(points, -30000, 30000) * (1 << _SHIFT)).astype(np.int32)
    for point in fixed:
        centre = (int(point[0]), int(point[1]))
        cv2.circle(canvas, centre, round(hard * (1 << _SHIFT)), 255, -1, cv2.LINE_AA, _SHIFT)
    if len(fixed) > 1:
        thickness = max(round(2 * hard), 1)
        cv2.polylines(canvas, [fixed], False, 255, thickness, cv2.LINE_AA, _SHIFT)
    amount = canvas.astype(np.float32) / 255
    sigma = stroke.softness * radius / 2 / _TAIL
    return cv2.GaussianBlur(amount, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT) if sigma > 0.1 else amount
