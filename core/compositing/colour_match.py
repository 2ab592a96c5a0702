"""Fits a new mouth's colours to the film's skin around it (Reinhard et al., "Color Transfer between Images", 2001).

Mean and spread are compared in the ring where source and new picture both show through and both show skin. Pixels where they
show different things (a moved jaw, a shadow) are trimmed. Statistics of neighbouring frames are averaged, else the mouth
would flicker with the codec.
"""

from collections.abc import Sequence
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
SMOOTHING_FRAMES = 4.0  # standard deviation of the average over time


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


def smooth_statistics(measured: Sequence[ColourStatistics]) -> list[ColourStatistics]:
    """Statistics of consecutive frames, each averaged with its neighbours on both sides, without lag."""
    pixels = np.array([s.pixels for s in measured], dtype=np.float64)
    values = np.stack(
        [[s.source_mean, s.source_spread, s.new_mean, s.new_spread] for s in measured]
    )  # (F, 4, 3)
    places = np.arange(len(measured))
    result = []
    for place in places:
        weight = np.exp(-0.5 * ((places - place) / SMOOTHING_FRAMES) ** 2) * pixels
        if weight.sum() <= 0:
            result.append(measured[int(place)])
            continue
        mean = np.tensordot(weight / weight.sum(), values, 1).astype(np.float32)
        result.append(ColourStatistics(mean[0], mean[1], mean[2], mean[3], int(max(pixels[place], 1))))
    return result


def running_statistics(previous: ColourStatistics | None, current: ColourStatistics) -> ColourStatistics:
    """`current` averaged with what went before, for players that see one frame after the other."""
    if previous is None or previous.pixels == 0 or current.pixels == 0:
        return current if current.pixels or previous is None else previous
    share = np.float32(1 / (1 + SMOOTHING_FRAMES))
    mixed = [
        (1 - share) * before + share * now
        for before, now in (
            (previous.source_mean, current.source_mean),
            (previous.source_spread, current.source_spread),
            (previous.new_mean, current.new_mean),
            (previous.new_spread, current.new_spread),
        )
    ]
    return ColourStatistics(mixed[0], mixed[1], mixed[2], mixed[3], current.pixels)
