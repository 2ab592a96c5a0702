"""DetX, the file of detection and rhythmo-band programs (Cappella, Joker)."""

from fractions import Fraction

from core.base.timing import FrameRate, TimeRange
from core.script.script import LipMark, Script, ScriptError, ScriptLine
from core.script.times import parse_time
from core.script.xml import attribute, local, parse_xml


def read_detx(text: str, rate: FrameRate) -> Script:
    """The lines with their lip marks; times count from the video file's own timecode where the file tells it.

    Raises:
        ScriptError: it is no DetX, or a time in it is none.
    """
    root = parse_xml(text)
    if local(root.tag) != "detx":
        raise ScriptError("This XML is no DetX file.", hint="DetX begins with <detx>.")
    names = {attribute(role, "id"): attribute(role, "name") for role in root.iter() if local(role.tag) == "role"}
    video = next((each for each in root.iter() if local(each.tag) == "videofile"), None)
    start = attribute(video, "timestamp") if video is not None else ""
    origin = parse_time(start, rate) if start else Fraction(0)
    lines = []
    for line in (each for each in root.iter() if local(each.tag) == "line"):
        marks, words = [], []
        for child in line:
            if local(child.tag) == "lipsync":
                time = parse_time(attribute(child, "timecode"), rate) - origin
                marks.append(LipMark(time, attribute(child, "type")))
            elif local(child.tag) == "text":
                words.append(child.text or "")
        times = [mark.time for mark in marks]
        span = TimeRange(min(times), max(times)) if len(times) > 1 and max(times) > min(times) else None
        role = attribute(line, "role")
        off = attribute(line, "voiceoff") == "true" or attribute(line, "off") == "true"
        lines.append(
            ScriptLine(
                names.get(role, role) or role,
                " ".join("".join(words).split()),
                span,
                on_screen=False if off else None,
                marks=tuple(marks),
            )
        )
    return Script(tuple(lines))
