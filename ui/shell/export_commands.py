"""What leaves the window as a file for others: films, now or by the queue, the sync curves and their picture."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QInputDialog

from core.base.errors import AppError
from core.project.export_order import ExportOrder, ExportPreset
from core.project.file import SUFFIX
from ui.shell.window_parts import WindowParts, open_dialog
from ui.sync_graph.curve_table import CurveTable, write_table


class ExportCommands(QObject):
    """Asks what is to be written where, and has it written.

    Signals:
        queue_shown: something came into the export queue.
    """

    queue_shown = Signal()

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._parts, self._window = parts, parts.window
        self._document = parts.document

    def show_export(self) -> None:
        """The export dialog."""
        from ui.dialogs.export import ExportDialog

        exports = self._parts.workshop.exports
        project, film = self._document.project, self._document.project.first_film
        beside = self._document.path or (Path(film.path) if film is not None else None)
        folder = beside.parent if beside is not None else Path.home()
        if not os.access(folder, os.W_OK):  # a camera's card, a share that is gone
            folder = Path.home()
        dialog = ExportDialog(project, folder, exports.presets, self._parts.bridge, self._window)
        dialog.export_asked.connect(exports.export)
        dialog.queue_asked.connect(self._enqueue)
        dialog.failed.connect(self._parts.messages.fail)
        open_dialog(dialog)

    def ask_exported_project(self) -> None:
        """Lets the user choose saved projects for the queue, and a preset for them."""
        dialog = QFileDialog(
            self._window, self.tr("Add projects to the export queue"), filter=f"{self.tr('Projects')} (*{SUFFIX})"
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self._ask_preset([Path(name) for name in names]))
        open_dialog(dialog)

    def _ask_preset(self, projects: list[Path]) -> None:
        from ui.dialogs.export import EXPORT_PRESETS

        exports = self._parts.workshop.exports
        choices = {preset.name: preset for preset in exports.presets.presets}
        choices |= {title: ExportPreset(title, codec) for codec, title, _, _ in EXPORT_PRESETS}
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Add projects to the export queue"))
        dialog.setLabelText(self.tr("Preset"))
        dialog.setComboBoxItems(list(choices))

        def add(name: str) -> None:
            for project in projects:
                exports.enqueue_file(project, choices[name])

        dialog.textValueSelected.connect(add)
        open_dialog(dialog)

    def _enqueue(self, order: ExportOrder) -> None:
        if self._parts.workshop.exports.enqueue(order):
            self.queue_shown.emit()

    def ask_curve_table(self, tables: list[CurveTable]) -> None:
        """Lets the user choose where the sync curves are written as a table."""
        sequence = self._document.project.sequence

        def write(path: Path) -> None:
            self._parts.bridge.run(
                lambda _ticket: write_table(tables, sequence, path),
                lambda _nothing: self._parts.messages.done(self.tr("Saved {name}.").format(name=path.name)),
                self._parts.messages.fail,
            )

        self._ask_target(self.tr("Save the curves"), "csv", write)

    def ask_curve_picture(self, picture: QPixmap) -> None:
        """Lets the user choose where the graph is written as a picture."""

        def write(path: Path) -> None:
            if picture.save(str(path), "PNG"):
                self._parts.messages.done(self.tr("Saved {name}.").format(name=path.name))
            else:
                self._parts.messages.fail(
                    AppError(f"{path} cannot be written.", hint="Choose another folder.")
                )

        self._ask_target(self.tr("Save the graph"), "png", write)

    def _ask_target(self, title: str, ending: str, write: Callable[[Path], None]) -> None:
        name = self._document.project.name or self.tr("Untitled")
        dialog = QFileDialog(self._window, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.setNameFilter(f"*.{ending}")
        dialog.selectFile(f"{name}.{ending}")
        dialog.fileSelected.connect(lambda chosen: write(Path(chosen)))
        open_dialog(dialog)
