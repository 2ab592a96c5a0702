"""How loud everything together is at the playhead, in the corner of the timeline."""

from fractions import Fraction
from math import log10

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.base.colours import shades
from ui.state.document import Document
from ui.timeline.lane_meters import LaneMeters

LOWEST_DB = -60.0
_EVERY_MS = 60
_MARKS_DB = (-48, -36, -24, -12, -6, 0)
_HOLD_TICKS = 25  # the highest of the last one and a half seconds is marked


def level_db(peaks: dict[str, float]) -> float:
    """The level in dB of lanes that all meet at their peaks: the mix is never louder. −inf for silence."""
    whole = sum(peaks.values())
    return 20 * log10(whole) if whole > 0 else float("-inf")


class MasterMeter(QWidget):
    """A bar from −60 dB to full scale, the number beside it, and a mark at the highest of the last moments."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._meters = LaneMeters(document, self)
        self._level = float("-inf")
        self._held: list[float] = []
        self._font = QFont(self.font())
        self._font.setPixelSize(11)
        self.setToolTip(self.tr("Level of all lanes together at the playhead: the mix is at most this loud"))
        self.setAccessibleName(self.tr("Master level"))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._measure)
        for signal in (
            document.session.playhead_moved,
            document.session.playing_changed,
            document.changed,
            document.library.waveform_ready,
        ):
            signal.connect(self._look)

    @property
    def level(self) -> float:
        """What it shows, in dB below full scale; −inf for silence."""
        return self._level

    @property
    def is_over(self) -> bool:
        """Whether full scale may be passed here."""
        return self._level > 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the bar, its scale and the number."""
        painter = QPainter(self)
        colours = shades()
        painter.fillRect(self.rect(), QColor(colours.header))
        painter.setFont(self._font)
        bar = QRectF(12, self.height() / 2 - 8, self.width() - 76, 6)
        painter.fillRect(bar, QColor(colours.ground))
        share = _share(self._level)
        tint = colours.weak if self.is_over else colours.fair if self._level > -6 else colours.good
        painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()), QColor(tint))
        held = _share(max(self._held, default=float("-inf")))
        if held > 0:
            painter.fillRect(QRectF(bar.left() + bar.width() * held - 1, bar.top(), 2, bar.height()), QColor(colours.text))
        painter.setPen(QColor(colours.text_dim))
        for mark in _MARKS_DB:
            x = bar.left() + bar.width() * _share(mark)
            painter.drawLine(round(x), round(bar.bottom() + 2), round(x), round(bar.bottom() + 5))
        painter.setPen(QColor(colours.weak if self.is_over else colours.text))
        number = QRectF(bar.right() + 4, bar.top() - 6, self.width() - bar.right() - 8, 18)
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.text)

    @property
    def text(self) -> str:
        """The number as it is written."""
        if self._level <= LOWEST_DB:
            return "−∞ dB"
        return f"{self._level:+.0f} dB".replace("-", "−").replace("+0", "0").replace("−0", "0")

    def _look(self, _what: object = None) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _measure(self) -> None:
        t: Fraction = self._document.session.playhead
        level = level_db({str(lane): peak for lane, peak in self._meters.peaks(t).items()})
        if self._document.session.is_playing:
            self._held = [*self._held[-_HOLD_TICKS:], level]
        else:
            self._held = []
        if level != self._level or self._held:
            self._level = level
            self.update()


def _share(level: float) -> float:
    return min(max(1 - level / LOWEST_DB, 0.0), 1.0) if level > LOWEST_DB else 0.0
