"""Title bars of the docks: a fold, a name, a close button. A folded dock keeps only its title."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QToolButton, QWidget

from ui.base.elided_label import ElidedLabel
from ui.base.theme import icon, theme

_MOST = 16777215  # Qt's QWIDGETSIZE_MAX


class DockTitle(QWidget):
    """The title bar of one dock.

    Signals:
        folded_changed: (bool).
    """

    folded_changed = Signal(bool)

    def __init__(self, dock: QDockWidget, *, can_fold: bool) -> None:
        super().__init__(dock)
        self._dock = dock
        self._can_fold = can_fold
        self._is_folded = False
        self._is_shown = self._is_named = True
        self._inside = dock.widget()
        self._nothing = QWidget(dock)
        self._nothing.setMaximumHeight(0)
        self._nothing.hide()
        self.setObjectName("dock_title")
        self._name = ElidedLabel(dock.windowTitle())
        self._name.setProperty("role", "dim")
        self._fold = self._button()
        self._fold.clicked.connect(lambda: self.set_folded(folded=not self._is_folded))
        self._fold.setVisible(can_fold)
        self._close = self._button()
        self._close.setToolTip(self.tr("Close; the View menu brings it back"))
        self._close.setAccessibleName(self._close.toolTip())
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(4)
        row.addWidget(self._fold)
        row.addWidget(self._name, 1)
        row.addWidget(self._close)
        dock.topLevelChanged.connect(self._on_floating)
        theme().changed.connect(self._show)
        self._show()

    @property
    def is_folded(self) -> bool:
        """Whether only the title is left."""
        return self._is_folded

    def set_folded(self, *, folded: bool) -> None:
        """Folds the dock to its title, or opens it again."""
        if folded == self._is_folded or not self._can_fold or (folded and self._dock.isFloating()):
            return
        self._is_folded = folded
        # Nothing takes the content's place: a dock whose content is only hidden is no wider than its title.
        self._inside.setVisible(not folded)
        self._dock.setWidget(self._nothing if folded else self._inside)
        self._nothing.setVisible(folded)
        self._dock.setMaximumHeight(self.sizeHint().height() if folded else _MOST)
        self._show()
        self.folded_changed.emit(folded)

    def set_named(self, *, named: bool) -> None:
        """A tab that names the dock already makes its name needless, and all of the title where nothing folds."""
        if named == self._is_named:
            return  # it is asked for at every move of a dock, and laying out again is dear
        self._is_named = named
        self._is_shown = named or self._can_fold
        self._name.setText(self._dock.windowTitle() if named else "")
        self._close.setVisible(self._is_shown)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Low."""
        return QSize(80, max(22, self.fontMetrics().height() + 6) if self._is_shown else 0)

    def minimumSizeHint(self) -> QSize:
        """As high as it is."""
        return QSize(40, self.sizeHint().height())

    def _button(self) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setFixedSize(20, 20)
        button.setIconSize(QSize(16, 16))
        button.setStyleSheet("padding: 0px;")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _show(self) -> None:
        text = self.tr("Open") if self._is_folded else self.tr("Fold")
        self._fold.setIcon(icon("chevron-right" if self._is_folded else "chevron-down"))
        self._fold.setToolTip(text)
        self._fold.setAccessibleName(f"{text}: {self._dock.windowTitle()}")
        self._close.setIcon(icon("close"))

    def _on_floating(self, floating: bool) -> None:
        if floating:
            self.set_folded(folded=False)
        self._fold.setVisible(self._can_fold and not floating)
