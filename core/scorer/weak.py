"""Stretches in which lips fit a voice badly, read off a curve."""

import numpy as np

WEAK_BELOW = 0.5  # p_sync, the window's default
WEAK_SECONDS = 0.4  # shorter dips are the score's own unrest


def weak_stretches(times: np.ndarray, p: np.ndarray, below: float = WEAK_BELOW) -> list[range]:
    """Ranges of samples of a curve that lie below `below` for `WEAK_SECONDS` or longer.

    Args:
        times: (N,) seconds, evenly spaced.
        p: (N,) p_sync, NaN where unknown, which is not weak.
        below: p_sync that counts as weak.
    """
    is_weak = np.nan_to_num(p, nan=np.inf) < below
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_weak, [False]]).astype(np.int8))).reshape(
        -1, 2
    )
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return [range(int(first), int(end)) for first, end in edges if (end - first) * step >= WEAK_SECONDS]
