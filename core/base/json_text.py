"""JSON that others wrote: read so that whatever comes out can be used, kept and written again.

Python's reader takes more than JSON (NaN), and things that break later (a million brackets, ``1e5000``, half a surrogate pair).
"""

import json
import re
from pathlib import Path
from typing import Any

from core.base.errors import AppError

DEEPEST = 64  # brackets in brackets; no file of ours has more than 12
LARGEST = 64 * 2**20  # bytes; a project of 10,000 takes has about 12 MB
_LONGEST_NUMBER = 40  # digits; a float's shortest exact text has 24 characters at most
_SAFE_WHOLE = 2**63
# A path of undecodable bytes comes as U+DC80 … U+DCFF (PEP 383); other halves of surrogate pairs are no text.
_LONE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_ANY_LONE = re.compile(r"[\ud800-\udfff]")


class UnusableJson(ValueError):
    """Why the text cannot be used, as half a sentence that begins with a verb."""


def parse(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        UnusableJson: not JSON; too deep; a number that is none or that does not fit; text that is none.
    """
    try:
        value = json.loads(text, parse_constant=_no_number, parse_int=_whole, parse_float=_number)
    except json.JSONDecodeError as error:
        raise UnusableJson(f"is not valid JSON (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise UnusableJson(f"is nested more than {DEEPEST} deep") from error
    _check(value)
    return value


def read(path: Path, *, error: type[AppError], what: str = "file", hint: str = "") -> Any:
    """The value in a JSON file.

    Args:
        path: the file.
        error: what is raised.
        what: what the file should be, for messages: “model description”.
        hint: what to do about it.

    Raises:
        AppError: it is missing, unreadable, no file, too large, or see `parse`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as failed:
        raise error(f"The {what} {path} cannot be read: {failed.strerror or failed}.", hint=hint) from failed
    if len(content) > LARGEST:
        raise error(f"The {what} {path} is larger than {LARGEST // 2**20} MB.", hint=hint)
    try:
        return parse(content.decode("utf-8"))
    except UnicodeDecodeError as failed:
        raise error(f"The {what} {path} is not text in UTF-8.", hint=hint) from failed
    except UnusableJson as failed:
        raise error(f"The {what} {path} {failed}.", hint=hint) from failed


def dump(value: object, *, indent: int | None = 1) -> str:
    """JSON text of `value` that is always valid UTF-8: halves of surrogate pairs are escaped.

    Raises:
        ValueError: a number is infinite or none.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return _ANY_LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _no_number(name: str) -> float:
    raise UnusableJson(f"holds {name}, which is no number in JSON")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER or not -_SAFE_WHOLE <= (value := int(digits)) < _SAFE_WHOLE:
        raise UnusableJson(f"holds a number of {len(digits)} digits, which does not fit")
    return value


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise UnusableJson(f"holds the number {digits[:20]}, which does not fit")
    return value


def _check(value: object) -> None:
    """Walks without recursion; raises UnusableJson."""
    waiting = [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        if depth > DEEPEST:
            raise UnusableJson(f"is nested more than {DEEPEST} deep")
        if isinstance(each, str):
            if _LONE.search(each):
                raise UnusableJson("holds half of a surrogate pair, which is no text")
        elif isinstance(each, list):
            waiting += [(inner, depth + 1) for inner in each]
        elif isinstance(each, dict):
            waiting += [(inner, depth + 1) for pair in each.items() for inner in pair]
