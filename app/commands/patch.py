"""``unisync patch``: only the new mouths, as clips with alpha, with timelines that lay them over the film."""

import argparse
import sys
from pathlib import Path

from app.commands import dub
from app.paths import input_path, output_folder
from core.base.errors import SettingsError

FORMATS = ("prores4444", "ffv1", "png")


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser(
        "patch", help="only the new mouths, with alpha, for an editing program", description=__doc__
    )
    parser.add_argument("video", type=input_path, metavar="VIDEO", help="the film")
    parser.add_argument("--audio", type=input_path, required=True, metavar="DUB", help="the new voice")
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
        "--json", action="store_true", help="print what was written as JSON, for other programs"
    )
    dub.add_controls(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    from app.progress import show_progress
    from core.delivery.patch import check_patchable
    from core.engine.patch import DESCRIPTION, PatchSettings, patch
    from core.engine.runner import Engine
    from core.jobs.cancel import CancelToken
    from core.media.probe import probe

    if not 0 <= args.handles <= 1000:
        raise SettingsError(f"--handles {args.handles} is outside 0…1000 frames.")
    folder: Path = args.output.absolute()
    info = probe(args.video)
    if info.video is not None:
        check_patchable(info.video, args.video.name)
    if (folder / DESCRIPTION).exists() or (folder.is_dir() and any(folder.iterdir())):
        raise SettingsError(
            f"The folder {folder} is not empty.", hint="Choose a new one; nothing is written over."
        )
    existed = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    args.output, args.export, args.credentials = folder / "patch.mkv", "ffv1", False
    try:
        result = show_progress(
            patch(dub.job_of(args), PatchSettings(args.format, args.handles), Engine(), CancelToken())
        )
    finally:
        if not existed and not any(folder.iterdir()):
            folder.rmdir()
    if args.json:
        print(result.description.read_text("utf-8"), end="")
        return 0
    for clip in result.facts.stretches:
        print(f"{folder / clip.file}: {clip.frames} frames from {clip.timecode}")
    print(f"Timelines: {', '.join(result.timelines)}; sound: {result.facts.sound}")
    if result.sync.mean_p_sync is not None:
        print(f"Sync of the new mouths with the dub: {result.sync.mean_p_sync:.2f}")
    sys.stdout.flush()
    return 0
