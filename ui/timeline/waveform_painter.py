"""Waveforms as pictures: one column of pixels per screen pixel, made with numpy, so that zoom does not change the cost."""

import numpy as np
from PySide6.QtGui import QColor, QImage

from ui.library import Waveform
from ui.painting import to_tinted_image

_FACTOR = 8
_PEAKS_PER_PIXEL = 4  # fewer would let columns miss a peak by rounding


class WaveformLevels:
    """A waveform with ever coarser copies, so that a whole film costs no more to draw than a second of it."""

    def __init__(self, waveform: Waveform) -> None:
        self.waveform = waveform
        self._levels: list[tuple[float, np.ndarray, np.ndarray]] = [
            (float(waveform.per_second), waveform.low, waveform.high)
        ]
        while len(self._levels[-1][1]) > 4096:
            rate, low, high = self._levels[-1]
            edges = np.arange(0, len(low), _FACTOR)
            self._levels.append(
                (rate / _FACTOR, np.minimum.reduceat(low, edges), np.maximum.reduceat(high, edges))
            )

    def peaks_per_pixel(self, start: float, end: float, width: int) -> tuple[np.ndarray, np.ndarray]:
        """((width,) lowest, (width,) highest) peak under each pixel between two media times; 0 outside the medium."""
        rate, low_peaks, high_peaks = self._level(width / (end - start))
        edges = np.linspace(start, end, width + 1) * rate
        first = np.floor(edges[:-1]).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
        count = len(low_peaks)
        inside = (last > 0) & (first < count)
        low, high = np.zeros(width, np.float32), np.zeros(width, np.float32)
        if not inside.any():
            return low, high
        begin = np.clip(first[inside], 0, count - 1)
        final = np.clip(last[inside], begin + 1, count)
        origin, stop = int(begin[0]), int(final[-1])
        # reduceat takes (begin, final) pairs and wants a value at every index, also at a `final` that is the length.
        pairs = np.stack([begin, final], axis=1).ravel() - origin
        low[inside] = np.minimum.reduceat(np.append(low_peaks[origin:stop], 0), pairs)[::2]
        high[inside] = np.maximum.reduceat(np.append(high_peaks[origin:stop], 0), pairs)[::2]
        return low, high

    def _level(self, pixels_per_second: float) -> tuple[float, np.ndarray, np.ndarray]:
        """The coarsest copy that still has enough peaks for every pixel."""
        fitting = [level for level in self._levels if level[0] >= pixels_per_second * _PEAKS_PER_PIXEL]
        return fitting[-1] if fitting else self._levels[0]


def waveform_image(
    levels: WaveformLevels, start: float, end: float, width: int, height: int, tint: QColor
) -> QImage | None:
    """The peaks between two media times in seconds as a (height, width) picture with a transparent ground.

    Peaks are taken as they are: a quiet recording looks quiet. None when nothing would be seen.
    """
    if width < 1 or height < 3 or end <= start:
        return None
    low, high = levels.peaks_per_pixel(start, end, width)
    middle = np.float32((height - 1) / 2)
    rows = np.arange(height, dtype=np.float32)[:, None]
    top = middle - np.clip(high, 0, 1) * middle
    bottom = middle - np.clip(low, -1, 0) * middle
    # Coverage of the pixel row by the column, so that slopes are smooth: 1 inside, a part at the rim.
    coverage = np.minimum(bottom - rows, rows - top)  # (height, width)
    coverage += 1
    np.clip(coverage, 0, 1, out=coverage)
    coverage *= 255
    return to_tinted_image(coverage.astype(np.uint8), tint)
