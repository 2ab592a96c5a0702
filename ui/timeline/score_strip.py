"""The score of each judged window, as a strip of colours along a segment's foot."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from core.project.segments import DubSegment
from ui.base.colours import Band, Bands, shades
from ui.base.painting import to_indexed_image
from ui.state.library import SyncCurve
from ui.timeline.lanes import Lane
from ui.timeline.time_axis import TimeAxis

_REACH_S = 0.25  # a window's value holds this far to both sides: scores come every 0.2 s
_ORDER: tuple[Band, ...] = ("unknown", "weak", "fair", "good")


def paint_score_strip(
    painter: QPainter,
    curve: SyncCurve,
    segment: DubSegment,
    foot: QRectF,
    film: Lane,
    axis: TimeAxis,
    bands: Bands,
) -> None:
    """Paints what of `curve` lies under `segment` into `foot`, its lower rim cut to the view.

    Args:
        painter: where to.
        curve: the scores, on the film's clock; not empty.
        segment: whose strip it is.
        foot: the rectangle to fill; stretches not judged yet stay as they are.
        film: V1, which says where the film lies on the timeline.
        axis: seconds to pixels.
        bands: scores to colours.
    """
    for index in film.visible(float(segment.range.start), float(segment.range.end)):
        clip = film.items[index]
        shared = clip.range.intersection(segment.range)
        if clip.media != curve.film or shared is None:
            continue
        left, right = max(foot.left(), axis.to_x(shared.start)), min(foot.right(), axis.to_x(shared.end))
        columns = np.arange(int(left), int(right))
        if len(columns) == 0:
            continue
        shift = float(clip.range.start - clip.offset)
        codes = band_codes(curve, (columns + 0.5) / axis.pixels_per_second + axis.start - shift, bands)
        tints = [QColor(0, 0, 0, 0), *(QColor(shades().band(band)) for band in _ORDER)]
        target = QRectF(float(columns[0]), foot.top(), float(len(columns)), foot.height())
        painter.drawImage(target, to_indexed_image(codes.astype(np.uint8)[None], tints))


def band_codes(curve: SyncCurve, seconds: np.ndarray, bands: Bands) -> np.ndarray:
    """(n,) 0 where nothing was judged near `seconds` (film's clock), else 1 + the place in unknown, weak, fair, good."""
    after = np.clip(np.searchsorted(curve.times, seconds), 1, max(len(curve.times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(curve.times) - 1)
    nearest = np.where(seconds - curve.times[before] <= curve.times[after] - seconds, before, after)
    values = curve.p_sync[nearest]
    judged = np.abs(curve.times[nearest] - seconds) <= _REACH_S
    rank = 2 + (values >= bands.threshold) + (values >= bands.good_from)
    return np.where(~judged, 0, np.where(np.isnan(values), 1, rank))
