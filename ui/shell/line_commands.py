"""What can be done with a script: import, segments for its lines, export."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.base.whole_file import written_whole
from core.project import edits, fit_edits, line_edits
from core.project.file import write_atomically
from core.project.ids import VIDEO_LANE, ItemId, LineId
from core.project.line_edits import LineDraft
from core.script.script import CLOSURE
from ui.jobs.fit_work import Offer
from ui.lines.fit_dialog import FitDialog
from ui.lines.import_dialog import ScriptDialog
from ui.lines.lines_panel import LinesPanel
from ui.lines.lines_pdf import page_as_pdf
from ui.shell.window_parts import WindowParts
from ui.state.take_fit import shown_fit

if TYPE_CHECKING:
    from core.script.script import Script, ScriptLine
    from core.script.tables import Table
    from ui.base.bridge import Ticket

SCRIPT_ENDINGS = (".srt", ".vtt", ".csv", ".tsv", ".xlsx", ".json", ".ttal", ".dapt", ".ttml", ".xml", ".detx", ".txt")
DROPPED_SCRIPTS = tuple(each for each in SCRIPT_ENDINGS if each not in (".txt", ".xml", ".json"))  # those are anything
_TABLES = (".csv", ".tsv", ".xlsx", ".json", ".ttal")
_WRITTEN = ("csv", "srt", "dapt", "html", "pdf")


class LineCommands(QObject):
    """The handlers of one window.

    Signals:
        imported: the project has other lines.
    """

    imported = Signal()

    def __init__(self, parts: WindowParts, panel: LinesPanel) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._panel = panel
        self._document = parts.document
        parts.actions.connect(
            {
                "file.import_script": self.ask_import,
                "file.export_script": self.ask_export,
                "segment.fit": self.ask_fit,
                "segment.nudge_back": lambda: self.nudge(-1),
                "segment.nudge_on": lambda: self.nudge(1),
            }
        )
        panel.import_clicked.connect(self.ask_import)
        panel.export_clicked.connect(self.ask_export)
        panel.segments_asked.connect(self.make_segments)

    def nudge(self, frames: int) -> None:
        """Moves the selected segments by frames, sound and all."""
        items = [segment.id for segment in self._document.worked_segments]
        label = self.tr("Nudge later") if frames > 0 else self.tr("Nudge earlier")
        self._document.apply(label, fit_edits.nudge, items, frames)

    def ask_fit(self) -> None:
        """Offers where the line belongs, and to make it longer or shorter."""
        segments = self._document.worked_segments
        if len(segments) != 1:
            self._parts.messages.info(self.tr("Select one segment first."))
            return
        segment, project = segments[0], self._document.project
        lines = [line.range for line in project.lines if project.player_of(line.character) == segment.person]
        wanted = next((span for span in lines if span is not None and span.overlaps(segment.range)), None)
        dialog = FitDialog(
            project.sequence.rate,
            float(segment.range.duration),
            float(wanted.duration) if wanted is not None else None,
            self._parts.window,
        )
        dialog.moved.connect(
            lambda frames: self._document.apply(
                self.tr("Move the line to where it belongs"), fit_edits.nudge, [segment.id], frames
            )
        )
        dialog.stretched.connect(lambda tempo: self._parts.workshop.fit.stretch(segment, tempo))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        shown = [dialog]
        dialog.finished.connect(lambda _result: shown.clear())

        def offer(found: Offer) -> None:
            for each in shown:  # closed meanwhile: nobody to tell
                each.show_offer(found)

        self._parts.workshop.fit.look_for_place(segment, offer)

    def ask_import(self) -> None:
        """Lets the user choose a script."""
        dialog = QFileDialog(self._parts.window, self.tr("Import a script"))
        endings = " ".join(f"*{ending}" for ending in SCRIPT_ENDINGS)
        dialog.setNameFilter(f"{self.tr('Scripts')} ({endings})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.read(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def read(self, path: Path) -> None:
        """Reads a script and shows what it holds; the lines come in when that is confirmed."""
        project = self._document.project
        rate = project.sequence.rate
        origin = rate.time_of(project.sequence.start_frame)
        length = project.duration

        def work(_ticket: "Ticket[Script | Table]") -> "Script | Table":
            from core.script.reading import read_script
            from core.script.tables import read_table

            if path.suffix.lower() in _TABLES:
                return read_table(path)
            return read_script(path, rate, origin=origin, length=length)

        def done(found: "Script | Table") -> None:
            from core.script.script import Script
            from core.script.tables import Table

            dialog = ScriptDialog(
                path.name,
                rate,
                script=found if isinstance(found, Script) else None,
                table=found if isinstance(found, Table) else None,
                parent=self._parts.window,
            )
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.columns_chosen.connect(
                lambda columns: self._read_table(path, columns, origin, length)
                if isinstance(found, Table)
                else self._take(found)
            )
            dialog.open()

        self._parts.bridge.run(work, self._document.while_open(done), self._parts.messages.fail)

    def make_segments(self, lines: tuple[LineId, ...]) -> None:
        """Segments for lines, where their character is cast and a dub lies."""
        project = self._document.project
        drafts = line_edits.segment_drafts(project, lines, self._loudness(lines))
        if not drafts:
            self._parts.messages.info(
                self.tr("No segment to make."),
                self.tr("A line becomes a segment where it has times, its character is cast and a dub lies there."),
            )
            return
        if self._document.apply(self.tr("Segments of the script"), edits.add_segments, drafts):
            self._parts.messages.done(self.tr("{count} segments made.").format(count=len(drafts)))

    def ask_export(self) -> None:
        """Lets the user choose where the lines are written; the ending chooses the format."""
        name = self._document.project.name or self.tr("Untitled")
        dialog = QFileDialog(self._parts.window, self.tr("Export the lines"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{ending.upper()} (*.{ending})" for ending in _WRITTEN])
        dialog.setDefaultSuffix("csv")
        dialog.filterSelected.connect(lambda shown: dialog.setDefaultSuffix(shown.partition(" ")[0].lower()))
        dialog.selectFile(f"{name}.csv")
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def write(self, path: Path) -> None:
        """Writes the lines as CSV, SRT, DAPT or a page to print (HTML or PDF), by the file's ending."""
        kind = path.suffix.lower().removeprefix(".")
        if kind not in _WRITTEN:
            self._parts.messages.fail(
                AppError(f"{path.name} is no format for lines.", hint="Use .csv, .srt, .dapt or .html.")
            )
            return
        table = self._panel.table
        project = self._document.project
        fits = []
        for row in range(table.rowCount()):
            segment = table.segment(row)
            fit = shown_fit(self._document, segment) if segment is not None else None
            fits.append(f"{fit:.2f}" if fit is not None else "")
        words = [self.tr("No."), self.tr("In"), self.tr("Out"), self.tr("Character"), self.tr("Text")]
        words += [self.tr("Note"), self.tr("Sync")]
        language = self._parts.options.text("general.language")

        def work(_ticket: "Ticket[None]") -> None:
            from core.script.script import ScriptLine
            from core.script.writing import lines_csv, lines_dapt, lines_html, lines_srt

            lines = [ScriptLine(x.character, x.text, x.range, x.note, x.on_screen) for x in project.lines]
            rate = project.sequence.rate
            text = {
                "csv": lambda: lines_csv(lines, rate, [{"sync": fit} for fit in fits]),
                "srt": lambda: lines_srt(lines),
                "dapt": lambda: lines_dapt(lines, language if language != "system" else "und"),
                "html": lambda: lines_html(lines, rate, project.name, words, fits),
            }["html" if kind == "pdf" else kind]()
            if kind == "pdf":
                with written_whole(path, "The report") as part:
                    part.write_bytes(page_as_pdf(text))
                return
            write_atomically(path, text)

        self._parts.bridge.run(
            work,
            lambda _nothing: self._parts.messages.done(self.tr("Saved {name}.").format(name=path.name)),
            self._parts.messages.fail,
        )

    def _read_table(self, path: Path, columns: object, origin: Fraction, length: Fraction) -> None:
        rate = self._document.project.sequence.rate

        def work(_ticket: "Ticket[Script]") -> "Script":
            from core.script.reading import read_script

            return read_script(path, rate, origin=origin, length=length, columns=columns)  # type: ignore[arg-type]

        self._parts.bridge.run(work, self._document.while_open(self._take), self._parts.messages.fail)

    def _take(self, script: "Script") -> None:
        drafts = [_draft(line) for line in script.lines]
        if self._document.apply(self.tr("Import a script"), line_edits.set_script, drafts):
            self.imported.emit()
            self._parts.messages.done(
                self.tr("{count} lines imported.").format(count=len(drafts)),
                self.tr("Say under Characters who plays whom, then make segments of them."),
            )

    def _loudness(self, lines: tuple[LineId, ...]) -> Mapping[ItemId, Mapping[LineId, float]]:
        """How loud each dub clip is during each line, from the waveforms that are known."""
        project, found = self._document.project, {}
        for clip in project.clips:
            wave = self._document.library.waveform(clip.media) if clip.lane != VIDEO_LANE else None
            if wave is None:
                continue
            inside: dict[LineId, float] = {}
            for line in project.lines:
                shared = line.range.intersection(clip.range) if line.range is not None else None
                if line.id in lines and shared is not None:
                    span = TimeRange(clip.media_time(shared.start), clip.media_time(shared.end))
                    first, last = (int(float(t) * wave.per_second) for t in (span.start, span.end))
                    peaks = wave.high[first:last] - wave.low[first:last]
                    inside[line.id] = float(np.mean(peaks)) if len(peaks) else 0.0
            found[clip.id] = inside
        return found


def _draft(line: "ScriptLine") -> LineDraft:
    closures = tuple(mark.time for mark in line.marks if mark.kind == CLOSURE)
    return LineDraft(line.character, line.text, line.range, line.note, line.on_screen, closures)
