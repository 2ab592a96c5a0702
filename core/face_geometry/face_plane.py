"""Places on a face that stay on it while it moves: the plane of the mean face seen from the front.

A place is (x, y) in outer-eye-corner distances of the mean face. In a picture it lies where the mesh carries the triangle
that holds it; mouth and eyes are no holes in these triangles, and places beside the face go on from its nearest one.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.face_geometry.canonical_face import canonical_face

if TYPE_CHECKING:
    from scipy.spatial import Delaunay

_THINNEST = 1e-6  # twice the area, in square pixels or square units, below which a triangle holds no place


@cache
def _plane() -> "tuple[np.ndarray, np.ndarray, Delaunay]":
    """Points (468, 2), triangles (T, 3) and what finds them."""
    from scipy.spatial import Delaunay  # a window that nobody paints in does without

    points = canonical_face().points[:, :2]
    mesh = Delaunay(points)
    return points, mesh.simplices, mesh


def to_picture(places: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(N, 2) float32 pixels where `places` (N, 2) of the face plane lie on the face of `landmarks` (468, 2+)."""
    points, triangles, mesh = _plane()
    places = np.asarray(places, np.float64).reshape(-1, 2)
    found = mesh.find_simplex(places)
    outside = found < 0
    if outside.any():
        found[outside] = _nearest(places[outside], points[triangles].mean(axis=1))
    weights = _weights(places, points[triangles[found]])
    return np.einsum("nk,nkd->nd", weights, np.asarray(landmarks)[triangles[found], :2]).astype(np.float32)


def to_face(pixels: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(N, 2) float64 places of the face plane under `pixels` (N, 2) of a picture; the inverse of `to_picture`.

    Where a turned head lies over itself the nearer side is meant.
    """
    points, triangles, _ = _plane()
    pixels = np.asarray(pixels, np.float64).reshape(-1, 2)
    marks = np.asarray(landmarks, np.float64)
    corners = marks[triangles, :2]
    depth = marks[triangles, 2].mean(axis=1) if marks.shape[1] > 2 else np.zeros(len(triangles))
    places = np.empty_like(pixels)
    for row, pixel in enumerate(pixels):
        weights = _weights(np.broadcast_to(pixel, (len(triangles), 2)), corners)
        inside = np.flatnonzero((weights >= -1e-9).all(axis=1))
        if len(inside):
            chosen = inside[np.argmin(depth[inside])]
        else:
            solid = np.flatnonzero(np.isfinite(weights).all(axis=1) & (np.abs(weights).max(axis=1) < 1e3))
            chosen = solid[_nearest(pixel[None], corners[solid].mean(axis=1))[0]]
        places[row] = weights[chosen] @ points[triangles[chosen]]
    return places


def _weights(at: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(N, 3) barycentric weights of `at` (N, 2) in triangles (N, 3, 2); NaN in triangles without area."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, to = b - a, c - a, at - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    area = np.where(np.abs(area) > _THINNEST, area, np.nan)
    v = (to[:, 0] * ac[:, 1] - to[:, 1] * ac[:, 0]) / area
    w = (ab[:, 0] * to[:, 1] - ab[:, 1] * to[:, 0]) / area
    return np.stack([1 - v - w, v, w], axis=1)


def _nearest(at: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.argmin(((at[:, None] - centres[None]) ** 2).sum(axis=2), axis=1)
