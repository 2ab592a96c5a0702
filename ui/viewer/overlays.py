"""What is painted over the picture: face boxes, safe areas, badges, histogram."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from core.face_geometry.track import PersonId
from ui.base.colours import colour, shades
from ui.viewer.faces import FaceInPicture
from ui.viewer.view_transform import ViewTransform

# SMPTE ST 2046-1: action and title safe areas, shares of width and height.
_SAFE_AREAS = (0.93, 0.90)


def paint_faces(
    painter: QPainter,
    faces: Sequence[FaceInPicture],
    transform: ViewTransform,
    stretch: tuple[float, float],
    *,
    picked: PersonId | None,
    hovered: FaceInPicture | None,
    font: QFont,
) -> None:
    """Corner brackets with a name tag on each face.

    Args:
        painter: on the viewer.
        faces: in samples.
        transform: square film pixels to the widget.
        stretch: square pixels per sample, across and down.
        picked: the person whose box is full.
        hovered: the face under the pointer.
        font: of the names.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    for face in faces:
        top_left = transform.to_view(_scaled(face.box.topLeft(), stretch))
        bottom_right = transform.to_view(_scaled(face.box.bottomRight(), stretch))
        box = QRectF(top_left, bottom_right)
        is_picked = face.person is not None and face.person == picked
        tint = QColor(face.colour or "#c9ced6")
        strong = is_picked or face is hovered
        _paint_brackets(painter, box, tint, 2.5 if strong else 1.5, is_whole=is_picked)
        width = metrics.horizontalAdvance(face.name) + 14
        tag = QRectF(box.left(), box.top() - 22, width, 18)
        if tag.top() < 2:
            tag.moveTop(box.bottom() + 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint if strong else colour("#101216", 0.78))
        painter.drawRoundedRect(tag, 4, 4)
        dark_text = strong and tint.lightnessF() > 0.45
        painter.setPen(QColor("#0d1014" if dark_text else "#eef1f5"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, face.name)


def paint_safe_areas(painter: QPainter, rect: QRectF) -> None:
    """Action and title safe areas, and the middle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for share, opacity in zip(_SAFE_AREAS, (0.55, 0.4), strict=True):
        painter.setPen(QPen(colour("#ffffff", opacity), 1))
        dx, dy = rect.width() * (1 - share) / 2, rect.height() * (1 - share) / 2
        painter.drawRect(rect.adjusted(dx, dy, -dx, -dy))
    middle = rect.center()
    painter.drawLine(middle - QPointF(10, 0), middle + QPointF(10, 0))
    painter.drawLine(middle - QPointF(0, 10), middle + QPointF(0, 10))


def paint_badges(painter: QPainter, texts: Sequence[tuple[str, str]], right: float, font: QFont) -> None:
    """Small labels (text, colour) from the upper right corner leftwards."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    for text, tint in texts:
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        rect = QRectF(right - width, 10, width, 20)
        painter.setPen(QPen(QColor(tint), 1))
        painter.setBrush(colour("#0b0d10", 0.8))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(QColor(tint))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        right -= width + 6


def paint_wipe(painter: QPainter, rect: QRectF, share: float, labels: tuple[str, str], font: QFont) -> None:
    """The handle of the split wipe at `share` of the picture's width, and what is on its sides."""
    x = rect.left() + rect.width() * share
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour("#ffffff", 0.9), 1.5))
    painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
    middle = QPointF(x, rect.center().y())
    painter.setBrush(QColor("#ffffff"))
    painter.drawEllipse(middle, 9, 9)
    painter.setBrush(QColor("#20242b"))
    painter.setPen(Qt.PenStyle.NoPen)
    for side in (-1, 1):
        tip = [(side * 6, 0), (side * 2, -4), (side * 2, 4)]
        painter.drawPolygon(QPolygonF([middle + QPointF(dx, dy) for dx, dy in tip]))
    painter.setFont(font)
    for text, side in zip(labels, (-1, 1), strict=True):
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        left = x - width - 10 if side < 0 else x + 10
        tag = QRectF(left, rect.bottom() - 30, width, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("#0b0d10", 0.7))
        painter.drawRoundedRect(tag, 4, 4)
        painter.setPen(QColor("#eef1f5"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)


def paint_hint(painter: QPainter, text: str, area: QRectF, font: QFont) -> None:
    """What to do with a tool, at the foot of the view."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    metrics, flags = painter.fontMetrics(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    room = area.adjusted(12, 8, -12, -8)
    needed = QRectF(metrics.boundingRect(room.toRect(), int(flags), text))
    box = QRectF(0, 0, needed.width() + 20, needed.height() + 8)
    box.moveCenter(area.center())
    box.moveBottom(area.bottom() - 10)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("#0b0d10", 0.82))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor("#eef1f5"))
    painter.drawText(box.adjusted(8, 2, -8, -2), flags, text)


def paint_histogram(painter: QPainter, bins: np.ndarray, rect: QRectF) -> None:
    """R, G and B of the picture: (3, 256) heights in 0..1."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("#0b0d10", 0.72))
    painter.drawRoundedRect(rect, 4, 4)
    inner = rect.adjusted(6, 6, -6, -6)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    for heights, tint in zip(bins, ("#a03030", "#309048", "#3058b8"), strict=True):
        points = [QPointF(inner.left(), inner.bottom())]
        step = inner.width() / 255
        points += [
            QPointF(inner.left() + n * step, inner.bottom() - min(float(h), 1.0) * inner.height())
            for n, h in enumerate(heights)
        ]
        points.append(QPointF(inner.right(), inner.bottom()))
        painter.setBrush(QColor(tint))
        painter.drawPolygon(QPolygonF(points))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def badge_colour(*, warns: bool) -> str:
    """The colour of a badge that only tells, or that warns."""
    return shades().fair if warns else "#c9ced6"


def _paint_brackets(painter: QPainter, box: QRectF, tint: QColor, width: float, *, is_whole: bool) -> None:
    painter.setPen(QPen(tint, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_whole:
        painter.drawRoundedRect(box, 4, 4)
        return
    arm = min(box.width(), box.height()) * 0.22
    for x, dx in ((box.left(), 1), (box.right(), -1)):
        for y, dy in ((box.top(), 1), (box.bottom(), -1)):
            painter.drawLine(QPointF(x, y), QPointF(x + arm * dx, y))
            painter.drawLine(QPointF(x, y), QPointF(x, y + arm * dy))


def _scaled(point: QPointF, stretch: tuple[float, float]) -> QPointF:
    return QPointF(point.x() * stretch[0], point.y() * stretch[1])
