"""Smooth displacement fields through scattered points: thin-plate splines on a coarse grid, refined by cubic resampling.

Bookstein, "Principal Warps: Thin-Plate Splines and the Decomposition of Deformations", PAMI 1989. The spline is smooth
everywhere, so skin between the mesh's points neither folds nor creases as it would along triangle edges.
"""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, slots=True)
class Window:
    """A square of source pixels: its upper left pixel and its side."""

    x: int
    y: int
    size: int

    def box(self, margin: int = 0) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the square with `margin` pixels around it."""
        return (
            self.x - margin,
            self.y - margin,
            self.x + self.size + margin,
            self.y + self.size + margin,
        )

    def seen_from(self, origin: tuple[int, int]) -> "Window":
        """The same square in the pixels of a part that begins at `origin`."""
        return Window(self.x - origin[0], self.y - origin[1], self.size)


def displacement_field(
    at: np.ndarray, displacement: np.ndarray, window: Window, *, nodes: int, smoothing: float
) -> np.ndarray:
    """(S, S, 2) float32: `displacement` (N, 2) given at points `at` (N, 2), carried to every pixel of `window`.

    The arguments are those of `node_field`; between its nodes the field is interpolated cubically.
    """
    coarse = node_field(at, displacement, window, nodes=nodes, smoothing=smoothing)
    return cv2.resize(coarse, (window.size, window.size), interpolation=cv2.INTER_CUBIC)


def node_field(
    at: np.ndarray, displacement: np.ndarray, window: Window, *, nodes: int, smoothing: float
) -> np.ndarray:
    """(nodes, nodes, C) float32: `displacement` (N, C) given at points `at` (N, 2), carried to nodes spread over `window`.

    Args:
        at: source pixels.
        displacement: pixels; two columns, or those of several fields beside each other.
        window: where the field is wanted.
        nodes: the spline is evaluated at the middles of nodes × nodes equal squares.
        smoothing: weight of bending against fit; 0 passes through every value. In squared units of the window's side.
    """
    scale = 1.0 / window.size
    centre = np.array([window.x, window.y], np.float64)
    points = (at - centre) * scale
    count = len(points)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(points, points)
    system[:count, :count][np.diag_indices(count)] += smoothing
    system[:count, count] = system[count, :count] = 1
    system[:count, count + 1 :] = points
    system[count + 1 :, :count] = points.T
    weights = np.linalg.solve(system, np.vstack([displacement, np.zeros((3, displacement.shape[1]))]))
    # cv2.resize samples cell centres, so the nodes lie there.
    axis = ((np.arange(nodes) + 0.5) / nodes * window.size - 0.5) * scale
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    coarse = _kernel(grid.astype(np.float32), points.astype(np.float32)) @ weights[:count].astype(np.float32)
    coarse += (weights[count] + grid @ weights[count + 1 :]).astype(np.float32)
    return coarse.reshape(nodes, nodes, -1)


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    squared = np.maximum(squared, 1e-12)
    return 0.5 * squared * np.log(squared)


def sample(
    picture: np.ndarray,
    field: np.ndarray,
    window: Window,
    *,
    origin: tuple[int, int] = (0, 0),
    first_row: int = 0,
) -> np.ndarray:
    """`window` of the source, each pixel taken from where `field` (S, S, 2) points: (S, S, 3), the picture's type.

    A `field` (R, S, 2) makes the window's R rows from `first_row` on.

    Args:
        picture: (H, W, 3); the whole source or a cut-out.
        field: what to add to each pixel's own place.
        window: the square that is made.
        origin: the source pixel at which `picture` begins.
        first_row: of the window, that `field` begins with.
    """
    size = window.size
    columns = np.arange(size, dtype=np.float32) + np.float32(window.x - origin[0])
    rows = np.arange(len(field), dtype=np.float32) + np.float32(first_row + window.y - origin[1])
    map_x = field[..., 0] + columns[None]
    map_y = field[..., 1] + rows[:, None]
    return cv2.remap(picture, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def cut(picture: np.ndarray, window: Window) -> np.ndarray:
    """`window` of a picture (H, W, 3), the edge repeated where it reaches outside: a fresh (S, S, 3) array."""
    height, width = picture.shape[:2]
    x0, y0 = max(window.x, 0), max(window.y, 0)
    x1, y1 = min(window.x + window.size, width), min(window.y + window.size, height)
    if x0 < x1 and y0 < y1 and (x1 - x0, y1 - y0) == (window.size, window.size):
        return picture[y0:y1, x0:x1].copy()
    columns = np.clip(np.arange(window.x, window.x + window.size), 0, width - 1)
    rows = np.clip(np.arange(window.y, window.y + window.size), 0, height - 1)
    return picture[rows[:, None], columns[None]]
