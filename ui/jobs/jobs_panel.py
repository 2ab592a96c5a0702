"""The jobs panel, and the one line of it in the status bar."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.base.elided_label import ElidedLabel
from ui.base.theme import icon, theme
from ui.jobs.job_board import Job, JobBoard, JobNumber

_KIND_ICONS = {
    "import": "tray-arrow-down",
    "analysis": "face-recognition",
    "take": "creation-outline",
    "score": "chart-line",
    "export": "export-variant",
    "proxy": "feather",
    "convert": "swap-horizontal",
    "adapt": "account-cog-outline",
}


def time_left_text(seconds: float | None) -> str:
    """Words like “about 2 min left”; empty when it is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return QCoreApplication.translate("Jobs", "{seconds} s left").format(seconds=max(1, round(seconds)))
    if seconds < 3600:
        return QCoreApplication.translate("Jobs", "about {minutes} min left").format(
            minutes=round(seconds / 60)
        )
    hours, minutes = divmod(round(seconds / 60), 60)
    return QCoreApplication.translate("Jobs", "about {hours} h {minutes} min left").format(
        hours=hours, minutes=minutes
    )


def state_text(job: Job) -> str:
    """What a job does now, in words."""
    match job.state:
        case "waiting":
            return QCoreApplication.translate("Jobs", "waiting")
        case "running":
            parts = [job.stage]
            if job.progress is not None:
                parts.append(f"{job.progress:.0%}")
            parts.append(time_left_text(job.seconds_left))
            return " · ".join(part for part in parts if part)
        case "paused":
            return QCoreApplication.translate("Jobs", "paused")
        case "done":
            return job.message or QCoreApplication.translate("Jobs", "done")
        case "failed":
            return job.message or QCoreApplication.translate("Jobs", "failed")
        case _:
            return QCoreApplication.translate("Jobs", "cancelled")


class JobRow(QFrame):
    """One job: title, bar, what it is at, buttons."""

    def __init__(self, board: JobBoard, number: JobNumber, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._number = number
        self._drawn: tuple[str, str] | None = None
        self.setProperty("role", "card")
        self._sign = QLabel()
        self._title = QLabel()
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._state = QLabel()
        self._state.setProperty("role", "faint")
        self._state.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._pause = self._button("pause", self.tr("Pause"), self._on_pause)
        self._retry = self._button("refresh", self.tr("Try again"), self._on_retry)
        self._cancel = self._button("close", self.tr("Cancel"), self._on_cancel)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._sign)
        top.addWidget(self._title, 1)
        for button in (self._pause, self._retry, self._cancel):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        self.refresh()

    def refresh(self) -> None:
        """Shows the job as it is now."""
        job = self._board.job(self._number)
        if job is None:
            return
        colours = theme().colours
        colour = {"failed": colours.error, "done": colours.good, "running": colours.accent}.get(
            job.state, colours.dim_text
        )
        if (
            colour,
            job.state,
        ) != self._drawn:  # drawing an icon costs more than all the rest of a progress event
            self._drawn = (colour, job.state)
            self._sign.setPixmap(icon(_KIND_ICONS[job.kind], colour).pixmap(16, 16))
            self._pause.setIcon(icon("play" if job.state == "paused" else "pause"))
        self._title.setText(job.title)
        self._title.setToolTip(job.title)
        self._state.setText(state_text(job))
        self._bar.setVisible(not job.is_over)
        if job.progress is None:
            self._bar.setRange(0, 0 if job.state == "running" else 1)
        else:
            self._bar.setRange(0, 1000)
            # A bar paints itself at once, and with it all that waits to be painted: a new row, too, that has no size yet.
            self._bar.setUpdatesEnabled(False)
            self._bar.setValue(round(job.progress * 1000))
            self._bar.setUpdatesEnabled(True)
        is_paused = job.state == "paused"
        self._pause.setVisible((job.resume if is_paused else job.pause) is not None)
        self._pause.setToolTip(self.tr("Go on") if is_paused else self.tr("Pause"))
        self._retry.setVisible(job.state in ("failed", "cancelled") and job.retry is not None)
        self._cancel.setVisible(job.is_over or job.cancel is not None)
        self._cancel.setToolTip(self.tr("Remove from the list") if job.is_over else self.tr("Cancel"))

    def _button(self, name: str, tip: str, handler: object) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(handler)
        return button

    def _on_pause(self) -> None:
        job = self._board.job(self._number)
        if job is not None:
            act = job.resume if job.state == "paused" else job.pause
            if act is not None:
                act()

    def _on_retry(self) -> None:
        job = self._board.job(self._number)
        if job is not None and job.retry is not None:
            self._board.remove(self._number)
            job.retry()

    def _on_cancel(self) -> None:
        job = self._board.job(self._number)
        if job is None:
            return
        if job.is_over:
            self._board.remove(self._number)
        elif job.cancel is not None:
            job.cancel()


class JobsPanel(QWidget):
    """All jobs, newest on top; finished ones fold away below."""

    def __init__(self, board: JobBoard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._rows: dict[JobNumber, JobRow] = {}
        self._folded: set[JobNumber] = set()  # done or cancelled; what failed stays in sight
        self._empty = QLabel(
            self.tr("Nothing is being worked on.\nThumbnails, faces, lips and exports appear here.")
        )
        self._empty.setProperty("role", "faint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self._list.addWidget(self._empty)
        self._fold = QToolButton()
        self._fold.setCheckable(True)
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.setAutoRaise(True)
        self._fold.toggled.connect(self._refresh)
        self._clear = QPushButton(self.tr("Clear finished"))
        self._clear.setProperty("flat", "true")
        self._clear.clicked.connect(board.clear_finished)
        foot = QHBoxLayout()
        foot.addWidget(self._fold)
        foot.addStretch(1)
        foot.addWidget(self._clear)
        self._finished = QVBoxLayout()
        self._finished.setSpacing(8)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(self._list)
        column.addLayout(foot)
        column.addLayout(self._finished)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        board.added.connect(self._on_added)
        board.changed.connect(self._on_changed)
        board.removed.connect(self._on_removed)
        for job in board.jobs:
            self._on_added(job.number)
            self._on_changed(job.number)
        self._refresh()

    def _on_added(self, number: JobNumber) -> None:
        row = JobRow(self._board, number)
        self._rows[number] = row
        self._list.insertWidget(0, row)
        self._refresh()

    def _on_changed(self, number: JobNumber) -> None:
        row = self._rows.get(number)
        job = self._board.job(number)
        if row is not None and job is not None:
            row.refresh()
            if job.state in ("done", "cancelled") and number not in self._folded:
                self._folded.add(number)
                self._list.removeWidget(row)
                self._finished.insertWidget(0, row)
        self._refresh()

    def _on_removed(self, number: JobNumber) -> None:
        row = self._rows.pop(number, None)
        if row is not None:
            (self._finished if number in self._folded else self._list).removeWidget(row)
            self._folded.discard(number)
            row.hide()
            row.deleteLater()
        self._refresh()

    def _refresh(self, _shown: bool = False) -> None:
        self._empty.setVisible(len(self._rows) == len(self._folded))
        is_open = self._fold.isChecked()
        for number in self._folded:
            self._rows[number].setVisible(is_open)
        count = len(self._folded)
        self._fold.setVisible(count > 0)
        self._fold.setText(self.tr("{count} finished").format(count=count))
        self._fold.setIcon(icon("chevron-down" if is_open else "chevron-right"))
        self._clear.setVisible(any(job.is_over for job in self._board.jobs))


class JobsLine(QWidget):
    """The running job in the status bar; a click opens the panel.

    Signals:
        clicked.
    """

    clicked = Signal()

    def __init__(self, board: JobBoard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._text = ElidedLabel()
        self._text.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(140)
        self._button = QToolButton()
        self._button.setIcon(icon("tray-full"))
        self._button.setToolTip(self.tr("Show the jobs"))
        self._button.clicked.connect(self.clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.addWidget(self._text, 1)
        row.addWidget(self._bar)
        row.addWidget(self._button)
        for signal in (board.added, board.changed, board.removed):
            signal.connect(self._refresh)
        theme().changed.connect(self._on_theme)
        self._refresh()

    @property
    def text(self) -> str:
        """What the line says."""
        return self._text.text()

    def _on_theme(self) -> None:
        self._button.setIcon(icon("tray-full"))

    def _refresh(self) -> None:
        active = self._board.active
        running = [job for job in active if job.state == "running"] or list(active)
        self._bar.setVisible(bool(running))
        if not running:
            self._text.setText(self.tr("No jobs"))
            return
        job = running[0]
        more = f"  +{len(active) - 1}" if len(active) > 1 else ""
        self._text.setText(f"{job.title}: {state_text(job)}{more}")
        if job.progress is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(job.progress * 1000))
