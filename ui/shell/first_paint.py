"""The first picture of the window, made panel by panel: all at once it takes the window's thread too long on a large screen."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QMainWindow, QWidget

_LONGEST_MS = 500  # after that all are let be, whatever was painted


class FirstPaint(QObject):
    """Holds panels back until the middle of the window was painted, then lets one after another be; then it is done.

    Where a panel is held back the window's own ground is seen, for some hundredths of a second.
    """

    def __init__(self, window: QMainWindow, panels: Iterable[QWidget]) -> None:
        super().__init__(window)
        self._waiting = [panel for panel in panels if panel.isVisible()]
        for panel in self._waiting:
            panel.setUpdatesEnabled(False)
        window.centralWidget().installEventFilter(self)
        QTimer.singleShot(_LONGEST_MS, self, self._let_all_be)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Sees a part being painted; the next waits for another turn of the loop."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._next)
        return False

    def _next(self) -> None:
        while self._waiting:
            panel = self._waiting.pop(0)
            panel.setUpdatesEnabled(True)
            if not panel.visibleRegion().isEmpty():  # not behind another tab
                panel.installEventFilter(self)
                return

    def _let_all_be(self) -> None:
        for panel in self._waiting:
            panel.setUpdatesEnabled(True)
        self.deleteLater()
