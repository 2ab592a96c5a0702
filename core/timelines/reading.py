"""Timelines of other editing programs become projects. Everything that is dropped or shortened is named, with its place.

Several picture tracks become one as they are seen: what lies above covers what lies below. Nested sequences are taken apart.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

from core.base import confined, json_text
from core.base.errors import AppError, ProjectError
from core.base.media_names import SOUND_ENDINGS, is_media_name, is_still_name
from core.base.timing import FrameRate, TimeRange, format_timecode, parse_timecode
from core.project import content_edits
from core.project.ids import VIDEO_LANE, ItemId, LaneId, MediaId
from core.project.media_facts import Found
from core.project.media_items import MediaFacts, MediaItem, MediaKind
from core.project.model import Clip, MarkerColour, Project
from core.project.placing import place
from core.timelines.edl_rate import Counting, counting
from core.timelines.formats import MARKER_COLOURS, READ
from core.timelines.named_files import NamedFiles, Probe, facts_of_missing
from core.timelines.piece import Piece, follows

_LARGEST = 256 * 2**20
_SHORT = Fraction(1, 1000)  # seconds nobody misses
_NEAR_THE_HOUR = 600  # seconds
_MOST_PLACES = 12  # named in a note; more are counted


@dataclass(slots=True)
class Imported:
    """A timeline that was read.

    Attributes:
        project: with its media, clips and markers.
        notes: sentences about everything that could not be taken over, each with its places.
    """

    project: Project
    notes: list[str] = field(default_factory=list)


def read_timeline(
    path: Path, probe: Probe, known: Sequence[MediaItem] = (), *, rate: FrameRate | None = None
) -> Imported:
    """Reads a timeline into a new project.

    Args:
        path: the file; its ending says the format.
        probe: what a media file is; raises AppError when it is none. Only files with a medium's name are ever given to it.
        known: media to look for by name, for formats that keep no paths and for files that were moved.
        rate: what an EDL counts at, when the user says so.

    Raises:
        ProjectError: an unknown ending, or not a timeline that can be read, whatever is in it.
    """
    adapter = READ.get(path.suffix.lower())
    if adapter is None:
        raise ProjectError(f"“{path.name}” is no timeline format.", hint=f"Name it {', '.join(READ)}.")
    _check_file(path)
    reader = _Reader(path, probe, known)
    if adapter != "cmx_3600":
        return reader.read(_told(path, adapter, None))
    counted = counting(path.read_bytes().decode("utf-8-sig", "replace"))
    chosen = rate.value if rate is not None else _rate_of_edl(path, reader, counted)
    return reader.read(_told(path, adapter, chosen), counted)


def _check_file(path: Path) -> None:
    try:
        if not path.is_file():
            raise ProjectError(f"{path} cannot be read: there is no such file.", hint="Check the name.")
        if path.stat().st_size > _LARGEST:
            raise ProjectError(f"{path} is larger than any timeline ({_LARGEST // 2**20} MB).")
        with path.open("rb"):
            pass
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from error


def _rate_of_edl(path: Path, reader: "_Reader", counted: Counting) -> Fraction:
    """An EDL does not say its rate: the films it names do, else its own numbers."""
    told = _told(path, "cmx_3600", counted.likeliest())
    rates = [
        found.rate.value
        for clip in told["clips"]
        if (found := reader.files.facts_of(clip)) and found.rate is not None
    ]
    fitting = counted.best_of(rates)
    if fitting is not None:
        return fitting
    if not counted.is_certain:
        raise ProjectError(
            f"{path.name} does not say its frame rate, and none of its films was found that could.",
            hint="Add the films to the project first or put them beside the EDL, or say the rate: unisync timeline import --rate.",
        )
    why = (
        f"; its highest frame number is {counted.highest}"
        if not counted.is_drop_frame
        else "; it is drop-frame"
    )
    reader.note(f"The EDL does not say its frame rate: {FrameRate(counted.likeliest())} is assumed{why}.")
    return counted.likeliest()


def _told(path: Path, adapter: str, rate: Fraction | None) -> Any:
    arguments = [os.path.abspath(path), adapter, "" if rate is None else str(rate)]
    try:
        return json_text.parse(confined.run("core.timelines.foreign", arguments).decode("utf-8"))
    except (confined.Refused, confined.Stopped, json_text.UnusableJson) as error:
        raise ProjectError(f"{path} is no timeline that can be read: it {error}.") from error


class _Reader:
    def __init__(self, path: Path, probe: Probe, known: Sequence[MediaItem]) -> None:
        self._path = path
        self.files = NamedFiles(path, probe, known, is_edl=READ[path.suffix.lower()] == "cmx_3600")
        self._used: dict[Path, tuple[Fraction, Fraction]] = {}
        self._project = Project()
        self._media: dict[Path, MediaId] = {}
        self._notes: dict[str, list[str]] = {}

    # --- what is told --------------------------------------------------------------------------------------------------

    def note(self, sentence: str, place: str = "") -> None:
        """Says `sentence` once; where it holds several places they are listed behind it."""
        places = self._notes.setdefault(sentence, [])
        if place:
            places.append(place)

    def _sentences(self) -> list[str]:
        sentences = []
        for sentence, places in self._notes.items():
            more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
            listed = f" ({', '.join(places[:_MOST_PLACES])}{more})" if places else ""
            sentences.append(f"{sentence.removesuffix('.')}{listed}.")
        return sentences

    def _where(self, track: str, at: Fraction | None, name: str = "") -> str:
        sequence = self._project.sequence
        said = [track] if track else []
        if at is not None:
            frame = sequence.start_frame + round(at * sequence.rate.value)
            said.append(format_timecode(frame, sequence.rate, drop_frame=sequence.drop_frame))
        if name:
            said.append(f"“{_shortened(name)}”")
        return " ".join(said)

    # --- reading -------------------------------------------------------------------------------------------------------

    def read(self, told: Any, edl: Counting | None = None) -> Imported:
        """The project, and what was left out."""
        if told["rate"] is None:
            raise ProjectError(f"{self._path} holds no clip that can be taken over.")
        rate = FrameRate(Fraction(told["rate"]))
        drop = told["is_drop_frame"] if edl is None else edl.is_drop_frame
        drop = rate.has_drop_frame and (drop is None or drop)
        shift = Fraction(0)
        if edl is None:
            start_frame = round(Fraction(told["start"] or 0) * rate.value)
        else:
            start_frame = _start_of_edl(told, edl, rate, drop_frame=drop)
            shift = rate.time_of(start_frame)
        sequence = replace(self._project.sequence, rate=rate, start_frame=start_frame, drop_frame=drop)
        self._project = replace(self._project, name=told["name"] or self._path.stem, sequence=sequence)
        for left in told["left_out"]:
            at = None if left["at"] is None else Fraction(left["at"]) - shift
            self.note(_LEFT_OUT[left["what"]], self._where(left["track"], at, left["name"]))
        if told["warnings"]:
            self.note(
                "Its record times do not agree with its source times; clips were put one behind the other."
            )
        self._note_use(told["clips"])
        pictures: list[Piece] = []
        sounds: list[Piece] = []
        for clip in sorted(told["clips"], key=lambda clip: clip["order"]):
            is_sound = clip["kind"] == "Audio"
            piece = self._piece(clip, shift, is_sound=is_sound)
            if piece is not None and piece.length > 0:
                if is_sound:
                    sounds.append(piece)
                else:
                    pictures = self._covered(pictures, piece)
        self._put(sorted(pictures, key=lambda piece: piece.at), sounds)
        self._mark(told["markers"], shift)
        if not self._project.clips:
            what = " ".join(self._sentences())
            raise ProjectError(
                f"{self._path} holds no clip that can be taken over." + (f" {what[:400]}" if what else "")
            )
        return Imported(self._project, self._sentences())

    def _note_use(self, clips: Sequence[Any]) -> None:
        """Which stretch of each file is used: as much as is known of one that is not there and not described."""
        for clip in clips:
            path = self.files.path_of(clip)
            if path is not None and clip["available"] is None:
                start, end = Fraction(clip["source"]), Fraction(clip["source"]) + Fraction(clip["length"])
                low, high = self._used.get(path, (start, end))
                self._used[path] = (min(low, start), max(high, end))

    def _piece(self, clip: Any, shift: Fraction, *, is_sound: bool) -> Piece | None:
        """The clip with its file, as much of it as the file holds; None (and a note) where nothing of it can be taken."""
        at = Fraction(clip["at"]) - shift
        name = clip["name"] or PurePath(clip["url"]).name
        where = self._where(clip["track"], at, name)
        path = self._file(clip, where)
        if path is None:
            return None
        media = self._medium(path, clip, "audio" if is_sound else "video")
        medium = self._project.medium(media) if media is not None else None
        if media is None or medium is None:
            self.note("Files that are neither film nor sound are left out.", where)
            return None
        if not is_sound and medium.kind == "audio":
            self.note("Sounds among the pictures are left out.", where)
            return None
        if is_sound and not medium.facts.has_audio:
            self.note("Films without sound are left out of the sound.", where)
            return None
        self._name_changes(clip, where)
        available = clip["available"]
        first = Fraction(available["start"]) if available is not None else Fraction(0)
        if available is None and medium.facts.start_timecode and medium.facts.rate is not None:
            first = medium.facts.rate.time_of(medium.facts.start_timecode)
        offset, length, duration = (
            Fraction(clip["source"]) - first,
            Fraction(clip["length"]),
            medium.facts.duration,
        )
        if offset < -_SHORT and available is not None and 0 <= Fraction(clip["source"]) < duration:
            offset = Fraction(clip["source"])  # a source time counted from the file's first frame after all
        if offset < 0:
            if offset < -_SHORT:
                self.note("Clips that begin before their files do begin with them.", where)
            at, length, offset = at - offset, length + offset, Fraction(0)
        if length <= 0 or offset >= duration:
            self.note("Clips that lie outside their files are left out.", where)
            return None
        frame = self._project.sequence.rate.frame_duration
        if length > duration - offset:
            missing = length - (duration - offset)
            if missing >= frame:
                self.note(
                    "Clips that are longer than their files end with them.",
                    f"{where}, {float(missing):.2f} s shorter",
                )
            length = duration - offset
        if at < 0:
            self.note("What lies before the beginning is left out.", where)
            at, length, offset = Fraction(0), length + at, offset - at
        return Piece(media, name, clip["track"], at, length, offset)

    def _name_changes(self, clip: Any, where: str) -> None:
        if clip["is_frozen"]:
            self.note("Frozen pictures move here.", where)
        elif clip["speed"] is not None and clip["speed"] != 1:
            speed = f"{clip['speed'] * 100:.0f} %" if clip["speed"] else "changing"
            self.note("Clips at another speed play at their own here.", f"{where}, {speed}")
        if clip["effects"]:
            shown = ", ".join(_shortened(effect) for effect in clip["effects"][:4])
            self.note("Effects are left out.", f"{where}: {shown}")

    def _covered(self, below: list[Piece], above: Piece) -> list[Piece]:
        """The pieces with `above` laid over them."""
        seen: list[Piece] = []
        for piece in below:
            if piece.end <= above.at or piece.at >= above.end:
                seen.append(piece)
                continue
            self.note(
                "Where picture tracks lie over each other the upper one is shown.",
                self._where(above.track, max(piece.at, above.at), f"{above.name}” over “{piece.name}"),
            )
            if piece.at < above.at:
                seen.append(piece.part(piece.at, above.at))
            if piece.end > above.end:
                seen.append(piece.part(above.end, piece.end))
        return [*seen, above]

    def _put(self, pictures: Sequence[Piece], sounds: Sequence[Piece]) -> None:
        """All pieces on the timeline, snapped to its frames."""
        number = self._project.next_number
        added: list[Clip] = []

        def put(piece: Piece, lane: LaneId, after: Fraction) -> Fraction:
            nonlocal number
            sequence = self._project.sequence
            start, end = max(sequence.snap(piece.at), after), self._end(piece)
            if end - start < sequence.rate.frame_duration / 2:
                self.note(
                    "Clips shorter than half a frame are left out.",
                    self._where(piece.track, piece.at, piece.name),
                )
                return after
            duration = self._facts(piece.media).duration
            offset = max(min(piece.offset + start - piece.at, duration - (end - start)), Fraction(0))
            end = min(end, start + duration - offset)
            added.append(Clip(ItemId(f"c{number}"), piece.media, lane, TimeRange(start, end), offset))
            number += 1
            return end

        after = Fraction(0)
        for piece in pictures:
            after = put(piece, VIDEO_LANE, after)
        for piece in pictures if sounds else ():
            if self._facts(piece.media).has_audio and not follows(piece, sounds):
                self.note(
                    "A film's own sound follows its picture; where it was taken off or ends sooner, it is heard.",
                    self._where(piece.track, piece.at, piece.name),
                )
        lanes: list[
            tuple[str, Fraction]
        ] = []  # of each sound lane: its first track there, and where it is free from
        for piece in sorted(sounds, key=lambda piece: piece.at):
            medium = self._project.medium(piece.media)
            if medium is not None and any(picture.media == medium.id for picture in pictures):
                if not follows(piece, pictures):
                    self.note(
                        "A film's own sound follows its picture; where it was cut apart from it, it is left out.",
                        self._where(piece.track, piece.at, piece.name),
                    )
                continue
            start = self._project.sequence.snap(piece.at)
            fits = [i for i, (_, free) in enumerate(lanes) if free <= start]
            own = [i for i in fits if lanes[i][0] == piece.track]
            if not fits:
                lanes.append((piece.track, Fraction(0)))
                fits = [len(lanes) - 1]
            index = (own or fits)[0]
            lanes[index] = (lanes[index][0], put(piece, LaneId(f"A{index + 2}"), lanes[index][1]))
        self._project = place(replace(self._project, next_number=number), added=added).project

    def _end(self, piece: Piece) -> Fraction:
        """The end on the timeline's frames; a piece that its file ends keeps that end."""
        end = self._project.sequence.snap(piece.end)
        duration = self._facts(piece.media).duration
        return piece.end if piece.offset + piece.length >= duration else end

    def _facts(self, media: MediaId) -> MediaFacts:
        medium = self._project.medium(media)
        assert medium is not None
        return medium.facts

    def _mark(self, markers: Sequence[Any], shift: Fraction) -> None:
        for marker in markers:
            colour: MarkerColour = next(
                (ours for ours, theirs in MARKER_COLOURS.items() if theirs == marker["colour"]), "blue"
            )
            time = max(Fraction(marker["at"]) - shift, Fraction(0))
            self._project = content_edits.add_marker(self._project, time, colour, marker["name"]).project

    # --- files ---------------------------------------------------------------------------------------------------------

    def _file(self, clip: Any, where: str) -> Path | None:
        """The file of a clip; None, and a note, where it names none that could be a film or a sound."""
        if clip["reference"] == "generator":
            self.note("Titles, colours and other made pictures are left out.", where)
            return None
        if clip["reference"] == "pictures":
            self.note("Films that lie as single pictures are left out; join them into one file first.", where)
            return None
        path = self.files.path_of(clip)
        if path is None:
            self.note("Clips that name no file are left out.", where)
        elif is_still_name(path):
            self.note("Still pictures are left out.", f"{where}, {float(Fraction(clip['length'])):.2f} s")
        elif not self.files.may_open(path) and path.exists():
            self.note("Files that are neither film nor sound are left out.", where)
        else:
            return path
        return None

    def _medium(self, path: Path, clip: Any, kind: MediaKind) -> MediaId | None:
        if path in self._media:
            return self._media[path]
        found = self.files.probed(path) if self.files.may_open(path) else None
        if found is None:
            if path.is_file():  # it is there and is no medium, whatever its name says
                return None
            if is_media_name(path):
                kind = "audio" if path.suffix.lower() in SOUND_ENDINGS else "video"
            missing = facts_of_missing(kind, clip, self._used.get(path))
            if missing is None:
                return None
            found = Found(kind, missing)
            self.note("Files that were not found are kept as missing.", path.name)
        edited = content_edits.add_media(
            self._project,
            found.kind,
            str(path),
            path.name,
            found.facts,
            size=found.size,
            quick_hash=found.quick_hash,
        )
        self._project = edited.project
        self._media[path] = self._project.media[-1].id
        return self._media[path]


_LEFT_OUT = {
    "transition": "Transitions are left out: there are only cuts.",
    "disabled": "Clips that are switched off are left out.",
    "disabled track": "Tracks that are switched off are left out.",
    "outside its track": "What lies outside its track or sequence is left out.",
    "item without a length": "Items that do not say how long they are are left out.",
    "unknown item": "Items of a kind that is not known are left out.",
    "effect": "Effects on nested sequences are left out.",
    "speed of a nested sequence": "Nested sequences at another speed play at their own here.",
    "further timeline": "Only the first timeline of the file is taken.",
    "title": "Titles are left out.",
    "compound": "Multicam, synchronised and audition clips are left out.",
}


def _start_of_edl(told: Any, edl: Counting, rate: FrameRate, *, drop_frame: bool) -> int:
    """The frame an EDL's timeline begins with: what a comment says, else the hour, for programmes begin on it or just after."""
    first = round(min((Fraction(clip["at"]) for clip in told["clips"]), default=Fraction(0)) * rate.value)
    try:
        said = parse_timecode(edl.start, rate) if edl.start else None
    except AppError:
        said = None
    if said is not None and said <= first:
        return said
    hour = parse_timecode(
        format_timecode(first, rate, drop_frame=drop_frame)[:3] + f"00:00{';' if drop_frame else ':'}00", rate
    )
    return hour if hour == 0 or rate.time_of(first - hour) <= _NEAR_THE_HOUR else first


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
