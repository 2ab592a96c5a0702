"""The page of the preferences on which published models are installed, verified and removed."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.model_store import store
from core.model_store.catalogue import MODELS, PublishedModel
from ui.base.wrapped_label import WrappedLabel
from ui.jobs.model_work import ModelWork


class ModelsPage(QScrollArea):
    """One card for each published model: what it is, what it costs, its licence, and what can be done with it."""

    def __init__(self, work: ModelWork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setSpacing(12)
        column.addWidget(
            WrappedLabel(
                self.tr(
                    "These models are made and published by others. None is used unless you choose it for a segment in the inspector."
                )
            )
        )
        self.cards = {model.id: ModelCard(model, work) for model in MODELS.values()}
        for card in self.cards.values():
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inner)


class ModelCard(QWidget):
    """One model."""

    def __init__(self, model: PublishedModel, work: ModelWork) -> None:
        super().__init__()
        self._model, self._work = model, work
        title = QLabel(model.title)
        title.setProperty("role", "heading")
        self.state = QLabel()
        self.state.setProperty("role", "dim")
        facts = WrappedLabel(
            self.tr("{size} GB to fetch · needs {needs}").format(
                size=f"{model.size / 1e9:.1f}", needs=model.needs
            )
        )
        licence = QLabel(
            self.tr("Licence: {link}").format(
                link=f'<a href="{model.licence.address}">{model.licence.title}</a>'
            )
        )
        licence.setOpenExternalLinks(True)
        licence.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.install = self._button(self.tr("Install …"), self._on_install)
        self.from_folder = self._button(self.tr("From folder …"), self._on_from_folder)
        self.verify = self._button(self.tr("Verify"), lambda: work.verify(model.id))
        self.remove = self._button(self.tr("Remove"), self._on_remove)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.state)
        buttons = QHBoxLayout()
        for button in (self.install, self.from_folder, self.verify, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(facts)
        column.addWidget(licence)
        column.addLayout(buttons)
        work.changed.connect(self._on_changed)
        self._refresh()

    def _button(self, text: str, clicked: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(f"{text} {self._model.title}")
        button.clicked.connect(lambda _checked=False: clicked())
        return button

    def _on_changed(self, model_id: str) -> None:
        if model_id == self._model.id:
            self._refresh()

    def _refresh(self) -> None:
        here, busy = store.is_installed(self._model.id), self._work.is_busy(self._model.id)
        self.state.setText(
            self.tr("Being installed") if busy else self.tr("Installed") if here else self.tr("Not installed")
        )
        for button, is_on in (
            (self.install, not here),
            (self.from_folder, not here),
            (self.verify, here),
            (self.remove, here),
        ):
            button.setVisible(is_on)
            button.setEnabled(not busy)

    def _accepted(self) -> bool:
        """Whether the licence has been accepted, now or before."""
        licence = self._model.licence
        if store.is_accepted(licence):
            return True
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle(self._model.title)
        question.setTextFormat(Qt.TextFormat.RichText)
        question.setText(f"<b>{licence.title}</b>")
        question.setInformativeText(
            self.tr("{summary}<br><br>The whole text: {link}").format(
                summary=licence.summary, link=f'<a href="{licence.address}">{licence.address}</a>'
            )
        )
        accept = question.addButton(self.tr("Accept"), QMessageBox.ButtonRole.AcceptRole)
        question.addButton(QMessageBox.StandardButton.Cancel)
        question.exec()
        if question.clickedButton() is not accept:
            return False
        store.accept(licence)
        return True

    def _on_install(self) -> None:
        if self._accepted():
            self._work.install(self._model.id)

    def _on_from_folder(self) -> None:
        if not self._accepted():
            return
        folder = QFileDialog.getExistingDirectory(
            self, self.tr("Folder with the files of {title}").format(title=self._model.title)
        )
        if folder:
            self._work.install(self._model.id, Path(folder))

    def _on_remove(self) -> None:
        answer = QMessageBox.question(
            self,
            self._model.title,
            self.tr("Delete {title} from this computer?").format(title=self._model.title),
        )
        if answer == QMessageBox.StandardButton.Yes:
            self._work.remove(self._model.id)
