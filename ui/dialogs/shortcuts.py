"""The shortcuts: searched, changed, checked for conflicts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.base.actions import ACTIONS, MENU_TITLES, Actions, conflicts, translated
from ui.base.screen_room import resize_within_screen
from ui.base.theme import theme
from ui.base.trees import children, top_items

_ROLE = Qt.ItemDataRole.UserRole


class ShortcutsDialog(QDialog):
    """All actions with their keys."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Shortcuts"))
        resize_within_screen(self, 620, 620)
        self._actions = actions
        self._keys = actions.shortcuts
        self._items: dict[str, QTreeWidgetItem] = {}
        search = QLineEdit()
        search.setPlaceholderText(self.tr("Search by name or key"))
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._on_search)
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.currentItemChanged.connect(self._on_current)
        self._edit = QKeySequenceEdit()
        self._edit.setClearButtonEnabled(True)
        self._edit.setMaximumSequenceLength(1)
        self._edit.keySequenceChanged.connect(self._on_key)
        default = QPushButton(self.tr("Default"))
        default.clicked.connect(self._on_default)
        all_default = QPushButton(self.tr("All defaults"))
        all_default.clicked.connect(self._on_all_default)
        self._problem = QLabel()
        self._problem.setProperty("role", "error")
        self._problem.setWordWrap(True)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("New key")))
        row.addWidget(self._edit, 1)
        row.addWidget(default)
        row.addWidget(all_default)
        column = QVBoxLayout(self)
        column.addWidget(search)
        column.addWidget(self._tree, 1)
        column.addLayout(row)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)
        self._fill()

    def set_key(self, action: str, key: str) -> None:
        """Gives an action one key; "" none."""
        self._keys[action] = (key,) if key else ()
        self._show()

    @property
    def problem(self) -> str:
        """The conflict that keeps OK from being pressed, or ""."""
        return self._problem.text()

    def accept(self) -> None:
        """Uses the new keys."""
        self._actions.set_shortcuts(self._keys)
        super().accept()

    def _fill(self) -> None:
        for menu, title in MENU_TITLES.items():
            group = QTreeWidgetItem([translated(title).replace("&", ""), ""])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._tree.addTopLevelItem(group)
            for spec in ACTIONS:
                if spec.menu == menu:
                    item = QTreeWidgetItem([translated(spec.text).format(number=spec.id[-1]), ""])
                    item.setData(0, _ROLE, spec.id)
                    group.addChild(item)
                    self._items[spec.id] = item
            group.setExpanded(True)
        self._show()

    def _show(self) -> None:
        clashes = conflicts(self._keys)
        clashing = {action for actions in clashes.values() for action in actions}
        for action, item in self._items.items():
            shown = [
                QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
                for key in self._keys[action]
            ]
            item.setText(1, "   ".join(shown))
            item.setForeground(
                1, QColor(theme().colours.error) if action in clashing else self.palette().text()
            )
        if clashes:
            key, actions = next(iter(clashes.items()))
            names = self.tr(" and ").join(f"“{self._items[action].text(0)}”" for action in actions)
            self._problem.setText(self.tr("{key} is used by {names}.").format(key=key, names=names))
        else:
            self._problem.setText("")
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not clashes)

    def _current(self) -> str | None:
        item = self._tree.currentItem()
        return item.data(0, _ROLE) if item is not None else None

    def _on_current(self) -> None:
        action = self._current()
        self._edit.blockSignals(True)
        self._edit.setEnabled(action is not None)
        keys = self._keys[action] if action is not None else ()
        self._edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self._edit.blockSignals(False)

    def _on_key(self, sequence: QKeySequence) -> None:
        action = self._current()
        if action is not None:
            self.set_key(action, sequence.toString(QKeySequence.SequenceFormat.PortableText))

    def _on_default(self) -> None:
        action = self._current()
        if action is not None:
            self._keys[action] = next(spec.shortcuts for spec in ACTIONS if spec.id == action)
            self._show()
            self._on_current()

    def _on_all_default(self) -> None:
        self._keys = {spec.id: spec.shortcuts for spec in ACTIONS}
        self._show()
        self._on_current()

    def _on_search(self, text: str) -> None:
        wanted = text.casefold().strip()
        for item in self._items.values():
            item.setHidden(wanted not in item.text(0).casefold() and wanted not in item.text(1).casefold())
        for group in top_items(self._tree):
            group.setHidden(all(child.isHidden() for child in children(group)))
