"""The darkest line across a mouth: where lips meet, or where rows of teeth part."""

import numpy as np


def darkest_line(light: np.ndarray, bend: float) -> np.ndarray:
    """(C,) int64: the row of each column on the line across `light` (C, R) that is darkest as a whole.

    From one column to the next it goes by at most a row, and for that it has to be darker by `bend`, in the unit of `light`:
    no single dark place draws it aside.
    """
    columns, rows = light.shape
    cost = light - light.min()
    total = cost[0].copy()
    steps = np.zeros(light.shape, np.int64)
    for column in range(1, columns):
        before = np.stack([np.append(np.inf, total[:-1]), total, np.append(total[1:], np.inf)])
        before[[0, 2]] += bend
        chosen = before.argmin(axis=0)
        steps[column] = np.arange(rows) + chosen - 1
        total = before[chosen, np.arange(rows)] + cost[column]
    line = np.zeros(columns, np.int64)
    row = int(total.argmin())
    for column in range(columns - 1, -1, -1):
        line[column] = row
        row = int(steps[column, row])
    return line
