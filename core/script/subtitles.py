"""Subtitles as a script: SRT and WebVTT, read with pysubs2. A name before a colon, or a voice tag, is the character."""

import re
from fractions import Fraction

import pysubs2

from core.base.timing import TimeRange
from core.script.script import Script, ScriptError, ScriptLine

_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_NAME = re.compile(r"^\s*\[?([A-ZÀ-ÖØ-Þ][^:\[\]\n]{0,30}?)\]?\s*:\s+(?=\S)")
_VTT_TEXT = re.compile(r"-->[^\n]*\n(.*?)(?:\n\s*\n|\Z)", re.DOTALL)


def read_subtitles(text: str, kind: str) -> Script:
    """The lines of an ``srt`` or ``vtt`` text.

    Raises:
        ScriptError: it is not of that kind, or holds no line.
    """
    try:
        subtitles = pysubs2.SSAFile.from_string(text, format_=kind)
    except (pysubs2.exceptions.Pysubs2Error, ValueError) as error:
        raise ScriptError(f"These are no {kind.upper()} subtitles: {error}.") from error
    voices = _voices(text) if kind == "vtt" else {}
    lines = []
    for number, event in enumerate(subtitles):
        words = _TAG.sub("", event.plaintext).strip()
        character = voices.get(number, "")
        if not character and (named := _NAME.match(words)) is not None:
            character, words = named.group(1).strip(), words[named.end() :]
        if words and event.end > event.start:
            span = TimeRange(Fraction(event.start, 1000), Fraction(event.end, 1000))
            lines.append(ScriptLine(character, " ".join(words.split()), span))
    if not lines:
        raise ScriptError("There is no line in these subtitles.")
    return Script(tuple(lines))


def _voices(text: str) -> dict[int, str]:
    """Number of a cue → its voice tag's name: the library leaves these tags out."""
    cues = _VTT_TEXT.findall(text.replace("\r\n", "\n"))
    found = {number: _VOICE.search(cue) for number, cue in enumerate(cues)}
    return {number: match.group(1).strip() for number, match in found.items() if match is not None}
