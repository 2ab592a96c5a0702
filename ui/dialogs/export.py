"""The export dialog: what, where, how."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.engine.requests import PicturePreset
from core.project.model import Project
from core.timing import format_time
from ui.theme import icon

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
    """Asks for a preset and a file.

    Signals:
        export_asked: (Path, PicturePreset).
    """

    export_asked = Signal(object, str)

    def __init__(
        self, project: Project, folder: Path, problem: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self.setMinimumWidth(520)
        self._preset = QComboBox()
        for codec, title, _, _ in EXPORT_PRESETS:
            self._preset.addItem(title, codec)
        self._preset.currentIndexChanged.connect(self._on_preset)
        self._help = QLabel()
        self._help.setProperty("role", "faint")
        self._path = QLineEdit(str(folder / f"{project.name or 'film'}_dubbed{EXPORT_PRESETS[0][2]}"))
        self._path.textChanged.connect(self._check)
        browse = QPushButton(icon("folder-outline"), self.tr("Browse…"))
        browse.clicked.connect(self._on_browse)
        place = QHBoxLayout()
        place.addWidget(self._path, 1)
        place.addWidget(browse)
        dubbed = [s for s in project.segments if not s.muted and not s.keep_original]
        ready = [s for s in dubbed if s.chosen is not None or s.choices]
        summary = QLabel(
            self.tr("{length} · {ready} of {all} segments have lips").format(
                length=format_time(project.duration), ready=len(ready), all=len(dubbed)
            )
        )
        summary.setProperty("role", "dim")
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setVerticalSpacing(10)
        form.addRow(self.tr("Format"), self._preset)
        form.addRow("", self._help)
        form.addRow(self.tr("File"), place)
        form.addRow(self.tr("Film"), summary)
        if len(ready) < len(dubbed):
            note = QLabel(self.tr("Segments without a take keep the lips of the film."))
            note.setProperty("role", "faint")
            form.addRow("", note)
        self._problem = QLabel(problem)
        self._problem.setProperty("role", "error")
        self._problem.setWordWrap(True)
        self._is_impossible = bool(problem)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._export = self._buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._export.setDefault(True)
        self._buttons.accepted.connect(self._on_export)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._problem)
        column.addStretch(1)
        column.addWidget(self._buttons)
        self._on_preset(0)

    @property
    def output(self) -> Path:
        """The file that will be written."""
        return Path(self._path.text().strip())

    def choose(self, output: Path, preset: PicturePreset) -> None:
        """Fills the dialog in."""
        self._preset.setCurrentIndex(self._preset.findData(preset))
        self._path.setText(str(output))

    def _on_preset(self, index: int) -> None:
        _, _, suffix, help_text = EXPORT_PRESETS[index]
        self._help.setText(translated(help_text))
        if self.output.name:
            self._path.setText(str(self.output.with_suffix(suffix)))
        self._check()

    def _check(self) -> None:
        if self._is_impossible:
            self._export.setEnabled(False)
            return
        problem = ""
        if not self._path.text().strip():
            problem = self.tr("Give the film a name.")
        elif not self.output.parent.is_dir():
            problem = self.tr("The folder {folder} does not exist.").format(folder=self.output.parent)
        self._problem.setText(problem)
        self._export.setText(
            self.tr("Replace") if not problem and self.output.exists() else self.tr("Export")
        )
        self._export.setEnabled(not problem)

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Export to"), str(self.output.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(self.output.name)
        dialog.fileSelected.connect(self._path.setText)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_export(self) -> None:
        self.export_asked.emit(self.output, self._preset.currentData())
        self.accept()
