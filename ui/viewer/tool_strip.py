"""The strip beside the picture: what the mouse does in it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from ui.base.theme import icon, theme
from ui.state.session import ViewerTool

_ICONS: dict[ViewerTool, str] = {
    "view": "cursor-default",
    "mouth": "vector-polygon",
    "face": "face-recognition",
    "include": "brush",
    "exclude": "brush-off",
    "erase": "eraser",
}


class ToolStrip(QFrame):
    """One button a tool.

    Signals:
        chosen: (ViewerTool).
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names: dict[ViewerTool, str] = {
            "view": self.tr("Look, pick faces and zoom"),
            "mouth": self.tr("Place a mouth by four points, or correct it"),
            "face": self.tr("Draw or move a face’s box and track from here"),
            "include": self.tr("Paint what shall be new"),
            "exclude": self.tr("Paint what shall stay as filmed"),
            "erase": self.tr("Wipe away what was painted"),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 6, 3, 6)
        column.setSpacing(3)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[ViewerTool, QToolButton] = {}
        for tool, text in names.items():
            button = QToolButton()
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setIconSize(QSize(18, 18))
            button.setToolTip(text)
            button.setAccessibleName(text)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, tool=tool: self.chosen.emit(tool))
            self._group.addButton(button)
            self._buttons[tool] = button
            column.addWidget(button)
        column.addStretch(1)
        self._set_icons()
        theme().changed.connect(self._set_icons)
        self.show_tool("view")

    @property
    def buttons(self) -> dict[str, QToolButton]:
        """Action id → the button that does the same."""
        return {f"picture.{tool}": button for tool, button in self._buttons.items()}

    def show_tool(self, tool: ViewerTool) -> None:
        """Shows which tool is chosen."""
        self._buttons[tool].setChecked(True)

    def _set_icons(self) -> None:
        for tool, button in self._buttons.items():
            button.setIcon(icon(_ICONS[tool]))
