"""Any script file as a `Script`."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from core.base.timing import FrameRate
from core.script.detx import read_detx
from core.script.files import read_text
from core.script.plain import is_session_text, read_plain, read_session_text
from core.script.script import LipMark, Script, ScriptError
from core.script.subtitles import read_subtitles
from core.script.tables import JSON_ENDINGS, Column, read_table, table_script
from core.script.ttml import read_ttml

TABLES = (".csv", ".tsv", ".xlsx", *JSON_ENDINGS)
ENDINGS = (".srt", ".vtt", *TABLES, ".dapt", ".ttml", ".xml", ".detx", ".txt")


def read_script(
    path: Path,
    rate: FrameRate,
    *,
    origin: Fraction = Fraction(0),
    length: Fraction | None = None,
    columns: dict[Column, int] | None = None,
) -> Script:
    """The script in a file; its ending tells the kind, and the content where several share one.

    Args:
        path: the file.
        rate: frames a second of its timecodes, where it does not tell.
        origin: the timecode of the picture's start, in seconds.
        length: seconds of the picture: a script that begins behind it counts from a whole hour, which is taken off.
        columns: what the columns of a table are; guessed from their headings without.

    Raises:
        ScriptError: it cannot be read.
    """
    kind = path.suffix.lower()
    if kind in TABLES:
        table = read_table(path)
        script = table_script(table, columns if columns is not None else table.guess(), rate)
    elif kind in (".srt", ".vtt"):
        return read_subtitles(read_text(path), kind[1:])  # counts from the picture's start by definition
    elif kind in (".dapt", ".ttml", ".xml", ".detx"):
        text = read_text(path)
        script = read_detx(text, rate) if "<detx" in text[:2000] else read_ttml(text, rate)
    elif kind == ".txt":
        text = read_text(path)
        script = read_session_text(text, rate) if is_session_text(text) else read_plain(text)
    else:
        raise ScriptError(f"{path.name} is no script that can be read.", hint="Known are " + ", ".join(ENDINGS))
    return _from_start(script, origin, length)


def _from_start(script: Script, origin: Fraction, length: Fraction | None) -> Script:
    timed = [line.range for line in script.lines if line.range is not None]
    if not timed:
        return script
    first = min(span.start for span in timed)
    by = origin if first >= origin else Fraction(0)
    if not by and length is not None and first >= length and first >= 3600:
        by = Fraction(int(first // 3600) * 3600)
    if not by:
        return script
    lines = tuple(
        replace(
            line,
            range=line.range.shifted(-by) if line.range is not None else None,
            marks=tuple(LipMark(mark.time - by, mark.kind) for mark in line.marks),
        )
        for line in script.lines
    )
    return Script(lines, script.notes)
