"""A heartbeat on the main thread: how long the event loop could not serve anything, and why.

A gap between two beats has three parts: time the thread computed, time it stood ready while other programs had the
processors or the whole machine was held by its host (Linux tells both), and the rest, in which it waited for
something: a lock, a file, or Python's one interpreter lock held by another thread. That thread may itself have stood
ready without a processor, which is told too. On a machine with free processors only the window's own doing is left.
"""

import faulthandler
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

_BEAT_MS = 10
_SUSPICIOUS_S = 0.04
_PROC = Path("/proc/self")  # Linux; elsewhere nothing but the clock is known
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class _Now:
    """A moment: the clock, the main thread's processor time, how long each thread ever queued, and the host's theft."""

    wall: float
    computed: float
    queued: dict[int, float]
    stolen: float


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch in which nothing was served, in seconds.

    Attributes:
        wall: as long as it was.
        computed: processor time of the main thread in it.
        queued: time the main thread was ready to run and other threads or programs had the processors.
        others_queued: the longest time another thread of this process was ready to run and had to wait.
        stolen: time the host gave the machine's processors to somebody else, in steps of 10 ms.
        label: the step of the script it happened in.
        stack: what a look at the main thread saw during it; empty when the block was short.
    """

    wall: float
    computed: float
    queued: float
    others_queued: float
    stolen: float
    label: str
    stack: str = ""

    @property
    def own(self) -> float:
        """What is left of it on a machine with a free processor."""
        return max(0.0, self.wall - max(self.queued, self.others_queued) - self.stolen)


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
        before = self._last
        wall = max(0.0, now.wall - before.wall - _BEAT_MS / 1000)
        if wall > self._report_over:
            waits = {task: now.queued[task] - before.queued.get(task, 0.0) for task in now.queued}
            main = waits.pop(os.getpid(), 0.0)
            self.blocks.append(
                Block(
                    wall,
                    now.computed - before.computed,
                    min(main, wall),
                    min(max(waits.values(), default=0.0), wall),
                    min(now.stolen - before.stolen, wall),
                    self.label,
                    self._take_stacks(),
                )
            )
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
    def _now() -> "_Now":
        queued, stolen = {}, 0.0
        if _PROC.is_dir():
            for task in os.listdir(_PROC / "task"):
                with (
                    suppress(OSError),
                    open(_PROC / "task" / task / "schedstat", "rb") as file,
                ):  # it may just have ended
                    queued[int(task)] = int(file.read().split()[1]) / 1e9
            with open("/proc/stat", "rb") as file:
                stolen = int(file.readline().split()[8]) / _TICKS
        return _Now(time.perf_counter(), time.thread_time(), queued, stolen)
