"""The tool bar: signs, of the most important actions with words, which give way where the window is narrow."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from ui.base.actions import Actions
from ui.base.more_bar import MoreBar
from ui.base.theme import icon_size

SHOWN = (
    "file.open", "file.save", "", "edit.undo", "edit.redo", "", "edit.split", "edit.delete", "edit.marker", "",
    "segment.propose", "segment.generate", "segment.generate_range", "segment.best", "", "segment.previous_weak",
    "segment.next_weak", "", "view.before_after", "view.mask_overlay", "view.mouth", "play.loop", "play.sound", "",
    "file.export",
)  # fmt: skip
WORDED = ("segment.propose", "segment.generate", "file.export")  # what a dub leads to; the first loses its words first


class ToolBar(MoreBar):
    """The main window's tool bar."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tools"))
        self.setObjectName("tool_bar")
        self.setIconSize(icon_size() + QSize(2, 2))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.buttons: dict[str, QToolButton] = {}
        for id_ in SHOWN:
            if id_:
                self.addAction(actions[id_])
                button = self.widgetForAction(actions[id_])
                assert isinstance(button, QToolButton)
                self.buttons[id_] = button
            else:
                self.addSeparator()
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._read_only = QLabel(self.tr("read-only"))
        self._read_only.setProperty("role", "badge")
        self._read_only_action = self.addWidget(self._read_only)
        self._read_only_action.setVisible(False)
        self.addAction(actions["view.palette"])

    def show_read_only(self, *, is_read_only: bool) -> None:
        """Says that the project cannot be saved where it lies."""
        if self._read_only_action.isVisible() != is_read_only:
            self._read_only_action.setVisible(is_read_only)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words come and go with the room there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for count in range(len(WORDED) + 1):
            for number, id_ in enumerate(WORDED):
                style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if number >= count else Qt.ToolButtonStyle.ToolButtonIconOnly
                if self.buttons[id_].toolButtonStyle() != style:
                    self.buttons[id_].setToolButtonStyle(style)
            if self.sizeHint().width() <= self.width():
                return
