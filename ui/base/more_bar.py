"""A tool bar whose button for what does not fit can be seen, which it cannot in Qt's own colours."""

from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from ui.base.theme import icon, theme


class MoreBar(QToolBar):
    """A tool bar with a sign of the theme's on that button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if self.more is not None:
            self.more.setStyleSheet("padding: 0px; border: none;")  # it is narrow
        theme().changed.connect(self._show_more)
        self._show_more()

    def _show_more(self) -> None:
        if self.more is not None:
            self.more.setIcon(icon("chevron-right"))
