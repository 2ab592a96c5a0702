"""Dialogs about the project's file: recovery, backups, missing media, unsaved work."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.project.autosave import Recovery
from core.project.backups import Backup
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from ui.base.screen_room import resize_within_screen
from ui.base.theme import icon, theme

_ROLE = Qt.ItemDataRole.UserRole


class RecoveryDialog(QDialog):
    """Offers what a window left unsaved. Choosing nothing keeps it for later.

    Signals:
        recovered, declined: (Recovery).
    """

    recovered = Signal(object)
    declined = Signal(object)

    def __init__(self, recoveries: tuple[Recovery, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unsaved work was found"))
        resize_within_screen(self, 540, 320)
        words = QLabel(
            self.tr(
                "The program did not end well last time. This was kept aside; open it, or leave it for another time."
            )
        )
        words.setWordWrap(True)
        self._list = QListWidget()
        for recovery in recoveries:
            where = (
                str(recovery.project_path) if recovery.project_path is not None else self.tr("never saved")
            )
            when = recovery.time.astimezone().strftime("%x %X")
            item = QListWidgetItem(
                icon("history"), f"{recovery.name or self.tr('Untitled')}   ·   {when}\n{where}"
            )
            item.setData(_ROLE, recovery)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        open_button = QPushButton(self.tr("Open it"))
        open_button.setDefault(True)
        open_button.clicked.connect(self._on_open)
        decline = QPushButton(self.tr("Put it aside"))
        decline.setToolTip(self.tr("It is not offered again, but stays on disk."))
        decline.clicked.connect(self._on_decline)
        later = QPushButton(self.tr("Ask me later"))
        later.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(decline)
        row.addStretch(1)
        row.addWidget(later)
        row.addWidget(open_button)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self._list, 1)
        column.addLayout(row)

    def _on_open(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.recovered.emit(item.data(_ROLE))
            self.accept()

    def _on_decline(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.declined.emit(item.data(_ROLE))
            self._list.takeItem(self._list.row(item))
        if self._list.count() == 0:
            self.reject()


class BackupsDialog(QDialog):
    """The earlier states of the project's file.

    Signals:
        chosen: (Path).
    """

    chosen = Signal(object)

    def __init__(self, backups: tuple[Backup, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Backups"))
        resize_within_screen(self, 420, 380)
        words = QLabel(
            self.tr(
                "Earlier states of this project. One is opened as a new project; the project itself stays as it is."
            )
            if backups
            else self.tr("There are no backups of this project yet. They are made when you save.")
        )
        words.setWordWrap(True)
        self._list = QListWidget()
        for backup in backups:
            item = QListWidgetItem(icon("history"), backup.time.astimezone().strftime("%A, %x   %X"))
            item.setData(_ROLE, backup.path)
            self._list.addItem(item)
        self._list.itemDoubleClicked.connect(self._on_open)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(bool(backups))
        buttons.accepted.connect(self._on_open)
        buttons.rejected.connect(self.reject)
        self._list.setCurrentRow(0)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self._list, 1)
        column.addWidget(buttons)

    def _on_open(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(_ROLE))
            self.accept()


class RelinkDialog(QDialog):
    """The missing media, each to be found by the user or skipped.

    Signals:
        file_chosen: (MediaId, Path) look whether this is it, and for its siblings.
    """

    file_chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Missing media"))
        resize_within_screen(self, 600, 380)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._list = QListWidget()
        self._list.itemDoubleClicked.connect(self._on_find)
        find = QPushButton(icon("folder-search-outline", theme().colours.accent_text), self.tr("Find file…"))
        find.setDefault(True)
        find.clicked.connect(self._on_find)
        skip = QPushButton(self.tr("Go on without"))
        skip.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(find)
        row.addStretch(1)
        row.addWidget(skip)
        column = QVBoxLayout(self)
        column.addWidget(self._words)
        column.addWidget(self._list, 1)
        column.addLayout(row)

    def show_missing(self, media: tuple[MediaItem, ...]) -> None:
        """Lists what is still missing; closes itself when that is nothing."""
        self._list.clear()
        for medium in media:
            item = QListWidgetItem(icon("file-alert-outline"), f"{medium.name}\n{medium.path}")
            item.setData(_ROLE, medium.id)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._words.setText(
            self.tr(
                "{count} files were not found where they were. Show one; others beside it are found by themselves."
            ).format(count=len(media))
        )
        if not media and self.isVisible():
            self.accept()

    @property
    def listed(self) -> tuple[MediaId, ...]:
        """What is still missing."""
        return tuple(self._list.item(row).data(_ROLE) for row in range(self._list.count()))

    def _on_find(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        media: MediaId = item.data(_ROLE)
        dialog = QFileDialog(self, self.tr("Find {name}").format(name=item.text().partition("\n")[0]))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.file_chosen.emit(media, Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProjectDialogs", text)


def ask_unsaved(
    parent: QWidget, name: str, save: Callable[[], object], discard: Callable[[], object]
) -> QMessageBox:
    """Asks what to do with unsaved work; returns the box that is shown."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Unsaved work"))
    box.setText(_tr("“{name}” has changes that are not saved.").format(name=name))
    box.setStandardButtons(
        QMessageBox.StandardButton.Save
        | QMessageBox.StandardButton.Discard
        | QMessageBox.StandardButton.Cancel
    )
    box.setDefaultButton(QMessageBox.StandardButton.Save)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.button(QMessageBox.StandardButton.Save).clicked.connect(save)
    box.button(QMessageBox.StandardButton.Discard).clicked.connect(discard)
    box.open()
    return box


def ask_locked(parent: QWidget, path: Path, take_over: Callable[[], object]) -> QMessageBox:
    """Tells that another window has the project, and offers to take it over."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_tr("Open elsewhere"))
    box.setText(_tr("{name} is open in another window.").format(name=path.name))
    box.setInformativeText(
        _tr(
            "It was opened for reading. Take it over only if the other window is gone: the last to save wins."
        )
    )
    steal = box.addButton(_tr("Take it over"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(_tr("Only read"), QMessageBox.ButtonRole.RejectRole)
    steal.clicked.connect(take_over)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box
