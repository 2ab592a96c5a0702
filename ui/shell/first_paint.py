"""The first picture of the window, made panel by panel: all at once it takes the window's thread too long on a large screen."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

_APART_MS = 15  # from one panel to the next: others of the window's events come between


class FirstPaint(QObject):
    """Holds panels back until the middle of the window was painted, then lets one after another be; then it is done.

    Where a panel is held back the window's own ground is seen, for about a tenth of a second.
    """

    def __init__(self, middle: QWidget, panels: Iterable[QWidget]) -> None:
        super().__init__(middle)
        self._waiting = [panel for panel in panels if panel.isVisible()]
        for panel in self._waiting:
            panel.setUpdatesEnabled(False)
        self._timer = QTimer(self)
        self._timer.setInterval(_APART_MS)
        self._timer.timeout.connect(self._next)
        middle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Sees the middle being painted."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._timer.start()
        return False

    def _next(self) -> None:
        while self._waiting:
            panel = self._waiting.pop(0)
            panel.setUpdatesEnabled(True)
            if not panel.visibleRegion().isEmpty():  # not behind another tab
                return
        self._timer.stop()
        self.deleteLater()
