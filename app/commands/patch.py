"""``unisync patch``: only the new mouths, as clips with alpha, with timelines that lay them over the film."""

import argparse
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands import dub
from app.paths import input_path, output_folder
from core.base.errors import SettingsError

if TYPE_CHECKING:
    from core.engine.patch import PatchResult, PatchSettings
    from core.jobs.cancel import CancelToken
    from core.jobs.events import Event
    from core.planning.requests import ExportRequest, TimelineRequest

FORMATS = ("prores4444", "ffv1", "png")


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser(
        "patch", help="only the new mouths, with alpha, for an editing program", description=__doc__
    )
    parser.add_argument(
        "video", type=input_path, metavar="VIDEO", help="the film, or a project (.unisync) with its timeline"
    )
    parser.add_argument(
        "--audio",
        type=input_path,
        metavar="DUB",
        help="the new voice; a project has its own, and its own controls",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="clips, sound and timelines go here",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="prores4444",
        help="of the clips (default ProRes 4444 in QuickTime)",
    )
    parser.add_argument(
        "--handles",
        type=int,
        default=0,
        metavar="N",
        help="empty frames before and after each stretch (default 0)",
    )
    parser.add_argument(
        "--crop",
        action="store_true",
        help="clips no larger than the mouths; their place is in the JSON, .mlt and .kdenlive",
    )
    parser.add_argument(
        "--json", action="store_true", help="print what was written as JSON, for other programs"
    )
    parser.add_argument(
        "--progress",
        choices=("text", "json"),
        default="text",
        help="json prints one object a line on the error output, for other programs",
    )
    dub.add_controls(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps, directml")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    from app.progress import show_progress, tell_progress
    from core.engine.patch import DESCRIPTION, PatchSettings
    from core.jobs.cancel import CancelToken

    if not 0 <= args.handles <= 1000:
        raise SettingsError(f"--handles {args.handles} is outside 0…1000 frames.")
    folder: Path = args.output.absolute()
    if (folder / DESCRIPTION).exists() or (folder.is_dir() and any(folder.iterdir())):
        raise SettingsError(
            f"The folder {folder} is not empty.", hint="Choose a new one; nothing is written over."
        )
    settings = PatchSettings(args.format, args.handles, args.crop)
    request = _project_request(args, folder)
    existed = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        show = tell_progress if args.progress == "json" else show_progress
        result = show(_events(args, request, settings, CancelToken()))
    finally:
        if not existed and not any(folder.iterdir()):
            folder.rmdir()
    if args.json:
        print(result.description.read_text("utf-8"), end="")
        return 0
    for clip in result.facts.stretches:
        print(f"{folder / clip.file}: {clip.frames} frames from {clip.timecode}")
    print(f"Timelines: {', '.join(result.timelines)}; sound: {result.facts.sound}")
    if result.mean_p_sync is not None:
        print(f"Sync of the new mouths with the dub: {result.mean_p_sync:.2f}")
    sys.stdout.flush()
    return 0


def _project_request(args: argparse.Namespace, folder: Path) -> "ExportRequest | TimelineRequest | None":
    """What a project's timeline shows; None for a film, whose job is put into `args`."""
    from core.delivery.patch import check_patchable
    from core.media.probe import probe
    from core.project.file import SUFFIX, load_project

    if args.video.suffix.lower() == SUFFIX:
        from core.project.export_plan import export_request
        from core.project.relink import with_found_media

        if args.audio is not None:
            raise SettingsError(
                "A project has its own dubs.",
                hint="Leave out --audio, or give the film instead of the project.",
            )
        project = with_found_media(load_project(args.video), args.video.absolute().parent)
        return export_request(project, folder / f"{args.video.stem}.mkv", "ffv1", device=args.device)
    if args.audio is None:
        raise SettingsError("The new voice is missing.", hint="Name it after --audio.")
    info = probe(args.video)
    if info.video is not None:
        check_patchable(info.video, args.video.name)
    args.output, args.export, args.credentials = folder / "patch.mkv", "ffv1", False
    return None


def _events(
    args: argparse.Namespace,
    request: "ExportRequest | TimelineRequest | None",
    settings: "PatchSettings",
    token: "CancelToken",
) -> "Generator[Event, None, PatchResult]":
    from core.engine.patch import patch, patch_project
    from core.engine.runner import Engine

    if request is not None:
        return patch_project(request, settings, Engine(), token)
    return patch(dub.job_of(args), settings, Engine(), token)
