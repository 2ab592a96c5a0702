"""The export queue: what waits, what runs and how far it is, what became of the others."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.project.export_queue import EntryId, QueueEntry
from ui.base.elided_label import ElidedLabel
from ui.base.theme import icon, theme
from ui.base.wrapped_label import WrappedLabel
from ui.jobs.export_work import ExportWork
from ui.jobs.jobs_panel import time_left_text

_ICONS = {
    "waiting": "clock-outline",
    "running": "export-variant",
    "paused": "pause",
    "done": "check-circle-outline",
    "failed": "alert-circle-outline",
    "cancelled": "cancel",
}


class ExportRow(QFrame):
    """One export: name, project, state, bar and buttons."""

    def __init__(self, work: ExportWork, entry: QueueEntry) -> None:
        super().__init__()
        self._work = work
        self._drawn = ""
        self.setProperty("role", "card")
        self._sign = QLabel()
        self._name = ElidedLabel(entry.order.output.name)
        self._name.setToolTip(str(entry.order.output))
        self.state = WrappedLabel(role="faint")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.buttons: dict[str, QToolButton] = {}
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self._sign)
        top.addWidget(self._name, 1)
        for name, sign, tip, act in (
            ("up", "arrow-up", self.tr("Earlier"), lambda: work.move(entry.id, -1)),
            ("down", "arrow-down", self.tr("Later"), lambda: work.move(entry.id, 1)),
            ("pause", "pause", self.tr("Pause"), lambda: work.pause(entry.id)),
            ("resume", "play", self.tr("Go on"), lambda: work.resume(entry.id)),
            ("retry", "refresh", self.tr("Try again"), lambda: work.retry(entry.id)),
            ("show", "folder-outline", self.tr("Show in folder"), lambda: work.show_place(entry.id)),
            ("cancel", "close", self.tr("Cancel"), lambda: work.cancel(entry.id)),
            ("remove", "trash-can-outline", self.tr("Remove from the queue"), lambda: work.remove(entry.id)),
        ):
            self.buttons[name] = self._button(sign, f"{tip}: {entry.order.output.name}", tip, act)
            top.addWidget(self.buttons[name])
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addWidget(self.state)
        self.refresh(entry, is_first=True, is_last=True)

    def refresh(self, entry: QueueEntry, *, is_first: bool, is_last: bool) -> None:
        """Shows the entry as it is now."""
        state = entry.state
        colours = theme().colours
        tint = {"failed": colours.error, "done": colours.good, "running": colours.accent}.get(
            state, colours.dim_text
        )
        if self._drawn != f"{state}{tint}":
            self._drawn = f"{state}{tint}"
            self._sign.setPixmap(icon(_ICONS[state], tint).pixmap(16, 16))
        self._bar.setVisible(state in ("running", "paused"))
        progress = self._work.progress
        self._bar.setRange(0, 1000 if progress is not None else 0)
        self._bar.setValue(round((progress or 0) * 1000))
        self.state.setText(self._state_text(entry))
        shown = {
            "up": state == "waiting" and not is_first,
            "down": state == "waiting" and not is_last,
            "pause": state == "running",
            "resume": state == "paused",
            "retry": state in ("failed", "cancelled"),
            "show": state == "done",
            "cancel": not entry.is_over,
            "remove": entry.is_over or state == "waiting",
        }
        for name, button in self.buttons.items():
            button.setVisible(shown[name])

    def _state_text(self, entry: QueueEntry) -> str:
        parts = [entry.project_name] if entry.project_name else []
        progress, left = self._work.progress, time_left_text(self._work.seconds_left)
        match entry.state:
            case "waiting":
                parts.append(self.tr("waiting"))
            case "running":
                parts.append(f"{progress:.0%}" if progress is not None else self.tr("begins"))
                parts += [left] if left else []
            case "paused":
                parts.append(self.tr("paused"))
            case "done":
                parts.append(self.tr("done"))
            case "failed":
                parts.append(f"{entry.error} {entry.hint}".strip() or self.tr("failed"))
            case _:
                parts.append(self.tr("cancelled"))
        return "\n".join([" · ".join(parts), *entry.notes])

    def _button(self, sign: str, name: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(sign))
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.clicked.connect(lambda _checked=False: act())
        return button


class ExportsPanel(QWidget):
    """The queue with its buttons.

    Signals:
        export_asked: the present project is to be exported.
        project_asked: another project is to be chosen.
    """

    export_asked = Signal()
    project_asked = Signal()

    def __init__(self, work: ExportWork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self.rows: dict[EntryId, ExportRow] = {}
        self._order: tuple[EntryId, ...] = ()
        self._empty = WrappedLabel(
            self.tr("Nothing is to be exported.\nPut this project or others into the queue; it survives closing the window."),
            role="faint",
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.start = QPushButton()
        self.start.clicked.connect(self._on_start)
        self.add = QPushButton(icon("plus"), self.tr("Add this project…"))
        self.add.clicked.connect(self.export_asked)
        self.add_other = QPushButton(self.tr("Add projects…"))
        self.add_other.clicked.connect(self.project_asked)
        self.clear = QPushButton(self.tr("Remove finished"))
        self.clear.setProperty("flat", "true")
        self.clear.clicked.connect(work.remove_finished)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._empty)
        column.addLayout(self._list)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignRight)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 8, 12, 12)
        foot.setSpacing(8)
        foot.addWidget(self.start)
        adding = QHBoxLayout()
        adding.setSpacing(8)
        adding.addWidget(self.add, 1)
        adding.addWidget(self.add_other, 1)
        foot.addLayout(adding)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)
        work.changed.connect(self._refresh)
        theme().changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        entries = self._work.queue.entries
        order = tuple(entry.id for entry in entries)
        if order != self._order:
            self._order = order
            for gone in set(self.rows) - set(order):
                row = self.rows.pop(gone)
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
            for place, entry in enumerate(entries):
                if entry.id not in self.rows:
                    self.rows[entry.id] = ExportRow(self._work, entry)
                self._list.insertWidget(place, self.rows[entry.id])
        waiting = [entry.id for entry in entries if entry.state == "waiting"]
        for entry in entries:
            self.rows[entry.id].refresh(
                entry,
                is_first=bool(waiting) and entry.id == waiting[0],
                is_last=bool(waiting) and entry.id == waiting[-1],
            )
        self._empty.setVisible(not entries)
        self.clear.setVisible(any(entry.is_over for entry in entries))
        is_running = self._work.is_running
        self.start.setEnabled(is_running or bool(waiting))
        if is_running:
            self.start.setText(self.tr("Stop after this one"))
            self.start.setIcon(icon("pause"))
        else:
            count = len(waiting)
            self.start.setText(self.tr("Export {count}").format(count=count) if count else self.tr("Start"))
            self.start.setIcon(icon("play", theme().colours.accent_text if count else None))
        is_main = bool(waiting) and not is_running
        if self.start.property("primary") != ("true" if is_main else "false"):
            self.start.setProperty("primary", "true" if is_main else "false")
            self.start.style().unpolish(self.start)
            self.start.style().polish(self.start)

    def _on_start(self) -> None:
        if self._work.is_running:
            self._work.stop_after_this()
        else:
            self._work.start()
