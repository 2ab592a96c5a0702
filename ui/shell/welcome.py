"""The page of an empty project: what to do first."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.base.theme import icon, theme
from ui.base.wrapped_label import WrappedLabel
from ui.media_bin.media_bin import dropped_files

_RECENT_SHOWN = 4
_HEIGHTS = {"sign": 400, "steps": 350, "more": 280, "title": 195, "words": 130}  # of the page below which each part is left out
_HEIGHT_OF_RECENT = 45


class WelcomePage(QScrollArea):
    """Drop area, the three steps, recent projects, the sample.

    Signals:
        files_dropped: (tuple[Path, ...]).
        add_clicked, open_clicked, sample_clicked.
        recent_clicked: (Path).
    """

    files_dropped = Signal(object)
    add_clicked = Signal()
    open_clicked = Signal()
    sample_clicked = Signal()
    recent_clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._title = title = QLabel(self.tr("Fit lips to a new voice"))
        title.setProperty("role", "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._drop = QFrame()
        self._drop.setProperty("role", "drop")
        self._sign = sign = QLabel()
        sign.setPixmap(icon("movie-open-plus-outline", theme().colours.accent).pixmap(44, 44))
        sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words = words = QLabel(self.tr("Drop a film here"))
        words.setProperty("role", "heading")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._more = more = WrappedLabel(self.tr("It plays at once; shots and faces are found in the background."), "dim")
        more.setAlignment(Qt.AlignmentFlag.AlignCenter)
        choose = QPushButton(icon("plus", theme().colours.accent_text), self.tr("Choose files"))
        choose.setProperty("primary", "true")
        choose.clicked.connect(self.add_clicked)
        choose.setMinimumHeight(choose.sizeHint().height())
        sign.setMinimumHeight(44)
        self._inside = inside = QVBoxLayout(self._drop)
        inside.setSpacing(8)
        inside.addWidget(sign)
        inside.addWidget(words)
        inside.addWidget(more)
        inside.addWidget(choose, 0, Qt.AlignmentFlag.AlignCenter)
        self._steps: list[WrappedLabel] = []
        steps = QHBoxLayout()
        steps.setSpacing(24)
        for number, text in enumerate(
            (
                self.tr("Drop the film"),
                self.tr("Drop the dub: segments are proposed"),
                self.tr("Press G: the lips are made"),
            ),
            start=1,
        ):
            step = WrappedLabel(f"{number}.  {text}", "dim")
            step.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            steps.addWidget(step, 1)
            self._steps.append(step)
        open_button = QPushButton(icon("folder-open-outline"), self.tr("Open project"))
        open_button.clicked.connect(self.open_clicked)
        self._sample = QPushButton(icon("movie-open-star-outline"), self.tr("Try the sample"))
        self._sample.clicked.connect(self.sample_clicked)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(open_button)
        buttons.addWidget(self._sample)
        buttons.addStretch(1)
        self._recent_title = QLabel(self.tr("Recent"))
        self._recent_title.setProperty("role", "faint")
        self._recent_title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._recent = QHBoxLayout()
        self._recent.setSpacing(4)
        recent_row = QHBoxLayout()
        recent_row.addStretch(1)
        recent_row.addWidget(self._recent_title)
        recent_row.addLayout(self._recent)
        recent_row.addStretch(1)
        middle = QVBoxLayout()
        middle.setContentsMargins(8, 8, 8, 8)
        middle.setSpacing(12)
        middle.addStretch(1)
        middle.addWidget(title)
        middle.addWidget(self._drop)
        middle.addLayout(steps)
        middle.addLayout(buttons)
        middle.addLayout(recent_row)
        middle.addStretch(1)
        holder = QWidget()
        holder.setLayout(middle)
        holder.setMaximumWidth(560)
        holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        inner = QWidget()
        row = QHBoxLayout(inner)
        row.setContentsMargins(8, 0, 8, 0)
        row.addStretch(1)
        row.addWidget(holder, 6)
        row.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_recent(self, paths: tuple[Path, ...]) -> None:
        """Lists the last projects."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in paths[:_RECENT_SHOWN]:
            button = QPushButton(path.stem)
            button.setProperty("flat", "true")
            button.setToolTip(str(path))
            button.setProperty("path", str(path))
            button.clicked.connect(self._on_recent)
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        self._leave_out(self.height())

    def set_sample_available(self, *, available: bool) -> None:
        """Shows or hides the sample's button."""
        self._sample.setVisible(available)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out the least needed where there is little room."""
        super().resizeEvent(event)
        self._leave_out(event.size().height())

    def _leave_out(self, height: int) -> None:
        """What one came for, a film and the last projects, is in sight without scrolling; the rest gives way."""
        has_recent = self._recent.count() > 0
        self._recent_title.setVisible(has_recent)
        room = height - (_HEIGHT_OF_RECENT if has_recent else 0)
        for step in self._steps:
            step.setVisible(room >= _HEIGHTS["steps"])
        for part, name in ((self._sign, "sign"), (self._more, "more"), (self._title, "title"), (self._words, "words")):
            part.setVisible(room >= _HEIGHTS[name])
        margin = 24 if room >= _HEIGHTS["sign"] else 12
        self._inside.setContentsMargins(margin, margin, margin, margin)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hands the files on."""
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)

    def _on_recent(self) -> None:
        self.recent_clicked.emit(Path(str(self.sender().property("path"))))
