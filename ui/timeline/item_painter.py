"""Paints the items of one lane. What is too narrow to be told apart is painted as blocks, so 2,000 cost no more than 200."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter

from core.project.ids import ItemId, LaneId, MediaId
from core.project.media_items import MediaItem
from core.project.model import Clip, Project, TimelineItem
from core.project.segments import DubSegment
from ui.base.colours import Bands, colour, shades
from ui.base.painting import to_indexed_image
from ui.state.document import Document
from ui.state.library import CurveKey, Library
from ui.timeline.block_painter import colour_row
from ui.timeline.filmstrip_painter import paint_cuts, paint_filmstrip
from ui.timeline.key_marks import paint_keys
from ui.timeline.lanes import Lane
from ui.timeline.score_strip import paint_score_strip
from ui.timeline.segment_look import SegmentLook, segment_look
from ui.timeline.time_axis import TimeAxis
from ui.timeline.waveform_painter import WaveformTiles

_BLOCK_PIXELS = 4  # narrower items are joined to blocks
_LABEL_PIXELS = 34
_TITLE = 15
_KEPT_TEXTS = 5000
_FILMSTRIP_PIXELS = 48
_STRIP = 4  # height of the score strip at a segment's foot


@dataclass(frozen=True, slots=True)
class PaintContext:
    """What item painting needs beside the items."""

    document: Document
    axis: TimeAxis
    bands: Bands
    selection: frozenset[ItemId]
    font: QFont
    film: Lane
    cuts: Mapping[MediaId, np.ndarray]

    @property
    def project(self) -> Project:
        """The project shown."""
        return self.document.project

    @property
    def library(self) -> Library:
        """Thumbnails, waveforms, curves."""
        return self.document.library


class ItemPainter:
    """Paints lanes; keeps each segment's look until told to forget it."""

    def __init__(self) -> None:
        self._looks: dict[ItemId, tuple[DubSegment, SegmentLook]] = {}
        self._media: dict[str, MediaItem] = {}
        self._fills: dict[LaneId, tuple[Lane, list[str], np.ndarray]] = {}
        self._waves = WaveformTiles()
        self._elided: dict[tuple[str, int], str] = {}

    def forget_looks(self) -> None:
        """Scores, states or the theme changed."""
        self._looks.clear()
        self._fills.clear()

    def look(self, segment: DubSegment, context: PaintContext) -> SegmentLook:
        """The look of a segment, from memory when it has not changed."""
        kept = self._looks.get(segment.id)
        if kept is not None and kept[0] is segment:
            return kept[1]
        look = segment_look(segment, context.library, context.bands)
        self._looks[segment.id] = (segment, look)
        return look

    def paint_lane(self, painter: QPainter, lane: Lane, top: int, width: int, context: PaintContext) -> None:
        """Paints the visible items of `lane`, whose upper edge lies at `top`."""
        axis = context.axis
        visible = lane.visible(axis.start, axis.start + width / axis.pixels_per_second)
        if not visible:
            return
        self._media = {medium.id: medium for medium in context.project.media}
        lefts = (lane.starts[visible.start : visible.stop] - axis.start) * axis.pixels_per_second
        rights = (lane.ends[visible.start : visible.stop] - axis.start) * axis.pixels_per_second
        narrow = rights - lefts < _BLOCK_PIXELS
        if narrow.any():
            blocks = lefts[narrow], rights[narrow]
            self._paint_blocks(
                painter, lane, range(visible.start, visible.stop), narrow, blocks, (top, width), context
            )
        if lane.kind in ("original", "dub"):
            self._paint_sound(painter, lane, visible, top, width, context)
        wide = np.flatnonzero(~narrow)
        for position in wide:
            item = lane.items[visible.start + int(position)]
            if lane.kind == "original" and item.id not in context.selection:
                continue  # the film's own sound needs no name and no hatching of its own: V1 above has both
            left = round(float(lefts[position]))  # whole pixels: frames, waves and strips then meet
            rect = QRectF(left, top, round(float(rights[position])) - left, lane.height)
            if isinstance(item, DubSegment):
                self._paint_segment(painter, item, lane, rect, width, context)
            else:
                self._paint_clip(painter, item, lane, rect, width, context)
        if lane.kind != "person":
            edge = {"video": shades().ground, "original": shades().sound_edge}.get(
                lane.kind, shades().dub_edge
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(edge))
            ends = [*lefts[wide].tolist(), *(rights[wide] - 1).tolist()]
            painter.drawRects([QRect(int(x), top, 1, lane.height) for x in ends if -1 <= x <= width])

    def _paint_blocks(
        self,
        painter: QPainter,
        lane: Lane,
        visible: range,
        narrow: np.ndarray,
        ends: tuple[np.ndarray, np.ndarray],
        place: tuple[int, int],
        context: PaintContext,
    ) -> None:
        """Paints those of the `visible` items that are `narrow`, from and to `ends`; `place` is the lane's top and the width."""
        top, width = place
        fills, codes = self._block_fills(lane, context)
        codes = codes[visible.start : visible.stop].copy()
        if context.selection:
            items = lane.items[visible.start : visible.stop]
            chosen = np.fromiter((item.id in context.selection for item in items), bool, len(items))
            codes[chosen] = len(fills) + 1
        ratio = painter.device().devicePixelRatio()
        columns = round(width * ratio)
        row = colour_row(ends[0] * ratio, ends[1] * ratio, codes[narrow], columns)
        tints = [QColor(0, 0, 0, 0), *map(QColor, fills), QColor(shades().selection)]
        image = to_indexed_image(row, tints).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(QRectF(0, top, width, lane.height), image)

    def _block_fills(self, lane: Lane, context: PaintContext) -> tuple[list[str], np.ndarray]:
        """(colours, (n,) 1 + the place of each item's colour), kept while the lane and the looks are the same."""
        kept = self._fills.get(lane.id)
        if kept is not None and kept[0] is lane:
            return kept[1], kept[2]
        fills: dict[str, int] = {}
        plain = {"video": shades().video_edge, "original": shades().sound_edge}.get(
            lane.kind, shades().dub_edge
        )
        codes = np.empty(len(lane.items), np.uint8)
        for position, item in enumerate(lane.items):
            fill = self.look(item, context).fill if isinstance(item, DubSegment) else plain
            codes[position] = fills.setdefault(fill, len(fills) + 1)
        self._fills[lane.id] = (lane, list(fills), codes)
        return list(fills), codes

    def _paint_sound(
        self, painter: QPainter, lane: Lane, visible: range, top: int, width: int, context: PaintContext
    ) -> None:
        """Ground and waveform of sound clips. Cuts of one unbroken sound are painted as the one sound they are."""
        axis = context.axis
        is_original = lane.kind == "original"
        fill = shades().sound if is_original else shades().dub
        tint = colour(shades().wave if is_original else shades().dub_wave, 0.95)
        joined: list[tuple[TimelineItem, float, float]] = []
        for item in lane.items[visible.start : visible.stop]:
            if joined:
                first, left, right = joined[-1]
                if (
                    first.media == item.media
                    and item.range.start - item.offset == first.range.start - first.offset
                    and axis.to_x(item.range.start) - right < 1
                ):
                    joined[-1] = (first, left, axis.to_x(item.range.end))
                    continue
            joined.append((item, axis.to_x(item.range.start), axis.to_x(item.range.end)))
        for item, left, right in joined:
            body = _cut(QRectF(left, top, right - left, lane.height), width)
            painter.fillRect(body, QColor(fill))
            if not context.library.is_missing(item.media):
                self._paint_wave(painter, item, body.adjusted(0, 2, 0, -2), tint, context)

    def _paint_clip(
        self, painter: QPainter, clip: Clip, lane: Lane, rect: QRectF, width: int, context: PaintContext
    ) -> None:
        medium = self._media.get(clip.media)
        fill, edge = {
            "video": (shades().video, shades().video_edge),
            "original": (shades().sound, shades().sound_edge),
        }.get(lane.kind, (shades().dub, shades().dub_edge))
        body = _cut(rect, width)
        is_missing = medium is None or context.library.is_missing(medium.id)
        painter.setPen(Qt.PenStyle.NoPen)
        if lane.kind == "video":
            painter.fillRect(body, QColor(fill))
        if is_missing:
            painter.setBrush(QBrush(colour(shades().failed, 0.5), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(body)
        elif medium is not None and lane.kind == "video" and body.width() >= _FILMSTRIP_PIXELS:
            strip = body.adjusted(0, _TITLE, 0, 0)
            paint_filmstrip(painter, clip, medium, strip, context.axis, context.library)
            cuts = context.cuts.get(clip.media)
            if cuts is not None:
                paint_cuts(painter, cuts, clip, body, context.axis)
        name = medium.name if medium is not None else str(clip.media)
        if is_missing:
            name = f"⚠ {name}"
        if lane.kind == "video":
            painter.fillRect(QRectF(body.left(), body.top(), body.width(), _TITLE), QColor(edge))
            self._paint_label(painter, name, rect, body, shades().item_text, context)
        elif lane.kind == "dub":
            self._paint_label(painter, name, rect, body, shades().item_text, context)
        if clip.id in context.selection:
            self._paint_frame(painter, rect, body, edge, is_selected=True)

    def _paint_segment(
        self,
        painter: QPainter,
        segment: DubSegment,
        lane: Lane,
        rect: QRectF,
        width: int,
        context: PaintContext,
    ) -> None:
        look = self.look(segment, context)
        body = _cut(rect, width)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.fill))
        painter.drawRect(body)
        if look.state in ("empty", "queued", "partial", "muted"):
            pattern = Qt.BrushStyle.BDiagPattern if look.state != "muted" else Qt.BrushStyle.Dense6Pattern
            painter.setBrush(QBrush(colour(shades().text_faint, 0.55), pattern))
            painter.drawRect(body)
        if body.width() >= _LABEL_PIXELS:
            tint = colour(shades().segment_wave, 0.30)
            self._paint_wave(painter, segment, body.adjusted(0, _TITLE - 2, 0, -_STRIP - 1), tint, context)
        if look.state in ("running", "paused"):
            done = QRectF(rect.left(), rect.top(), rect.width() * look.progress, rect.height())
            painter.fillRect(done.intersected(body), colour(shades().running, 0.35))
        elif look.state in ("cached", "partial") and body.width() >= _LABEL_PIXELS:
            curve = (
                context.library.curve(CurveKey("take", segment.chosen))
                if segment.chosen is not None
                else None
            )
            if curve is not None and len(curve.times):
                foot = QRectF(body.left(), body.bottom() - _STRIP, body.width(), _STRIP)
                paint_score_strip(painter, curve, segment, foot, context.film, context.axis, context.bands)
        self._paint_label(painter, self._segment_text(segment, look), rect, body, shades().item_text, context)
        edge = shades().failed if look.state == "failed" else (lane.colour or shades().line_strong)
        self._paint_frame(painter, rect, body, edge, is_selected=segment.id in context.selection)
        if segment.curves:
            paint_keys(painter, segment, rect, context.axis)

    def _segment_text(self, segment: DubSegment, look: SegmentLook) -> str:
        sign = {"failed": "✕ ", "running": "▸ ", "queued": "… ", "paused": "❚❚ ", "muted": "⊘ "}.get(
            look.state, ""
        )
        medium = self._media.get(segment.dub)
        text = segment.note or (medium.name if medium is not None else "")
        take = segment.take(segment.chosen) if segment.chosen is not None else None
        if take is not None and len(segment.takes) > 1:
            text = f"{take.number}/{len(segment.takes)} · {text}"
        return sign + text

    def _paint_wave(
        self, painter: QPainter, item: TimelineItem, area: QRectF, tint: QColor, context: PaintContext
    ) -> None:
        waveform = context.library.waveform(item.media)
        if waveform is None or area.width() < 2 or area.height() < 4:
            return
        self._waves.paint(painter, waveform, item, area, context.axis, tint)

    def _paint_label(
        self, painter: QPainter, text: str, rect: QRectF, body: QRectF, tint: str, context: PaintContext
    ) -> None:
        if body.width() < _LABEL_PIXELS or not text:
            return
        painter.setFont(context.font)
        painter.setPen(QColor(tint))
        left = max(rect.left(), 0.0) + 5  # stays in sight while the item's beginning is scrolled away
        room = body.right() - left - 4
        shown = self._elided.get((text, int(room)))
        if shown is None:
            shown = QFontMetricsF(context.font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            if len(self._elided) > _KEPT_TEXTS:
                self._elided.clear()
            self._elided[text, int(room)] = shown
        painter.drawText(
            QRectF(left, body.top(), max(room, 0) + 2, _TITLE), Qt.AlignmentFlag.AlignVCenter, shown
        )

    def _paint_frame(
        self, painter: QPainter, rect: QRectF, body: QRectF, edge: str, *, is_selected: bool
    ) -> None:
        tint = QColor(shades().selection if is_selected else edge)
        left, top, right, bottom = (int(body.left()), int(body.top()), int(body.right()), int(body.bottom()))
        width, height = right - left, bottom - top
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(tint)
        painter.drawRect(left, top, width - 1, height - 1)
        if is_selected:
            painter.drawRect(left + 1, top + 1, width - 3, height - 3)
        painter.setPen(Qt.PenStyle.NoPen)
        if is_selected and width > 16:  # grips say that edges can be pulled
            painter.setBrush(tint)
            middle = (top + bottom) // 2 - 6
            grips = [x for x in (int(rect.left()) + 4, int(rect.right()) - 6) if left <= x < right]
            painter.drawRects([QRect(x, middle, 2, 12) for x in grips])
        if width > 24:  # four pixels of ground look like round corners, at a tenth of their cost
            painter.setBrush(QColor(shades().lane))
            corners = [(x, y) for x in (left, right - 1) for y in (top, bottom - 1)]
            painter.drawRects([QRect(x, y, 1, 1) for x, y in corners])


def _cut(rect: QRectF, width: int) -> QRectF:
    """`rect` cut to the view, with a margin so that rounded ends lie outside it."""
    left, right = max(rect.left(), -8.0), min(rect.right(), width + 8.0)
    return QRectF(left, rect.top(), right - left, rect.height())
