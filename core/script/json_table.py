"""Scripts as JSON: the list of events that such a file holds, as a table whose columns the user assigns.

Tools that write dubbing scripts as JSON (Netflix's TTAL among them, often named .ttal, whose schema is not public) agree on a list of objects with
times, a speaker and words, and on little else. So the longest such list is taken, whatever it is called; objects within an event
become columns named by their path, and ids of other objects that have a name, e.g. of characters, are replaced by it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base import json_text
from core.script.script import ScriptError

_IDS = ("id", "uuid", "guid", "key")
_REFERENCES = ("id", "ids", "ref", "character", "speaker")  # columns that may hold ids of others
_NAMES = ("name", "displayName", "fullName", "label", "title")


def json_rows(path: Path) -> list[list[str]]:
    """The cells of the longest list of objects in a JSON file, as text; the first row are the columns' paths.

    Times in milliseconds (columns whose name ends in ms) become seconds.

    Raises:
        ScriptError: it cannot be read, or holds no list of objects.
    """
    document = json_text.read(path, error=ScriptError, what="script")
    lists = [each for each in _lists(document) if each]
    if not lists:
        raise ScriptError(f"{path.name} holds no list of lines.", hint="A script in JSON is a list of objects with text and times.")
    events = max(lists, key=lambda each: sum(len(_flat(event)) for event in each))
    names = _names(document)
    rows = [
        {column: names.get(cell, cell) if column.lower().endswith(_REFERENCES) else cell for column, cell in _flat(event).items()}
        for event in events
    ]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [columns, *([_seconds(column, row.get(column, "")) for column in columns] for row in rows)]


def _lists(value: Any) -> Iterator[list[dict[str, Any]]]:
    """Every list of objects, wherever it lies."""
    if isinstance(value, list):
        objects = [each for each in value if isinstance(each, dict)]
        if len(objects) == len(value):
            yield objects
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lists(inner)


def _flat(event: dict[str, Any], above: str = "") -> dict[str, str]:
    """Column path → text; values of the same path, e.g. of a list's entries, stand behind one another."""
    found: dict[str, str] = {}
    for name, value in event.items():
        path = f"{above}.{name}" if above else name
        for column, text in _cells(path, value):
            found[column] = f"{found[column]} {text}" if column in found else text
    return found


def _cells(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from _flat(value, path).items()
    elif isinstance(value, list):
        for each in value:
            yield from _cells(path, each)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _names(document: Any) -> dict[str, str]:
    """Id → name of every object that has both."""
    found: dict[str, str] = {}
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            name = next((each[key] for key in _NAMES if isinstance(each.get(key), str) and each[key]), None)
            for key in _IDS if name is not None else ():
                if isinstance(each.get(key), str | int):
                    found[str(each[key])] = str(name)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


def _seconds(column: str, cell: str) -> str:
    if column.lower().endswith(("ms", "millis", "milliseconds")) and cell.isdigit():
        return f"{int(cell) / 1000:.3f}"
    return cell
