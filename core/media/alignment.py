"""How far a dubbed line should be moved so that it is loud where the film's own voice is."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

RATE = 16000
_HOP = 160  # samples of an envelope's step: 10 ms
_SMOOTH = 3.0  # steps
_LEAST_LIKE = 0.35  # a correlation below it may be chance: two readings of a line differ, two lines differ more


@dataclass(frozen=True, slots=True)
class Alignment:
    """`later` seconds the line should come later (earlier when negative); `likeness` 0..1 of the two loudnesses then."""

    later: float
    likeness: float


def envelope(voice: np.ndarray) -> np.ndarray:
    """(N,) float64 loudness of a voice (M,) at 16 kHz in steps of 10 ms, on a scale nearer to hearing."""
    count = len(voice) // _HOP
    power = (np.asarray(voice[: count * _HOP], np.float64).reshape(count, _HOP) ** 2).mean(axis=1)
    return gaussian_filter1d(np.sqrt(np.sqrt(power)), _SMOOTH, mode="constant")


def align(line: np.ndarray, film: np.ndarray, reach: float) -> Alignment | None:
    """Where `line` (N,) 16 kHz is most like the film's own voice.

    Args:
        line: the dubbed line.
        film: (N + 2 · reach · 16000,) the film's own voice from `reach` seconds before the line to `reach` after it.
        reach: seconds it may be moved either way.

    Returns:
        None where either is silent, or nothing is alike.
    """
    ours, theirs = envelope(line), envelope(film)
    steps = round(reach * RATE / _HOP)
    if len(ours) < 10 or len(theirs) < len(ours) or ours.std() < 1e-4 or theirs.std() < 1e-4:
        return None
    best, likeness = 0, -1.0
    for step in range(min(2 * steps, len(theirs) - len(ours)) + 1):
        window = theirs[step : step + len(ours)]
        if window.std() < 1e-4:
            continue
        like = float(np.corrcoef(ours, window)[0, 1])
        if like > likeness:
            best, likeness = step, like
    if likeness < _LEAST_LIKE:
        return None
    return Alignment((best - steps) * _HOP / RATE, likeness)
