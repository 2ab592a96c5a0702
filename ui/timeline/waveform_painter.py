"""Waveforms as pictures: one column of pixels per screen pixel, made with numpy, so that zoom does not change the cost."""

from collections import OrderedDict
from math import floor

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from core.project.ids import MediaId
from core.project.model import TimelineItem
from ui.base.painting import to_tinted_image
from ui.state.library import Waveform
from ui.timeline.time_axis import TimeAxis

_FACTOR = 8
_TILE = 256  # device pixels
_MAX_TILES = 300  # of 256 × 46 × 4 bytes each: 14 MB
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


class WaveformTiles:
    """Paints waveforms from tiles of pixels on a fixed grid of media time, so that scrolling makes only new ones.

    All lanes share them: the segments of a dub show the same tiles as the dub's own lane where their height agrees.
    """

    def __init__(self) -> None:
        self._levels: dict[MediaId, WaveformLevels] = {}
        self._tiles: OrderedDict[tuple[MediaId, float, int, int, int], QImage] = OrderedDict()

    def paint(
        self,
        painter: QPainter,
        waveform: Waveform,
        item: TimelineItem,
        area: QRectF,
        axis: TimeAxis,
        tint: QColor,
    ) -> None:
        """Paints what of `item` lies in `area`, its rectangle cut to the view."""
        levels = self._levels.get(item.media)
        if levels is None or levels.waveform is not waveform:
            levels = self._levels[item.media] = WaveformLevels(waveform)
            self._tiles.clear()
        ratio = painter.device().devicePixelRatio()
        per_second = axis.pixels_per_second * ratio  # device pixels
        height = round(area.height() * ratio)
        origin = (float(item.range.start - item.offset) - axis.start) * per_second  # pixel of media time 0
        left, right = round(area.left() * ratio), round(area.right() * ratio)
        for number in range(floor((left - origin) / _TILE), floor((right - 1 - origin) / _TILE) + 1):
            x = round(origin + number * _TILE)
            begin, end = max(left, x), min(right, x + _TILE)
            if begin >= end:
                continue
            tile = self._tile(item.media, levels, per_second, number, height, tint)
            target = QRectF(begin / ratio, area.top(), (end - begin) / ratio, area.height())
            painter.drawImage(target, tile, QRectF(begin - x, 0, end - begin, height))

    def _tile(
        self,
        media: MediaId,
        levels: WaveformLevels,
        per_second: float,
        number: int,
        height: int,
        tint: QColor,
    ) -> QImage:
        key = (media, per_second, number, height, tint.rgba())
        tile = self._tiles.get(key)
        if tile is None:
            seconds = _TILE / per_second
            tile = waveform_image(levels, number * seconds, (number + 1) * seconds, _TILE, height, tint)
            self._tiles[key] = tile
            while len(self._tiles) > _MAX_TILES:
                self._tiles.popitem(last=False)
        else:
            self._tiles.move_to_end(key)
        return tile


def waveform_image(
    levels: WaveformLevels, start: float, end: float, width: int, height: int, tint: QColor
) -> QImage:
    """The peaks between two media times in seconds as a (height, width) picture with a transparent ground.

    Peaks are taken as they are: a quiet recording looks quiet.
    """
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
    image = to_tinted_image(coverage.astype(np.uint8), tint)
    # Painted many times: in the format that is copied and not converted.
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
