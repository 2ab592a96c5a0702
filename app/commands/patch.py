"""``unisync patch``: only the new mouths, as clips with alpha, with timelines that lay them over the film."""

import argparse
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands import dub
from app.paths import input_path, output_folder
from core.base.errors import SettingsError
from core.base.outputs import check_new_folder

if TYPE_CHECKING:
    from core.jobs.events import Event
    from core.jobs.results import PatchWritten
    from core.planning.requests import PatchRequest, PatchSettings

FORMATS = ("prores4444", "ffv1", "png", "exr")


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
    from core.delivery.patch_folder import DESCRIPTION
    from core.planning.requests import PatchSettings

    if not 0 <= args.handles <= 1000:
        raise SettingsError(f"--handles {args.handles} is outside 0…1000 frames.")
    folder: Path = args.output.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    check_new_folder(folder, (args.video,))
    settings = PatchSettings(args.format, args.handles, args.crop)
    request = _project_request(args, folder, settings)
    existed = folder.is_dir()
    folder.mkdir(exist_ok=True)
    try:
        show = tell_progress if args.progress == "json" else show_progress
        result = show(_events(args, request, settings))
    finally:
        if not existed and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    description = (folder / DESCRIPTION).read_text("utf-8")
    if args.json:
        print(description, end="")
        return 0
    said = json.loads(description)
    for clip in said["stretches"]:
        print(f"{folder / clip['file']}: {clip['frames']} frames from {clip['timecode']}")
    print(f"Timelines: {', '.join(result.timelines)}; sound: {said['sound']}")
    if result.mean_p_sync is not None:
        print(f"Sync of the new mouths with the dub: {result.mean_p_sync:.2f}")
    sys.stdout.flush()
    return 0


def _project_request(args: argparse.Namespace, folder: Path, settings: "PatchSettings") -> "PatchRequest | None":
    """What a project's timeline shows; None for a film, whose job is put into `args`."""
    from core.delivery.patch import check_patchable
    from core.media.probe import probe
    from core.project.file import SUFFIX, load_project

    if args.video.suffix.lower() == SUFFIX:
        from core.project.export_plan import patch_request
        from core.project.relink import with_found_media

        if args.audio is not None:
            raise SettingsError(
                "A project has its own dubs.",
                hint="Leave out --audio, or give the film instead of the project.",
            )
        project = with_found_media(load_project(args.video), args.video.absolute().parent)
        return patch_request(project, folder, args.video.stem, settings, device=args.device)
    if args.audio is None:
        raise SettingsError("The new voice is missing.", hint="Name it after --audio.")
    info = probe(args.video)
    if info.video is not None:
        check_patchable(info.video, args.video.name)
    args.output, args.export, args.credentials = folder / "patch.mkv", "ffv1", False
    return None


def _events(
    args: argparse.Namespace, request: "PatchRequest | None", settings: "PatchSettings"
) -> "Generator[Event, None, PatchWritten]":
    from core.engine.patch import patch
    from core.engine.runner import Engine
    from core.jobs.cancel import CancelToken
    from core.jobs.events import JobId
    from core.jobs.results import PatchWritten, ended_with

    if request is not None:
        return ended_with(Engine().run(request, JobId("dub"), CancelToken()), PatchWritten)
    return patch(dub.job_of(args), settings, Engine(), CancelToken())
