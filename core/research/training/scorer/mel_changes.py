"""Changes of log-mel windows that a recording could have had: level, tone, noise, other voices, shorter or longer throats."""

from collections.abc import Callable

import numpy as np

_DECIBELS_A_UNIT = 12.5


def changed_windows(
    windows: np.ndarray, random: np.random.Generator, other_windows: Callable[[int], np.ndarray]
) -> np.ndarray:
    """One recording-like variation of all `windows` (n, 1, 80, steps) together.

    Args:
        windows: log-mel of `core.speech.mel`, 12.5 dB a unit.
        random: what decides.
        other_windows: n windows of another voice or music, for what is heard behind.
    """
    bins = np.linspace(0, 1, windows.shape[2], dtype=np.float32)
    # Loudness ± 10 dB, a tilt and two slow bends of the spectrum: microphones, rooms, equalisers.
    curve = random.normal(0, 0.5) + random.normal(0, 0.4) * (bins - 0.5)
    for waves in (1, 2):
        curve = curve + random.normal(0, 0.15) * np.cos(np.pi * waves * bins + random.uniform(0, np.pi))
    windows = windows + curve.astype(np.float32)[None, None, :, None]
    if random.random() < 0.6:
        windows = _with_noise(windows, random, other_windows)
    if random.random() < 0.6:
        windows = stretched_bands(windows, float(random.uniform(0.88, 1.13)))
    return np.clip(windows, -4.0, 4.0).astype(np.float32)


def _with_noise(
    windows: np.ndarray, random: np.random.Generator, other_windows: Callable[[int], np.ndarray]
) -> np.ndarray:
    """Adds a steady coloured noise or another clip's voice or music 6 … 30 dB below, in power."""
    loud = float(np.percentile(windows, 95))
    level = loud - random.uniform(6, 30) / _DECIBELS_A_UNIT
    if random.random() < 0.5:
        colour = random.normal(0, 0.5) * np.linspace(-1, 1, windows.shape[2])[:, None]
        noise = level + 0.3 * random.normal(0, 1, windows.shape) + colour
    else:
        other = other_windows(len(windows))
        noise = other - float(np.percentile(other, 95)) + level
    power = _DECIBELS_A_UNIT / 10 * np.log(10.0)
    return np.logaddexp(windows * power, noise * power) / power


def stretched_bands(windows: np.ndarray, factor: float) -> np.ndarray:
    """Mel windows (n, 1, 80, steps) as a longer or shorter throat would sound: band b takes what was at ``factor · b``."""
    bands = windows.shape[2]
    position = np.minimum(np.arange(bands) * factor, bands - 1)
    low = np.minimum(position.astype(int), bands - 2)
    share = (position - low).astype(np.float32)[None, None, :, None]
    return windows[:, :, low] * (1 - share) + windows[:, :, low + 1] * share
