"""Whose teeth and tongue are seen between the lips: one frame of the footage for each opening of the mouth.

Lips come from the frame whose lips fit best, and these frames change several times within a syllable. What is between
them must not: teeth are bone, and a row of them that changes while it is seen gives the picture away. So where the lips of
one opening come from several stretches of footage, or from a mouth too narrow to show what the new one would, one frame
lends the inside to all of it. Openings meet where the mouth is narrowest, and only where it is narrow: two rows of teeth
that dissolve into each other are seen as two rows.
"""

import itertools
from collections.abc import Callable

import numpy as np
from scipy.signal import find_peaks

from core.own_mouth.library import MouthLibrary
from core.own_mouth.regions import lip_width

_SEEN = 0.008  # eye-corner distances (0.7 mm): a slit narrower than this shows nothing that could change
_PROMINENCE = 0.02  # of the same: openings less distinct than this are one
_SHORT = 0.008  # of the same, by which an inside may be too narrow before another is sought
_SHORT_SIGMA = 0.012
_NARROWER_SIGMA = (
    0.03  # of the same: beyond a tenth of a mouth's width, lip or skin would stand in its corners
)
_TEXTURE = (
    4.0  # cost of one standard deviation of difference between the donor of the inside and that of the lips
)
# What this film shows at that opening and pose comes before what is borrowed from elsewhere: a mouth that is dark inside stays so.
_DARK_SIGMA = 0.3
_ALIKE_OPENING, _ALIKE = (
    0.02,
    12.0,
)  # eye-corner distances; squared standard deviations of everything that is compared
_USED_BEFORE = 2.0  # what teeth seen before are better by: a person has one set
_NARROW = 0.045  # of the same (4 mm): interiors may change where the mouth is no wider; a row of teeth is twice as high
_OTHER_SHARE = 0.25  # of the interior beyond, in the last and the first frame of a dissolve


def openings(opening: np.ndarray) -> list[slice]:
    """The stretches of `opening` (F,) between its narrow moments, one after another, all frames in them."""
    if len(opening) == 0:
        return []
    peaks, _ = find_peaks(np.concatenate([[0], opening, [0]]), prominence=_PROMINENCE)
    peaks = peaks - 1
    cuts = [0]
    for first, second in itertools.pairwise(peaks):
        between = opening[first : second + 1]
        if between.min() > _NARROW:
            continue
        narrow = np.flatnonzero(between <= between.min() + 1e-6)
        cuts.append(int(first + narrow[len(narrow) // 2]))
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(opening)], strict=True) if b > a]


def donors(
    library: MouthLibrary,
    lips: np.ndarray,
    known: np.ndarray,
    asked: np.ndarray,
    opening: np.ndarray,
    width: np.ndarray,
    strain: Callable[[int], np.ndarray],
) -> np.ndarray:
    """(F,) int32 row whose inside each frame shows: that of its lips where these come from one stretch, wide enough.

    Args:
        library: at least one frame.
        lips: (F,) rows that lend the lips.
        known: (N, D) points of the library's frames, see `core.own_mouth.choice`.
        asked: (F, D) the same of the wanted ones.
        opening: (F,) wanted beyond the person's shut mouth, in eye-corner distances.
        width: (F,) wanted between the inner corners, same unit.
        strain: for a frame what tells against each row whatever it is borrowed for, (N,).
    """
    across = lip_width(library.shape)
    rows = lips.astype(np.int32)
    shown = np.maximum(library.gap - library.shut_gap, 0)
    used = np.zeros(len(library), bool)
    for part in openings(opening):
        seen = np.flatnonzero(opening[part] > _SEEN) + part.start
        if len(seen) == 0:
            continue
        short = float((opening[seen] - shown[lips[seen]]).max())
        if short <= _SHORT and _is_one_run(library, lips[seen]):
            continue
        widest = seen[int(np.argmax(opening[seen]))]
        cost = ((known - asked[widest]) ** 2).sum(axis=1)
        cost = cost + (np.maximum(opening[widest] - shown, 0) / _SHORT_SIGMA) ** 2
        # Between the lips of a rounded mouth there is nothing that a wide one could show towards its corners.
        cost = cost + (np.maximum(float(width[seen].max()) - across, 0) / _NARROWER_SIGMA) ** 2
        change = library.texture - library.texture[lips[widest]]
        cost = cost + _TEXTURE * (change**2).sum(axis=1)
        cost = (
            cost
            + (
                (library.dark - _usual_dark(library, shown, known, asked[widest], opening[widest]))
                / _DARK_SIGMA
            )
            ** 2
        )
        cost = cost + strain(int(widest)) - _USED_BEFORE * used
        chosen = int(np.argmin(cost))
        rows[seen] = chosen
        used[chosen] = True
    return rows


def _usual_dark(
    library: MouthLibrary, shown: np.ndarray, known: np.ndarray, asked: np.ndarray, opening: float
) -> float:
    """How much of what shows between the lips is dark in this footage where mouth and head are about as wanted."""
    apart = ((shown - opening) / _ALIKE_OPENING) ** 2 + ((known - asked) ** 2).sum(axis=1) / _ALIKE
    weight = np.exp(-0.5 * (apart - apart.min()))
    return float((weight * library.dark).sum() / weight.sum())


def shares(library: MouthLibrary, rows: np.ndarray, opening: np.ndarray) -> list[dict[int, float]]:
    """For each frame the rows (F,) of `donors` and their shares.

    Where one opening goes over into the next without the mouth being shut, both interiors dissolve over the frame on either side.
    """
    found = [{int(row): 1.0} for row in rows]
    parts = openings(opening)
    for following in parts[1:]:
        at = following.start
        before, after = int(rows[at - 1]), int(rows[at])
        if min(opening[at - 1], opening[at]) <= _SEEN or before == after or _follows(library, before, after):
            continue
        found[at - 1] = {before: 1 - _OTHER_SHARE, after: _OTHER_SHARE}
        found[at] = {after: 1 - _OTHER_SHARE, before: _OTHER_SHARE}
    return found


def _follows(library: MouthLibrary, before: int, after: int) -> bool:
    """Whether row `after` is the next frame, or the one after it, of the same footage as row `before`."""
    ahead = int(library.frame[after]) - int(library.frame[before])
    return bool(library.track[before] == library.track[after]) and 0 <= ahead <= 2


def _is_one_run(library: MouthLibrary, rows: np.ndarray) -> bool:
    return all(_follows(library, int(a), int(b)) for a, b in itertools.pairwise(rows))
