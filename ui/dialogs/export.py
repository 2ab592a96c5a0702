"""The export dialog: what, where, how, and what will not be kept."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.base.errors import AppError
from core.base.outputs import check_new_folder
from core.base.timing import FrameRate, format_time
from core.media.info import PicturePreset
from core.planning.requests import Encoding, PatchSettings, TimelineRequest
from core.project.export_order import SUFFIXES, ExportOrder, ExportPreset, ExportPresets
from core.project.export_plan import (
    export_request,
    exported_span,
    marked_range,
    patch_request,
    retimed_films,
    takes_shown,
)
from core.project.ids import LaneId, person_lane
from core.project.media_items import MediaItem
from core.project.model import Project
from ui.base.bridge import Bridge, Ticket
from ui.base.column_scroll import ColumnScroll
from ui.base.screen_room import resize_within_screen
from ui.base.theme import icon
from ui.base.wrapped_label import WrappedLabel
from ui.dialogs.patch_options import PATCH_FORMATS, PatchOptions

# (codec, title, suffix, help): the same encoders `unisync dub --export` offers.
EXPORT_PRESETS: tuple[tuple[PicturePreset, str, str, str], ...] = (
    ("h264", "H.264 (MP4)", ".mp4", "Plays everywhere; visually lossless quality."),
    ("hevc", "H.265 (MP4)", ".mp4", "Smaller files; for newer players."),
    ("prores", "ProRes (MOV)", ".mov", "For going on in an editing program."),
    ("prores4444", "ProRes 4444 (MOV)", ".mov", "The same, with transparency and full colour."),
    ("dnxhr", "DNxHR (MOV)", ".mov", "For going on in Avid and Resolve."),
    ("ffv1", "FFV1 (MKV)", ".mkv", "Lossless, for archives and comparisons."),
)


def translated(text: str) -> str:
    """A preset's text in the user's language."""
    return QCoreApplication.translate("ExportPresets", text)


HEIGHTS = (2160, 1440, 1080, 720, 540, 480)
_NOTES_MS = 150  # the dialog waits so long for the next change before it looks at the film again


class ExportDialog(QDialog):
    """Asks for a preset, a range and a file.

    Args:
        project: what is exported.
        folder: where the film is put unless the user says otherwise.
        presets: the user's own, which are kept and dropped here.
        bridge: for looking at the films.
        parent: the window.

    Signals:
        export_asked: (ExportOrder) now.
        queue_asked: (ExportOrder) when the queue comes to it.
        failed: (AppError) a preset cannot be kept.
    """

    export_asked = Signal(object)
    queue_asked = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        project: Project,
        folder: Path,
        presets: ExportPresets,
        bridge: Bridge,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self.setMinimumWidth(600)
        self._project, self._presets, self._bridge = project, presets, bridge
        self._timeline_problem = ""
        self._is_whole = False
        self._films: tuple[Path, ...] = ()
        self._ticket: Ticket[tuple[str, ...]] | None = None
        self._notes_timer = QTimer(self)
        self._notes_timer.setSingleShot(True)
        self._notes_timer.setInterval(_NOTES_MS)
        self._notes_timer.timeout.connect(self._look_at_films)
        self._own = QComboBox()
        self._own.setAccessibleName(self.tr("Preset"))
        self._own.activated.connect(self._on_own)
        self._keep = self._tool("content-save-outline", self.tr("Save these settings as a preset"), self._on_keep)
        self._drop = self._tool("trash-can-outline", self.tr("Delete this preset"), self._on_drop)
        self._preset = QComboBox()
        for codec, title, _, _ in EXPORT_PRESETS:
            self._preset.addItem(title, codec)
        for kind, title, _ in PATCH_FORMATS:
            self._preset.addItem(translated(title), f"patch-{kind}")
        self._patch = PatchOptions()
        self._patch.changed.connect(self._on_settings)
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
        self._path = QLineEdit(str(folder / f"{_name_of(project)}_dubbed{EXPORT_PRESETS[0][2]}"))
        self._path.textChanged.connect(self._check)
        browse = QPushButton(icon("folder-outline"), self.tr("Browse…"))
        browse.clicked.connect(self._on_browse)
        self._summary = QLabel()
        self._summary.setProperty("role", "dim")
        self._plan = WrappedLabel(role="dim")  # what will be done to the film is not small print
        self._size = QComboBox()
        self._size.addItem(self.tr("As the film"), None)
        for height in HEIGHTS:
            self._size.addItem(self.tr("{height} lines").format(height=height), height)
        self._rule = QComboBox()
        self._rule.addItem(self.tr("Usual quality"), "usual")
        self._rule.addItem(self.tr("Quality"), "quality")
        self._rule.addItem(self.tr("Bit rate"), "bit_rate")
        self._rule.currentIndexChanged.connect(self._on_rule)
        self._quality = QSpinBox()
        self._quality.setRange(0, 51)
        self._quality.setValue(18)
        self._quality.setToolTip(self.tr("0 loses nothing, 16 to 18 cannot be told from the film, 23 is small, 51 is bad."))
        self._bit_rate = QSpinBox()
        for number in (self._quality, self._bit_rate):
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bit_rate.setRange(1, 400)
        self._bit_rate.setValue(12)
        self._bit_rate.setSuffix(" Mbit/s")
        self._codec = QComboBox()
        for value, title in (
            (None, self.tr("As usual for the format")), ("aac", "AAC"), ("pcm", "PCM"), ("flac", "FLAC"),
        ):  # fmt: skip
            self._codec.addItem(title, value)
        self._layout = QComboBox()
        for value, title in (
            (None, self.tr("As it is heard")), ("mono", self.tr("Mono")), ("stereo", self.tr("Stereo")), ("5.1", "5.1"),
        ):  # fmt: skip
            self._layout.addItem(title, value)
        self._loudness = QComboBox()
        for value, title in (
            ("off", self.tr("As loud as mixed")),
            ("ebu", self.tr("EBU R128 (−23 LUFS)")),
            ("atsc", self.tr("ATSC A/85 (−24 LUFS)")),
            ("streaming", self.tr("Streaming (−27 LUFS)")),
            ("measure", self.tr("As mixed, and told how loud")),
        ):
            self._loudness.addItem(title, value)
        self._loudness.setToolTip(
            self.tr("The whole soundtrack is made louder or quieter, and only peaks beyond the limit are held back.")
        )
        self._sounds = QComboBox()
        for value, title in (
            ("replace", self.tr("The mix, and the film's further tracks")),
            ("add", self.tr("The mix, and all of the film's own tracks")),
            ("only-dub", self.tr("The mix alone")),
        ):
            self._sounds.addItem(title, value)
        for choice, name in (
            (self._size, self.tr("Size")), (self._rule, self.tr("Quality")), (self._codec, self.tr("Sound codec")),
            (self._layout, self.tr("Channels")), (self._loudness, self.tr("Loudness")), (self._sounds, self.tr("Sounds")),
        ):  # fmt: skip
            choice.setAccessibleName(name)
            choice.currentIndexChanged.connect(self._on_settings)
        self._quality.setAccessibleName(self.tr("Quality"))
        self._bit_rate.setAccessibleName(self.tr("Bit rate"))
        for number in (self._quality, self._bit_rate):
            number.valueChanged.connect(self._on_settings)
        self._deinterlace = QCheckBox(self.tr("Deinterlace: make whole pictures of an interlaced film's fields"))
        self._deinterlace.toggled.connect(self._on_settings)
        self._report = QCheckBox(self.tr("Write a report beside it: segments, takes, scores"))
        self._credentials = QCheckBox(self.tr("Sign it with content credentials"))
        self._credentials.setChecked(True)
        self._credentials_help = WrappedLabel(role="dim")
        self._lost = WrappedLabel(role="dim")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (label, field) in enumerate(
            (
                (self.tr("Preset"), _in_a_row(self._own, self._keep, self._drop)),
                (self.tr("Format"), self._preset),
                ("", self._help),
                (self.tr("Range"), self._span),
                (self.tr("Film"), self._summary),
                ("", self._plan),
                (self.tr("File"), _in_a_row(self._path, browse)),
                ("", self._patch),
                (self.tr("Picture"), _in_a_row(self._size, self._rule, self._quality, self._bit_rate, even=True)),
                (self.tr("Sound"), _in_a_row(self._codec, self._layout, even=True)),
                ("", self._sounds),
                ("", self._loudness),
                ("", self._deinterlace),
                ("", self._report),
                ("", self._credentials),
                ("", self._credentials_help),
                (self.tr("Not kept"), self._lost),
            )
        ):
            if label:  # an empty one would be as high as a line
                named = QLabel(label)
                grid.addWidget(named, row, 0, Qt.AlignmentFlag.AlignTop if field is self._lost else Qt.AlignmentFlag(0))
            if isinstance(field, QWidget):
                grid.addWidget(field, row, 1)
            elif isinstance(field, QLayout):
                grid.addLayout(field, row, 1)
        self._lost_name = named  # of the last row
        self._lost_name.hide()
        self._problem = QLabel()
        self._problem.setProperty("role", "error")
        self._problem.setWordWrap(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._queue = self._buttons.addButton(self.tr("Add to queue"), QDialogButtonBox.ButtonRole.ActionRole)
        self._queue.clicked.connect(self._on_queue)
        self._export = self._buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._export.setDefault(True)
        self._buttons.accepted.connect(self._on_export)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        self._scroll = ColumnScroll()
        self._scroll.setProperty("plain", "true")
        self._inner = QWidget()
        self._inner.setLayout(grid)
        grid.setContentsMargins(0, 0, 4, 0)
        self._scroll.setWidget(self._inner)  # a low screen has no room for all of it
        column.addWidget(self._scroll, 1)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)
        self._fill_presets("")
        self._on_rule()
        self._show_plan()
        self._on_preset(0)
        self.finished.connect(self._forget_films)

    @property
    def order(self) -> ExportOrder:
        """What would be exported now."""
        path, patch = Path(self._path.text().strip()), self._patch_settings
        return ExportOrder(
            path,
            "ffv1" if patch is not None else self._preset.currentData(),
            self._span.currentData(),
            self._report.isChecked() and patch is None,
            self._credentials.isChecked() and self._credentials.isEnabled(),
            self._encoding,
            self._sounds.currentData(),
            self._loudness.currentData(),
            patch=patch,
        )

    @property
    def _patch_settings(self) -> PatchSettings | None:
        """How the new mouths alone are written; None for the film."""
        number = self._preset.currentIndex() - len(EXPORT_PRESETS)
        return self._patch.settings(PATCH_FORMATS[number][0]) if number >= 0 else None

    @property
    def _encoding(self) -> Encoding:
        rule = self._rule.currentData() if self._rule.isEnabled() else "usual"
        return Encoding(
            self._quality.value() if rule == "quality" else None,
            self._bit_rate.value() * 1000 if rule == "bit_rate" else None,
            self._size.currentData(),
            self._codec.currentData(),
            self._layout.currentData(),
            self._deinterlace.isChecked(),
        )

    @property
    def lost(self) -> str:
        """What the dialog says will not be kept."""
        return self._lost.text()

    @property
    def plan(self) -> str:
        """What the dialog says will happen to the pictures."""
        return self._plan.text()

    def choose(
        self, output: Path, preset: PicturePreset | PatchSettings, *, with_report: bool = False
    ) -> None:
        """Fills the dialog in."""
        self._choose_format(preset)
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
        patch = self._patch_settings
        try:
            request = export_request(project, Path("film.mp4"), "h264", span=self._span.currentData())
            if patch is not None:
                patch_request(project, Path("patch"), "film", patch, span=self._span.currentData())
        except AppError as error:
            self._timeline_problem = str(error)
        else:
            self._is_whole = not isinstance(request, TimelineRequest)
            self._films = (
                tuple(dict.fromkeys(cut.video for cut in request.cuts))
                if isinstance(request, TimelineRequest)
                else (request.video,)
            )
            self._sounds.setEnabled(self._is_whole)
            if patch is not None:
                lines.append(self.tr("Only what changes is written; the film itself stays where it is."))
            elif isinstance(request, TimelineRequest):
                lines.append(self._cuts_text(request))
                lines += [self._retiming_text(film) for film in retimed_films(project, span)]
            else:
                lines.append(self.tr("Every frame of the film is kept, at its exact time."))
        if len(ready) < len(dubbed):
            lines.append(self.tr("Segments without a take keep the lips of the film."))
        left_out = [
            self._lane_name(each.lane) for each in project.lane_sounds if each.muted or (each.solo)
        ]
        if left_out:
            lines.append(self.tr("Not all lanes are heard: {lanes}.").format(lanes=", ".join(left_out)))
        self._plan.setText("\n".join(lines))
        self._on_settings()

    def _lane_name(self, lane: LaneId) -> str:
        person = next((each for each in self._project.people if lane == person_lane(each.id)), None)
        name = person.name if person is not None else str(lane)
        sound = self._project.lane_sound(lane)
        return (self.tr("{lane} muted") if sound.muted else self.tr("{lane} solo")).format(lane=name)

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
        is_patch = index >= len(EXPORT_PRESETS)
        if is_patch:
            codec, suffix, help_text = "", "", PATCH_FORMATS[index - len(EXPORT_PRESETS)][2]
        else:
            codec, _, suffix, help_text = EXPORT_PRESETS[index]
        self._help.setText(translated(help_text))
        self._patch.setVisible(is_patch)
        for choice in (self._size, self._codec, self._layout, self._report, self._deinterlace):
            choice.setEnabled(not is_patch)
        self._rule.setEnabled(codec in ("h264", "hevc"))
        can_sign = suffix in (".mp4", ".mov")
        self._credentials.setEnabled(can_sign)
        self._credentials_help.setText(
            self.tr("A record inside the film says which lips were made anew, with what, and of which film.")
            if can_sign
            else self.tr("Clips of a patch are not signed; the finished film is to be.")
            if is_patch
            else self.tr("Matroska files have no place for content credentials.")
        )
        if self._path.text().strip():
            self._path.setText(str(_named_for(Path(self._path.text().strip()), suffix)))
        self._on_rule()
        self._show_plan()

    def _on_rule(self, _index: int = 0) -> None:
        rule = self._rule.currentData() if self._rule.isEnabled() else "usual"
        self._quality.setVisible(rule == "quality")
        self._bit_rate.setVisible(rule == "bit_rate")

    def _on_settings(self, _value: object = None) -> None:
        """Something was set: it may no longer be what a preset says, and other things are lost."""
        name = self._own.currentData()
        if name and self._presets.find(name) != self._as_preset(name):
            self._own.setCurrentIndex(0)
        self._drop.setEnabled(bool(self._own.currentData()))
        self._notes_timer.start()
        self._check()

    # --- the user's presets ------------------------------------------------------------------------------------------

    def _as_preset(self, name: str) -> ExportPreset:
        order = self.order
        return ExportPreset(
            name,
            order.picture,
            order.encoding,
            order.audio_tracks,
            "marks" if order.span is not None or not self._span.isEnabled() else "all",
            order.with_report,
            self._credentials.isChecked(),
            order.loudness,
            patch=order.patch,
        )

    def _fill_presets(self, chosen: str) -> None:
        with QSignalBlocker(self._own):
            self._own.clear()
            self._own.addItem(self.tr("As set below"), "")
            for preset in self._presets.presets:
                self._own.addItem(preset.name, preset.name)
            self._own.setCurrentIndex(max(self._own.findData(chosen), 0))
        self._drop.setEnabled(bool(self._own.currentData()))

    def _on_own(self, _index: int) -> None:
        preset = self._presets.find(self._own.currentData() or "")
        if preset is not None:
            self.use(preset)
        self._drop.setEnabled(preset is not None)

    def use(self, preset: ExportPreset) -> None:
        """Sets everything as a preset says."""
        encoding = preset.encoding
        self._choose_format(preset.patch or preset.picture)
        rule = "quality" if encoding.quality is not None else "bit_rate" if encoding.bit_rate is not None else "usual"
        for choice, value in (
            (self._rule, rule), (self._size, encoding.height), (self._codec, encoding.audio_codec),
            (self._layout, encoding.audio_layout), (self._sounds, preset.audio_tracks), (self._loudness, preset.loudness),
        ):  # fmt: skip
            if choice.findData(value) < 0:
                choice.addItem(str(value), value)
            choice.setCurrentIndex(choice.findData(value))
        if encoding.quality is not None:
            self._quality.setValue(encoding.quality)
        if encoding.bit_rate is not None:
            self._bit_rate.setValue(max(round(encoding.bit_rate / 1000), 1))
        if self._span.isEnabled():
            self._span.setCurrentIndex(0 if preset.range == "all" else 1)
        self._deinterlace.setChecked(encoding.deinterlace)
        self._report.setChecked(preset.with_report)
        self._credentials.setChecked(preset.credentials)
        with QSignalBlocker(self._own):
            self._own.setCurrentIndex(max(self._own.findData(preset.name), 0))
        self._drop.setEnabled(bool(self._own.currentData()))

    def _choose_format(self, picture: PicturePreset | PatchSettings) -> None:
        if isinstance(picture, PatchSettings):
            self._patch.use(picture)
            picture_key = f"patch-{picture.format}"
        else:
            picture_key = picture
        self._preset.setCurrentIndex(self._preset.findData(picture_key))

    def keep_preset(self, name: str) -> None:
        """Keeps what is set under a name."""
        name = name.strip()
        if not name:
            return
        try:
            self._presets.save(self._as_preset(name))
        except AppError as error:
            self.failed.emit(error)
        self._fill_presets(name)

    def _on_keep(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Save preset"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(self._own.currentData() or "")
        dialog.textValueSelected.connect(self.keep_preset)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_drop(self) -> None:
        try:
            self._presets.remove(self._own.currentData() or "")
        except AppError as error:
            self.failed.emit(error)
        self._fill_presets("")

    # --- what is not kept --------------------------------------------------------------------------------------------

    def _look_at_films(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        order, films, is_whole = self.order, self._films, self._is_whole
        if order.patch is not None:
            self._tell_lost(self._patch.timelines_text(order.patch))
            return

        def work(_ticket: Ticket[tuple[str, ...]]) -> tuple[str, ...]:
            from core.delivery.encoding import (
                told_beforehand,  # reads films: not in the window's first second
            )

            return told_beforehand(
                films, order.output, order.picture, order.audio_tracks, order.encoding, is_whole=is_whole
            )

        self._ticket = self._bridge.run(work, self._show_lost, self._show_unknown)

    def _show_lost(self, notes: tuple[str, ...]) -> None:
        self._tell_lost("\n".join(notes) or self.tr("Everything in the film is kept."))

    def _show_unknown(self, error: AppError) -> None:
        self._tell_lost(error.message)

    def _tell_lost(self, text: str) -> None:
        self._lost.setText(text)
        self._lost_name.setVisible(bool(text) and self.order.patch is None)  # of a patch it says what comes with it
        QTimer.singleShot(0, self, self._take_room)  # its height is known when it was laid out

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its contents, if the screen is."""
        super().showEvent(event)
        self._take_room()

    def _take_room(self) -> None:
        inner = self._inner
        wanted = inner.heightForWidth(inner.width()) if inner.hasHeightForWidth() else inner.sizeHint().height()
        room = self._scroll.viewport().height()
        if wanted > room:
            resize_within_screen(self, self.width(), self.height() + wanted - room)

    def _forget_films(self, _result: int = 0) -> None:
        self._notes_timer.stop()
        if self._ticket is not None:
            self._ticket.cancel()

    def _check(self, _text: str = "") -> None:
        output = self.order.output
        problem = self._timeline_problem
        if not problem:
            problem = self._unfit()
        if not problem and not self._path.text().strip():
            problem = self.tr("Give the film a name.")
        elif not problem and not output.parent.is_dir():
            problem = self.tr("The folder {folder} does not exist.").format(folder=output.parent)
        is_patch = self._patch_settings is not None
        if not problem and is_patch:
            try:
                check_new_folder(output, ())
            except AppError as error:
                problem = str(error)
        self._problem.setText(problem)
        self._export.setText(self.tr("Replace") if not problem and output.exists() and not is_patch else self.tr("Export"))
        self._export.setEnabled(not problem)
        self._queue.setEnabled(not problem)

    def _on_browse(self) -> None:
        output = self.order.output
        if self._patch_settings is not None:
            self._ask_folder(output)
            return
        dialog = QFileDialog(self, self.tr("Export to"), str(output.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(output.name)
        dialog.fileSelected.connect(self._path.setText)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _ask_folder(self, output: Path) -> None:
        dialog = QFileDialog(self, self.tr("Put the patch's folder into"), str(output.parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda folder: self._path.setText(str(Path(folder) / output.name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_export(self) -> None:
        self.export_asked.emit(self.order)
        self.accept()

    def _on_queue(self) -> None:
        self.queue_asked.emit(self.order)
        self.accept()

    def _unfit(self) -> str:
        """Why sound and file do not go together, if so."""
        order = self.order
        codec = order.encoding.audio_codec if order.patch is None else None
        taken = {".mp4": ("aac", "flac"), ".mov": ("aac", "pcm"), ".mkv": ("aac", "pcm", "flac")}
        suffix = SUFFIXES[order.picture]
        if codec is not None and codec not in taken[suffix]:
            return self.tr("{codec} sound does not go into {suffix} files.").format(
                codec=codec.upper(), suffix=suffix
            )
        return ""

    def _tool(self, sign: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(sign))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: act())
        return button


def _in_a_row(*widgets: QWidget, even: bool = False) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 1 if even or number == 0 else 0)
    return row


def _name_of(project: Project) -> str:
    """What a project without a name of its own is exported as: the name of its first film."""
    film = project.first_film
    return project.name or (Path(film.path).stem if film is not None else "film")


def _named_for(path: Path, suffix: str) -> Path:
    """A film's name with another format's ending, or a patch's folder; the part of the name that says which it is follows."""
    name = path.with_suffix("").name if path.suffix in SUFFIXES.values() else path.name
    old, new = ("_patch", "_dubbed") if suffix else ("_dubbed", "_patch")
    return path.with_name(f"{name.removesuffix(old)}{new}{suffix}" if name.endswith(old) else f"{name}{suffix}")
