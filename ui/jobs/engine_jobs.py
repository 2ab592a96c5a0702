"""Ties the engine's events to the job board: each submitted request has a row and a listener."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Signal

from core.base.errors import AppError
from core.engine.client import Priority
from core.jobs.events import TERMINAL, Done, Event, Failed, JobId, Progress, Stopped
from core.planning.requests import TorchRequest
from core.project.changes import Changes
from ui.base.bridge import Bridge
from ui.base.messages import Message, Messages
from ui.jobs.job_board import JobBoard, JobKind, JobNumber
from ui.state.document import Document

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    number: JobNumber
    listener: Callable[[Event], None]
    retry: Callable[[], object] | None = None
    outlives: bool = False
    is_closed: bool = False  # its project was closed: nobody wants to hear of it any more
    is_paused: bool = False


def stage_text(stage: str) -> str:
    """The engine's name of a stage in words."""
    return {
        "faces": QCoreApplication.translate("Jobs", "finding faces"),
        "follow": QCoreApplication.translate("Jobs", "following"),
        "lips": QCoreApplication.translate("Jobs", "making lips"),
        "score": QCoreApplication.translate("Jobs", "judging the fit"),
        "export": QCoreApplication.translate("Jobs", "writing the film"),
        "patch": QCoreApplication.translate("Jobs", "writing the patch"),
        "proxy": QCoreApplication.translate("Jobs", "writing the copy"),
        "footage": QCoreApplication.translate("Jobs", "looking through the footage"),
        "learning": QCoreApplication.translate("Jobs", "learning"),
        "fetch": QCoreApplication.translate("Jobs", "fetching"),
        "check": QCoreApplication.translate("Jobs", "checking"),
        "unpack": QCoreApplication.translate("Jobs", "unpacking"),
        "convert": QCoreApplication.translate("Jobs", "converting"),
        "words": QCoreApplication.translate("Jobs", "writing down the words"),
        "length": QCoreApplication.translate("Jobs", "lengthening"),
        "verify": QCoreApplication.translate("Jobs", "reading it back"),
    }.get(stage, stage)


class EngineJobs(QObject):
    """Submits requests and keeps their rows up to date.

    A job belongs to the project that was open when it was submitted: with the project it ends, and nothing of it is told.

    Signals:
        held: (JobId, bool) a job was paused, or goes on.
    """

    held = Signal(str, bool)

    def __init__(
        self, document: Document, bridge: Bridge, board: JobBoard, messages: Messages, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._board = board
        self._messages = messages
        self._running: dict[JobId, _Running] = {}
        self._is_torch_coming = False
        bridge.engine_event.connect(self._on_event)
        document.changed.connect(self._on_changed)

    def submit(
        self,
        request: object,
        priority: Priority,
        kind: JobKind,
        title: str,
        listener: Callable[[Event], None],
        *,
        replaces: Hashable | None = None,
        retry: Callable[[], object] | None = None,
        outlives: bool = False,
    ) -> JobId:
        """Runs a request; `listener` gets every event of it on the main thread, after the row was updated.

        With `outlives` the job goes on when its project is closed: a film that is being written.
        """
        number = self._board.add(kind, title, retry=retry)
        job = self._bridge.submit(request, priority, replaces=replaces)
        self._running[job] = _Running(number, listener, retry, outlives)
        self._board.update(
            number,
            cancel=lambda: self.cancel(job),
            pause=lambda: self.pause(job),
            resume=lambda: self.resume(job),
        )
        return job

    @property
    def jobs(self) -> tuple[JobId, ...]:
        """Jobs that did not end yet."""
        return tuple(self._running)

    def cancel(self, job: JobId) -> None:
        """Stops a job."""
        self._bridge.cancel(job)

    def pause(self, job: JobId) -> None:
        """Holds a job."""
        running = self._running.get(job)
        if running is not None:
            running.is_paused = True
            self._bridge.pause(job)
            self._board.update(running.number, state="paused")
            self.held.emit(job, True)

    def resume(self, job: JobId) -> None:
        """Lets a job go on."""
        running = self._running.get(job)
        if running is not None:
            running.is_paused = False
            self._bridge.resume(job)
            self._board.update(running.number, state="running")
            self.held.emit(job, False)

    def _on_changed(self, changes: Changes) -> None:
        if not changes.everything:
            return
        for job, running in self._running.items():
            if not running.outlives and not running.is_closed:
                running.is_closed = True
                self._board.remove(running.number)
                self.cancel(job)

    def _on_event(self, event: Event) -> None:
        running = self._running.get(event.job)
        if running is None:
            return
        if running.is_closed:
            if isinstance(event, Done | Stopped | Failed):
                del self._running[event.job]
            return
        number = running.number
        match event:
            case Progress():
                self._board.update(
                    number,
                    state="paused" if running.is_paused else "running",
                    stage=stage_text(event.stage),
                    progress=event.done / event.total if event.total else None,
                    seconds_left=event.eta_seconds,
                )
            case Done():
                self._board.update(number, state="done", progress=1.0)
            case Stopped():
                self._board.update(number, state="cancelled")
            case Failed():
                self._board.update(number, state="failed", message=event.message)
                if event.is_bug:
                    logger.error("the engine broke: %s\n%s", event.message, event.details)
                if event.needs_torch:
                    self._offer_torch(event.message, running.retry)
                else:
                    self._messages.fail(AppError(event.message, hint=event.hint))
        if isinstance(event, Done | Stopped | Failed):
            del self._running[event.job]
        running.listener(event)

    def _offer_torch(self, message: str, retry: Callable[[], object] | None) -> None:
        """Asks whether what is missing may come now; what was asked for is done again after that."""
        if self._is_torch_coming:
            return
        self._messages.post(
            Message(
                "warning",
                message,
                self.tr(
                    "It is fetched once (1.1 GB installed, more with NVIDIA's libraries) and checked by hash."
                ),
                (self.tr("Install torch"), lambda: self._install_torch(retry)),
            )
        )

    def _install_torch(self, retry: Callable[[], object] | None) -> None:
        if self._is_torch_coming:
            return
        self._is_torch_coming = True

        def listen(event: Event) -> None:
            if not isinstance(event, TERMINAL):
                return
            self._is_torch_coming = False
            if isinstance(event, Done):
                self._messages.done(self.tr("torch is installed."))
                if retry is not None:
                    retry()

        self.submit(
            TorchRequest(), Priority.PROXY, "convert", self.tr("Install torch"), listen,
            retry=lambda: self._install_torch(retry), outlives=True,
        )  # fmt: skip
