"""Warps that neither fold nor tear: how much a displacement field squeezes and stretches, and how much of it is borne.

Where a field's Jacobian turns singular the picture shows a place twice: a second chin, a beard-like fringe. The bound is kept
by construction: of a movement only that share is done with which it is kept, and none of it always is.
"""

import numpy as np

_STEPS = 7  # of bisection: a share told to one part in 128


def scales(field: np.ndarray, spacing: float) -> np.ndarray:
    """(N, N) the smaller singular value, with the determinant's sign, of the map ``place + field`` on a grid.

    1 where nothing changes size, 1 / n where one source pixel is drawn out over n, 0 or less where it folds.

    Args:
        field: (N, N, 2) displacements, rows first, x before y.
        spacing: pixels between the grid's nodes.
    """
    down_x, across_x = np.gradient(field[..., 0], spacing)
    down_y, across_y = np.gradient(field[..., 1], spacing)
    a, d = 1 + across_x, 1 + down_y
    rotated = np.hypot((a + d) / 2, (across_y - down_x) / 2)
    sheared = np.hypot((a - d) / 2, (across_y + down_x) / 2)
    return rotated - sheared


def borne_share(held: np.ndarray, moved: np.ndarray, spacing: float, least: np.ndarray) -> float:
    """The largest share s in 0..1 with which ``held + s * moved`` keeps its `scales` at `least` (N, N) or above; 0 if none does.

    `held` and `moved` are (N, N, 2).
    """

    def is_borne(share: float) -> bool:
        return bool((scales(held + np.float32(share) * moved, spacing) >= least).all())

    if is_borne(1.0):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if is_borne(middle):
            low = middle
        else:
            high = middle
    return low
