"""The export dialog: what, where, how."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.base.errors import AppError
from core.base.timing import FrameRate, format_time
from core.planning.requests import PicturePreset, TimelineRequest
from core.project.export_plan import export_request, exported_span, marked_range, retimed_films, takes_shown
from core.project.model import MediaItem, Project
from ui.base.theme import icon
from ui.base.wrapped_label import WrappedLabel
from ui.jobs.export_work import ExportOrder

# (codec, title, suffix, help): the same encoders `unisync dub --export` offers.
EXPORT_PRESETS: tuple[tuple[PicturePreset, str, str, str], ...] = (
    ("h264", "H.264 (MP4)", ".mp4", "Plays everywhere; visually lossless quality."),
    ("hevc", "H.265 (MP4)", ".mp4", "Smaller files; for newer players."),
    ("prores", "ProRes (MOV)", ".mov", "For going on in an editing program."),
    ("dnxhr", "DNxHR (MOV)", ".mov", "For going on in Avid and Resolve."),
    ("ffv1", "FFV1 (MKV)", ".mkv", "Lossless, for archives and comparisons."),
)


def translated(text: str) -> str:
    """A preset's text in the user's language."""
    return QCoreApplication.translate("ExportPresets", text)


class ExportDialog(QDialog):
    """Asks for a preset, a range and a file.

    Signals:
        export_asked: (ExportOrder).
    """

    export_asked = Signal(object)

    def __init__(self, project: Project, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self.setMinimumWidth(560)
        self._project = project
        self._timeline_problem = ""
        self._preset = QComboBox()
        for codec, title, _, _ in EXPORT_PRESETS:
            self._preset.addItem(title, codec)
        self._preset.currentIndexChanged.connect(self._on_preset)
        self._help = WrappedLabel()
        self._span = QComboBox()
        self._span.addItem(self.tr("The whole timeline"), None)
        marked = marked_range(project)
        if marked is not None:
            self._span.addItem(self.tr("From the in to the out mark"), marked)
            self._span.setCurrentIndex(1)
        self._span.setEnabled(marked is not None)
        self._span.setToolTip(self.tr("Set the marks on the timeline with I and O to export a part."))
        self._span.currentIndexChanged.connect(self._show_plan)
        self._path = QLineEdit(str(folder / f"{project.name or 'film'}_dubbed{EXPORT_PRESETS[0][2]}"))
        self._path.textChanged.connect(self._check)
        browse = QPushButton(icon("folder-outline"), self.tr("Browse…"))
        browse.clicked.connect(self._on_browse)
        place = QHBoxLayout()
        place.addWidget(self._path, 1)
        place.addWidget(browse)
        place.setSpacing(8)
        self._summary = QLabel()
        self._summary.setProperty("role", "dim")
        self._plan = WrappedLabel(role="dim")  # what will be done to the film is not small print
        self._report = QCheckBox(self.tr("Write a report beside it: segments, takes, scores"))
        self._credentials = QCheckBox(self.tr("Sign it with content credentials"))
        self._credentials.setChecked(True)
        self._credentials_help = WrappedLabel(role="dim")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (label, field) in enumerate(
            (
                (self.tr("Format"), self._preset),
                ("", self._help),
                (self.tr("Range"), self._span),
                (self.tr("Film"), self._summary),
                ("", self._plan),
                (self.tr("File"), place),
                ("", self._report),
                ("", self._credentials),
                ("", self._credentials_help),
            )
        ):
            grid.addWidget(QLabel(label), row, 0)
            if isinstance(field, QWidget):
                grid.addWidget(field, row, 1)
            elif isinstance(field, QLayout):
                grid.addLayout(field, row, 1)
        self._problem = QLabel()
        self._problem.setProperty("role", "error")
        self._problem.setWordWrap(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._export = self._buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._export.setDefault(True)
        self._buttons.accepted.connect(self._on_export)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(grid)
        column.addWidget(self._problem)
        column.addStretch(1)
        column.addWidget(self._buttons)
        self._show_plan()
        self._on_preset(0)

    @property
    def order(self) -> ExportOrder:
        """What would be exported now."""
        path = Path(self._path.text().strip())
        return ExportOrder(
            path,
            self._preset.currentData(),
            self._span.currentData(),
            self._report.isChecked(),
            self._credentials.isChecked() and self._credentials.isEnabled(),
        )

    @property
    def plan(self) -> str:
        """What the dialog says will happen to the pictures."""
        return self._plan.text()

    def choose(self, output: Path, preset: PicturePreset, *, with_report: bool = False) -> None:
        """Fills the dialog in."""
        self._preset.setCurrentIndex(self._preset.findData(preset))
        self._path.setText(str(output))
        self._report.setChecked(with_report)

    def _show_plan(self, _index: int = 0) -> None:
        project, span = self._project, exported_span(self._project, self._span.currentData())
        dubbed = [
            s for s in project.segments if not s.muted and not s.keep_original and s.range.overlaps(span)
        ]
        ready = [s for s in dubbed if any(takes_shown(project, s, span))]
        self._summary.setText(
            self.tr("{length} · {ready} of {all} segments have lips").format(
                length=format_time(span.duration), ready=len(ready), all=len(dubbed)
            )
        )
        lines = []
        self._timeline_problem = ""
        try:
            request = export_request(project, Path("film.mp4"), "h264", span=self._span.currentData())
        except AppError as error:
            self._timeline_problem = str(error)
        else:
            if isinstance(request, TimelineRequest):
                lines.append(self._cuts_text(request))
                lines += [self._retiming_text(film) for film in retimed_films(project, span)]
            else:
                lines.append(self.tr("Every frame of the film is kept, at its exact time."))
        if len(ready) < len(dubbed):
            lines.append(self.tr("Segments without a take keep the lips of the film."))
        self._plan.setText("\n".join(lines))
        self._check()

    def _cuts_text(self, request: TimelineRequest) -> str:
        count = len(request.cuts)
        rate = self.tr("its own frame times") if request.rate is None else self._rate_text(request.rate)
        if count == 1:
            return self.tr("One piece of a film, at {rate}.").format(rate=rate)
        return self.tr("{count} pieces, at {rate}; gaps are black.").format(count=count, rate=rate)

    def _rate_text(self, rate: FrameRate | None) -> str:
        return self.tr("{rate} frames a second").format(rate=rate)

    def _retiming_text(self, film: MediaItem) -> str:
        facts = film.facts
        rate = self.tr("a variable rate") if facts.is_variable_rate else self._rate_text(facts.rate)
        return self.tr("{name} has {rate} and is re-timed: frames are shown again or left out.").format(
            name=film.name, rate=rate
        )

    def _on_preset(self, index: int) -> None:
        _, _, suffix, help_text = EXPORT_PRESETS[index]
        self._help.setText(translated(help_text))
        can_sign = suffix != ".mkv"
        self._credentials.setEnabled(can_sign)
        self._credentials_help.setText(
            self.tr("A record inside the film says which lips were made anew, with what, and of which film.")
            if can_sign
            else self.tr("Matroska files have no place for content credentials.")
        )
        if self.order.output.name:
            self._path.setText(str(self.order.output.with_suffix(suffix)))
        self._check()

    def _check(self, _text: str = "") -> None:
        output = self.order.output
        problem = self._timeline_problem
        if not problem and not self._path.text().strip():
            problem = self.tr("Give the film a name.")
        elif not problem and not output.parent.is_dir():
            problem = self.tr("The folder {folder} does not exist.").format(folder=output.parent)
        self._problem.setText(problem)
        self._export.setText(self.tr("Replace") if not problem and output.exists() else self.tr("Export"))
        self._export.setEnabled(not problem)

    def _on_browse(self) -> None:
        output = self.order.output
        dialog = QFileDialog(self, self.tr("Export to"), str(output.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(output.name)
        dialog.fileSelected.connect(self._path.setText)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_export(self) -> None:
        self.export_asked.emit(self.order)
        self.accept()
