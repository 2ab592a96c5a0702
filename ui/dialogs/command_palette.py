"""Every action, found by typing a part of its name."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.base.actions import Actions

_ROLE = Qt.ItemDataRole.UserRole


def match_rank(query: str, text: str) -> int | None:
    """How well `text` answers `query`: 0 best, None not at all. All letters must occur in order, ignoring case."""
    query, text = query.casefold().strip(), text.casefold()
    if text.startswith(query):
        return 0
    if any(word.startswith(query) for word in text.split()):
        return 1
    if query in text:
        return 2
    place = -1
    for letter in query.replace(" ", ""):
        place = text.find(letter, place + 1)
        if place < 0:
            return None
    return 3


class CommandPalette(QDialog):
    """A line to type in and the actions that fit; Enter does the first."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions = actions
        blank = QPixmap(32, 32)
        blank.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(blank)  # so that the texts of actions without an icon line up
        self._line = QLineEdit()
        self._line.setPlaceholderText(self.tr("What do you want to do?"))
        self._line.textChanged.connect(self._fill)
        self._line.installEventFilter(self)
        self._list = QListWidget()
        self._list.itemActivated.connect(self._run)
        self._list.itemClicked.connect(self._run)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._line)
        column.addWidget(self._list)
        self._fill("")

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids of the listed actions, best first."""
        return tuple(self._list.item(row).data(_ROLE) for row in range(self._list.count()))

    def open_over(self, window: QWidget) -> None:
        """Shows the palette at the top of the window."""
        self.resize(min(560, window.width() - 40), min(420, window.height() - 80))
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 60)
        self._line.clear()
        self._fill("")
        self.show()
        self._line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lets the arrow keys walk the list while the line has the focus."""
        if watched is self._line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if event.key() in steps:
                row = self._list.currentRow() + steps[Qt.Key(event.key())]
                self._list.setCurrentRow(max(0, min(self._list.count() - 1, row)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, query: str) -> None:
        self._list.clear()
        ranked: list[tuple[int, str, QAction]] = []
        for id_, action in self._actions.all.items():
            rank = match_rank(query, action.text().replace("&", ""))
            if rank is not None and action.isEnabled():
                ranked.append((rank, id_, action))
        for _, id_, action in sorted(ranked, key=lambda each: each[0]):
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            text = action.text().replace("&", "")
            item = QListWidgetItem(
                action.icon() if not action.icon().isNull() else self._blank,
                f"{text}    {keys}" if keys else text,
            )
            item.setData(_ROLE, id_)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _run(self, item: QListWidgetItem | None) -> None:
        self.hide()
        if item is not None:
            self._actions[item.data(_ROLE)].trigger()
