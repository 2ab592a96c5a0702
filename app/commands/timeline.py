"""``unisync timeline``: timelines of other editing programs: what they hold, into a project, and out of one."""

import argparse
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from app.paths import input_path, output_path

if TYPE_CHECKING:
    from core.base.timing import FrameRate
    from core.project.media_items import MediaItem
    from core.project.model import Project
    from core.timelines.reading import Imported


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and its actions."""
    parser = verbs.add_parser(
        "timeline",
        help="list, import and export timelines of other editing programs (OTIO, EDL, FCP XML, FCPXML, Kdenlive)",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list", help="show what a timeline or a project holds and what would not be taken over"
    )
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    importing = actions.add_parser("import", help="turn a timeline into a project")
    importing.add_argument(
        "-o",
        "--output",
        type=output_path,
        required=True,
        metavar="PROJECT",
        help="the project to write (.unisync)",
    )
    for action in (listing, importing):
        action.add_argument(
            "timeline", type=input_path, metavar="TIMELINE", help=".otio, .edl, .xml, .fcpxml or .kdenlive"
        )
        action.add_argument(
            "--media",
            type=input_path,
            nargs="+",
            default=[],
            metavar="FILE",
            help="films and sounds to look for by name",
        )
        action.add_argument(
            "--rate", metavar="RATE", help="frames a second of an EDL, for example 25, 29.97 or 30000/1001"
        )
    exporting = actions.add_parser("export", help="write the timeline of a project")
    exporting.add_argument("project", type=input_path, metavar="PROJECT", help="a project (.unisync)")
    exporting.add_argument(
        "-o",
        "--output",
        type=output_path,
        required=True,
        metavar="TIMELINE",
        help="what to write: .otio, .edl or .xml",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the action; returns its exit code."""
    return {"list": _list, "import": _import, "export": _export}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from core.project.file import SUFFIX, load_project
    from core.timelines.reading import Imported

    if args.timeline.suffix.lower() == SUFFIX:
        imported = Imported(load_project(args.timeline))
    else:
        imported = _read(args)
    if args.json:
        print(json.dumps(_as_json(imported), indent=2))
    else:
        print("\n".join(_lines(imported)))
    return 0


def _import(args: argparse.Namespace) -> int:
    from core.base.errors import SettingsError
    from core.project.file import SUFFIX, save_project

    if args.output.suffix.lower() != SUFFIX:
        raise SettingsError(f"“{args.output}” is no name for a project.", hint=f"End it in {SUFFIX}.")
    imported = _read(args)
    save_project(imported.project, args.output)
    print("\n".join([*_lines(imported), "", f"Written: {args.output}"]))
    return 0


def _export(args: argparse.Namespace) -> int:
    from core.project.file import load_project
    from core.timelines.writing import write_timeline

    notes = write_timeline(load_project(args.project), args.output)
    print("\n".join((f"Written: {args.output}", *notes)))
    return 0


def _read(args: argparse.Namespace) -> "Imported":
    from core.project.media_facts import probe_media
    from core.timelines.reading import read_timeline

    return read_timeline(args.timeline, probe_media, _media(args.media), rate=_rate(args.rate))


def _media(paths: list[Path]) -> "tuple[MediaItem, ...]":
    from core.project import content_edits
    from core.project.media_facts import probe_media
    from core.project.model import Project

    project = Project()
    for path in paths:
        found = probe_media(path)
        project = content_edits.add_media(
            project,
            found.kind,
            str(path.absolute()),
            path.name,
            found.facts,
            size=found.size,
            quick_hash=found.quick_hash,
        ).project
    return project.media


def _rate(text: str | None) -> "FrameRate | None":
    from core.base.errors import SettingsError
    from core.base.timing import FrameRate
    from core.timelines.rates import exact_rate

    if text is None:
        return None
    numerator, slash, denominator = text.partition("/")
    try:
        value = Fraction(int(numerator), int(denominator)) if slash else exact_rate(float(text))
    except (ValueError, ZeroDivisionError, OverflowError):
        value = Fraction(0)
    if not 1 <= value <= 1000:
        raise SettingsError(f"“{text}” is no frame rate.", hint="Write it as 25, 29.97 or 30000/1001.")
    return FrameRate(value)


def _lines(imported: "Imported") -> Iterator[str]:
    project = imported.project
    sequence = project.sequence
    yield project.name or "Timeline"
    counting = ", drop-frame" if sequence.drop_frame else ""
    yield f"  {sequence.rate} frames a second{counting}, from {_timecode(project, Fraction(0))}"
    lane = ""
    for clip in sorted(
        project.clips, key=lambda clip: (clip.lane[0] != "V", len(clip.lane), clip.lane, clip.range.start)
    ):
        if clip.lane != lane:
            lane = clip.lane
            yield f"  {lane}"
        medium = project.medium(clip.media)
        name = medium.name if medium is not None else "?"
        missing = "" if medium is not None and Path(medium.path).is_file() else "  (missing)"
        start, end = _timecode(project, clip.range.start), _timecode(project, clip.range.end)
        yield f"    {start} – {end}  {name} from {float(clip.offset):.3f} s{missing}"
    if project.markers:
        yield f"  {len(project.markers)} markers"
    for note in imported.notes:
        yield f"  note: {note}"


def _as_json(imported: "Imported") -> dict[str, object]:
    project = imported.project
    sequence = project.sequence
    return {
        "name": project.name,
        "rate": str(sequence.rate.value),
        "drop_frame": sequence.drop_frame,
        "start": _timecode(project, Fraction(0)),
        "clips": [
            {
                "lane": clip.lane,
                "start": _timecode(project, clip.range.start),
                "end": _timecode(project, clip.range.end),
                "seconds": [str(clip.range.start), str(clip.range.end)],
                "media_start": str(clip.offset),
                "file": medium.path,
                "is_missing": not Path(medium.path).is_file(),
            }
            for clip in project.clips
            if (medium := project.medium(clip.media)) is not None
        ],
        "markers": [
            {"at": _timecode(project, marker.time), "colour": marker.colour, "note": marker.note}
            for marker in project.markers
        ],
        "notes": imported.notes,
    }


def _timecode(project: "Project", time: Fraction) -> str:
    from core.base.timing import format_timecode

    sequence = project.sequence
    frame = sequence.start_frame + round(time * sequence.rate.value)
    return format_timecode(frame, sequence.rate, drop_frame=sequence.drop_frame)
