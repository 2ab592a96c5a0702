"""Damage to files: seeded, so that every case can be made again."""

import json
import random
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

_BYTES = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff" * 8,
    b"\n",
    b'"',
    b"{",
    b"<",
)
_NUMBERS = (
    "0", "-1", "1", "2", "1e999999999", "1e5000", "-1e5000", "NaN", "Infinity", "9" * 20, "9" * 400, "1e308", "-0.0", "0.1",
    "4294967296", "9223372036854775807", "9223372036854775808", "1e-320", "1001/30000", "1/0", "0/1", "-25",
)  # fmt: skip
_TEXTS = (
    "", "x", "../../../../etc/passwd", "/etc/passwd", "/dev/zero", "\0", "\ud800", "\udcff", "a" * 5000, "http://example.org/a.mp4",
    "file:///etc/passwd", "C:\\a.mp4", "A2", "V1", "P:", "nan", "1e999999999", "None", "“”", "\n\n", "%n%s", "CON", "true",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    -(2**63),
    10**400,
    1e308,
    [],
    {},
    "",
    [[]],
    {"a": 1},
    [None],
    "x",
)
_LARGEST = 2**20  # bytes that damage may grow a file to: more only takes time
_RAW = "\x01raw:"  # a number that Python's writer would not write
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def damaged(content: bytes, draw: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """`content` with one to a few damages of any kind, as text or as bytes."""
    ways: list[Callable[[bytes, random.Random], bytes]] = [_bytes, _bytes, _cut, _moved]
    if b"\0" not in content[:4096]:
        ways += [_numbers, _numbers, _lines, _texts]
        if content.lstrip()[:1] in (b"{", b"["):
            ways += [_structure] * 8
    if others and draw.random() < 0.03:
        other = draw.choice(others)
        return content[: draw.randrange(len(content) + 1)] + other[draw.randrange(len(other) + 1) :]
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        content = draw.choice(ways)(content, draw)[: max(_LARGEST, len(content))]
    return content


def _bytes(content: bytes, draw: random.Random) -> bytes:
    result = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8, 64))):
        if not result:
            break
        place = draw.randrange(len(result)) if draw.random() < 0.7 else draw.randrange(min(len(result), 512))
        how = draw.random()
        if how < 0.4:
            result[place] ^= 1 << draw.randrange(8)
        elif how < 0.7:
            result[place] = draw.randrange(256)
        else:
            piece = draw.choice(_BYTES)
            result[place : place + len(piece)] = piece
    return bytes(result)


def _cut(content: bytes, draw: random.Random) -> bytes:
    if not content:
        return b"\0"
    place = draw.randrange(len(content))
    if draw.random() < 0.6:
        return content[:place]
    return content[:place] + content[place + draw.choice((1, 4, 16, 512, 65536)) :]


def _moved(content: bytes, draw: random.Random) -> bytes:
    if not content:
        return content
    start, length, to = (
        draw.randrange(len(content)),
        draw.choice((1, 8, 64, 1024)),
        draw.randrange(len(content)),
    )
    return content[:to] + content[start : start + length] * draw.choice((1, 1, 3)) + content[to:]


def _numbers(content: bytes, draw: random.Random) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    found = list(_NUMBER.finditer(text))
    for match in sorted(
        draw.sample(found, min(len(found), draw.choice((1, 1, 2, 5)))), key=lambda m: -m.start()
    ):
        text = text[: match.start()] + draw.choice(_NUMBERS) + text[match.end() :]
    return text.encode("utf-8", "surrogateescape")


def _texts(content: bytes, draw: random.Random) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    found = list(re.finditer(r"[A-Za-z_./]{2,}", text))
    for match in sorted(
        draw.sample(found, min(len(found), draw.choice((1, 1, 3)))), key=lambda m: -m.start()
    ):
        text = text[: match.start()] + draw.choice(_TEXTS) + text[match.end() :]
    return text.encode("utf-8", "surrogatepass" if "\ud800" in text else "surrogateescape")


def _lines(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    how = draw.random()
    if how < 0.4:
        lines[at], lines[other] = lines[other], lines[at]
    elif how < 0.7:
        del lines[at]
    else:
        lines[at:at] = [lines[other]] * draw.choice((1, 2, 200))
    return b"\n".join(lines)


def _structure(content: bytes, draw: random.Random) -> bytes:
    try:
        return _restructured(json.loads(content), draw)
    except (ValueError, RecursionError):  # no JSON any more, holds itself, or too deep
        return _bytes(content, draw)


def _restructured(value: Any, draw: random.Random) -> bytes:
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        holders = list(_holders(value))
        if not holders:
            break
        holder = draw.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = draw.choice(keys)
        how = draw.random()
        if how < 0.15:
            del holder[key]
        elif how < 0.3:
            other = draw.choice(holders)
            holder[key] = deepcopy(draw.choice(list(other.values()) if isinstance(other, dict) else other))
        elif how < 0.5:
            holder[key] = deepcopy(draw.choice(_VALUES))
        elif how < 0.7:
            holder[key] = _RAW + draw.choice(_NUMBERS)
        elif how < 0.85:
            holder[key] = draw.choice((*_TEXTS, *_NUMBERS))
        elif how < 0.9:
            for _ in range(draw.choice((10, 100, 900))):
                holder[key] = [holder[key]]
        elif isinstance(holder, list):
            holder[key:key] = [deepcopy(holder[key]) for _ in range(draw.choice((1, 2, 20)))]
        else:
            holder[draw.choice(_TEXTS)] = deepcopy(holder[key])
    text = json.dumps(value)
    return re.sub(rf'"{re.escape(json.dumps(_RAW)[1:-1])}([^"]*)"', r"\1", text).encode(
        "utf-8", "surrogatepass"
    )


def _holders(value: Any) -> Any:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (dict, list)) and each:
            yield each
            waiting += each.values() if isinstance(each, dict) else each
