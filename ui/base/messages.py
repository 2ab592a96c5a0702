"""The one channel on which the program tells the user something, and the place in the window where it appears."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.base.errors import AppError
from ui.base.theme import icon, theme

logger = logging.getLogger(__name__)

Level = Literal["info", "done", "warning", "error"]
SHOWN_MS = {"info": 6000, "done": 6000, "warning": 12000, "error": 20000}  # the log keeps all of them
MAX_SHOWN = 3
_ICONS = {
    "info": "information-outline",
    "done": "check-circle-outline",
    "warning": "alert-outline",
    "error": "alert-circle-outline",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is told.

    Attributes:
        text: one sentence: what happened.
        hint: what to do next, or "".
        action: text of a button and what it does.
    """

    level: Level
    text: str
    hint: str = ""
    action: tuple[str, Callable[[], None]] | None = None


class Messages(QObject):
    """Anything may post; the window shows.

    Signals:
        posted: (Message).
    """

    posted = Signal(object)

    def post(self, message: Message) -> None:
        """Shows and logs a message."""
        level = {"warning": logging.WARNING, "error": logging.ERROR}.get(message.level, logging.INFO)
        logger.log(level, "%s %s", message.text, message.hint)
        self.posted.emit(message)

    def info(self, text: str, hint: str = "") -> None:
        """Something happened as asked."""
        self.post(Message("info", text, hint))

    def done(self, text: str, hint: str = "") -> None:
        """Long work ended well."""
        self.post(Message("done", text, hint))

    def refuse(self, error: AppError) -> None:
        """Something asked for is not possible; nothing was changed."""
        self.post(Message("info", error.message, error.hint))

    def warn(self, text: str, hint: str = "") -> None:
        """Something needs attention; work goes on."""
        self.post(Message("warning", text, hint))

    def fail(self, error: AppError) -> None:
        """Something asked for failed."""
        self.post(Message("error", error.message, error.hint))


class MessageStack(QWidget):
    """The last few messages in the upper right corner of `over`, a part of the window that holds no buttons there.

    A message goes away after a while, unless the pointer rests on it.
    """

    def __init__(self, messages: Messages, parent: QWidget, over: QWidget) -> None:
        super().__init__(parent)
        self._over = over
        over.installEventFilter(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._cards: list[_Card] = []
        messages.posted.connect(self._on_posted)
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """What is shown now, oldest first."""
        return tuple(card.message.text for card in self._cards)

    def place(self) -> None:
        """Lies down in the corner of the parent; called when that was resized."""
        parent = self.parentWidget()
        if parent is None:
            return
        if not self._cards:
            return
        width = min(420, max(200, self._over.width() - 32))
        self._layout.activate()
        height = (
            self._layout.totalHeightForWidth(width)
            if self._layout.hasHeightForWidth()
            else self._layout.totalSizeHint().height()
        )
        corner = self._over.mapTo(parent, QPoint(self._over.width() - width - 16, 12))
        self.setGeometry(corner.x(), corner.y(), width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Goes where its place goes."""
        if watched is self._over and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return super().eventFilter(watched, event)

    def _on_posted(self, message: Message) -> None:
        for card in [card for card in self._cards if card.message == message]:
            self._remove(card)  # said again: it moves to the end and its time starts anew
        while len(self._cards) >= MAX_SHOWN:
            self._remove(self._cards[0])
        card = _Card(message, self)
        card.closed.connect(self._on_closed)
        self._cards.append(card)
        self._layout.addWidget(card)
        card.show()  # a layout gives no room to what is not shown yet
        self.place()
        self.show()
        self.raise_()

    def _on_closed(self) -> None:
        card = self.sender()
        if isinstance(card, _Card):
            self._remove(card)

    def _remove(self, card: "_Card") -> None:
        if card in self._cards:
            self._cards.remove(card)
        self._layout.removeWidget(card)
        card.hide()
        card.deleteLater()
        self.setVisible(bool(self._cards))
        self.place()


class _Card(QFrame):
    closed = Signal()

    def __init__(self, message: Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self.setProperty("role", "message")
        self.setProperty("level", message.level)
        self.setAccessibleName(message.text)
        colours = theme().colours
        colour = {
            "info": colours.accent,
            "done": colours.good,
            "warning": colours.warning,
            "error": colours.error,
        }
        sign = QLabel()
        sign.setPixmap(icon(_ICONS[message.level], colour[message.level]).pixmap(20, 20))
        text = QLabel(message.text)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(text)
        if message.hint:
            hint = QLabel(message.hint)
            hint.setWordWrap(True)
            hint.setProperty("role", "dim")
            column.addWidget(hint)
        if message.action is not None:
            button = QPushButton(message.action[0])
            button.setProperty("flat", "true")
            button.clicked.connect(message.action[1])
            button.clicked.connect(self.closed)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setToolTip(self.tr("Close"))
        close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setInterval(SHOWN_MS[message.level])
        self._timer.timeout.connect(self._on_time_over)
        self._timer.start()

    def _on_time_over(self) -> None:
        # Asked where it is: a pointer that came is not always said to have gone, when dialogs close or the window is laid out.
        if not self.rect().contains(self.mapFromGlobal(QCursor.pos())):  # else somebody is reading
            self.closed.emit()
