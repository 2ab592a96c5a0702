"""Scripts as tables: CSV, XLSX and JSON, whose columns the user assigns."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import openpyxl

from core.base.timing import FrameRate, TimeRange
from core.script.files import read_text
from core.script.json_table import json_rows
from core.script.script import Script, ScriptError, ScriptLine
from core.script.times import parse_time

Column = Literal["character", "start", "end", "text", "note", "on_screen"]
JSON_ENDINGS = (".json", ".ttal")
COLUMNS: tuple[Column, ...] = get_args(Column)
_HEADINGS: dict[Column, tuple[str, ...]] = {
    "character": ("character", "character name", "character id", "speaker id", "speaker name", "role", "speaker", "name", "figur", "rolle", "sprecher", "personnage"),
    "start": ("start", "in", "tc in", "timecode in", "begin", "from", "von", "start time", "begin time", "timecode", "start ms", "begin ms"),
    "end": ("end", "out", "tc out", "timecode out", "to", "bis", "ende", "end time", "end ms"),
    "text": ("text", "line", "dialogue", "dialog", "dub", "target", "translation", "words", "texte"),
    "note": ("note", "notes", "comment", "remarks", "anmerkung", "notiz"),
    "on_screen": ("on screen", "on/off", "screen", "im bild"),
}
_YES, _NO = ("on", "yes", "true", "1", "x", "ja"), ("off", "no", "false", "0", "nein")


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a script as text; the first row are its headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def guess(self) -> dict[Column, int]:
        """Which column is what, from its heading; the user may say otherwise."""
        found: dict[Column, int] = {}
        for column in COLUMNS:
            for number, heading in enumerate(self.headings):
                if _words(heading) in _HEADINGS[column] and number not in found.values():
                    found[column] = number
                    break
        return found


def read_table(path: Path) -> Table:
    """The cells of a CSV, XLSX or JSON file.

    Raises:
        ScriptError: it cannot be read, or has no rows.
    """
    kind = path.suffix.lower()
    rows: Sequence[Sequence[str]] = _sheet(path) if kind == ".xlsx" else json_rows(path) if kind in JSON_ENDINGS else _csv(path)
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise ScriptError(f"{path.name} has no rows below its headings.")
    width = max(map(len, rows))
    even = [tuple(row) + ("",) * (width - len(row)) for row in rows]
    return Table(even[0], tuple(even[1:]))


def table_script(table: Table, columns: dict[Column, int], rate: FrameRate) -> Script:
    """The lines of a table whose columns are known.

    Raises:
        ScriptError: no column holds the text; a time is none, with its row.
    """
    if "text" not in columns:
        raise ScriptError("No column holds the text.", hint="Choose which one does.")
    lines = []
    for number, row in enumerate(table.rows, start=2):
        cell = {name: row[place].strip() for name, place in columns.items() if place < len(row)}
        try:
            times = [parse_time(cell[name], rate) if cell.get(name) else None for name in ("start", "end")]
        except ScriptError as error:
            raise ScriptError(f"Row {number}: {error.message}", hint=error.hint) from error
        start, end = times
        span = TimeRange(start, end) if start is not None and end is not None and end > start else None
        shown = cell.get("on_screen", "").lower()
        on_screen = True if shown in _YES else False if shown in _NO else None
        if cell["text"] or span is not None:
            lines.append(
                ScriptLine(cell.get("character", ""), cell["text"], span, cell.get("note", ""), on_screen)
            )
    return Script(tuple(lines))


def _words(heading: str) -> str:
    """A heading in lower case; of a path such as ``event.startTime`` its last part, as words."""
    last = heading.strip().rsplit(".", 1)[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", last).strip().lower()


def _csv(path: Path) -> list[Sequence[str]]:
    text = read_text(path)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        return list(csv.reader(io.StringIO(text), dialect))
    except csv.Error as error:
        raise ScriptError(f"{path.name} is no table: {error}.") from error


def _sheet(path: Path) -> list[Sequence[str]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise ScriptError(f"{path.name} is no Excel workbook: {error}.") from error
    try:
        sheet = book.worksheets[0]
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()
