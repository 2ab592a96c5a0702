"""Export: the finished film written by the engine, with what was verified told at the end."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from core.base.errors import AppError
from core.base.outputs import check_outputs
from core.base.timing import TimeRange
from core.engine.client import Priority
from core.jobs.events import Event
from core.jobs.results import FilmWritten
from core.planning.requests import PicturePreset
from core.project.export_plan import export_request, exported_span
from core.project.export_report import export_report, write_export_report
from core.project.model import Project
from ui.base.messages import Message, Messages
from ui.base.options import Options
from ui.jobs.engine_jobs import EngineJobs
from ui.state.document import Document


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is to be exported.

    Attributes:
        span: this range of the timeline, or None for all of it.
        with_report: a report is written beside the film, under its name with ``.json``.
        credentials: the film is signed with content credentials, where it has a place for them.
    """

    output: Path
    picture: PicturePreset
    span: TimeRange | None = None
    with_report: bool = False
    credentials: bool = True


class ExportWork(QObject):
    """Runs exports.

    Signals:
        finished: (Path, FilmWritten) the file and what reading it back found.
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

    def export(self, order: ExportOrder) -> bool:
        """Starts an export; False (and a message) when the timeline cannot be exported."""
        project, output = self._document.project, order.output
        try:
            check_outputs(self._written(order), self._read())
            request = export_request(
                project,
                output,
                order.picture,
                device=self._options.text("engine.device"),
                span=order.span,
                credentials=order.credentials,
            )
        except AppError as error:
            self._messages.fail(error)
            return False

        def listen(event: Event) -> None:
            if isinstance(event, FilmWritten):
                self._on_done(project, order, event)

        self._jobs.submit(
            request,
            Priority.EXPORT,
            "export",
            self.tr("Export {name}").format(name=output.name),
            listen,
            retry=lambda: self.export(order),
            outlives=True,
        )
        return True

    def _written(self, order: ExportOrder) -> list[tuple[str, Path]]:
        written = [("The film", order.output)]
        return [*written, ("The report", _report_path(order))] if order.with_report else written

    def _read(self) -> list[Path]:
        """Everything that belongs to the project, seen on the timeline or not."""
        files = [Path(medium.path) for medium in self._document.project.media]
        return [*files, self._document.path] if self._document.path is not None else files

    def _on_done(self, project: Project, order: ExportOrder, written: FilmWritten) -> None:
        output = order.output
        self._messages.post(
            Message(
                "done",
                self.tr("Exported {name}.").format(name=output.name),
                "\n".join(written.notes),
                action=(self.tr("Show in folder"), lambda: _show(output)),
            )
        )
        if order.with_report:
            report = export_report(project, exported_span(project, order.span), written, output)
            try:
                write_export_report(report, _report_path(order))
            except AppError as error:
                self._messages.fail(error)
        self.finished.emit(output, written)


def _report_path(order: ExportOrder) -> Path:
    return order.output.with_suffix(".json")


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
