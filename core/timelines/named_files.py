"""Which files on this machine a timeline's clips mean."""

import ntpath
import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from glob import escape
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlparse

from core.base.errors import AppError
from core.base.media_names import is_media_name
from core.base.names import bare_name
from core.base.timing import FrameRate
from core.project.media_facts import Found
from core.project.media_items import MediaFacts, MediaItem, MediaKind

Probe = Callable[[Path], Found]


class NamedFiles:
    """The files of one timeline: where they are, and what was found of them.

    Args:
        timeline: its file; media are looked for beside it.
        probe: what a media file is; raises AppError when it is none. Only files with a medium's name are ever given to it.
        known: media to look for by name.
        is_edl: its clips' names are all it says of files.
    """

    def __init__(self, timeline: Path, probe: Probe, known: Sequence[MediaItem], *, is_edl: bool) -> None:
        self._folder, self._is_edl, self._probe = timeline.parent, is_edl, probe
        self._known = {Path(m.name).stem: m for m in known} | {medium.name: medium for medium in known}
        self._own = {Path(medium.path) for medium in known}
        self._places: dict[tuple[str, str], Path | None] = {}
        self._found: dict[Path, Found | None] = {}

    def path_of(self, clip: Any) -> Path | None:
        """Where the file of a clip is or would be; None where it names none on this machine."""
        named = clip["url"] if clip["reference"] == "file" else ""
        key = (named, clip["name"])
        if key not in self._places:
            self._places[key] = self._place(named, clip["name"])
        return self._places[key]

    def facts_of(self, clip: Any) -> MediaFacts | None:
        """What the file is that a clip names, None when it cannot be found."""
        path = self.path_of(clip)
        found = self.probed(path) if path is not None and self.may_open(path) else None
        return found.facts if found is not None else None

    def may_open(self, path: Path) -> bool:
        """Whether a file is opened because a stranger's timeline names it: it is called like a medium, or is the user's own."""
        return is_media_name(path) or path in self._own

    def probed(self, path: Path) -> Found | None:
        """What a file is; None when it is no medium."""
        if path not in self._found:
            try:
                self._found[path] = self._probe(path)
            except AppError:
                self._found[path] = None
        return self._found[path]

    def _place(self, named: str, called: str) -> Path | None:
        """The file with that address, else the one of that name beside the timeline or among the known."""
        path = _path_in(named, self._folder) if named else None
        if path is not None and path.is_file():
            return path
        for name in filter(None, (path.name if path else "", called, Path(called).stem)):
            if name in self._known:
                return Path(self._known[name].path)
        stem = path.stem if path is not None else PurePath(called.replace("\\", "/")).stem
        beside = sorted(self._folder.glob(f"{escape(stem)}.*")) if stem and len(stem.encode()) < 200 else []
        media = [each for each in beside if is_media_name(each) and (path is None or each.name == path.name)]
        if media:
            return Path(os.path.abspath(media[0]))
        if path is None and called and (self._is_edl or is_media_name(PurePath(called))):
            return Path(os.path.abspath(self._folder / bare_name(called)))  # to be found by that name
        return path


def _path_in(url: str, folder: Path) -> Path | None:
    """The local file a timeline's address means; None for one elsewhere."""
    try:
        parsed = urlparse(url)
    except ValueError:  # brackets in the host
        return None
    if parsed.scheme in ("http", "https", "ftp", "rtsp", "rtmp", "smb"):
        return None
    place = unquote(parsed.path) if parsed.scheme == "file" else unquote(url)
    if not place or "\0" in place or len(os.fsencode(place)) > 4000:
        return None
    drive, rest = ntpath.splitdrive(place.lstrip("/") if parsed.scheme == "file" else place)
    if drive and os.name != "nt":  # another computer's drive: its name alone helps to find the file
        return folder / (PurePath(rest.replace("\\", "/")).name or "missing")
    if os.name == "nt" and place.startswith("/") and place[2:3] == ":":
        place = place[1:]
    return Path(os.path.abspath(folder / place))


def facts_of_missing(kind: MediaKind, clip: Any, used: tuple[Fraction, Fraction] | None) -> MediaFacts | None:
    """As much as the timeline says of a file that is not there, so that it can be shown and found."""
    start, end = used or (Fraction(0), Fraction(0))
    available = clip["available"] or {
        "start": max(start, Fraction(0)),
        "length": end - max(start, Fraction(0)),
        "rate": clip["rate"],
    }
    rate, duration = FrameRate(Fraction(available["rate"])), Fraction(available["length"])
    if duration <= 0:
        return None
    if kind == "audio":
        return MediaFacts(duration, audio_channels=2, sample_rate=48000)
    first = round(Fraction(available["start"]) * rate.value)
    return MediaFacts(
        duration,
        rate=rate,
        frame_count=round(duration * rate.value),
        audio_channels=2,
        sample_rate=48000,
        start_timecode=first if first > 0 else None,
    )
