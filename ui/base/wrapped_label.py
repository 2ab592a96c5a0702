"""A label whose text wraps and is never cut."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel


class WrappedLabel(QLabel):
    """Asks for as much height as its text needs at its width; layouts keep too little for one whose text comes late.

    Args:
        text: what it says.
        role: its look in the style sheet.
    """

    def __init__(self, text: str = "", role: str = "faint") -> None:
        super().__init__(text)
        self.setProperty("role", role)
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        """Shows another text."""
        super().setText(text)
        self._ask_for_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the text elsewhere."""
        super().resizeEvent(event)
        self._ask_for_room()

    def _ask_for_room(self) -> None:
        self.setMinimumHeight(self.heightForWidth(self.width()) if self.text() else 0)
