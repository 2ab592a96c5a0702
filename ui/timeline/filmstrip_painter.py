"""Thumbnails along a clip, and its shot cuts."""

from fractions import Fraction
from math import floor

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from core.project.media_items import MediaItem
from core.project.model import Clip
from ui.base.colours import colour, shades
from ui.state.library import Library
from ui.timeline.time_axis import TimeAxis

_MIN_STEP = Fraction(1, 4)
_CUT_PIXELS = 5  # closer cuts are not drawn: they would paint the clip over


def paint_filmstrip(
    painter: QPainter, clip: Clip, medium: MediaItem, rect: QRectF, axis: TimeAxis, library: Library
) -> None:
    """Paints what of `clip` lies in the view into `rect`, its rectangle cut to the view.

    Thumbnails sit on a fixed grid of media times (powers of two of a second), so that scrolling and trimming do not
    ask for new ones; each shows the picture at its left edge.
    """
    aspect = medium.facts.width / medium.facts.height if medium.facts.height else 16 / 9
    width = max(rect.height() * aspect, 8.0)
    step = thumbnail_step(width, axis.pixels_per_second)
    cell = float(step) * axis.pixels_per_second
    first = clip.media_time(axis.to_time(rect.left()))
    number = floor(max(first, clip.offset) / step)
    painter.save()
    painter.setClipRect(rect)
    x = axis.to_x(clip.timeline_time(number * step))
    while x < rect.right():
        time = min(max(number * step, Fraction(0)), medium.facts.duration)
        image = library.thumbnail(medium.id, Fraction(time))
        if image is not None and not image.isNull():
            _draw(painter, image, QRectF(x, rect.top(), cell, rect.height()))
        number += 1
        x = axis.to_x(clip.timeline_time(number * step))
    painter.restore()


def paint_cuts(painter: QPainter, cuts: np.ndarray, clip: Clip, rect: QRectF, axis: TimeAxis) -> None:
    """Paints a line at each shot cut of `clip` inside `rect`.

    Args:
        painter: where to.
        cuts: (n,) float64 seconds on the film's clock, rising.
        clip: the clip.
        rect: its rectangle cut to the view.
        axis: seconds to pixels.
    """
    shift = float(clip.range.start - clip.offset)
    low = max(axis.to_seconds(rect.left()) - shift, float(clip.offset))
    high = min(axis.to_seconds(rect.right()) - shift, float(clip.media_range.end))
    inside = cuts[np.searchsorted(cuts, low, side="right") : np.searchsorted(cuts, high)]
    if len(inside) * _CUT_PIXELS > rect.width():
        return  # a grey wall of lines says nothing
    columns = np.round((inside + shift - axis.start) * axis.pixels_per_second)
    if len(columns) > 1:  # of cuts closer than that only every one that has room is drawn
        cells = columns // _CUT_PIXELS
        columns = columns[np.concatenate([[True], np.diff(cells) > 0])]
    top, height = int(rect.top()), int(rect.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(shades().ground, 0.9))
    painter.drawRects([QRect(int(x) - 1, top, 2, height) for x in columns])


def thumbnail_step(thumbnail_width: float, pixels_per_second: float) -> Fraction:
    """Seconds between two thumbnails: the largest power of two (from a quarter second) that leaves no gap between them."""
    step = _MIN_STEP
    while float(step) * 2 * pixels_per_second <= thumbnail_width:
        step *= 2
    return step


def _draw(painter: QPainter, image: QImage, cell: QRectF) -> None:
    """The picture as high as its cell; cut where the cell is narrow, repeated where it is wide."""
    scale = image.height() / cell.height()
    width = image.width() / scale
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    left = cell.left()
    while left < cell.right() - 0.5:
        shown = min(width, cell.right() - left)
        source = QRectF(
            (width - shown) / 2 * scale, 0, shown * scale, image.height()
        )  # its middle: where faces are
        painter.drawImage(QRectF(left, cell.top(), shown, cell.height()), image, source)
        left += width
