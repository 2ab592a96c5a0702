"""Fits a new mouth's colours to the film's skin around it (Reinhard et al., "Color Transfer between Images", 2001).

Mean and spread are compared in the ring where source and new picture both show through and both show skin. Pixels where they
show different things (a moved jaw, a shadow) are trimmed. Every frame is measured alone: averaged over time the mouth would lag
behind the light, and hardly flickers as it is (docs/decisions/005).
"""

from dataclasses import dataclass

import cv2
import numpy as np

RING = (0.02, 0.5)  # of the mask: outside it there is nothing to match, inside it the mouth itself differs
LOOKED_AT = (
    20000  # pixels of the box, about a quarter of them in the ring; more do not change the second decimal
)
TRIMMED = 2.5  # robust standard deviations of the differences beyond which a pixel shows two different things
FEWEST = 32  # ring pixels below which nothing is known
GAIN_LIMITS = (0.9, 1.1)  # a spread that differs more comes from what is shown, not from how it is lit
@dataclass(frozen=True, slots=True, eq=False)
class ColourStatistics:
    """(3,) float32 means and spreads of the ring in source and new picture, and how many pixels they rest on."""

    source_mean: np.ndarray
    source_spread: np.ndarray
    new_mean: np.ndarray
    new_spread: np.ndarray
    pixels: int


def ring_statistics(source: np.ndarray, new: np.ndarray, mask: np.ndarray) -> ColourStatistics:
    """Colours of `source` and `new` (h, w, 3) uint8 in the ring around `mask` (h, w)."""
    step = max(int((mask.size / LOOKED_AT) ** 0.5), 1)
    coarse = mask[::step, ::step]
    in_ring = (coarse > RING[0]) & (coarse < RING[1])
    a = source[::step, ::step][in_ring].astype(np.float32)
    b = new[::step, ::step][in_ring].astype(np.float32)
    if len(a) < FEWEST:
        zero, one = np.zeros(3, np.float32), np.ones(3, np.float32)
        return ColourStatistics(zero, one, zero, one, 0)
    difference = a - b
    away = np.abs(difference - np.median(difference, axis=0))
    kept = (away <= TRIMMED * 1.4826 * np.median(away, axis=0) + 1).all(axis=1)
    a, b = a[kept], b[kept]
    return ColourStatistics(a.mean(axis=0), a.std(axis=0), b.mean(axis=0), b.std(axis=0), len(a))


def match_colours(picture: np.ndarray, statistics: ColourStatistics) -> np.ndarray:
    """`picture` (h, w, 3) uint8 with the ring's mean and spread of the source."""
    if statistics.pixels == 0:
        return picture
    # One gain for all channels, or background seen beside the chin would tint the lips. The ratio of small spreads is
    # noise: some code values of it are always there.
    gain = np.clip((statistics.source_spread.mean() + 2) / (statistics.new_spread.mean() + 2), *GAIN_LIMITS)
    levels = np.arange(256, dtype=np.float32)[:, None]
    table = (levels - statistics.new_mean) * gain + statistics.source_mean
    table = np.rint(np.clip(table, 0, 255)).astype(np.uint8)  # (256, 3)
    return cv2.LUT(picture, table[:, None, :])
