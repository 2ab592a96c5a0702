"""Files dragged in from a file manager, as Qt delivers them."""

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget


def drop_files(widget: QWidget, at: QPoint, *files: Path) -> None:
    """Drops `files` on the widget that a pointer at `at` would hit; a parent gets what the widget does not take."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    target: QWidget | None = widget
    while target is not None and not target.acceptDrops():
        at = target.mapToParent(at)
        target = target.parentWidget()
    assert target is not None, "nothing there takes drops"
    for event in (
        QDragEnterEvent(at, copy, data, left, none),
        QDragMoveEvent(at, copy, data, left, none),
        QDropEvent(QPointF(at), copy, data, left, none, QEvent.Type.Drop),
    ):
        QApplication.sendEvent(target, event)
