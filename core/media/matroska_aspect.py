"""The shape of a Matroska film's pixels, written into its header after the muxer is done.

What PyAV gives the muxer is the codec's own aspect, and the muxer writes none: codecs that carry no aspect lose it, and players that
look into the header alone show others in the wrong shape. Elements after RFC 9559; lengths and checksums after RFC 8794.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

_SEGMENT, _SEEK_HEAD, _VOID, _INFO, _TRACKS = 0x18538067, 0x114D9B74, 0xEC, 0x1549A966, 0x1654AE6B
_SEEK, _SEEK_ID, _SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
_TRACK, _TRACK_TYPE, _VIDEO, _DISPLAY = 0xAE, 0x83, 0xE0, (0x54B0, 0x54BA)
_UNIT = (
    0x54B2  # in which the display's size is told: FFmpeg says that it does not know; left out, it is pixels
)
_CHECKSUM = 0xBF
_HEAD = 1 << 20  # bytes of a file in which its tracks are described


@dataclass(frozen=True, slots=True)
class _Element:
    id: int
    start: int
    data: int
    end: int


def set_pixel_aspect(path: Path, aspect: Fraction, width: int, height: int) -> bool:
    """Says in the Matroska file `path` that pixels of its first picture track, `width` by `height`, are `aspect` wide.

    Takes the room for it from the gap that muxers leave for their table of contents; nothing behind the tracks moves.
    Returns whether it could be done; the file is as it was where not.
    """
    with path.open("r+b") as file:
        head = file.read(_HEAD)
        segment = next((each for each in _elements(head, 0, len(head)) if each.id == _SEGMENT), None)
        if segment is None:
            return False
        found: dict[int, _Element] = {}
        for each in _elements(head, segment.data, len(head)):
            found.setdefault(each.id, each)
            if each.id == _TRACKS:
                break
        if not {_SEEK_HEAD, _VOID, _INFO, _TRACKS} <= set(found):
            return False
        seek, gap, info, tracks = (found[each] for each in (_SEEK_HEAD, _VOID, _INFO, _TRACKS))
        if (
            tracks.end > len(head)
            or not seek.end == gap.start < gap.end == info.start < info.end == tracks.start
        ):
            return False
        described = _described(head, tracks, aspect, width, height)
        longer = 0 if described is None else len(described) - (tracks.end - tracks.start)
        room = gap.end - gap.start - longer
        if described is None or room < 2:
            return False
        moved = {_INFO: info.start - longer - segment.data, _TRACKS: tracks.start - longer - segment.data}
        contents = _pointing(head, seek, moved)
        body = bytes(room - 2 if room < 128 else room - 9)
        size = bytes([0x80 | len(body)]) if room < 128 else b"\1" + len(body).to_bytes(7, "big")
        file.seek(seek.start)
        file.write(contents + bytes([_VOID]) + size + body + head[info.start : info.end] + described)
    return True


def _described(head: bytes, tracks: _Element, aspect: Fraction, width: int, height: int) -> bytes | None:
    """The tracks with the shape of the first picture track; None where there is none."""
    parts, is_done = b"", False
    for track in _elements(head, tracks.data, tracks.end):
        inner = list(_elements(head, track.data, track.end)) if track.id == _TRACK else []
        kind = next((head[each.data] for each in inner if each.id == _TRACK_TYPE), 0)
        video = next((each for each in inner if each.id == _VIDEO), None)
        if is_done or kind != 1 or video is None:
            parts += head[track.start : track.end] if track.id != _CHECKSUM else b""
            continue
        shape = b"".join(
            head[each.start : each.end]
            for each in _elements(head, video.data, video.end)
            if each.id not in (*_DISPLAY, _UNIT, _CHECKSUM)
        )
        shown = Fraction(width) * aspect
        across, down = (
            (round(shown), height)
            if shown.denominator == 1
            else (shown.numerator, height * shown.denominator)
        )
        for name, value in zip(_DISPLAY, (across, down), strict=True):
            shape += _made(name, value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big"))
        whole = b"".join(
            _made(_VIDEO, shape) if each is video else head[each.start : each.end]
            for each in inner
            if each.id != _CHECKSUM
        )
        parts += _made(_TRACK, whole)
        is_done = True
    has_sum = next(_elements(head, tracks.data, tracks.end)).id == _CHECKSUM
    return _made(_TRACKS, (_sum_of(parts) if has_sum else b"") + parts) if is_done else None


def _pointing(head: bytes, seek: _Element, moved: dict[int, int]) -> bytes:
    """The table of contents, as long as it was, with the new places of what has `moved`."""
    content = bytearray(head[seek.start : seek.end])
    for entry in _elements(head, seek.data, seek.end):
        if entry.id != _SEEK:
            continue
        inner = {each.id: each for each in _elements(head, entry.data, entry.end)}
        target, place = inner[_SEEK_ID], inner[_SEEK_POSITION]
        name = int.from_bytes(head[target.data : target.end], "big")
        if name in moved:
            content[place.data - seek.start : place.end - seek.start] = moved[name].to_bytes(
                place.end - place.data, "big"
            )
    first = next(_elements(head, seek.data, seek.end))
    if first.id == _CHECKSUM:
        rest = bytes(content[first.end - seek.start :])
        content[first.start - seek.start : first.end - seek.start] = _sum_of(rest)
    return bytes(content)


def _elements(data: bytes, start: int, end: int) -> Iterator[_Element]:
    """The elements in `data` from `start` to `end`; ends at the first that is damaged."""
    while start < end:
        name = _number(data, start, keeps_marker=True)
        size = _number(data, start + name[1], keeps_marker=False) if name is not None else None
        if name is None or size is None:
            return
        begin = start + name[1] + size[1]
        yield _Element(name[0], start, begin, begin + size[0])
        start = begin + size[0]


def _number(data: bytes, at: int, *, keeps_marker: bool) -> tuple[int, int] | None:
    """A number of variable length and its length."""
    if at >= len(data) or data[at] == 0:
        return None
    length = 9 - data[at].bit_length()
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big")
    return value if keeps_marker else value & (1 << 7 * length) - 1, length


def _made(name: int, content: bytes) -> bytes:
    length = 1
    while len(content) >= (1 << 7 * length) - 1:  # all ones mean that the size is not known
        length += 1
    size = (1 << 7 * length | len(content)).to_bytes(length, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + size + content


def _sum_of(content: bytes) -> bytes:
    return _made(_CHECKSUM, zlib.crc32(content).to_bytes(4, "little"))
