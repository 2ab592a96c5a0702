"""Kdenlive projects (MLT XML) as OpenTimelineIO objects. Runs in the confined process only.

Kdenlive's own adapter for OpenTimelineIO is no longer kept up and loses speeds; of MLT's XML a timeline needs little. Projects are
read as Kdenlive 19.04 to 22.12 wrote them (one timeline), and since 23.04 (sequences, each a tractor; the one that was open is taken).
"""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio

from core.timelines.rates import exact_rate

_FILES = ("avformat", "avformat-novalidate", "qimage", "pixbuf", "timewarp", "")
_SPEED = re.compile(r"^(-?\d+(?:\.\d+)?):(.+)$", re.DOTALL)
_COLOURS = ("PURPLE", "CYAN", "BLUE", "GREEN", "YELLOW", "ORANGE", "RED", "PINK", "MAGENTA")
_DEEPEST = 16


def read(content: bytes) -> Any:
    """The timeline in a project's content.

    Raises:
        ValueError: it is none.
        xml.etree.ElementTree.ParseError: it is no XML.
    """
    root = ET.fromstring(content)
    profile = root.find("profile")
    if root.tag != "mlt" or profile is None:
        raise ValueError("it is no MLT XML")
    rate = Fraction(int(profile.get("frame_rate_num", "25")), int(profile.get("frame_rate_den", "1")))
    project = _Project(root, exact_rate(float(rate)))
    return project.timeline()


class _Project:
    def __init__(self, root: ET.Element, rate: Fraction) -> None:
        self._root, self._rate = root, rate
        self._folder = root.get("root") or ""
        self._parts = {part.get("id", ""): part for part in root}

    def timeline(self) -> Any:
        """Of the sequence that was open."""
        tractors = self._root.findall("tractor")
        if not tractors:
            raise ValueError("it holds no timeline")
        last = tractors[-1]
        main = self._root.find("tractor[@global_feed='1']")
        if main is None:
            main = last
        if _said(last, "kdenlive:projectTractor") == "1":
            first = last.find("track")
            main = self._parts[first.get("producer", "")] if first is not None else last
        bin_ = self._root.find("playlist[@id='main_bin']")
        timeline = otio.schema.Timeline(_said(main, "kdenlive:clipname") or "Kdenlive")
        timeline.global_start_time = self._time(0)
        timeline.tracks = self._stack(main, 0)
        for holder, name in (
            (main, "kdenlive:sequenceproperties.guides"),
            (bin_, "kdenlive:docproperties.guides"),
        ):
            if holder is not None and (text := _said(holder, name)):
                timeline.tracks.markers.extend(self._markers(text))
        return timeline

    def _stack(self, tractor: ET.Element, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ValueError("its sequences are nested too deep")
        stack = otio.schema.Stack(_said(tractor, "kdenlive:clipname"))
        for track in tractor.findall("track"):
            part = self._parts.get(track.get("producer", ""))
            if part is None or _is_background(part):
                continue
            rows = list(self._rows(part, depth))
            hidden = track.get("hide") or part.get("hide") or ""
            for row in rows:
                wanted = "audio" if row.kind == otio.schema.TrackKind.Audio else "video"
                row.enabled = hidden not in ("both", wanted)
                stack.append(row)
        return stack

    def _rows(self, part: ET.Element, depth: int) -> Iterator[Any]:
        """The one or two playlists that make a track; the second holds clips that a mix leads over to."""
        is_sound = _said(part, "kdenlive:audio_track") == "1"
        kind = otio.schema.TrackKind.Audio if is_sound else otio.schema.TrackKind.Video
        playlists = [part]
        if part.tag == "tractor":
            playlists = [
                inner for each in part.findall("track") if (inner := self._parts.get(each.get("producer", ""))) is not None
            ]  # fmt: skip
        for playlist in playlists:
            row = otio.schema.Track(_said(part, "kdenlive:track_name"), kind=kind)
            for item in playlist:
                if item.tag == "blank":
                    row.append(
                        otio.schema.Gap(source_range=self._range(0, self._frames(item.get("length", "0"))))
                    )
                elif item.tag == "entry":
                    row.append(self._entry(item, depth))
            if len(row):
                if part.find("transition/property[@name='kdenlive:mixcut']") is not None:
                    row.append(otio.schema.Transition("mix", "SMPTE_Dissolve", self._time(0), self._time(0)))
                yield row

    def _entry(self, item: ET.Element, depth: int) -> Any:
        producer = self._parts.get(item.get("producer", ""))
        if producer is None:
            raise ValueError(f"the clip {item.get('producer')!r} is nowhere in it")
        first = self._frames(item.get("in") or producer.get("in") or "0")
        last = self._frames(item.get("out") or producer.get("out") or "0")
        span = self._range(first, last - first + 1)
        if producer.tag == "tractor":
            nested = self._stack(producer, depth + 1)
            nested.source_range = span
            return nested
        reference, speed = self._reference(producer)
        name = _said(producer, "kdenlive:clipname")
        if not name and isinstance(reference, otio.schema.ExternalReference):
            name = PurePosixPath(reference.target_url).name
        if speed not in (None, 1.0):  # the clip counts in slowed time, its file does not
            span = self._range(round(first * abs(speed)), last - first + 1)
        clip = otio.schema.Clip(name, reference, span)
        if speed not in (None, 1.0):
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
        for effect in item.findall("filter"):
            called = _said(effect, "kdenlive_id") or _said(effect, "mlt_service")
            if _said(effect, "internal_added") == "" and _said(effect, "disable") != "1":
                clip.effects.append(otio.schema.Effect(effect_name=called))
        return clip

    def _reference(self, producer: ET.Element) -> tuple[Any, float | None]:
        """What a producer shows, and at what speed."""
        service, resource = _said(producer, "mlt_service"), _said(producer, "resource")
        if service not in _FILES:
            return otio.schema.GeneratorReference(generator_kind=service), None
        speed = None
        if service == "timewarp" and (match := _SPEED.match(resource)) is not None:
            speed, resource = float(match[1]), match[2]
        resource = _said(producer, "kdenlive:originalurl") or resource
        if service in ("qimage", "pixbuf") and ("%" in resource or ".all." in resource or "?" in resource):
            return otio.schema.ImageSequenceReference(target_url_base=resource), None
        if self._folder and not PurePosixPath(resource).is_absolute():
            resource = str(PurePosixPath(self._folder) / resource)
        # Kdenlive counts every file from 0, whatever its own timecode says.
        length = self._frames(_said(producer, "length") or "0")
        available = self._range(0, length) if length > 0 else None
        return otio.schema.ExternalReference(resource, available), speed

    def _markers(self, text: str) -> Iterator[Any]:
        try:
            told = json.loads(text)
        except ValueError:
            return
        for each in told if isinstance(told, list) else []:
            kind = each.get("type", 0) if isinstance(each, dict) else None
            if isinstance(kind, int) and isinstance(each.get("pos"), int):
                colour = _COLOURS[kind % len(_COLOURS)]
                yield otio.schema.Marker(str(each.get("comment", "")), self._range(each["pos"], 1), colour)

    def _frames(self, text: str) -> int:
        """Frames of an MLT time: a count, or a clock with decimals or with frames."""
        parts = text.replace(",", ".").split(":")
        if len(parts) == 1:
            return int(float(parts[0]))
        if len(parts) == 4:
            hours, minutes, seconds, frames = (int(part) for part in parts)
            return round((hours * 3600 + minutes * 60 + seconds) * self._rate) + frames
        total = Fraction(0)
        for part in parts:
            total = total * 60 + Fraction(part)
        return round(total * self._rate)

    def _time(self, frame: int) -> Any:
        return otio.opentime.RationalTime(frame, float(self._rate))

    def _range(self, first: int, count: int) -> Any:
        return otio.opentime.TimeRange(self._time(first), self._time(count))


def _is_background(part: ET.Element) -> bool:
    return part.get("id") == "black_track" or _said(part, "kdenlive:playlistid") == "black_track"


def _said(part: ET.Element, name: str) -> str:
    """A property, "" where there is none."""
    for each in part.findall("property"):
        if each.get("name") == name:
            return each.text or ""
    return ""
