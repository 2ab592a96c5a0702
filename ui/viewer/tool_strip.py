"""The strip beside the picture: what the mouse does in it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QToolButton, QWidget

from ui.base.theme import icon, theme
from ui.state.session import ViewerTool

_ICONS: dict[ViewerTool, str] = {
    "view": "cursor-default",
    "mouth": "vector-polygon",
    "face": "face-recognition",
    "pin": "pin-outline",
    "include": "brush",
    "exclude": "brush-off",
    "erase": "eraser",
}


_FEWEST_ROWS = 3


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
            "pin": self.tr("Pin the mouth: shut or open on this frame"),
            "include": self.tr("Paint what shall be new"),
            "exclude": self.tr("Paint what shall stay as filmed"),
            "erase": self.tr("Wipe away what was painted"),
        }
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(2, 4, 2, 4)
        self._grid.setSpacing(2)
        self._rows = 0
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
        self._set_icons()
        theme().changed.connect(self._set_icons)
        self.show_tool("view")
        self._arrange(len(names))

    def minimumSizeHint(self) -> QSize:
        """Low windows have the tools in several columns."""
        button = next(iter(self._buttons.values())).sizeHint()
        return QSize(button.width() + 4, _FEWEST_ROWS * (button.height() + 2) + 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many tools below each other as there is room for."""
        super().resizeEvent(event)
        button = next(iter(self._buttons.values())).sizeHint()
        room = (self.height() - 6) // (button.height() + 2)
        self._arrange(len(self._buttons) if room >= len(self._buttons) else _FEWEST_ROWS)

    def _arrange(self, rows: int) -> None:
        if rows == self._rows:
            return
        self._rows = rows
        for place, button in enumerate(self._buttons.values()):
            self._grid.addWidget(button, place % rows, place // rows)
        for row in range(len(self._buttons) + 1):
            self._grid.setRowStretch(row, 1 if row == rows else 0)

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
