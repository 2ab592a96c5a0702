"""Timelines from and for other editing programs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from core.timelines.formats import READ, WRITTEN
from ui.base.bridge import Ticket
from ui.shell.window_parts import WindowParts

if TYPE_CHECKING:
    from core.project.media_facts import Found
    from core.timelines.reading import Imported

READ_ENDINGS, WRITTEN_ENDINGS = (" ".join(f"*{ending}" for ending in endings) for endings in (READ, WRITTEN))


class InterchangeCommands(QObject):
    """Asks for files, and reads and writes them on the pool.

    Args:
        parts: of the window.
        before_leaving: asks about unsaved work, then goes on.
    """

    def __init__(self, parts: WindowParts, before_leaving: Callable[[Callable[[], object]], None]) -> None:
        super().__init__(parts.window)
        self._parts, self._window = parts, parts.window
        self._before_leaving = before_leaving

    def ask_import(self) -> None:
        """Lets the user choose a timeline."""
        dialog = self._dialog(self.tr("Import a timeline"), READ_ENDINGS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.read(Path(name)))
        dialog.open()

    def ask_export(self) -> None:
        """Lets the user choose where the timeline is written."""
        dialog = self._dialog(self.tr("Export the timeline"), WRITTEN_ENDINGS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("otio")
        dialog.selectFile(f"{self._parts.document.project.name or self.tr('Timeline')}.otio")
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()

    def write(self, path: Path) -> None:
        """Writes the timeline; its ending chooses the format."""
        project, messages = self._parts.document.project, self._parts.messages

        def work(_ticket: Ticket[tuple[str, ...]]) -> tuple[str, ...]:
            from core.timelines.writing import write_timeline  # OpenTimelineIO: not at the program's start

            return write_timeline(project, path)

        def done(notes: tuple[str, ...]) -> None:
            messages.done(
                self.tr("The timeline was written to {name}.").format(name=path.name),
                "\n".join((self.tr("It names the films as they are; export the film for the new lips."), *notes)),
            )

        self._parts.bridge.run(work, done, messages.fail)

    def read(self, path: Path) -> None:
        """Opens a timeline as a new project."""
        messages, scans = self._parts.messages, self._parts.workshop.media.scans
        known = self._parts.document.project.media

        def work(_ticket: "Ticket[Imported]") -> "Imported":
            from core.project.media_facts import Found
            from core.timelines.reading import read_timeline
            from ui.jobs.media_reading import probe_file

            def probe(file: Path) -> "Found":
                probed = probe_file(file, scans)
                return Found(probed.kind, probed.facts, probed.size, probed.quick_hash)

            return read_timeline(path, probe, known)

        def done(imported: "Imported") -> None:
            self._before_leaving(lambda: show(imported))

        def show(imported: "Imported") -> None:
            self._parts.keeper.take_over(imported.project)
            text = self.tr("{name} was read: {count} clips.").format(
                name=path.name, count=len(imported.project.clips)
            )
            if imported.notes:
                messages.warn(text, "\n".join(imported.notes))
            else:
                messages.done(text)

        self._parts.bridge.run(work, done, messages.fail)

    def _dialog(self, title: str, endings: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setNameFilter(f"{self.tr('Timelines')} ({endings})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog
