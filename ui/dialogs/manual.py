"""The manual: its pages as they lie in ``docs/manual``, read in a window of their own."""

import re
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from core.base.models import PROGRAM_ROOT
from ui.base.screen_room import resize_within_screen

MANUAL = PROGRAM_ROOT / "docs" / "manual"
_LINK = re.compile(r"^- \[(?P<title>[^\]]+)\]\((?P<file>[a-z-]+\.md)\)", re.MULTILINE)


def manual_folder() -> Path:
    """Where the manual lies in the window's language, else in English."""
    language = QCoreApplication.translate("ManualDialog", "en")  # the translation's own code
    return MANUAL / language if (MANUAL / language / "README.md").is_file() else MANUAL


def pages(folder: Path = MANUAL) -> dict[str, str]:
    """File → title of each page, in the order of the list of contents."""
    try:
        contents = (folder / "README.md").read_text("utf-8")
    except OSError:
        return {}
    return {found["file"]: found["title"] for found in _LINK.finditer(contents)}


class _Page(QTextBrowser):
    """A page whose pictures are never wider than it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures are made to fit."""
        if kind == int(QTextDocument.ResourceType.ImageResource.value):
            image = QImage(str(self._folder / (name.path() if isinstance(name, QUrl) else name)))
            room = max(self.viewport().width() - 32, 200)
            if image.width() > room:
                return image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
            return image
        return super().loadResource(kind, name)


class ManualDialog(QDialog):
    """Contents on the left, a page on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Manual"))
        resize_within_screen(self, 1040, 760)
        self._folder = manual_folder()
        self.contents = QListWidget()
        self.contents.setFixedWidth(200)
        self.contents.setAccessibleName(self.tr("Contents"))
        for file, title in pages(self._folder).items():
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, file)
            self.contents.addItem(item)
        self.page = _Page(self._folder)
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._on_link)
        self.page.setAccessibleName(self.tr("Page"))
        self.contents.currentItemChanged.connect(self._on_chosen)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.contents)
        row.addWidget(self.page, 1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        if self.contents.count():
            self.contents.setCurrentRow(0)
        else:
            self.page.setPlainText(self.tr("The manual was not installed with the program."))

    def show_page(self, file: str) -> None:
        """Turns to a page."""
        for row in range(self.contents.count()):
            if self.contents.item(row).data(Qt.ItemDataRole.UserRole) == file:
                self.contents.setCurrentRow(row)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        try:
            text = (self._folder / item.data(Qt.ItemDataRole.UserRole)).read_text("utf-8")
        except OSError as error:
            text = self.tr("This page cannot be read: {reason}").format(reason=error.strerror or error)
        self.page.setMarkdown(text)
        self.page.verticalScrollBar().setValue(0)

    def _on_link(self, link: QUrl) -> None:
        if link.isRelative():
            self.show_page(link.path())
        else:
            QDesktopServices.openUrl(link)
