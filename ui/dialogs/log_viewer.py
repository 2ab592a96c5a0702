"""What the program logged since its start."""

import logging
from collections import deque

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.base.screen_room import resize_within_screen

MAX_LINES = 5000
LEVELS = (
    ("Everything", logging.DEBUG),
    ("Information", logging.INFO),
    ("Warnings", logging.WARNING),
    ("Errors", logging.ERROR),
)


class LogKeeper(QObject):
    """Keeps the last lines; records may come from any thread.

    Signals:
        added: (int level, str line) on the main thread.
    """

    added = Signal(int, str)
    _arrived = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: deque[tuple[int, str]] = deque(maxlen=MAX_LINES)
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._handler = _Handler(self._arrived.emit)
        self._handler.setFormatter(
            logging.Formatter("%(asctime)s  %(levelname)-7s  %(name)s: %(message)s", "%H:%M:%S")
        )

    def install(self) -> None:
        """Begins to listen to the program's log."""
        root = logging.getLogger()
        root.addHandler(self._handler)
        for name in ("app", "core", "ui"):
            logging.getLogger(name).setLevel(logging.INFO)

    def remove(self) -> None:
        """Ends listening."""
        logging.getLogger().removeHandler(self._handler)

    def tail(self, count: int) -> str:
        """The last lines as text, for a report."""
        return "\n".join(line for _, line in list(self.lines)[-count:])

    def _on_arrived(self, level: int, line: str) -> None:
        self.lines.append((level, line))
        self.added.emit(level, line)


class _Handler(logging.Handler):
    def __init__(self, emit_line: object) -> None:
        super().__init__(logging.INFO)
        self._emit_line = emit_line

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._emit_line(record.levelno, self.format(record))  # type: ignore[operator]
        except RuntimeError:  # the keeper is gone: the program is ending
            return


class LogViewer(QDialog):
    """The log with a filter."""

    def __init__(self, keeper: LogKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Log"))
        resize_within_screen(self, 820, 480)
        self._keeper = keeper
        self._level = QComboBox()
        for title, level in LEVELS:
            self._level.addItem(QCoreApplication.translate("LogLevels", title), level)
        self._level.setCurrentIndex(1)
        self._level.activated.connect(self._fill)
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._fill)
        copy = QPushButton(self.tr("Copy all"))
        copy.clicked.connect(self._on_copy)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        top = QHBoxLayout()
        top.addWidget(self._level)
        top.addWidget(self._search, 1)
        top.addWidget(copy)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self._text, 1)
        keeper.added.connect(self._on_added)
        self._fill()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.toPlainText()

    def _passes(self, level: int, line: str) -> bool:
        return level >= self._level.currentData() and self._search.text().casefold() in line.casefold()

    def _fill(self) -> None:
        self._text.setPlainText(
            "\n".join(line for level, line in self._keeper.lines if self._passes(level, line))
        )
        self._text.moveCursor(QTextCursor.MoveOperation.End)

    def _on_added(self, level: int, line: str) -> None:
        if self._passes(level, line):
            self._text.appendPlainText(line)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
