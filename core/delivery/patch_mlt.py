"""MLT XML that lays a patch over its film: plain for melt and Shotcut, and as a Kdenlive project."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

from core.base.timing import FrameRate, parse_timecode
from core.delivery.patch import PatchFacts, Stretch

_Entry = tuple[int, int, int, int]
"""Number of a medium, its first frame, frames, first frame of the timeline."""

_INTERNAL = "237"  # Kdenlive's own mark of what it lays between tracks by itself
_GUIDE_KIND = 6  # its red guides
_AV, _AUDIO, _VIDEO, _SLIDESHOW = "0", "1", "2", "7"
_DOCUMENT = {"version": "1.04", "kdenliveversion": "22.12.3"}
"""The document format before nested sequences: every Kdenlive since 2019 opens it, newer ones bring it to their own."""


@dataclass(frozen=True, slots=True)
class _Medium:
    """A file with how many frames there are of it, and what Kdenlive calls its kind."""

    path: str
    frames: int
    kind: str
    box: tuple[int, int, int, int] | None = None


def mlt(facts: PatchFacts, folder: Path) -> str:
    """The film, the patch over it with its alpha, the dub; for melt, and as a clip for Kdenlive and Shotcut."""
    root = _root(facts, "lips")
    media, base, patch, dub = _contents(facts, folder)
    for number, medium in enumerate(media):
        _producer(root, f"medium{number}", medium)
    _black(root, "black", facts.frames)
    _playlist(root, "film", base, media)
    _playlist(root, "patch", patch, media)
    _playlist(root, "dub", [dub], media)
    tractor = _element(root, "tractor", {"id": "lips", "in": "0", "out": str(facts.frames - 1)})
    for name, hidden in (("black", "audio"), ("film", "audio"), ("patch", "audio"), ("dub", "video")):
        _element(tractor, "track", {"producer": name, "hide": hidden})
    is_placed = _place(tractor, 1, 2, patch, media)
    _blend(tractor, 1, facts.frames)
    if not is_placed:
        _blend(tractor, 2, facts.frames)
    return _text(root)


def kdenlive(facts: PatchFacts, folder: Path, markers: Sequence[tuple[int, str]]) -> str:
    """A Kdenlive project: the film on V1 and, muted, on A1, the patch on V2, the dub on A2, `markers` as guides."""
    root = _root(facts, "main_bin")
    media, base, patch, dub = _contents(facts, folder)
    for number, medium in enumerate(media):
        _producer(
            root, f"bin{number}", medium, {"kdenlive:id": str(number + 2), "kdenlive:clip_type": medium.kind}
        )
    guides = [{"comment": note, "pos": frame, "type": _GUIDE_KIND} for frame, note in markers]
    about = {
        **{f"kdenlive:docproperties.{name}": value for name, value in _DOCUMENT.items()},
        "kdenlive:docproperties.guides": json.dumps(guides),
        "xml_retain": "1",
    }
    main_bin = _element(root, "playlist", {"id": "main_bin"})
    _properties(main_bin, about)
    for number, medium in enumerate(media):
        _element(main_bin, "entry", {"producer": f"bin{number}", "in": "0", "out": str(medium.frames - 1)})
    _black(root, "black_track", facts.frames)
    heard = [entry for entry, cut in zip(base, facts.cuts, strict=True) if cut.has_sound]
    # From below: Kdenlive numbers its sound tracks downwards from the pictures, so that the second is the lowest.
    tracks = (
        ("audio", [dub], False),
        ("audio", heard, True),
        ("video", base, False),
        ("video", patch, False),
    )
    for number, (kind, entries, is_muted) in enumerate(tracks):
        _track(root, number, kind, entries, media, hidden=_hidden(kind, is_muted))
    tractor = _element(
        root, "tractor", {"id": "timeline", "global_feed": "1", "in": "0", "out": str(facts.frames - 1)}
    )
    _element(tractor, "track", {"producer": "black_track"})
    for number, (kind, _, is_muted) in enumerate(tracks):
        _element(tractor, "track", {"producer": f"tractor{number}", "hide": _hidden(kind, is_muted)})
    for number in (1, 2):
        mix = _element(tractor, "transition", {"id": f"mix{number}"})
        _properties(
            mix,
            {"a_track": "0", "b_track": str(number), "mlt_service": "mix", "kdenlive_id": "mix",
             "internal_added": _INTERNAL, "always_active": "1", "accepts_blanks": "1", "sum": "1"},
        )  # fmt: skip
    is_placed = _place(tractor, 3, 4, patch, media)
    _blend(tractor, 3, facts.frames)
    if not is_placed:
        _blend(tractor, 4, facts.frames)
    return _text(root)


def _contents(facts: PatchFacts, folder: Path) -> tuple[list[_Medium], list[_Entry], list[_Entry], _Entry]:
    """All media, and what lies on the track of the film, of the patch and of the dub."""
    media: list[_Medium] = []
    films: dict[str, int] = {}
    base = []
    for cut in facts.cuts:
        if cut.film not in films:
            films[cut.film] = len(media)
            kind = _AV if cut.has_sound else _VIDEO
            media.append(_Medium(str(Path(cut.film).absolute()), cut.film_frames, kind))
        base.append((films[cut.film], cut.film_frame, cut.frames, cut.first_frame))
    patch = []
    for stretch in facts.stretches:
        patch.append((len(media), 0, stretch.frames, stretch.first_frame))
        media.append(
            _Medium(_clip_path(facts, folder, stretch), stretch.frames, _kind(facts), _box(facts, stretch))
        )
    dub = (len(media), 0, facts.frames, 0)
    media.append(_Medium(str((folder / facts.sound).absolute()), facts.frames, _AUDIO))
    return media, base, patch, dub


def _kind(facts: PatchFacts) -> str:
    return _SLIDESHOW if facts.format == "png" else _VIDEO


def _box(facts: PatchFacts, stretch: Stretch) -> tuple[int, int, int, int] | None:
    return stretch.box if facts.cropped else None


def _clip_path(facts: PatchFacts, folder: Path, stretch: Stretch) -> str:
    path = (folder / stretch.file).absolute()
    if facts.format == "png":
        return str(path / ".all.png")  # MLT's words for all pictures of a folder, which Qt reads
    if facts.format == "exr":  # Qt cannot: FFmpeg's words for numbered pictures
        rate = Fraction(facts.rate)
        first = parse_timecode(stretch.timecode, FrameRate(rate))
        names = str(path / stretch.file).replace("%", "%%")
        return f"avformat:image2:{names}.%07d.exr?start_number={first}&framerate={rate}"
    return str(path)


def _root(facts: PatchFacts, producer: str) -> ElementTree.Element:
    rate, pixel = Fraction(facts.rate), Fraction(facts.pixel_aspect)
    shape = Fraction(facts.width, facts.height) * pixel
    root = ElementTree.Element("mlt", {"LC_NUMERIC": "C", "producer": producer})
    if facts.format == "exr":  # else MLT puts this file's folder before FFmpeg's words, and the pictures are not found
        root.set("root", "")
    _element(
        root, "profile",
        {"description": "film", "width": str(facts.width), "height": str(facts.height), "progressive": "1",
         "sample_aspect_num": str(pixel.numerator), "sample_aspect_den": str(pixel.denominator),
         "display_aspect_num": str(shape.numerator), "display_aspect_den": str(shape.denominator),
         "frame_rate_num": str(rate.numerator), "frame_rate_den": str(rate.denominator), "colorspace": "709"},
    )  # fmt: skip
    return root


def _black(root: ElementTree.Element, name: str, frames: int) -> None:
    """What is seen where no film lies."""
    black = _element(root, "producer", {"id": name, "in": "0", "out": str(frames - 1)})
    _properties(
        black, {"resource": "black", "mlt_service": "color", "length": str(frames), "set.test_audio": "0"}
    )


def _producer(
    root: ElementTree.Element, name: str, medium: _Medium, more: Mapping[str, str] | None = None
) -> None:
    producer = _element(root, "producer", {"id": name, "in": "0", "out": str(medium.frames - 1)})
    each = {"ttl": "1"} if medium.kind == _SLIDESHOW else {}  # frames that a picture is seen
    _properties(producer, {"resource": medium.path, "length": str(medium.frames), **each, **(more or {})})


def _hidden(kind: str, is_muted: bool) -> str:
    return "both" if is_muted else "video" if kind == "audio" else "audio"


def _track(
    root: ElementTree.Element,
    number: int,
    kind: str,
    entries: Sequence[_Entry],
    media: Sequence[_Medium],
    hidden: str,
) -> None:
    """A Kdenlive track: two playlists, of which the second is for its transitions. Each has producers of its own."""
    name = f"{kind}{number}"
    for each in dict.fromkeys(entry[0] for entry in entries):
        only = {"set.test_image": "1"} if kind == "audio" else {"set.test_audio": "1"}
        _producer(root, f"{name}.{each}", media[each], {"kdenlive:id": str(each + 2), **only})
    about = {"kdenlive:audio_track": "1"} if kind == "audio" else {}
    playlist = _playlist(root, f"{name}.a", entries, media, f"{name}.")
    other = _element(root, "playlist", {"id": f"{name}.b"})
    tractor = _element(root, "tractor", {"id": f"tractor{number}"})
    for element in (playlist, other, tractor):
        _properties(element, about)
    for row in ("a", "b"):  # Kdenlive reads here whether the track is muted, melt at the whole track
        _element(tractor, "track", {"hide": hidden, "producer": f"{name}.{row}"})


def _playlist(
    root: ElementTree.Element,
    name: str,
    entries: Sequence[_Entry],
    media: Sequence[_Medium],
    producers: str = "medium",
) -> ElementTree.Element:
    playlist = _element(root, "playlist", {"id": name})
    at = 0
    for number, first, frames, start in entries:
        if start > at:
            _element(playlist, "blank", {"length": str(start - at)})
        entry = _element(
            playlist,
            "entry",
            {"producer": f"{producers}{number}", "in": str(first), "out": str(first + frames - 1)},
        )
        if producers != "medium":
            _properties(entry, {"kdenlive:id": str(number + 2)})
        at = start + frames
    return playlist


def _place(
    tractor: ElementTree.Element, below: int, above: int, entries: Sequence[_Entry], media: Sequence[_Medium]
) -> bool:
    """Lays cropped clips unscaled where they belong, in Kdenlive as “Composite and Transform”; whether all clips are such."""
    cropped = [(entry, box) for entry in entries if (box := media[entry[0]].box) is not None]
    for (number, _, length, start), box in cropped:
        at = {"in": str(start), "out": str(start + length - 1)}
        place = _element(tractor, "transition", {"id": f"place{number}", **at})
        _properties(
            place,
            {"a_track": str(below), "b_track": str(above), "mlt_service": "affine", "kdenlive_id": "affine",
             "force_track": "1", "rect": " ".join(map(str, (*box, 1))), "fill": "1", "distort": "0"},
        )  # fmt: skip
    return len(cropped) == len(entries)


def _blend(tractor: ElementTree.Element, above: int, frames: int) -> None:
    """Lays a track over what is below it."""
    # Not qtblend, which Kdenlive puts in its place when it opens the project: it needs a screen, also in melt.
    blend = _element(tractor, "transition", {"id": f"blend{above}", "in": "0", "out": str(frames - 1)})
    _properties(
        blend,
        {"a_track": "0", "b_track": str(above), "mlt_service": "affine", "always_active": "1",
         "internal_added": _INTERNAL},
    )  # fmt: skip


def _element(parent: ElementTree.Element, tag: str, attributes: Mapping[str, str]) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, dict(attributes))


def _properties(parent: ElementTree.Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        _element(parent, "property", {"name": name}).text = value


def _text(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"
