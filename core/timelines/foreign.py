"""What a timeline of another program holds, told in plain JSON. Runs as a process of its own (`core.base.confined`).

OpenTimelineIO is C++ that trusts its input: a file can end the process that reads it. So nothing of it lives where the project
lives; this module takes timelines apart into a flat list of clips, each with its place, its order from bottom to top, and all
that must be said of it.
"""

import contextlib
import io
import json
import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from core.base import confined
from core.timelines.rates import exact_rate

_DEEPEST = 32  # stacks in stacks
_MOST_CLIPS = 200_000
_LONGEST_TEXT = 4096
_FARTHEST = 10**9  # seconds
_EDL_EVENT = re.compile(r"^\s*\d+\s+\S.*?(\d{1,2}:\d\d:\d\d[:;.,]\d{2,3}\s*){4}$")
_EDL_FRAMES = re.compile(r"(\d{1,2}:\d\d:\d\d)[:;.,](\d{2,3})")
_UNREAD_FCPX = {"title", "mc-clip", "sync-clip", "audition", "caption"}


class Unusable(Exception):
    """Why the timeline cannot be taken, as a sentence's end."""


@dataclass(slots=True)
class _Window:
    """How a composition's own time lies on the timeline: own `start` is at `at`; nothing outside `length` is seen."""

    at: Fraction
    start: Fraction
    length: Fraction | None

    def shown(self, start: Fraction, length: Fraction) -> tuple[Fraction, Fraction, Fraction] | None:
        """(timeline start, length, how much is cut off at the front) of an own range, None when it is not seen."""
        end = start + length
        low, high = start, end
        if self.length is not None:
            low, high = max(start, self.start), min(end, self.start + self.length)
        if high <= low:
            return None
        return self.at + (low - self.start), high - low, low - start


@dataclass(slots=True)
class _Taking:
    """One timeline being taken apart."""

    clips: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)

    def leave_out(self, what: str, track: str, at: Fraction | None, name: str = "") -> None:
        """Names something that is not taken over."""
        self.left_out.append({"what": what, "track": track, "at": _text_of(at), "name": _text(name)})

    def stack(
        self,
        stack: "otio.schema.Stack",
        window: _Window,
        order: list[int],
        kind: str | None,
        label: str,
        depth: int,
    ) -> None:
        """Everything of a stack; `label` names the track it lies in, empty for the timeline's own."""
        if depth > _DEEPEST:
            raise Unusable(f"nests more than {_DEEPEST} stacks")
        numbers = {"Video": 0, "Audio": 0}
        for index, child in enumerate(stack):
            inner = getattr(child, "kind", None) or kind or "Video"
            inner = "Audio" if inner == "Audio" else "Video"
            numbers[inner] += 1
            own = f"{inner[0]}{numbers[inner]}"
            name = f"{label}/{own}" if label else own
            if not _is_enabled(child):
                self.leave_out("disabled track", name, window.at, child.name)
            elif isinstance(child, otio.schema.Track):
                self.track(child, _trimmed(child, window), [*order, index], inner, name, depth + 1)
            elif isinstance(child, (otio.schema.Stack, otio.schema.Clip)):
                row = otio.schema.Track(kind=inner)
                self.item(row, child, Fraction(0), window, [*order, index], inner, name, depth + 1)

    def track(
        self, track: "otio.schema.Track", window: _Window, order: list[int], kind: str, label: str, depth: int
    ) -> None:
        """Everything of a track."""
        if depth > _DEEPEST:
            raise Unusable(f"nests more than {_DEEPEST} stacks")
        position = Fraction(0)
        for item in track:
            if isinstance(item, otio.schema.Transition):
                place = window.shown(position, Fraction(1, 1000))
                self.leave_out("transition", label, place[0] if place else None, item.name)
                continue
            position += self.item(track, item, position, window, order, kind, label, depth)

    def item(
        self,
        track: Any,
        item: Any,
        position: Fraction,
        window: _Window,
        order: list[int],
        kind: str,
        label: str,
        depth: int,
    ) -> Fraction:
        """One item of a track; returns its length."""
        try:
            span = item.trimmed_range()
            start, length = _seconds(span.start_time), _seconds(span.duration)
        except (otio.exceptions.OTIOError, NotImplementedError, ValueError):
            self.leave_out("item without a length", label, window.at + position - window.start, item.name)
            return Fraction(0)
        if length < 0:
            raise Unusable("holds an item of negative length")
        if isinstance(item, otio.schema.Gap):
            return length
        place = window.shown(position, length)
        if not _is_enabled(item):
            self.leave_out("disabled", label, place[0] if place else None, item.name)
            return length
        if place is None:
            if length > 0:
                self.leave_out("outside its track", label, None, item.name)
            return length
        at, seen, cut = place
        if isinstance(item, otio.schema.Clip):
            self.clip(item, at, seen, start + cut, order, kind, label)
        elif isinstance(item, otio.schema.Stack):
            self.effects(item, at, label)
            self.stack(item, _Window(at, start + cut, seen), order, kind, label, depth + 1)
        elif isinstance(item, otio.schema.Track):
            self.effects(item, at, label)
            self.track(item, _Window(at, start + cut, seen), order, kind, label, depth + 1)
        else:
            self.leave_out("unknown item", label, at, item.name)
        return length

    def effects(self, item: Any, at: Fraction, label: str) -> None:
        """Names the effects of a nested composition; speed goes for all that is in it."""
        for effect in item.effects:
            is_time = isinstance(effect, otio.schema.TimeEffect)
            self.leave_out(
                "speed of a nested sequence" if is_time else "effect",
                label,
                at,
                effect.effect_name or effect.name,
            )

    def clip(
        self,
        clip: "otio.schema.Clip",
        at: Fraction,
        length: Fraction,
        source: Fraction,
        order: list[int],
        kind: str,
        label: str,
    ) -> None:
        """Puts a clip on the list."""
        if len(self.clips) >= _MOST_CLIPS:
            raise Unusable(f"holds more than {_MOST_CLIPS:,} clips")
        reference = clip.media_reference
        available = reference.available_range if reference is not None else None
        told: dict[str, Any] = {
            "track": label,
            "kind": kind,
            "order": order,
            "name": _text(clip.name),
            "at": _text_of(at),
            "length": _text_of(length),
            "source": _text_of(source),
            "rate": _text_of(_rate(clip.trimmed_range().duration.rate)),
            "reference": "missing",
            "url": "",
            "available": None,
            "speed": None,
            "is_frozen": False,
            "effects": [],
        }
        if isinstance(reference, otio.schema.ExternalReference) and reference.target_url:
            told |= {"reference": "file", "url": _text(reference.target_url)}
        elif isinstance(reference, otio.schema.ImageSequenceReference):
            told |= {"reference": "pictures", "url": _text(reference.target_url_base)}
        elif isinstance(reference, otio.schema.GeneratorReference):
            told |= {"reference": "generator", "url": _text(reference.generator_kind)}
        if available is not None:
            told["available"] = {
                "start": _text_of(_seconds(available.start_time)),
                "length": _text_of(_seconds(available.duration)),
                "rate": _text_of(_rate(available.duration.rate)),
            }
        for effect in clip.effects:
            if isinstance(effect, otio.schema.FreezeFrame):
                told["is_frozen"] = True
            elif isinstance(effect, otio.schema.LinearTimeWarp):
                speed = float(effect.time_scalar)
                told["speed"] = speed if math.isfinite(speed) else 0.0
            elif isinstance(effect, otio.schema.TimeEffect):
                told["speed"] = 0.0
            elif (name := _text(effect.effect_name or effect.name or "effect")) not in told["effects"]:
                told["effects"].append(name)
        self.clips.append(told)


def told(path: Path, adapter: str, rate: Fraction | None) -> dict[str, Any]:
    """The timeline in `path`; raises Unusable."""
    warnings: list[str] = []
    read = _read(path, adapter, rate, warnings)
    timelines = list(_timelines(read))
    if not timelines:
        raise Unusable("holds no timeline")
    timeline = timelines[0]
    taking = _Taking()
    stack = timeline.tracks
    if stack is None:
        raise Unusable("holds no tracks")
    taking.stack(stack, _trimmed(stack, _Window(Fraction(0), Fraction(0), None)), [], None, "", 0)
    for other in timelines[1:]:
        taking.leave_out("further timeline", "", None, other.name)
    for what, name in _unread(path, adapter):
        taking.leave_out(what, "", None, name)
    start = timeline.global_start_time
    found = (
        _rate(start.rate) if start is not None else next((Fraction(c["rate"]) for c in taking.clips), None)
    )
    markers = [_marker(marker) for marker in stack.markers]
    return {
        "name": _text(timeline.name),
        "rate": _text_of(rate or found),
        "start": _text_of(_seconds(start)) if start is not None else None,
        "is_drop_frame": _is_drop_frame(timeline),
        "clips": taking.clips,
        "left_out": taking.left_out,
        "markers": markers,
        "warnings": warnings,
    }


def _read(path: Path, adapter: str, rate: Fraction | None, warnings: list[str]) -> Any:
    if adapter == "cmx_3600" and rate is not None:
        return _read_edl(path, rate, warnings)
    if adapter == "fcpx_xml":
        from core.timelines.final_cut_x import read

        return read(path.read_bytes())
    if adapter == "kdenlive":
        from core.timelines import kdenlive

        return kdenlive.read(path.read_bytes())
    if adapter == "AAF":
        from core.timelines import aaf

        return aaf.read(path)
    return otio.adapters.read_from_file(str(path), adapter_name=adapter)


def _read_edl(path: Path, rate: Fraction, warnings: list[str]) -> Any:
    text = _edl_text(path.read_bytes().decode("utf-8-sig", "replace"), rate)
    adapter = otio.adapters.from_name("cmx_3600")
    try:
        return adapter.read_from_string(text, rate=float(rate))
    except Exception as error:  # noqa: BLE001 - each of its lines raises something of its own
        try:
            read = adapter.read_from_string(text, rate=float(rate), ignore_timecode_mismatch=True)
        except Exception:  # noqa: BLE001
            raise error from None
        warnings.append("record times")
        return read


def _edl_text(text: str, rate: Fraction) -> str:
    """The EDL with “;” before the frames of every drop-frame timecode; many write “:” and say it in an FCM line alone."""
    is_drop, lines = False, []
    has_drop = rate.denominator == 1001 and rate.numerator in (30000, 60000)
    for line in text.splitlines():
        if line.strip().upper().startswith("FCM:"):
            is_drop = "NON" not in line.upper() and has_drop
        elif _EDL_EVENT.match(line):
            line = _EDL_FRAMES.sub(rf"\1{';' if is_drop or (has_drop and ';' in line) else ':'}\2", line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _timelines(read: Any) -> Iterator["otio.schema.Timeline"]:
    if isinstance(read, otio.schema.Timeline):
        yield read
    elif isinstance(read, (otio.schema.Stack, otio.schema.Track, otio.schema.Clip)):
        timeline = otio.schema.Timeline(read.name)
        if isinstance(read, otio.schema.Stack):
            timeline.tracks = read
        else:
            timeline.tracks.append(read)
        yield timeline
    elif isinstance(read, otio.schema.SerializableCollection):
        for each in read:
            if isinstance(each, (otio.schema.Timeline, otio.schema.SerializableCollection)):
                yield from _timelines(each)


def _unread(path: Path, adapter: str) -> Iterator[tuple[str, str]]:
    """What the format's reader passes over without a word."""
    if adapter != "fcpx_xml":
        return
    from xml.etree import ElementTree as ET

    for element in ET.fromstring(path.read_bytes()).iter():
        if element.tag in _UNREAD_FCPX:
            yield (
                "title" if element.tag in ("title", "caption") else "compound",
                element.get("name", element.tag),
            )


def _trimmed(item: Any, window: _Window) -> _Window:
    """The window onto an item's own time when the item fills `window` of its parent."""
    span = item.source_range
    if span is None:
        return _Window(window.at, window.start, window.length)
    start, length = _seconds(span.start_time), _seconds(span.duration)
    if start < 0:  # an EDL's track says where on the tape it begins by a negative start
        return _Window(window.at - start, Fraction(0), None)
    seen = length if window.length is None else min(length - window.start, window.length)
    return _Window(window.at, start + window.start, max(seen, Fraction(0)))


def _marker(marker: "otio.schema.Marker") -> dict[str, Any]:
    return {
        "at": _text_of(_seconds(marker.marked_range.start_time)),
        "colour": _text(marker.color or ""),
        "name": _text(marker.name),
    }


def _is_enabled(item: Any) -> bool:
    """Whether an item is switched on; of a Final Cut file OpenTimelineIO keeps that among the rest."""
    with contextlib.suppress(Exception):
        if str(item.metadata["fcp_xml"]["enabled"]).upper() == "FALSE":
            return False
    return bool(getattr(item, "enabled", True))


def _is_drop_frame(timeline: "otio.schema.Timeline") -> bool | None:
    """What a Final Cut or AAF file says; None where nothing does."""
    with contextlib.suppress(Exception):
        return bool(timeline.metadata["unisync"]["drop_frame"])
    with contextlib.suppress(Exception):
        said = timeline.metadata["fcp_xml"]["timecode"]["displayformat"]
        return str(said) == "DF"
    return None


def _rate(rate: float) -> Fraction:
    if not math.isfinite(rate) or not 0.001 <= rate <= 100_000:
        raise Unusable(f"counts at {rate:g} frames a second")
    return exact_rate(rate)


def _seconds(time: "otio.opentime.RationalTime") -> Fraction:
    if not math.isfinite(time.value):
        raise Unusable(f"holds the time {time.value}")
    seconds = Fraction(time.value).limit_denominator(1_000_000) / (_rate(time.rate) if time.value else 1)
    if abs(seconds) > _FARTHEST:
        raise Unusable("holds a time of more than thirty years")
    return seconds


def _text_of(number: Fraction | None) -> str | None:
    return None if number is None else str(number)


def _text(text: str | None) -> str:
    return (text or "")[:_LONGEST_TEXT].encode("utf-8", "replace").decode()


def _main(arguments: list[str]) -> None:
    path, adapter, rate = arguments
    output = sys.stdout
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # adapters print
            found = told(Path(path), adapter, Fraction(rate) if rate else None)
    except Unusable as error:
        confined.refuse(str(error))
    except MemoryError:
        raise
    except OSError as error:
        confined.refuse(f"cannot be read: {error.strerror or error}")
    except RecursionError:
        confined.refuse("is nested too deep")
    except Exception as error:  # noqa: BLE001 - adapters raise whatever their parsers do
        confined.refuse(f"does not keep to its format: {str(error) or type(error).__name__}")
    else:
        output.write(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1:])
