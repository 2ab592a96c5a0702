"""Exports: made one after another by the engine process, from a queue that lies on the disk."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from core.base.errors import AppError
from core.base.outputs import check_new_folder, check_outputs
from core.engine.client import Priority
from core.jobs.events import Event, Failed, JobId, Progress, Stopped
from core.jobs.results import FilmWritten, PatchWritten
from core.project.export_order import ExportOrder, ExportPreset, ExportPresets, free_output, of_preset
from core.project.export_plan import export_request, exported_span, marked_range, patch_request
from core.project.export_queue import EntryId, ExportQueue, QueueEntry
from core.project.export_report import export_report, write_export_report
from core.project.file import load_project
from core.project.model import Project
from core.project.relink import with_found_media
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Message, Messages
from ui.base.notifications import Notifier
from ui.base.options import Options
from ui.jobs.engine_jobs import EngineJobs
from ui.state.document import Document


class ExportWork(QObject):
    """Runs the queue.

    Signals:
        finished: (Path, FilmWritten | PatchWritten) a film or a patch was written.
        changed: the queue, or how far its running export is.
    """

    finished = Signal(object, object)
    changed = Signal()

    def __init__(
        self,
        document: Document,
        bridge: Bridge,
        jobs: EngineJobs,
        options: Options,
        messages: Messages,
        home: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        jobs.held.connect(self._on_held)
        self._options = options
        self._messages = messages
        self.notifier = Notifier(self)
        self.queue = ExportQueue(home)
        self.presets = ExportPresets(home / "export_presets.json")
        self._is_running = False
        self._job: JobId | None = None
        self._entry: EntryId | None = None  # which is being made
        self._made: list[str] = []  # names, since the queue was started
        self._failed = 0
        self._is_closed = False
        self.progress: float | None = None  # of the running one, 0..1
        self.seconds_left: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether the queue goes on to the next export by itself."""
        return self._is_running

    # --- adding ------------------------------------------------------------------------------------------------------

    def export(self, order: ExportOrder) -> bool:
        """Exports the project next, before all that waits; False (and a message) when it cannot be exported."""
        entry = self._add(self._document.project, order, first=True)
        if entry is not None:
            self.start()
        return entry is not None

    def enqueue(self, order: ExportOrder) -> bool:
        """Puts an export of the project at the end of the queue; False (and a message) when it cannot be exported."""
        return self._add(self._document.project, order) is not None

    def enqueue_file(self, path: Path, preset: ExportPreset) -> None:
        """Queues another, saved project, with a film beside it; a message when it cannot be exported."""

        def work(_ticket: Ticket[Project]) -> Project:
            project = with_found_media(load_project(path), path.parent)
            return replace(project, name=project.name or path.stem)

        def done(project: Project) -> None:
            taken = {entry.order.output for entry in self.queue.entries if not entry.is_over}
            order = of_preset(preset, path.with_name(f"{path.stem}_dubbed.mp4"), marked_range(project))
            self._add(project, replace(order, output=free_output(order.output, taken)), read=(path,))

        self._bridge.run(work, done, self._messages.fail)

    # --- the queue ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Makes what waits, one after another."""
        if not self._is_running:
            self._is_running, self._made, self._failed = True, [], 0
        self._next()
        self.changed.emit()

    def stop_after_this(self) -> None:
        """What runs is made to its end; nothing is begun after it."""
        self._is_running = False
        self.changed.emit()

    def pause(self, entry: EntryId) -> None:
        """Holds the running export."""
        if entry == self._entry and self._job is not None:
            self._jobs.pause(self._job)

    def resume(self, entry: EntryId) -> None:
        """Lets a held export go on."""
        if entry == self._entry and self._job is not None:
            self._jobs.resume(self._job)

    def cancel(self, entry: EntryId) -> None:
        """Ends an export, or leaves out one that waits."""
        if entry == self._entry and self._job is not None:
            self._jobs.cancel(self._job)
        else:
            self._change(entry, state="cancelled")

    def retry(self, entry: EntryId) -> None:
        """Lets one that failed or was cancelled wait again."""
        self._change(entry, state="waiting", error="", hint="", notes=())
        self._next()

    def move(self, entry: EntryId, by: int) -> None:
        """Moves an export up (-1) or down (+1)."""
        self._write(lambda: self.queue.move(entry, by))

    def remove(self, entry: EntryId) -> None:
        """Takes an export out of the queue; a running one must be cancelled first."""
        if entry != self._entry:
            self._write(lambda: self.queue.remove(entry))

    def remove_finished(self) -> None:
        """Takes out all that is over."""
        for entry in self.queue.entries:
            if entry.is_over:
                self.remove(entry.id)

    def show_place(self, entry: EntryId) -> None:
        """Opens the folder of a film."""
        found = self.queue.entry(entry)
        if found is not None:
            _show(found.order.output)

    def offer_to_go_on(self) -> None:
        """Told once the window is there: exports that the last one left are not begun without being asked for."""
        if self.queue.problem:
            self._messages.warn(self.queue.problem)
        if self.presets.problem:
            self._messages.warn(self.presets.problem)
        count = len(self.queue.waiting)
        if count:
            self._messages.post(
                Message(
                    "info",
                    self.tr("One export waits in the queue.")
                    if count == 1
                    else self.tr("{count} exports wait in the queue.").format(count=count),
                    "",
                    (self.tr("Go on"), self.start),
                )
            )

    def close(self) -> None:
        """The window goes: what runs waits for the next one."""
        self._is_closed = True
        self.queue.close()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _on_held(self, job: JobId, is_paused: bool) -> None:
        if job == self._job and self._entry is not None:  # here or from the panel of jobs
            self._change(self._entry, state="paused" if is_paused else "running")

    def _add(
        self, project: Project, order: ExportOrder, *, first: bool = False, read: tuple[Path, ...] = ()
    ) -> QueueEntry | None:
        try:
            _check_place(order, [*self._read(project), *read])
            self._check_free(order)
            self._request(project, order)
            entry = self.queue.add(project, order, first=first)
        except AppError as error:
            self._messages.fail(error)
            return None
        self.changed.emit()
        if self._is_running:
            self._next()
        return entry

    def _check_free(self, order: ExportOrder) -> None:
        """Two exports of the queue would write over each other."""
        for entry in self.queue.entries:
            if not entry.is_over and entry.order.output.absolute() == order.output.absolute():
                raise AppError(
                    f"Another export in the queue writes {order.output.name}, too.", hint="Choose another name."
                )

    def _request(self, project: Project, order: ExportOrder) -> object:
        if order.patch is not None:
            device, folder = self._options.text("engine.device"), order.output
            return patch_request(
                project, folder, folder.name, order.patch, device=device, span=order.span, loudness=order.loudness
            )
        return export_request(
            project,
            order.output,
            order.picture,
            device=self._options.text("engine.device"),
            span=order.span,
            credentials=order.credentials,
            encoding=order.encoding,
            audio_tracks=order.audio_tracks,
            loudness=order.loudness,
        )

    def _read(self, project: Project) -> list[Path]:
        """Everything that belongs to the project, seen on the timeline or not."""
        files = [Path(medium.path) for medium in project.media]
        return [*files, self._document.path] if self._document.path is not None else files

    def _next(self) -> None:
        if not self._is_running or self._entry is not None or self._is_closed:
            return
        waiting = self.queue.waiting
        if not waiting:
            self._is_running = False
            self._tell_end()
            self.changed.emit()
            return
        entry = waiting[0]
        try:
            project = self.queue.project(entry.id)
            _check_place(entry.order, self._read(project))
            request = self._request(project, entry.order)
        except AppError as error:
            self._failed += 1
            self._change(entry.id, state="failed", error=error.message, hint=error.hint)
            self._messages.fail(error)
            self._next()
            return
        self._entry, self.progress, self.seconds_left = entry.id, None, None
        self._change(entry.id, state="running")
        self._job = self._jobs.submit(
            request,
            Priority.EXPORT,
            "export",
            self.tr("Export {name}").format(name=entry.order.output.name),
            lambda event: self._on_event(project, entry, event),
            retry=lambda: self._again(entry.id),
            outlives=True,
        )

    def _again(self, entry: EntryId) -> None:
        """“Try again” in the list of jobs."""
        self.retry(entry)
        self.start()

    def _on_event(self, project: Project, entry: QueueEntry, event: Event) -> None:
        if self._is_closed:
            return
        match event:
            case Progress():
                self.progress = event.done / event.total if event.total else None
                self.seconds_left = event.eta_seconds
                self.changed.emit()
                return
            case FilmWritten() | PatchWritten():
                self._made.append(entry.order.output.name)
                self._over(entry.id, state="done", notes=event.notes)
                self._on_done(project, entry.order, event)
            case Failed():
                self._failed += 1
                self._over(entry.id, state="failed", error=event.message, hint=event.hint)
            case Stopped():
                self._over(entry.id, state="cancelled")
            case _:
                return
        self._next()

    def _over(self, entry: EntryId, **values: object) -> None:
        self._entry = self._job = self.progress = self.seconds_left = None
        self._change(entry, **values)

    def _on_done(self, project: Project, order: ExportOrder, written: FilmWritten | PatchWritten) -> None:
        output = order.output
        self._messages.post(
            Message(
                "done",
                self.tr("Exported {name}.").format(name=output.name),
                "\n".join((*written.notes, *self._loudness_words(written))),
                action=(self.tr("Show in folder"), lambda: _show(output)),
            )
        )
        if order.with_report and isinstance(written, FilmWritten):
            report = export_report(project, exported_span(project, order.span), written, output)
            try:
                write_export_report(report, order.report)
            except AppError as error:
                self._messages.fail(error)
        self.finished.emit(output, written)

    def _loudness_words(self, written: FilmWritten | PatchWritten) -> tuple[str, ...]:
        """What was measured of the soundtrack, where that was asked for."""
        told = written.loudness
        if told is None:
            return ()
        found = told.after or told.before
        if found.lufs is None or found.peak is None:
            return (told.note,) if told.note else ()
        words = self.tr("Loudness {lufs} LUFS, peak {peak} dBTP.").format(lufs=f"{found.lufs:.1f}", peak=f"{found.peak:.1f}")
        return (words, told.note) if told.note else (words,)

    def _tell_end(self) -> None:
        """Says on the desktop that the queue came to its end: who waits for it looks elsewhere."""
        if not self._made and not self._failed:
            return
        made = len(self._made)
        title = self._made[0] if made == 1 else self.tr("{count} films exported").format(count=made)
        text = self.tr("The export is finished.") if made == 1 else self.tr("The exports are finished.")
        if self._failed:
            text = self.tr("{count} exports failed.").format(count=self._failed)
        self.notifier.tell(title, text)

    def _change(self, entry: EntryId, **values: object) -> None:
        self._write(lambda: self.queue.change(entry, **values))

    def _write(self, change: Callable[[], None]) -> None:
        try:
            change()
        except AppError as error:
            self._messages.fail(error)
        self.changed.emit()


def _check_place(order: ExportOrder, read: list[Path]) -> None:
    """Refuses what would be written over."""
    if order.patch is not None:
        check_new_folder(order.output, read)
    else:
        check_outputs(_written(order), read)


def _written(order: ExportOrder) -> list[tuple[str, Path]]:
    written = [("The film", order.output)]
    return [*written, ("The report", order.report)] if order.with_report else written


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))
