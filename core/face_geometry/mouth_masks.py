"""Polygons around the mouth, from landmarks."""

from functools import cache

import cv2
import numpy as np

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import (
    CHIN_LINE,
    CHIN_TIP,
    LIPS_OUTER,
    MOUTH_CORNERS,
    NOSE_BASE,
)

# The mesh's next loop of skin outside the lips, beside and below the mouth.
BESIDE_LIPS = (57, 43, 106, 182, 83, 18, 313, 406, 335, 273, 287, 410, 322, 92, 186)
LOWER_FACE_FROM = 0.3  # of the mean face's y, in outer-eye-corner distances: just above the nose's tip
UPPER_LIP_SKIN = (164, 167, 165, 393, 391)  # midway between the upper lip and the nose


def upright_mouth_width(landmarks: np.ndarray) -> float:
    """Distance in pixels between the mouth's corners of (468, 2 or 3) landmarks, corrected for a turned head; 1 at least.

    Yaw shortens the distance of the corners and leaves that from nose to chin alone: no less is taken than three quarters of
    the width that the mean face has to its own (0.46 of it).
    """
    right, left = landmarks[list(MOUTH_CORNERS), :2].astype(np.float64)
    corners = float(np.linalg.norm(left - right))
    upright = float(np.linalg.norm(landmarks[CHIN_TIP, :2] - landmarks[NOSE_BASE, :2]))
    # In the mean face the mouth is 0.540 wide and nose base to chin 0.871 long; a wide-open mouth stretches the latter,
    # so it counts only where the corners have shrunk far below it.
    return max(corners, 0.75 * 0.540 / 0.871 * upright, 1.0)


def mouth_region(landmarks: np.ndarray, *, chin: float = 0.0, upper_lip: float = 0.0) -> np.ndarray:
    """Convex polygon (P, 2) float32 tightly around mouth and chin.

    `chin` moves the lower edge down, `upper_lip` the upper edge up, in mouth widths along the face's own vertical.
    """
    points = landmarks[:, :2].astype(np.float64)
    width = upright_mouth_width(landmarks)
    down = points[CHIN_TIP] - points[NOSE_BASE]
    down /= max(float(np.linalg.norm(down)), 1e-6)
    lips = points[list(LIPS_OUTER)]
    lowest_lip = float((lips @ down).max())
    lower = points[list(CHIN_LINE)] + down * (chin * width)
    # However far the lower edge is pulled up, it stays below the lips.
    height = lower @ down
    lower += np.maximum(lowest_lip + 0.04 * width - height, 0)[:, None] * down
    beside = points[list(BESIDE_LIPS)]
    beside = beside[beside @ down <= max(float((lower @ down).max()), lowest_lip)]
    upper = points[list(UPPER_LIP_SKIN)] - down * (upper_lip * width)
    highest_lip = float((lips @ down).min())
    height = upper @ down
    upper -= np.maximum(height - (highest_lip - 0.04 * width), 0)[:, None] * down
    return cv2.convexHull(np.concatenate([lips, beside, lower, upper]).astype(np.float32))[:, 0]


@cache
def _lower_face() -> tuple[np.ndarray, np.ndarray]:
    """The mesh below the middle of the nose: triangles (T, 3) and the ring of points around it, holes filled."""
    face = canonical_face()
    triangles = face.triangles[(face.points[face.triangles, 1] > LOWER_FACE_FROM).all(axis=1)]
    edges = {(int(a), int(b)) for t in triangles for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))}
    after = {a: b for a, b in edges if (b, a) not in edges}  # border edges run once, in one direction
    rings = []
    while after:
        ring = [next(iter(after))]
        while (following := after.pop(ring[-1], None)) is not None and following != ring[0]:
            ring.append(following)
        rings.append(ring)
    return triangles, np.array(max(rings, key=len))


def lower_face_silhouette(
    landmarks: np.ndarray, shape: tuple[int, int], into: np.ndarray | None = None
) -> np.ndarray:
    """(H, W) uint8, 255 where the mesh's lower face covers the picture; right for profiles, where hulls are not.

    What the mesh covers is what its border encloses and, where a turned head folds it over, the triangles seen from behind.
    """
    canvas = np.zeros(shape, np.uint8) if into is None else into
    triangles, border = _lower_face()
    fixed = np.round(np.clip(landmarks[:, :2], -30000, 30000) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [fixed[border]], 255, shift=4)
    a, b, c = (fixed[triangles[:, k]].astype(np.int64) for k in range(3))
    seen_from_behind = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] < 0
    for triangle in triangles[seen_from_behind]:
        cv2.fillConvexPoly(canvas, fixed[triangle], 255, shift=4)
    return canvas


def lip_region(landmarks: np.ndarray) -> np.ndarray:
    """The outer lip ring (20, 2) float32."""
    return landmarks[list(LIPS_OUTER), :2].astype(np.float32)


def fill(polygon: np.ndarray, shape: tuple[int, int], into: np.ndarray | None = None) -> np.ndarray:
    """(H, W) uint8, 255 inside `polygon` (pixel coordinates, edges to 1/16 pixel); added to `into` when given."""
    canvas = np.zeros(shape, np.uint8) if into is None else into
    fixed = np.round(np.clip(polygon, -30000, 30000) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
    return canvas
