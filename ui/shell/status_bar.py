"""The line at the bottom: device, memory, jobs."""

import psutil
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from ui.base.bridge import Bridge, Ticket
from ui.jobs.job_board import JobBoard
from ui.jobs.jobs_panel import JobsLine

_EVERY_MS = 2000


class StatusLine(QStatusBar):
    """What the machine does.

    Signals:
        jobs_clicked: the jobs panel is wanted.
    """

    jobs_clicked = Signal()

    def __init__(self, board: JobBoard, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._own = psutil.Process()
        self.setSizeGripEnabled(False)
        self.device = QLabel(self.tr("Device: not checked yet"))
        self.device.setProperty("role", "badge")
        self.device.setToolTip(self.tr("Where lips are computed; checked by computing something there."))
        self.memory = QLabel()
        self.memory.setProperty("role", "badge")
        self.jobs = JobsLine(board)
        self.jobs.clicked.connect(self.jobs_clicked)
        self.addWidget(self.device)
        self.addWidget(self.memory)
        self.dropped = QLabel()
        self.dropped.setProperty("role", "badge")
        self.dropped.setToolTip(
            self.tr("Pictures of the last run that came too late and were left out; sound goes on, and an export has them all.")
        )
        self.dropped.hide()
        self.addWidget(self.dropped)
        self.addPermanentWidget(self.jobs)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._show_memory)
        self._timer.start()
        self._show_memory()

    def show_dropped(self, dropped: int, shown: int) -> None:
        """How many pictures playback left out, of how many; nothing before the first run."""
        self.dropped.setText(self.tr("Dropped: {dropped} of {all}").format(dropped=dropped, all=dropped + shown))
        self.dropped.setVisible(dropped + shown > 0)
        warns = "warning" if dropped else ""
        if self.dropped.property("level") != warns:
            self.dropped.setProperty("level", warns)
            self.dropped.style().unpolish(self.dropped)
            self.dropped.style().polish(self.dropped)

    def check_device(self, name: str) -> None:
        """Finds out which device works, by running something on it in a process of its own."""

        def work(_ticket: Ticket[str]) -> str:
            from core.base.device import device_name_apart

            return device_name_apart(name)

        self.device.setText(self.tr("Device: checking…"))
        self._bridge.run(work, self._on_device, lambda error: self.device.setText(error.message))

    def _on_device(self, name: str) -> None:
        shown = {"cpu": self.tr("Processor"), "mps": "Apple GPU"}.get(name, name.upper())
        self.device.setText(self.tr("Device: {name}").format(name=shown))

    def _show_memory(self) -> None:
        used = self._own.memory_info().rss
        engine = self._bridge.engine_process
        if engine is not None:
            try:
                used += psutil.Process(engine).memory_info().rss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                engine = None
        machine = psutil.virtual_memory()
        self.memory.setText(self.tr("Memory: {used} GB").format(used=f"{used / 2**30:.1f}"))
        self.memory.setToolTip(
            self.tr("Window and engine together; {free} of {total} GB are free on this machine.").format(
                free=f"{machine.available / 2**30:.1f}", total=f"{machine.total / 2**30:.1f}"
            )
        )
