"""Items too narrow to be told apart, painted as blocks: one rectangle per run of touching pixels of one colour."""

import numpy as np
from PySide6.QtCore import QRect


def merged_runs(lefts: np.ndarray, rights: np.ndarray, top: int, height: int) -> list[QRect]:
    """Rectangles that cover the pixel columns of [lefts, rights), at least one column each, touching ones joined.

    Args:
        lefts: (n,) rising.
        rights: (n,).
        top: of the rectangles.
        height: of the rectangles.
    """
    if len(lefts) == 0:
        return []
    first = np.floor(lefts).astype(np.int64)
    last = np.maximum(np.ceil(rights).astype(np.int64), first + 1)
    reach = np.maximum.accumulate(last)
    begins = np.concatenate([[True], first[1:] > reach[:-1]])
    starts = first[begins]
    ends = reach[np.concatenate([begins[1:], [True]])]
    return [
        QRect(left, top, right - left, height)
        for left, right in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
