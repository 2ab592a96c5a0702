"""No dialog is larger than the screen it opens on: its buttons would lie below the edge."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_FRAME = QSize(16, 40)  # what the window system draws around it, at most


def resize_within_screen(dialog: QWidget, width: int, height: int) -> None:
    """Gives a dialog the size it would like, or what its screen has."""
    room = dialog.screen().availableSize() - _FRAME
    dialog.resize(min(width, room.width()), min(height, room.height()))
