"""Times as scripts write them."""

import re
from fractions import Fraction

from core.base.errors import SettingsError
from core.base.timing import FrameRate, parse_timecode
from core.script.script import ScriptError

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+)(?:[.,](\d+))?")
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms|f|t)")


def parse_time(text: str, rate: FrameRate) -> Fraction:
    """Seconds of ``HH:MM:SS:FF``, ``HH:MM:SS.mmm`` (comma too), ``MM:SS`` or plain seconds.

    Raises:
        ScriptError: it is none of these, or its frame does not exist at that rate.
    """
    text = text.strip()
    if re.fullmatch(r"\d+:\d+:\d+[:;]\d+", text):
        try:
            return rate.time_of(parse_timecode(text, rate))
        except SettingsError as error:  # a frame that the rate does not have
            raise ScriptError(error.message, hint=error.hint) from error
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds, decimals = clock.groups()
        whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        return whole + Fraction(int(decimals or 0), 10 ** len(decimals or ""))
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        return Fraction(text.replace(",", "."))
    raise ScriptError(f"“{text}” is no time.", hint="Write it as HH:MM:SS:FF, HH:MM:SS.mmm or seconds.")


def parse_ttml_time(text: str, rate: FrameRate, tick_rate: int) -> Fraction:
    """Seconds of a TTML time expression: a clock time, or an offset such as ``2.5s``, ``40f`` or ``1000t``.

    Raises:
        ScriptError: it is none of these.
    """
    text = text.strip()
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return parse_time(text, rate)
    number, unit = Fraction(offset.group(1)), offset.group(2)
    seconds = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
    seconds |= {"f": 1 / rate.value, "t": Fraction(1, tick_rate)}
    return number * seconds[unit]
