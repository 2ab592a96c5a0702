"""Telling the desktop that long work came to its end."""

import shutil
from collections.abc import Iterator

from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from ui.base.theme import icon

_APP = "UniSync Studio"
_SHOWN_MS = 10_000


class Notifier(QObject):
    """Uses the tray where there is one, else the desktop's notifications (by ``notify-send`` or ``gdbus``, which desktops bring);
    the window asks for attention.

    Signals:
        told: (title, text, way) what was said, and how: "tray", "notify-send", "gdbus" or "window".
    """

    told = Signal(str, str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None

    def tell(self, title: str, text: str) -> None:
        """Says it; what is said in the window itself is for others to show."""
        for window in QApplication.topLevelWidgets():
            if isinstance(window, QWidget) and window.isWindow() and window.isVisible():
                QApplication.alert(window)
        way = "window"
        if QSystemTrayIcon.isSystemTrayAvailable():
            way = "tray"
            self._tray = QSystemTrayIcon(icon("movie-open-star-outline"), self)
            self._tray.show()
            self._tray.showMessage(title, text)
            QTimer.singleShot(_SHOWN_MS, self._tray, self._tray.hide)
        else:
            for command, arguments in _commands(title, text):
                if shutil.which(command) and QProcess.startDetached(command, arguments):
                    way = command
                    break
        self.told.emit(title, text, way)


def _commands(title: str, text: str) -> Iterator[tuple[str, list[str]]]:
    """What brings a notification to a Linux desktop, the usual way first."""
    yield "notify-send", [f"--app-name={_APP}", "--", title, text]
    service = "org.freedesktop.Notifications"
    call = ["call", "--session", f"--dest={service}", "--object-path=/org/freedesktop/Notifications"]
    said = [_quoted(_APP), "0", "''", _quoted(title), _quoted(text), "[]", "{}", str(_SHOWN_MS)]
    yield "gdbus", [*call, f"--method={service}.Notify", "--", *said]


def _quoted(words: str) -> str:
    """A text as gdbus reads it."""
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
