"""Published models in the background: installed by the engine's process, verified and removed on the pool."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.base.errors import ModelError
from core.engine.client import Priority
from core.jobs.events import TERMINAL, Done, Event, JobId
from core.model_store import store
from core.planning.requests import InstallRequest
from ui.base.bridge import Bridge
from ui.base.messages import Messages
from ui.jobs.engine_jobs import EngineJobs


class ModelWork(QObject):
    """Installs, verifies and removes models.

    Signals:
        changed: (str) what is known of a model is another than before.
    """

    changed = Signal(str)

    def __init__(self, bridge: Bridge, jobs: EngineJobs, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._jobs, self._messages = bridge, jobs, messages
        self._running: dict[str, JobId] = {}

    def is_busy(self, model_id: str) -> bool:
        """Whether the model is being installed."""
        return model_id in self._running

    def install(self, model_id: str, source: Path | None = None) -> None:
        """Installs a model whose licence has been accepted: fetched, or out of a folder."""
        if self.is_busy(model_id):
            return
        title = store.known(model_id).title

        def listen(event: Event) -> None:
            if not isinstance(event, TERMINAL):
                return
            self._running.pop(model_id, None)
            if isinstance(event, Done):
                self._messages.done(self.tr("{title} is installed.").format(title=title))
            self.changed.emit(model_id)

        self._running[model_id] = self._jobs.submit(
            InstallRequest(model_id, source),
            Priority.PROXY,
            "convert",
            self.tr("Install {title}").format(title=title),
            listen,
            retry=lambda: self.install(model_id, source),
            outlives=True,
        )
        self.changed.emit(model_id)

    def verify(self, model_id: str) -> None:
        """Reads all of a model's files and says whether they are what was installed."""

        def done(wrong: list[str]) -> None:
            title = store.known(model_id).title
            if wrong:
                self._messages.warn(
                    self.tr("{title} is damaged. Install it again.").format(title=title), "\n".join(wrong)
                )
            else:
                self._messages.done(self.tr("{title} is as it was installed.").format(title=title))
            self.changed.emit(model_id)

        self._bridge.run(lambda _ticket: store.verify(model_id), done, self._messages.fail)

    def remove(self, model_id: str) -> None:
        """Deletes a model's files."""

        def work(_ticket: object) -> None:
            try:
                store.remove(model_id)
            except OSError as error:
                raise ModelError(
                    f"{store.model_folder(model_id)} cannot be deleted: {error.strerror or error}."
                ) from error

        self._bridge.run(work, lambda _none: self.changed.emit(model_id), self._messages.fail)
