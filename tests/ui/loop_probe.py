"""A heartbeat on the main thread: how long the event loop could not serve anything, and why.

A gap between two beats has three parts: time the thread computed, time it stood ready while other programs had the
processors (Linux tells), and the rest, in which it waited for something: a lock, a file, or Python's one interpreter
lock held by another thread. Only the first and the last are the window's own doing.
"""

import faulthandler
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

_BEAT_MS = 5
_SUSPICIOUS_S = 0.04
_SCHEDSTAT = Path("/proc/self/schedstat")  # of the process's first thread: the one with the event loop


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch in which nothing was served, in seconds.

    Attributes:
        wall: as long as it was.
        computed: processor time of the main thread in it.
        queued: time the main thread was ready to run and other threads or programs had the processors.
        label: the step of the script it happened in.
        stack: what a look at the main thread saw during it; empty when the block was short.
    """

    wall: float
    computed: float
    queued: float
    label: str
    stack: str = ""

    @property
    def own(self) -> float:
        """What is left of it on a machine with a free processor."""
        return max(0.0, self.wall - self.queued)


class LoopProbe(QObject):
    """Beats until `stop`; `blocks` holds every gap longer than `report_over` seconds."""

    def __init__(
        self, report_over: float = 0.02, stacks: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.blocks: list[Block] = []
        self.beats = 0
        self.label = ""
        self._report_over = report_over
        self._last = self._now()
        self._dumps = open(stacks, "w+") if stacks is not None else None  # noqa: SIM115
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._on_beat)
        self._timer.start()

    def stop(self) -> None:
        """The last beat."""
        self._timer.stop()
        if self._dumps is not None:
            faulthandler.cancel_dump_traceback_later()
            self._dumps.close()

    def forgive(self) -> None:
        """What happened since the last beat was the script's own doing (a screenshot) and does not count."""
        self._last = self._now()
        self._take_stacks()

    def _on_beat(self) -> None:
        self.beats += 1
        now = self._now()
        wall, computed, queued = (b - a for a, b in zip(self._last, now, strict=True))
        wall = max(0.0, wall - _BEAT_MS / 1000)
        if wall > self._report_over:
            block = Block(wall, computed, min(queued, wall), self.label, self._take_stacks())
            self.blocks.append(block)
        self._last = now
        if self._dumps is not None:
            faulthandler.dump_traceback_later(_SUSPICIOUS_S, repeat=True, file=self._dumps)

    def _take_stacks(self) -> str:
        """What faulthandler, which needs no interpreter lock, saw since the last beat."""
        if self._dumps is None:
            return ""
        faulthandler.cancel_dump_traceback_later()
        self._dumps.seek(0)
        seen = self._dumps.read()
        self._dumps.seek(0)
        self._dumps.truncate()
        return seen

    @staticmethod
    def _now() -> tuple[float, float, float]:
        queued = int(_SCHEDSTAT.read_text().split()[1]) / 1e9 if _SCHEDSTAT.exists() else 0.0
        return time.perf_counter(), time.thread_time(), queued
