"""Telling the desktop that long work came to its end."""

import shutil

from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from ui.base.theme import icon

_SHOWN_MS = 10_000


class Notifier(QObject):
    """Uses the tray where there is one, else the desktop's notifications (``notify-send``); the window asks for attention.

    Signals:
        told: (title, text, way) what was said, and how: "tray", "notify-send" or "window".
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
        elif shutil.which("notify-send") and QProcess.startDetached(
            "notify-send", ["--app-name=UniSync Studio", "--", title, text]
        ):
            way = "notify-send"
        self.told.emit(title, text, way)
