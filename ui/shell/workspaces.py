"""Arrangements of the docks: three built in, and the user's own."""

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QInputDialog, QMainWindow, QMenu

from ui.base.options import Options

LAYOUT_VERSION = 3
LOW_WINDOW = 760  # logical pixels: below it panels share their room, and the sync graph starts folded
_WIDE_WINDOW = 1600  # pixels: sliders of settings may be longer
BUILT_IN = ("dub", "edit", "review")


class Workspaces(QObject):
    """Arranges one window's docks; `menu` offers what there is."""

    def __init__(self, window: QMainWindow, docks: dict[str, QDockWidget], options: Options) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._options = options
        self.menu = QMenu(self.tr("Workspaces"), window)
        self.menu.aboutToShow.connect(self._fill)
        self._fill()
        self.arrange()

    @property
    def kept(self) -> dict[str, str]:
        """The user's own: name → state of the docks."""
        kept = self._options.state("workspaces")
        return {k: v for k, v in kept.items() if isinstance(v, str)} if isinstance(kept, dict) else {}

    def use(self, name: str) -> None:
        """The docks as they were kept under a name, or one of the built-in arrangements."""
        window = self._window
        if name in BUILT_IN:
            self.arrange()
            self._docks["graph"].setVisible(name != "edit")
            self._docks["media"].setVisible(name != "review")
            self._docks["people"].setVisible(name != "review")
        elif name in self.kept:
            kept = QByteArray.fromBase64(self.kept[name].encode())
            if not window.restoreState(kept, LAYOUT_VERSION):  # of a version with other panels
                self.arrange()

    def keep(self, name: str) -> None:
        """Keeps the docks as they are under a name."""
        state = bytes(self._window.saveState(LAYOUT_VERSION).toBase64().data()).decode()
        self._options.set_state("workspaces", {**self.kept, name: state})

    def forget(self, name: str) -> None:
        """Drops one of the user's own."""
        self._options.set_state("workspaces", {k: v for k, v in self.kept.items() if k != name})

    def ask_name(self) -> None:
        """Lets the user name the arrangement as it is."""
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Keep workspace"))
        dialog.setLabelText(self.tr("Name"))
        dialog.textValueSelected.connect(lambda text: self.keep(text.strip()) if text.strip() else None)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def arrange(self) -> None:
        """The arrangement of the first start."""
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        window, docks = self._window, self._docks
        for dock in docks.values():
            dock.setFloating(False)
        # The panel of settings is as high as the window: scrolling through them next to an idle corner helps nobody.
        window.setCorner(Qt.Corner.BottomRightCorner, right)
        window.addDockWidget(left, docks["media"])
        window.addDockWidget(left, docks["people"])
        is_low = window.height() < LOW_WINDOW
        if is_low:  # side by side in one place, else neither had room
            window.tabifyDockWidget(docks["media"], docks["people"])
        else:
            window.splitDockWidget(docks["media"], docks["people"], Qt.Orientation.Vertical)
        window.addDockWidget(right, docks["inspector"])
        window.addDockWidget(right, docks["jobs"])
        window.tabifyDockWidget(docks["inspector"], docks["jobs"])
        window.addDockWidget(right, docks["exports"])
        window.tabifyDockWidget(docks["jobs"], docks["exports"])
        window.addDockWidget(bottom, docks["graph"])
        window.addDockWidget(bottom, docks["timeline"])
        window.splitDockWidget(docks["graph"], docks["timeline"], Qt.Orientation.Vertical)
        docks["lines"].hide()  # a low window has no room for it until a script is there
        window.tabifyDockWidget(docks["graph"], docks["lines"])  # last: what is split from a tab becomes one
        for name, dock in docks.items():
            if name != "lines" or not is_low:
                dock.show()
        docks["inspector"].raise_()
        docks["media"].raise_()
        docks["graph"].raise_()
        lower = [min(260, window.height() * 21 // 100), max(min(300, window.height() * 3 // 10), 240)]
        sides = [276, 400 if window.width() >= _WIDE_WINDOW else 348]
        window.resizeDocks([docks["media"], docks["inspector"]], sides, Qt.Orientation.Horizontal)
        window.resizeDocks([docks["graph"], docks["timeline"]], lower, Qt.Orientation.Vertical)
        window.resizeDocks([docks["media"], docks["people"]], [220, 240], Qt.Orientation.Vertical)

    def _fill(self) -> None:
        menu = self.menu
        menu.clear()
        for name, title in (
            ("dub", self.tr("Dubbing")),
            ("edit", self.tr("Cutting")),
            ("review", self.tr("Review")),
        ):
            menu.addAction(title).triggered.connect(lambda _=False, name=name: self.use(name))
        menu.addSeparator()
        for name in sorted(self.kept):
            menu.addAction(name).triggered.connect(lambda _=False, name=name: self.use(name))
        menu.addAction(self.tr("Keep this one…")).triggered.connect(self.ask_name)
        if self.kept:
            gone = menu.addMenu(self.tr("Forget"))
            for name in sorted(self.kept):
                gone.addAction(name).triggered.connect(lambda _=False, name=name: self.forget(name))
        menu.addAction(self.tr("As at first")).triggered.connect(self.arrange)
