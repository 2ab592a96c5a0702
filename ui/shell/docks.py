"""The window's docks: built, folded, shown, and found again as they were at the next start."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from ui.base.options import Options
from ui.shell.dock_title import DockTitle
from ui.shell.workspaces import LAYOUT_VERSION, LOW_WINDOW, Workspaces

_TABBED = ("media", "people", "inspector", "jobs", "exports", "graph", "lines")
_FOLDING = ("media", "people", "graph", "lines", "timeline")
_LINES_HEIGHT = 210  # its bar, its header and three lines


class Docks(QObject):
    """The docks of one window; `docks["media"]` is one of them.

    Args:
        window: they are put into it.
        panels: of each its name, title and content.
        options: keep folds and layout.
    """

    def __init__(self, window: QMainWindow, panels: Iterable[tuple[str, str, QWidget]], options: Options) -> None:
        super().__init__(window)
        self._window = window
        self._options = options
        self._is_laid_out = False
        self.all: dict[str, QDockWidget] = {}
        self.titles: dict[str, DockTitle] = {}
        for name, title, content in panels:
            dock = QDockWidget(title, window)
            dock.setObjectName(f"dock_{name}")
            dock.setWidget(content)
            bar = DockTitle(dock, can_fold=name in _FOLDING)
            bar.folded_changed.connect(partial(self._on_folded, dock))
            dock.setTitleBarWidget(bar)
            self.all[name] = dock
            self.titles[name] = bar
        for name in _TABBED:  # their tab names them already
            self.all[name].topLevelChanged.connect(self._show_tab_titles)
            self.all[name].visibilityChanged.connect(self._show_tab_titles)
        self.workspaces = Workspaces(window, self.all, options)

    def __getitem__(self, name: str) -> QDockWidget:
        return self.all[name]

    def bring_forward(self, name: str) -> None:
        """Shows a dock, unfolded, before those it shares its place with."""
        dock = self.all[name]
        dock.show()  # first: panels that share a place open together, and a hidden one shares none
        self.titles[name].set_folded(folded=False)
        dock.raise_()
        if name == "lines":
            QTimer.singleShot(0, self, self._give_lines_room)

    def restore(self) -> None:
        """The window's place and layout of the last time, else those of the first start."""
        geometry, state = self._options.state("geometry"), self._options.state("docks")
        if isinstance(geometry, str):
            self._window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        else:
            screen = self._window.screen().availableSize()
            # Its frame needs room too.
            self._window.resize(min(1440, screen.width()), min(900, screen.height() - 30))
        kept = QByteArray.fromBase64(state.encode()) if isinstance(state, str) else QByteArray()
        if not self._window.restoreState(kept, LAYOUT_VERSION):  # none was kept, or by a version with other panels
            # Sizes of docks only hold once the window has its own.
            QTimer.singleShot(0, self, self.arrange_at_first)
        folded = self._options.state("folded")
        for name in folded if isinstance(folded, list) else ():
            if name in self.titles:
                self.titles[name].set_folded(folded=True)
        self._is_laid_out = True
        self._show_tab_titles()

    def keep(self) -> None:
        """Keeps the window's place and layout for the next start."""
        for key, state in (("geometry", self._window.saveGeometry()), ("docks", self._window.saveState(LAYOUT_VERSION))):
            self._options.set_state(key, bytes(state.toBase64().data()).decode())

    def arrange_at_first(self) -> None:
        """The arrangement of the first start."""
        if self._window.height() < LOW_WINDOW and self._options.state("folded") is None:
            for name in ("graph", "lines"):  # before they are placed: open they would make a low window higher
                self.titles[name].set_folded(folded=True)
        self.workspaces.arrange()

    def _give_lines_room(self) -> None:
        """A table without rows in sight tells nothing; the timeline below scrolls."""
        dock = self.all["lines"]
        if dock.height() < _LINES_HEIGHT and not dock.isFloating():
            self._window.resizeDocks([dock], [_LINES_HEIGHT], Qt.Orientation.Vertical)

    def _on_folded(self, dock: QDockWidget, folded: bool) -> None:
        """Panels that share a place fold together, else the highest would keep the room."""
        for other in self._window.tabifiedDockWidgets(dock):
            title = other.titleBarWidget()
            if isinstance(title, DockTitle):
                title.set_folded(folded=folded)
        if self._is_laid_out:
            names = [name for name, title in self.titles.items() if title.is_folded]
            self._options.set_state("folded", names)

    def _show_tab_titles(self, _changed: bool = False) -> None:
        for name in _TABBED:
            dock = self.all[name]
            is_tab = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            self.titles[name].set_named(named=not is_tab)
