"""The page of the preferences on which the caches are seen and emptied."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.base.cache_folders import KINDS, CacheUse, clear, usage
from ui.base.bridge import Bridge, Ticket
from ui.base.words import QT_TRANSLATE_NOOP
from ui.base.wrapped_label import WrappedLabel

_N = QT_TRANSLATE_NOOP
TITLES = {
    "chunks": _N("Caches", "Finished lips"),
    "faces": _N("Caches", "Faces found in films"),
    "voices": _N("Caches", "Voices as the analysis hears them"),
    "mouths": _N("Caches", "What films show of mouths"),
    "proxies": _N("Caches", "Light copies of heavy films"),
    "thumbnails": _N("Caches", "Thumbnails"),
    "waveforms": _N("Caches", "Waveforms"),
    "curves": _N("Caches", "Sync curves"),
}


def size_text(size: int) -> str:
    """Bytes for people, e.g. ``1.5 GB``."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


class CachesPage(QScrollArea):
    """How much of each cache there is, how much there may be, and a button to empty it.

    Args:
        bridge: counts and empties in the background.
        root: the folder of the caches.
    """

    def __init__(self, bridge: Bridge, root: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._root = bridge, root
        self._ticket: Ticket[tuple[CacheUse, ...]] | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        self.sizes: dict[str, QLabel] = {}
        self._bars: dict[str, QProgressBar] = {}
        self.buttons: dict[str, QPushButton] = {}
        for row, kind in enumerate(KINDS):
            title = QCoreApplication.translate("Caches", TITLES.get(kind.name, kind.title))
            size = QLabel()
            size.setProperty("role", "dim")
            size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            bar = QProgressBar()
            bar.setRange(0, 1000)
            bar.setTextVisible(False)
            bar.setFixedWidth(90)
            bar.setAccessibleName(title)
            button = QPushButton(self.tr("Clear"))
            button.setAccessibleName(self.tr("Clear: {title}").format(title=title))
            button.clicked.connect(lambda _checked=False, name=kind.name: self.clear(name))
            for place, widget in enumerate((QLabel(title), size, bar, button)):
                grid.addWidget(widget, row, place)
            self.sizes[kind.name], self._bars[kind.name], self.buttons[kind.name] = size, bar, button
        self.total = QLabel()
        self.everything = QPushButton(self.tr("Clear all"))
        self.everything.clicked.connect(lambda _checked=False: self.clear())
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(12)
        column.addWidget(
            WrappedLabel(
                self.tr(
                    "All of this can be made again, which takes time; nothing of yours lies here. Above its limit a cache "
                    "loses by itself what was not used for longest."
                ),
                role="dim",
            )
        )
        column.addLayout(grid)
        column.addWidget(self.total)
        column.addWidget(self.everything, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.setWidget(inner)
        self.count()

    def count(self) -> None:
        """Looks how much there is."""
        self.total.setText(self.tr("Counting…"))
        self._ticket = self._bridge.run(lambda _ticket: usage(self._root), self._show)

    def clear(self, name: str = "") -> None:
        """Empties one cache, or all."""
        for button in (*self.buttons.values(), self.everything):
            button.setEnabled(False)
        names = (name,) if name else ()

        def work(_ticket: Ticket[tuple[CacheUse, ...]]) -> tuple[CacheUse, ...]:
            clear(names, self._root)
            return usage(self._root)

        self._ticket = self._bridge.run(work, self._show)

    def forget(self) -> None:
        """Nobody looks any more."""
        if self._ticket is not None:
            self._ticket.cancel()

    def _show(self, uses: tuple[CacheUse, ...]) -> None:
        for use in uses:
            name, limit = use.kind.name, use.kind.limit
            self.sizes[name].setText(
                self.tr("{size} of {limit}").format(size=size_text(use.size), limit=size_text(limit))
            )
            self._bars[name].setValue(min(round(1000 * use.size / limit), 1000))
            self.buttons[name].setEnabled(use.entries > 0)
        whole = sum(use.size for use in uses)
        self.everything.setEnabled(whole > 0)
        self.total.setText(self.tr("{size} in all").format(size=size_text(whole)))
