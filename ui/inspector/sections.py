"""What pages of the inspector are laid out with: a scrolled column, headings, and choices beside their names."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ui.base.column_scroll import ColumnScroll
from ui.inspector.controls import RESET_WIDTH, ROW_SPACING, label_width


class Page(ColumnScroll):
    """A scrolled page; what it shows is added to `column`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inner = QWidget()
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(12, 8, 8, 12)
        self.column.setSpacing(8)
        self.setWidget(inner)


def section(title: str, button: QToolButton | None = None) -> QWidget:
    """A line with a heading below, and what can be done with the whole section."""
    box = QWidget()
    label = QLabel(title)
    label.setProperty("role", "heading")
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    heading = QHBoxLayout()
    heading.addWidget(label, 1)
    if button is not None:
        heading.addWidget(button)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 8, 0, 2)
    column.setSpacing(8)
    column.addWidget(line)
    column.addLayout(heading)
    return box


def labelled(title: str, widget: QWidget, button: QToolButton | None = None, *, is_short: bool = False) -> QWidget:
    """A choice with its name, and a button behind it.

    It begins where the settings' do, or, where `is_short`, right after its name, for longer entries.
    """
    box = QWidget()
    label = QLabel(title)
    if not is_short:
        label.setFixedWidth(label_width(label) + 14)  # and the dot that other rows have
    label.setBuddy(widget)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(ROW_SPACING)
    row.addWidget(label)
    row.addWidget(widget, 1)
    if button is not None:
        button.setFixedWidth(RESET_WIDTH)
        row.addWidget(button)
    return box
