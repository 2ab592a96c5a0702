"""The lines of the script as a table: what each says, how far its lips are, and how well they fit."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from core.base.errors import AppError
from core.base.timing import TimeRange, parse_timecode
from core.project import line_edits
from core.project.model import Line
from core.project.segments import DubSegment
from core.project.timecodes import timecode
from ui.base.colours import Bands, shades
from ui.state.document import Document
from ui.state.doubts import doubtful_spans
from ui.state.take_fit import shown_fit
from ui.timeline.segment_look import segment_look, state_text

Column = Literal["number", "in", "out", "character", "person", "text", "state", "fit", "doubts", "note"]
COLUMNS: tuple[Column, ...] = (
    "number", "in", "out", "character", "person", "text", "state", "fit", "doubts", "note",
)  # fmt: skip
EDITABLE: tuple[Column, ...] = ("in", "out", "character", "text", "note")
SORT_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Row:
    line: Line
    segment: DubSegment | None
    fit: float | None
    doubts: int  # frames of the line that may not pass for real


class LineTable(QAbstractTableModel):
    """One row for each line of the document's script."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._rows: list[_Row] = []
        self._here: int | None = None
        self._titles = {
            "number": self.tr("No."),
            "in": self.tr("In"),
            "out": self.tr("Out"),
            "character": self.tr("Character"),
            "person": self.tr("Person"),
            "text": self.tr("Text"),
            "state": self.tr("State"),
            "fit": self.tr("Sync"),
            "doubts": self.tr("Doubtful"),
            "note": self.tr("Note"),
        }

    def reload(self) -> None:
        """Shows the project as it is now."""
        self.beginResetModel()
        project = self._document.project
        by_person: dict[object, list[DubSegment]] = {}
        for segment in project.segments:
            by_person.setdefault(segment.person, []).append(segment)
        self._rows = []
        for line in project.lines:
            spoken = _segment_of(line, by_person.get(project.player_of(line.character), []))
            fit = shown_fit(self._document, spoken) if spoken is not None else None
            self._rows.append(_Row(line, spoken, fit, self._doubtful_frames(line, spoken)))
        self.endResetModel()
        self.show_time(self._document.session.playhead)

    def _doubtful_frames(self, line: Line, segment: DubSegment | None) -> int:
        if segment is None or line.range is None:
            return 0
        shared = [span.intersection(line.range) for span in doubtful_spans(self._document, segment)]
        seconds = sum((each.duration for each in shared if each is not None), Fraction(0))
        return round(seconds * self._document.project.sequence.rate.value)

    def line(self, row: int) -> Line:
        """The line of a row."""
        return self._rows[row].line

    def segment(self, row: int) -> DubSegment | None:
        """The segment in which a row's line is spoken."""
        return self._rows[row].segment

    def show_time(self, t: Fraction) -> int | None:
        """Marks the line that is spoken at a time; its row, or None."""
        here = next(
            (n for n, row in enumerate(self._rows) if row.line.range is not None and t in row.line.range), None
        )
        if here != self._here:
            changed = [row for row in (self._here, here) if row is not None and row < len(self._rows)]
            self._here = here
            for row in changed:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))
        return here

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many lines there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many facts are told of each."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The titles."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[COLUMNS[section]]
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Words and times can be edited."""
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsEditable if COLUMNS[index.column()] in EDITABLE else found

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows."""
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(index.row(), row, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in ("text", "note", "state"):
            return self._text(index.row(), row, column)
        if role == SORT_ROLE:
            return self._sorted(index.row(), row, column)
        if role == Qt.ItemDataRole.FontRole and index.row() == self._here:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole and column == "fit" and row.fit is not None:
            bands = Bands(self._document.project.settings.sync_threshold)
            return QBrush(QColor(shades().band(bands.band(row.fit))))
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """An edit of a cell is an edit of the project."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        line, column, text = self._rows[index.row()].line, COLUMNS[index.column()], str(value).strip()
        if text == self._text(index.row(), self._rows[index.row()], column):
            return False
        try:
            values: dict[str, object] = (
                {"range": self._moved(line, column, text)} if column in ("in", "out") else {column: text}
            )
        except AppError as error:
            self._document.refused.emit(error)
            return False
        return self._document.apply(self.tr("Edit line"), line_edits.set_line, line.id, **values)

    def _moved(self, line: Line, column: Column, text: str) -> TimeRange:
        sequence = self._document.project.sequence
        t = sequence.rate.time_of(parse_timecode(text, sequence.rate) - sequence.start_frame)
        span = line.range or TimeRange(t, t + 1)
        if column == "in":
            return TimeRange(t, max(span.end, t + sequence.rate.frame_duration))
        return TimeRange(min(span.start, t), t)

    def _text(self, number: int, row: _Row, column: Column) -> str:
        line, project = row.line, self._document.project
        match column:
            case "number":
                return str(number + 1)
            case "in" | "out":
                if line.range is None:
                    return ""
                return timecode(project.sequence, line.range.start if column == "in" else line.range.end)
            case "person":
                player = project.player_of(line.character)
                person = project.person(player) if player is not None else None
                return person.name if person is not None else ""
            case "state":
                return self._state(row)
            case "doubts":
                return str(row.doubts) if row.doubts else ""
            case "fit":
                return f"{row.fit:.2f}" if row.fit is not None else ""
            case _:
                return str(getattr(line, column))

    def _state(self, row: _Row) -> str:
        if row.line.range is None:
            return self.tr("no time yet")
        if self._document.project.player_of(row.line.character) is None:
            return self.tr("nobody plays this character yet")
        if row.segment is None:
            return self.tr("no segment yet")
        bands = Bands(self._document.project.settings.sync_threshold)
        return state_text(segment_look(row.segment, self._document.library, bands))

    def _sorted(self, number: int, row: _Row, column: Column) -> object:
        if column == "number":
            return number
        if column == "doubts":
            return row.doubts
        if column == "fit":
            return row.fit if row.fit is not None else -1.0
        return self._text(number, row, column).casefold()


def _segment_of(line: Line, segments: list[DubSegment]) -> DubSegment | None:
    """The segment of the line's person that shares most time with it."""
    if line.range is None:
        return None
    span, best, most = line.range, None, Fraction(0)
    for segment in segments:
        shared = segment.range.intersection(span)
        if shared is not None and shared.duration > most:
            best, most = segment, shared.duration
    return best
