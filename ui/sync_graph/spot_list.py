"""The weak stretches beside the graph, one a row: a click goes there."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from core.project.timecodes import timecode
from ui.base.colours import Bands, shades
from ui.state.document import Document
from ui.state.weak_spots import WeakSpot

_MOST_SHOWN = 300
_WIDTH, _MOST_WIDTH = 214, 320
_DOT = 10


class SpotList(QListWidget):
    """Where a look is needed, in order of time, each with its person's colour.

    Signals:
        chosen: (WeakSpot) a row was clicked, or Enter pressed on it.
    """

    chosen = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._spots: list[WeakSpot] = []
        self.setFixedWidth(_WIDTH)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(_DOT, _DOT))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Weak stretches"))
        self.itemClicked.connect(self._on_item)
        self.itemActivated.connect(self._on_item)

    @property
    def spots(self) -> list[WeakSpot]:
        """What is listed."""
        return self._spots

    def show_spots(self, spots: list[WeakSpot], bands: Bands) -> None:
        """Lists them; where the same are listed already nothing moves."""
        spots = spots[:_MOST_SHOWN]
        if spots == self._spots:
            return
        self._spots = spots
        row = self.currentRow()
        self.clear()
        sequence = self._document.project.sequence
        for spot in spots:
            person = self._document.project.person(spot.person) if spot.person is not None else None
            name = person.name if person is not None else self.tr("Nobody yet")
            what = self.tr("look") if spot.lowest is None else f"{spot.lowest:.2f}"
            item = QListWidgetItem(
                _dot(person.colour if person is not None else shades().accent, self.devicePixelRatioF()),
                f"{timecode(sequence, spot.start)}   {what}   {name}",
            )
            item.setForeground(QColor(shades().fair if spot.lowest is None else shades().band(bands.band(spot.lowest))))
            item.setToolTip(
                self.tr("The picture may not pass for real here: look at it.")
                if spot.lowest is None
                else self.tr("Lips and voice of {name} fit badly here.").format(name=name)
            )
            self.addItem(item)
        self.setCurrentRow(min(row, len(spots) - 1))
        around = self.width() - self.viewport().width() + self.verticalScrollBar().sizeHint().width()
        self.setFixedWidth(min(max(_WIDTH, self.sizeHintForColumn(0) + around), _MOST_WIDTH))

    def _on_item(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self._spots[self.row(item)])


def _dot(tint: str, ratio: float) -> QIcon:
    picture = QPixmap(round(_DOT * ratio), round(_DOT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tint))
    painter.drawEllipse(1, 1, _DOT - 2, _DOT - 2)
    painter.end()
    return QIcon(picture)
