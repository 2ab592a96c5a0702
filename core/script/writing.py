"""Lines written for others: CSV, SRT, DAPT and a page to print."""

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from html import escape
from xml.etree import ElementTree as ET

import pysubs2

from core.base.timing import FrameRate, format_timecode
from core.script.script import ScriptLine

_TT = "http://www.w3.org/ns/ttml"
_TTM, _TTP = f"{_TT}#metadata", f"{_TT}#parameter"
_DAPTM = f"{_TT}/profile/dapt#metadata"
_XML = "http://www.w3.org/XML/1998/namespace"


def lines_csv(lines: Sequence[ScriptLine], rate: FrameRate, extra: Sequence[dict[str, str]] = ()) -> str:
    """A table with times as timecode; `extra` are more columns of each line."""
    names = list(dict.fromkeys(name for row in extra for name in row))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["number", "in", "out", "character", "text", "note", "on screen", *names])
    for number, line in enumerate(lines, start=1):
        times = [_timecode(line, edge, rate) for edge in ("start", "end")]
        shown = {True: "on", False: "off", None: ""}[line.on_screen]
        more = extra[number - 1] if number <= len(extra) else {}
        rows.writerow(
            [number, *times, line.character, line.text, line.note, shown, *(more.get(name, "") for name in names)]
        )
    return text.getvalue()


def lines_srt(lines: Sequence[ScriptLine]) -> str:
    """Subtitles of the lines that have times."""
    subtitles = pysubs2.SSAFile()
    for line in lines:
        if line.range is not None:
            words = f"{line.character}: {line.text}" if line.character else line.text
            start, end = (round(float(t) * 1000) for t in (line.range.start, line.range.end))
            subtitles.append(pysubs2.SSAEvent(start=start, end=end, text=words))
    subtitles.sort()
    return subtitles.to_string("srt")


def lines_dapt(lines: Sequence[ScriptLine], language: str) -> str:
    """A DAPT script of the translated dialogue; lines without times are left out."""
    for prefix, name in (("", _TT), ("ttm", _TTM), ("ttp", _TTP), ("daptm", _DAPTM)):
        ET.register_namespace(prefix, name)
    root = ET.Element(
        f"{{{_TT}}}tt",
        {
            f"{{{_XML}}}lang": language,
            f"{{{_TTP}}}contentProfiles": f"{_TT}/profile/dapt1.0/content",
            f"{{{_DAPTM}}}scriptRepresents": "audio.dialogue",
            f"{{{_DAPTM}}}scriptType": "asRecorded",
            f"{{{_DAPTM}}}langSrc": language,
        },
    )
    metadata = ET.SubElement(ET.SubElement(root, f"{{{_TT}}}head"), f"{{{_TT}}}metadata")
    names = list(dict.fromkeys(line.character for line in lines if line.character))
    for number, name in enumerate(names, start=1):
        agent = ET.SubElement(
            metadata, f"{{{_TTM}}}agent", {"type": "character", f"{{{_XML}}}id": f"character_{number}"}
        )
        ET.SubElement(agent, f"{{{_TTM}}}name", {"type": "alias"}).text = name
    body = ET.SubElement(root, f"{{{_TT}}}body")
    for number, line in enumerate(lines, start=1):
        if line.range is None:
            continue
        values = {
            f"{{{_XML}}}id": f"line_{number}",
            "begin": _seconds(line.range.start),
            "end": _seconds(line.range.end),
            f"{{{_DAPTM}}}represents": "audio.dialogue",
        }
        if line.character:
            values[f"{{{_TTM}}}agent"] = f"character_{names.index(line.character) + 1}"
        if line.on_screen is not None:
            values[f"{{{_DAPTM}}}onScreen"] = "ON" if line.on_screen else "OFF"
        div = ET.SubElement(body, f"{{{_TT}}}div", values)
        ET.SubElement(ET.SubElement(div, f"{{{_TT}}}p"), f"{{{_TT}}}span").text = line.text
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def lines_html(
    lines: Sequence[ScriptLine], rate: FrameRate, title: str, headings: Sequence[str], extra: Sequence[str] = ()
) -> str:
    """A page to print: `headings` are number, in, out, character, text, note and what `extra` holds."""
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = [str(number), _timecode(line, "start", rate), _timecode(line, "end", rate), line.character, line.text]
        cells += [line.note, extra[number - 1] if number <= len(extra) else ""]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    style = "body{font:11pt sans-serif}table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}"
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style></head>'
        f"<body><h1>{escape(title)}</h1><table><tr>{head}</tr>{''.join(rows)}</table></body></html>\n"
    )


def _timecode(line: ScriptLine, edge: str, rate: FrameRate) -> str:
    if line.range is None:
        return ""
    t: Fraction = getattr(line.range, edge)
    return format_timecode(round(t * rate.value), rate)


def _seconds(t: Fraction) -> str:
    return f"{float(t):.3f}".rstrip("0").rstrip(".") + "s"
