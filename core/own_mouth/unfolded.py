"""Warps that neither fold nor tear: how much a displacement field squeezes and stretches, and how much of it is borne.

Where a field's Jacobian turns singular the picture shows a place twice: a second chin, a beard-like fringe. The bound is kept
by construction: of a movement only that share is done with which it is kept, and none of it always is.
"""

import numpy as np

MOST_STRETCH = 2.5  # beyond it skin smears into stripes, and the jaw's edge into a fringe
_STEPS = 7  # of bisection: a share told to one part in 128


def least_scale(field: np.ndarray, spacing: float, where: np.ndarray | None = None) -> float:
    """The smallest singular value, with the determinant's sign, of the map ``place + field`` on a grid.

    1 where nothing changes size, 1 / n where one source pixel is drawn out over n, 0 or less where it folds.

    Args:
        field: (N, N, 2) displacements, rows first, x before y.
        spacing: pixels between the grid's nodes.
        where: (N, N) bool, nodes that count; all by default.
    """
    down_x, across_x = np.gradient(field[..., 0], spacing)
    down_y, across_y = np.gradient(field[..., 1], spacing)
    a, d = 1 + across_x, 1 + down_y
    rotated = np.hypot((a + d) / 2, (across_y - down_x) / 2)
    sheared = np.hypot((a - d) / 2, (across_y + down_x) / 2)
    scale = rotated - sheared
    return float(scale.min() if where is None else scale[where].min(initial=1.0))


def borne_share(
    held: np.ndarray,
    moved: np.ndarray,
    spacing: float,
    where: np.ndarray | None = None,
    stretch: float = MOST_STRETCH,
) -> float:
    """The largest share s in 0..1 with which ``held + s * moved`` draws nothing out by more than `stretch`; 0 if none does.

    `held` and `moved` are (N, N, 2), `where` is (N, N), as in `least_scale`.
    """
    bound = 1 / stretch
    if least_scale(held + moved, spacing, where) >= bound:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if least_scale(held + middle * moved, spacing, where) >= bound:
            low = middle
        else:
            high = middle
    return low
