"""Settings of the segment shown made those of its person or of the project, from a row's menu or a section's button."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from core.project import default_edits
from core.project.default_edits import Scope
from core.project.ids import ItemId
from core.project.parameters import PARAMETERS, Group
from ui.base.theme import icon
from ui.state.document import Document


class Sharing(QObject):
    """What the inspector offers about a setting, or all of a section, of the one segment that is worked on."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document

    def button(self, group: Group) -> QToolButton:
        """Stands beside a section's heading."""
        button = QToolButton()
        button.setIcon(icon("account-multiple-outline"))
        button.setToolTip(self.tr("Use these settings for all segments of the person or of the project"))
        button.setAccessibleName(button.toolTip())
        names = tuple(each.name for each in PARAMETERS if each.group == group)
        button.clicked.connect(
            lambda: self.show_menu(names, button.mapToGlobal(QPoint(0, button.height())), button)
        )
        return button

    def menu(self, names: tuple[str, ...], parent: QWidget) -> QMenu:
        """Whose the settings may become."""
        menu = QMenu(parent)
        segments = self._document.worked_segments
        only = segments[0] if len(segments) == 1 else None
        person = self._document.project.person(only.person) if only is not None and only.person is not None else None
        entries: list[tuple[str, Scope, bool]] = [
            (self.tr("Use for all segments of {name}, new ones too").format(name=person.name), "person", True)
            if person is not None
            else (self.tr("Use for all segments of the person"), "person", False),
            (self.tr("Use for all segments of the project, new ones too"), "project", only is not None),
        ]
        for text, scope, is_possible in entries:
            entry = menu.addAction(text)
            entry.setEnabled(is_possible)
            if is_possible and only is not None:
                entry.triggered.connect(self._using(text, only.id, names, scope))
        return menu

    def show_menu(self, names: tuple[str, ...], at: QPoint, parent: QWidget) -> None:
        """Shows `menu` at a place of the screen."""
        menu = self.menu(names, parent)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _using(self, label: str, item: ItemId, names: tuple[str, ...], scope: Scope) -> Callable[[], object]:
        return lambda: self._document.apply(label, default_edits.use_for_all, item, names, scope)
