"""What a script holds, before it comes into the project; the columns of a table are assigned here."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.base.errors import AppError
from core.base.timing import FrameRate, format_timecode
from core.script.script import Script
from core.script.tables import COLUMNS, Column, Table, table_script
from ui.base.screen_room import resize_within_screen

_PREVIEWED = 50


class ScriptDialog(QDialog):
    """A preview.

    Signals:
        columns_chosen: (dict[Column, int] | None) import it; what the columns of a table are, None for other scripts.
    """

    columns_chosen = Signal(object)

    def __init__(
        self, name: str, rate: FrameRate, *, script: Script | None = None, table: Table | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle(self.tr("Import {name}").format(name=name))
        self._rate, self._script, self._table = rate, script, table
        self.choices: dict[Column, QComboBox] = {}
        column = QVBoxLayout(self)
        if table is not None:
            column.addLayout(self._mapping(table))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.preview = QTableWidget(0, 4)
        self.preview.setHorizontalHeaderLabels(
            [self.tr("In"), self.tr("Out"), self.tr("Character"), self.tr("Text")]
        )
        self.preview.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.preview.verticalHeader().hide()
        self.preview.horizontalHeader().setStretchLastSection(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._import = self.buttons.addButton(self.tr("Import"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.words)
        column.addWidget(self.preview, 1)
        column.addWidget(self.buttons)
        resize_within_screen(self, 640, 440)
        self._show()

    @property
    def columns(self) -> dict[Column, int]:
        """What the columns are, as chosen."""
        return {name: box.currentData() for name, box in self.choices.items() if box.currentData() is not None}

    def _mapping(self, table: Table) -> QFormLayout:
        titles: dict[Column, str] = {
            "character": self.tr("Character"),
            "start": self.tr("In"),
            "end": self.tr("Out"),
            "text": self.tr("Text"),
            "note": self.tr("Note"),
            "on_screen": self.tr("On screen"),
        }
        form = QFormLayout()
        guessed = table.guess()
        for name in COLUMNS:
            box = QComboBox()
            box.addItem(self.tr("(none)"), None)
            for number, heading in enumerate(table.headings):
                box.addItem(heading or self.tr("column {n}").format(n=number + 1), number)
            box.setCurrentIndex(box.findData(guessed[name]) if name in guessed else 0)
            box.setAccessibleName(titles[name])
            box.currentIndexChanged.connect(self._show)
            self.choices[name] = box
            form.addRow(titles[name], box)
        return form

    def _show(self, _index: int = 0) -> None:
        script = self._script
        if self._table is not None:
            try:
                first = Table(self._table.headings, self._table.rows[:_PREVIEWED])
                script = table_script(first, self.columns, self._rate)
            except AppError as error:
                self.words.setText(f"{error.message} {error.hint}")
                self.preview.setRowCount(0)
                self._import.setEnabled(False)
                return
        assert script is not None, "either a table or a script is shown"
        count = len(self._table.rows) if self._table is not None else len(script.lines)
        told = [
            self.tr("{lines} lines, {characters} characters.").format(
                lines=count, characters=len(script.characters)
            ),
            *script.notes,
        ]
        self.words.setText(" ".join(told))
        self._import.setEnabled(bool(script.lines))
        shown = script.lines[:_PREVIEWED]
        self.preview.setRowCount(len(shown))
        for row, line in enumerate(shown):
            span = line.range
            times = (span.start, span.end) if span is not None else (None, None)
            cells = [format_timecode(round(t * self._rate.value), self._rate) if t is not None else "" for t in times]
            for place, text in enumerate((*cells, line.character, line.text)):
                self.preview.setItem(row, place, QTableWidgetItem(text))

    def _on_accepted(self) -> None:
        self.columns_chosen.emit(self.columns if self._table is not None else None)
        self.accept()
