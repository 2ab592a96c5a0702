"""Items too narrow to be told apart, as one row of colours: 2,000 of them cost no more than 20."""

import numpy as np


def colour_row(lefts: np.ndarray, rights: np.ndarray, codes: np.ndarray, width: int) -> np.ndarray:
    """(1, width) uint8: the code of the last item that covers each pixel column, 0 where none does.

    Args:
        lefts: (n,) rising pixels; each item covers at least one column.
        rights: (n,) pixels.
        codes: (n,) 1..255.
        width: columns of the view; what lies outside is cut off.
    """
    first = np.floor(lefts).astype(np.int64)
    last = np.maximum(np.ceil(rights).astype(np.int64), first + 1)
    first, last = np.clip(first, 0, width), np.clip(last, 0, width)
    counts = last - first
    ends = np.cumsum(counts)
    row = np.zeros((1, width), np.uint8)
    if len(ends) and ends[-1]:
        # Every column of every item at once: item k contributes first[k], first[k] + 1, ..., last[k] - 1.
        columns = np.arange(ends[-1]) - np.repeat(ends - counts - first, counts)
        row[0, columns] = np.repeat(codes, counts)
    return row
