"""Export: the finished film written by the engine, with what was verified told at the end."""

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from core.engine.client import Priority
from core.engine.events import Done, Event
from core.engine.requests import PicturePreset
from core.errors import AppError
from core.project.export_plan import export_request
from ui.document import Document
from ui.jobs.engine_jobs import EngineJobs
from ui.messages import Message, Messages
from ui.options import Options


class ExportWork(QObject):
    """Runs exports.

    Signals:
        finished: (Path, dict) the file and what reading it back found.
    """

    finished = Signal(object, object)

    def __init__(
        self, document: Document, jobs: EngineJobs, options: Options, messages: Messages, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._options = options
        self._messages = messages

    def export(self, output: Path, picture: PicturePreset) -> bool:
        """Starts an export; False (and a message) when the timeline cannot be exported."""
        try:
            request = export_request(
                self._document.project, output, picture, device=self._options.text("engine.device")
            )
        except AppError as error:
            self._messages.fail(error)
            return False

        def listen(event: Event) -> None:
            if isinstance(event, Done):
                self._messages.post(
                    Message(
                        "done",
                        self.tr("Exported {name}.").format(name=output.name),
                        action=(self.tr("Show in folder"), lambda: _show(output)),
                    )
                )
                self.finished.emit(output, dict(event.result))

        self._jobs.submit(
            request,
            Priority.EXPORT,
            "export",
            self.tr("Export {name}").format(name=output.name),
            listen,
            retry=lambda: self.export(output, picture),
        )
        return True


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
