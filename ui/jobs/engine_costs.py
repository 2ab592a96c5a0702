"""What published engines will take on this computer, told by the engine's process when somebody looks at one."""

from PySide6.QtCore import QObject, Signal

from core.engine.client import Priority
from core.jobs.events import TERMINAL, Event, JobId
from core.jobs.results import CostEstimated
from core.planning.requests import EstimateRequest
from ui.base.bridge import Bridge


class EngineCosts(QObject):
    """Asks once for each engine; failures are silent, for nobody asked in words.

    Signals:
        told: (CostEstimated) what an engine will take.
    """

    told = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._known: dict[str, CostEstimated] = {}
        self._asked: dict[JobId, str] = {}
        bridge.engine_event.connect(self._on_event)

    def ask(self, model_id: str) -> None:
        """`told` follows, at once where it is known."""
        if model_id in self._known:
            self.told.emit(self._known[model_id])
        elif model_id not in self._asked.values():
            self._asked[self._bridge.submit(EstimateRequest(model_id), Priority.ANALYSIS)] = model_id

    def _on_event(self, event: Event) -> None:
        if event.job not in self._asked or not isinstance(event, TERMINAL):
            return
        del self._asked[event.job]
        if isinstance(event, CostEstimated):
            self._known[event.model] = event
            self.told.emit(event)
