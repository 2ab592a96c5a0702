"""Dubbing and Audio description Profiles of TTML2 (W3C DAPT), and other TTML with a paragraph for each line.

https://www.w3.org/TR/dapt/ — a ``div`` is a script event with a time and its characters, its ``p`` are the original and the
translated text. Of several texts that in the document's own language is taken, the dub; the original goes into the note.
"""

from fractions import Fraction
from xml.etree import ElementTree as ET

from core.base.timing import FrameRate, TimeRange
from core.script.script import Script, ScriptError, ScriptLine
from core.script.times import parse_ttml_time
from core.script.xml import attribute, local, parse_xml, words_of


def read_ttml(text: str, rate: FrameRate) -> Script:
    """The script events of a TTML document; one without any is a script without lines.

    Raises:
        ScriptError: it is no TTML.
    """
    root = parse_xml(text)
    if local(root.tag) != "tt":
        raise ScriptError("This XML is no timed text (TTML).", hint="DAPT and TTML2 begin with <tt>.")
    return _Reader(root, rate).script()


class _Reader:
    def __init__(self, root: ET.Element, rate: FrameRate) -> None:
        self._root = root
        given = attribute(root, "frameRate")
        multiplier = attribute(root, "frameRateMultiplier").split()
        factor = Fraction(int(multiplier[0]), int(multiplier[1])) if len(multiplier) == 2 else Fraction(1)
        self._rate = FrameRate(Fraction(given) * factor) if given else rate
        self._ticks = int(attribute(root, "tickRate") or 1)
        self._language = attribute(root, "lang")
        self._names = {
            attribute(agent, "id"): " ".join(
                "".join(name.itertext()) for name in agent if local(name.tag) == "name"
            ).strip()
            or attribute(agent, "id")
            for agent in root.iter()
            if local(agent.tag) == "agent"
        }
        self._lines: list[ScriptLine] = []

    def script(self) -> Script:
        body = next((child for child in self._root if local(child.tag) == "body"), None)
        if body is not None:
            self._walk(body, Fraction(0), None, self._language, "")
        return Script(tuple(self._lines))

    def _walk(
        self, element: ET.Element, begin: Fraction, end: Fraction | None, language: str, agent: str
    ) -> None:
        start, stop = self._times(element, begin, end)
        language = attribute(element, "lang") or language
        agent = attribute(element, "agent") or agent
        paragraphs = [child for child in element if local(child.tag) == "p"]
        if paragraphs:
            self._add(element, paragraphs, start, stop, language, agent)
        for child in element:
            if local(child.tag) == "div":
                self._walk(child, start, stop, language, agent)

    def _times(
        self, element: ET.Element, begin: Fraction, end: Fraction | None
    ) -> tuple[Fraction, Fraction | None]:
        given = {name: attribute(element, name) for name in ("begin", "end", "dur")}
        times = {
            name: parse_ttml_time(value, self._rate, self._ticks) for name, value in given.items() if value
        }
        start = begin + times.get("begin", Fraction(0))
        stops = [end] if end is not None else []
        if "end" in times:
            stops.append(begin + times["end"])
        if "dur" in times:
            stops.append(start + times["dur"])
        return start, min(stops) if stops else None

    def _add(
        self,
        div: ET.Element,
        paragraphs: list[ET.Element],
        start: Fraction,
        stop: Fraction | None,
        language: str,
        agent: str,
    ) -> None:
        has_own_times = any(attribute(p, "begin") for p in paragraphs)
        if has_own_times:  # TTML of subtitles: every paragraph is a line of its own
            for p in paragraphs:
                self._put(words_of(p), "", *self._times(p, start, stop), attribute(p, "agent") or agent, div)
            return
        texts = [(attribute(p, "lang") or language, words_of(p), attribute(p, "agent")) for p in paragraphs]
        own = [each for each in texts if each[0] == self._language] or texts[-1:]
        chosen = own[-1]
        others = [text for tongue, text, _ in texts if text and text != chosen[1]]
        self._put(chosen[1], " / ".join(others), start, stop, chosen[2] or agent, div)

    def _put(
        self, text: str, note: str, start: Fraction, stop: Fraction | None, agent: str, div: ET.Element
    ) -> None:
        names = [self._names.get(each, each) for each in agent.split()]
        shown = {"ON": True, "OFF": False, "ON_OFF": True, "OFF_ON": True}.get(attribute(div, "onScreen"))
        span = TimeRange(start, stop) if stop is not None and stop > start else None
        if text or span is not None:
            self._lines.append(ScriptLine(", ".join(names), text, span, note, shown))
