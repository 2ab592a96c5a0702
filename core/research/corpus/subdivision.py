"""Loop subdivision as a matrix, so that a moving mesh costs one sparse product per frame.

Loop, "Smooth Subdivision Surfaces Based on Triangles", 1987, with Warren's vertex weights; open edges become B-splines.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True, slots=True, eq=False)
class Subdivided:
    """`matrix` (M, N) sparse, fine vertices from coarse; `triangles` (T, 3) int32. Coarse vertex i stays fine vertex i."""

    matrix: sparse.csr_matrix
    triangles: np.ndarray


def loop_subdivision(triangles: np.ndarray, vertex_count: int, levels: int) -> Subdivided:
    """`levels` rounds of Loop's rule on a manifold triangle mesh (T, 3)."""
    matrix = sparse.identity(vertex_count, format="csr")
    fine = np.asarray(triangles, dtype=np.int64)
    for _ in range(levels):
        step, fine = _one_level(fine, matrix.shape[0])
        matrix = (step @ matrix).tocsr()
    return Subdivided(matrix, fine.astype(np.int32))


def _one_level(triangles: np.ndarray, count: int) -> tuple[sparse.csr_matrix, np.ndarray]:
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    opposite = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    low, high = sides.min(axis=1), sides.max(axis=1)
    keys, inverse, uses = np.unique(low * count + high, return_inverse=True, return_counts=True)
    a, b = keys // count, keys % count
    edge_ids = np.arange(len(keys))
    is_open = uses == 1
    rows, columns, weights = [], [], []

    def add(row: np.ndarray, column: np.ndarray, weight: np.ndarray) -> None:
        rows.append(row)
        columns.append(column)
        weights.append(np.broadcast_to(weight, row.shape).astype(np.float64))

    edge_rows = count + edge_ids
    ends = np.where(is_open, 0.5, 0.375)
    add(edge_rows, a, ends)
    add(edge_rows, b, ends)
    closed_side = ~is_open[inverse]
    add(count + inverse[closed_side], opposite[closed_side], np.array(0.125))

    open_a, open_b = a[is_open], b[is_open]
    on_border = np.zeros(count, dtype=bool)
    on_border[open_a] = on_border[open_b] = True
    valence = np.bincount(np.concatenate([a, b]), minlength=count)
    beta = np.where(valence == 3, 3 / 16, 3 / (8 * np.maximum(valence, 1)))
    vertices = np.arange(count)
    add(vertices, vertices, np.where(on_border, 0.75, 1 - valence * beta))
    for start, end in ((a, b), (b, a)):
        inner = ~on_border[start]
        add(start[inner], end[inner], beta[start[inner]])
    add(open_a, open_b, np.array(0.125))
    add(open_b, open_a, np.array(0.125))

    step = sparse.csr_matrix(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), (count + len(keys), count)
    )
    ab, bc, ca = (count + part for part in np.split(inverse, 3))
    v0, v1, v2 = triangles.T
    fine = np.concatenate(
        [np.stack(corner, axis=1) for corner in ((v0, ab, ca), (v1, bc, ab), (v2, ca, bc), (ab, bc, ca))]
    )
    return step, fine


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3) float32, area-weighted, on the side from which the triangles run anticlockwise."""
    corner = vertices[triangles]  # (T, 3, 3)
    face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(face[:, axis], 3), len(vertices)) for axis in range(3)],
        axis=1,
    )
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)).astype(np.float32)
