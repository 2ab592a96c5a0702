"""The rythmo band: the script's words run to the playhead, each as wide as it lasts, as dubbing actors read them."""

from fractions import Fraction

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.project.changes import Changes
from core.project.model import Line
from ui.base.colours import colour, shades
from ui.state.document import Document

_ROW = 34
_MOST_ROWS = 3
_NAME = 11  # pixels of a character's name over the words
_PLAYHEAD = 0.3  # of the width: what comes is longer than what was
_SPEEDS = (60.0, 600.0)  # pixels a second
_USUAL_SPEED = 180.0
_WIDEST = 3.0  # letters are not drawn out more than that: a word in the middle of a long pause would not be read


class RythmoBand(QWidget):
    """Runs with the playhead; dragged, it moves the playhead, and Ctrl with the wheel makes it run faster.

    Lines that are spoken at once stand below one another, each in the colour of who speaks. Lips that the script saw touch are
    ticks below the words, cuts of the picture are lines across.

    Signals:
        scrubbed: (Fraction) the playhead was moved by hand: let it be heard.
    """

    scrubbed = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._session = document.session
        self._lines: list[tuple[Line, int]] = []  # those with a time, and their row
        self._starts = self._ends = np.zeros(0)
        self._cuts = np.zeros(0)
        self._rows = 1
        self._speed = _USUAL_SPEED
        self._dragged: tuple[float, Fraction] | None = None
        self._font = QFont(self.font())
        self._font.setPixelSize(19)
        self._name_font = QFont(self.font())
        self._name_font.setPixelSize(_NAME)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(self.tr("Rythmo band"))
        self.setToolTip(self.tr("Drag to move the playhead, Ctrl and wheel to run faster or slower"))
        document.changed.connect(self._on_changed)
        document.library.cuts_ready.connect(self._read_cuts)
        self._session.playhead_moved.connect(self._on_playhead_moved)
        self._on_changed(Changes(everything=True))

    def sizeHint(self) -> QSize:
        """As many rows as lines are spoken at once."""
        return QSize(400, self._rows * _ROW + 4)

    @property
    def speed(self) -> float:
        """Pixels a second."""
        return self._speed

    def x_of(self, t: Fraction | float) -> float:
        """Where a time of the timeline stands now."""
        return self.width() * _PLAYHEAD + (float(t) - float(self._session.playhead)) * self._speed

    def shown(self) -> list[Line]:
        """The lines of which a part is in sight."""
        return [line for line, _ in self._in_sight()]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints what is around the playhead."""
        painter = QPainter(self)
        colours = shades()
        painter.fillRect(self.rect(), QColor(colours.ground))
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        low, high = self._reach()
        painter.setPen(QPen(colour(colours.text_dim, 0.8), 1))
        for cut in self._cuts[(self._cuts > low) & (self._cuts < high)]:
            painter.drawLine(QPointF(self.x_of(cut), 0), QPointF(self.x_of(cut), self.height()))
        for line, row in self._in_sight():
            self._paint_line(painter, line, row)
        if not self._lines:
            painter.setPen(QColor(colours.text_dim))
            text = self.tr("The lines of a script run here to the playhead: import one with Ctrl+Shift+I.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
        painter.fillRect(QRectF(self.width() * _PLAYHEAD - 1, 0, 2, self.height()), QColor(colours.playhead))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(colours.line))

    def _paint_line(self, painter: QPainter, line: Line, row: int) -> None:
        assert line.range is not None
        player = self._document.project.player_of(line.character)
        person = self._document.project.person(player) if player is not None else None
        tint = QColor(person.colour if person is not None else shades().text_dim)
        left, right = self.x_of(line.range.start), self.x_of(line.range.end)
        box = QRectF(left, 2 + row * _ROW, right - left, _ROW - 2)
        is_spoken = self._session.playhead in line.range
        painter.fillRect(box, colour(tint.name(), 0.26 if is_spoken else 0.12))
        painter.fillRect(QRectF(left, box.top(), 2, box.height()), tint)
        painter.setFont(self._name_font)
        painter.setPen(QColor(shades().text_dim))
        name = line.character + (self.tr(" (off)") if line.on_screen is False else "")
        # The name of a long line stays in sight while its words pass.
        painter.drawText(QPointF(min(max(left, 0) + 6, max(right - 40, left + 6)), box.top() + _NAME), name)
        painter.setFont(self._font)
        painter.setPen(QColor(shades().text))
        text = " ".join(line.text.split())
        width = painter.fontMetrics().horizontalAdvance(text)
        if width > 0:
            painter.save()
            painter.translate(left + 5, box.bottom() - 6)
            painter.scale(min(max(box.width() - 8, 1.0) / width, _WIDEST), 1.0)
            painter.drawText(QPointF(0, 0), text)
            painter.restore()
        painter.setPen(QPen(tint, 2))
        for closure in line.closures:
            x = self.x_of(closure)
            painter.drawLine(QPointF(x, box.bottom() - 3), QPointF(x, box.bottom()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes hold of the band."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = (event.position().x(), self._session.playhead)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pulls the playhead along."""
        if self._dragged is None:
            return
        x, t = self._dragged
        moved = Fraction((x - event.position().x()) / self._speed).limit_denominator(100_000)
        t = max(self._document.project.sequence.snap(t + moved), Fraction(0))
        if t != self._session.playhead:
            self.scrubbed.emit(t)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lets go."""
        self._dragged = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl: faster or slower; else frames on or back."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._speed = min(max(self._speed * 1.0015**turned, _SPEEDS[0]), _SPEEDS[1])
            self.update()
        elif turned:
            frame = self._document.project.sequence.rate.frame_duration
            t = self._document.project.sequence.snap(self._session.playhead - frame * round(turned / 120))
            self.scrubbed.emit(max(t, Fraction(0)))
        event.accept()

    def _reach(self) -> tuple[float, float]:
        here = float(self._session.playhead)
        return here - self.width() * _PLAYHEAD / self._speed, here + self.width() * (1 - _PLAYHEAD) / self._speed

    def _in_sight(self) -> list[tuple[Line, int]]:
        low, high = self._reach()
        return [self._lines[number] for number in np.flatnonzero((self._starts < high) & (self._ends > low))]

    def _on_playhead_moved(self, _t: Fraction) -> None:
        if self.isVisible():
            self.update()

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything or changes.lines:
            self._read_lines()
        if changes.everything or changes.layout:
            self._read_cuts()
        if changes.everything or changes.lines or changes.people:
            self.update()

    def _read_lines(self) -> None:
        timed = [line for line in self._document.project.lines if line.range is not None]
        timed.sort(key=lambda line: line.range.start if line.range is not None else 0)
        free = [Fraction(-1)] * _MOST_ROWS  # when each row is free again
        self._lines = []
        for line in timed:
            assert line.range is not None
            row = next((n for n, end in enumerate(free) if end <= line.range.start), _MOST_ROWS - 1)
            free[row] = max(free[row], line.range.end)
            self._lines.append((line, row))
        self._starts = np.array([float(line.range.start) for line, _ in self._lines if line.range is not None])
        self._ends = np.array([float(line.range.end) for line, _ in self._lines if line.range is not None])
        rows = max((row for _, row in self._lines), default=0) + 1
        if rows != self._rows:
            self._rows = rows
            self.updateGeometry()

    def _read_cuts(self, _film: object = None) -> None:
        found = []
        for clip in self._document.project.video_clips:
            found += [float(clip.range.start), float(clip.range.end)]
            for cut in self._document.library.cuts(clip.media):
                t = clip.timeline_time(cut)
                if t in clip.range:
                    found.append(float(t))
        self._cuts = np.array(sorted(set(found)))  # np.unique brings in a part of numpy that takes a while
        self.update()
