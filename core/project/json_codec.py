"""Frozen dataclasses to JSON values and back, led by their type hints.

Paths are text, and so are exact numbers: a `Fraction` is ``"1001/30000"``, a `FrameRate` likewise, a `TimeRange` is ``["0", "5/2"]``.
Decoding is strict: a wrong value is an error that names its JSON path. Keys that a class does not know are kept in its
`extra` (or, under ``"field/key"``, in that of the object around it) and written back where they were.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from core.base.errors import ProjectError
from core.base.timing import FrameRate, TimeRange

T = TypeVar("T")
JsonObject = dict[str, Any]


def encode(value: object) -> Any:
    """The JSON value of a frozen dataclass, or of a value one may hold."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, FrameRate):
        return str(value.value)
    if isinstance(value, TimeRange):
        return [str(value.start), str(value.end)]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [encode(element) for element in value]
    if is_dataclass(value):
        return _encode_object(value)
    return value


def decode(kind: type[T], value: object, where: str = "$") -> T:
    """The `kind` that `value` describes.

    Args:
        kind: a frozen dataclass.
        value: what `json.loads` gave.
        where: JSON path of `value`, for errors.

    Raises:
        ProjectError: a key is missing or a value is of the wrong kind; the message names its JSON path.
    """
    decoded: T = _decode(kind, value, where)
    return decoded


def _encode_object(value: object) -> JsonObject:
    result: JsonObject = {}
    for each in fields(value):  # type: ignore[arg-type]
        if each.name != "extra":
            result[each.name] = encode(getattr(value, each.name))
    for key, text in getattr(value, "extra", ()):
        field, slash, inner = key.partition("/")
        if slash and isinstance(result.get(field), dict):
            result[field][inner] = json.loads(text)
        else:
            result[key] = json.loads(text)
    return result


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _fields(kind: type) -> tuple[Field[Any], ...]:
    return fields(kind)


def _decode(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        options = [option for option in get_args(kind) if option is not NoneType]
        return None if value is None else _decode(options[0], value, where)
    if origin is Literal:
        if not isinstance(value, str) or value not in get_args(kind):
            raise _wrong(where, value, "one of " + ", ".join(map(repr, get_args(kind))))
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(where, value, "a list")
        return tuple(_decode(get_args(kind)[0], element, f"{where}[{i}]") for i, element in enumerate(value))
    if hasattr(kind, "__supertype__"):  # a NewType
        return _decode(kind.__supertype__, value, where)
    if kind in _SCALARS:
        return _SCALARS[kind](value, where)
    return _decode_object(kind, value, where)


def _decode_object(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise _wrong(where, value, "an object")
    hints = _hints(kind)
    known = {each.name: each for each in _fields(kind) if each.name != "extra"}
    arguments: JsonObject = {}
    extra: list[tuple[str, str]] = []
    for name, each in known.items():
        if name in value:
            inner = value[name]
            if isinstance(inner, dict) and is_dataclass(hints[name]) and "extra" not in _hints(hints[name]):
                inner, lifted = _lift_unknown(name, inner, hints[name])
                extra += lifted
            arguments[name] = _decode(hints[name], inner, f"{where}.{name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise ProjectError(f"The project file lacks {where}.{name}.", hint=_HINT)
    unknown = sorted(set(value) - set(known))
    extra += [(key, _canonical(value[key])) for key in unknown]
    if "extra" in hints:
        arguments["extra"] = tuple(sorted(extra))
    try:
        return kind(**arguments)
    except (ValueError, TypeError, OverflowError) as error:
        raise ProjectError(f"The project file is wrong at {where}: {error}.", hint=_HINT) from error


def _lift_unknown(name: str, value: JsonObject, kind: type) -> tuple[JsonObject, list[tuple[str, str]]]:
    known = {each.name for each in _fields(kind)}
    lifted = [(f"{name}/{key}", _canonical(value[key])) for key in sorted(set(value) - known)]
    return {key: inner for key, inner in value.items() if key in known}, lifted


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# Python's own reader takes “1e999999999”, a number that no computer can hold.
_FRACTION = re.compile(r"-?[0-9]{1,32}(/[0-9]{1,32}|\.[0-9]{1,32})?", re.ASCII)
_FARTHEST = 10**12  # seconds or frames a second
_SLOWEST, _FASTEST = Fraction(1, 10**6), 10**6  # frames a second


def _fraction(value: Any, where: str) -> Fraction:
    if not isinstance(value, str) or not _FRACTION.fullmatch(value):
        raise _wrong(where, value, "a fraction as text")
    try:
        number = Fraction(value)
    except ZeroDivisionError as error:
        raise _wrong(where, value, "a fraction as text") from error
    if abs(number) > _FARTHEST:
        raise _wrong(where, value, f"a number of at most {_FARTHEST:,}")
    return number


def _rate(value: Any, where: str) -> FrameRate:
    rate = _fraction(value, where)
    if not _SLOWEST <= rate <= _FASTEST:
        raise _wrong(where, value, f"a frame rate above 0 and up to {_FASTEST:,}")
    return FrameRate(rate)


def _range(value: Any, where: str) -> TimeRange:
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong(where, value, "a start and an end")
    start, end = _fraction(value[0], f"{where}[0]"), _fraction(value[1], f"{where}[1]")
    if end < start:
        raise _wrong(where, value, "a start before its end")
    return TimeRange(start, end)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where, value, "text")
    return value


def _path(value: Any, where: str) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong(where, value, "a path")
    return Path(value)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(where, value, "true or false")
    return value


def _whole(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(where, value, "a whole number")
    return value


def _number(value: Any, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong(where, value, "a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise _wrong(where, value, "a number that fits") from error
    if not math.isfinite(number):
        raise _wrong(where, value, "a number that fits")
    return number


def _wrong(where: str, value: object, expected: str) -> ProjectError:
    shown = json.dumps(value, default=str)  # in ASCII: it may hold what no terminal shows
    short = shown if len(shown) <= 40 else shown[:37] + "…"
    return ProjectError(f"The project file has {short} at {where}, where {expected} belongs.", hint=_HINT)


_HINT = "Open a backup of it instead (File > Backups)."
_SCALARS: dict[Any, Callable[[Any, str], Any]] = {
    Fraction: _fraction,
    FrameRate: _rate,
    TimeRange: _range,
    str: _text,
    Path: _path,
    bool: _flag,
    int: _whole,
    float: _number,
}
