"""Scripts as plain text: ``NAME: words`` a line, and the text that Pro Tools writes about a session."""

import re

from core.base.timing import FrameRate, TimeRange
from core.script.script import Script, ScriptError, ScriptLine
from core.script.times import parse_time

_NAMED = re.compile(r"^\s*([^:]{1,40}):\s+(\S.*)$")


def read_plain(text: str) -> Script:
    """One line for each line of text, without times; a name before a colon is the character.

    Raises:
        ScriptError: there is no text.
    """
    lines = []
    for row in text.splitlines():
        words = row.strip()
        if words:
            named = _NAMED.match(words)
            lines.append(ScriptLine(named[1].strip(), named[2]) if named else ScriptLine("", words))
    if not lines:
        raise ScriptError("There is no text in this file.")
    return Script(tuple(lines), ("This script has no times; its lines can be placed by hand.",))


def is_session_text(text: str) -> bool:
    """Whether Pro Tools wrote it (File, Export, Session Info as Text)."""
    return text.lstrip("\ufeff").startswith("SESSION NAME:")


def read_session_text(text: str, rate: FrameRate) -> Script:
    """The clips of every track: the track is the character, the clip's name the text.

    Raises:
        ScriptError: no clip is listed with timecodes.
    """
    lines, track = [], ""
    columns: dict[str, int] = {}
    for row in text.splitlines():
        cells = [cell.strip() for cell in row.split("\t")]
        if cells[0] == "TRACK NAME:":
            track, columns = cells[1] if len(cells) > 1 else "", {}
        elif cells[0] == "CHANNEL" and "CLIP NAME" in cells:
            columns = {name: number for number, name in enumerate(cells)}
        elif columns and len(cells) >= len(columns) - 1 and cells[0].isdigit():
            if cells[0] != "1":  # the second channel of a stereo track says the same again
                continue
            start, end = (parse_time(cells[columns[name]], rate) for name in ("START TIME", "END TIME"))
            if end > start:
                lines.append(ScriptLine(track, cells[columns["CLIP NAME"]], TimeRange(start, end)))
        elif not cells[0]:
            columns = columns if cells != [""] else {}
    if not lines:
        raise ScriptError(
            "No clip is listed in this session text.", hint="Export it with the track EDLs, times as timecode."
        )
    return Script(tuple(lines))
