"""``unisync lab corpus``: build training data of rendered speakers, look at it, make the sample clip."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from app.paths import input_path, output_folder


def add_parser(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser("corpus", help="build and show the speaking-face corpus (development)")
    actions = parser.add_subparsers(dest="action", required=True)
    build = actions.add_parser(
        "build", help="render the corpus; the same preset and seed give the same bytes"
    )
    build.add_argument("--preset", default="small", help="tiny, small or full")
    build.add_argument("--seed", type=int, default=0)
    build.add_argument("--out", type=output_folder, default=Path("out/corpus"), help="folder to build in")
    build.add_argument(
        "--footage",
        type=input_path,
        default=None,
        help="tracked stills and films to re-enact, as “python -m core.research.corpus.real MEDIA OUT” makes them",
    )
    build.set_defaults(run=run_build)
    bring = actions.add_parser(
        "import", help="track, measure, judge and cut a folder of films into aligned 25 fps clips"
    )
    bring.add_argument(
        "media", type=input_path, help="folder with train/, test/ and MEDIA.md, which names the licences"
    )
    bring.add_argument(
        "--out", type=output_folder, default=Path("out/corpus_real"), help="folder to build in"
    )
    bring.add_argument("--size", type=int, default=256, help="side of the clips' pictures in pixels")
    bring.set_defaults(run=run_import)
    show = actions.add_parser("show", help="write contact sheets and a page of statistics")
    show.add_argument("folder", type=input_path, nargs="?", default=Path("out/corpus"))
    show.set_defaults(run=run_show)
    sample = actions.add_parser("sample", help="render the sample clip and dub again")
    sample.add_argument(
        "--out", type=output_folder, default=Path("out/sample"), help="folder for pictures and results"
    )
    sample.set_defaults(run=run_sample)


def run_build(args: argparse.Namespace) -> int:
    """Builds; prints what was made."""
    from core.research.corpus.build import build_corpus

    def tell(done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {total} people and scenes")

    lines = build_corpus(args.out, args.preset, args.seed, tell, args.footage)
    minutes = sum(line.frames for line in lines) / 25 / 60
    people = len({line.item.person for line in lines})
    print(f"{len(lines)} clips of {people} people, {minutes:.1f} minutes, in {args.out}")
    return 0


def run_import(args: argparse.Namespace) -> int:
    """Imports; prints what was taken and why the rest was not."""
    from core.research.corpus import real
    from core.research.corpus.real_clips import import_footage

    tracked = args.out / "tracked"
    real.build(args.media, tracked, ("train", "test"))
    lines, refused = import_footage(tracked, args.out, size=args.size)
    people = len({line.item.person for line in lines})
    print(f"{len(lines)} clips of {people} people in {args.out}, {len(refused)} left out")
    for reason, count in Counter(one.reason for one in refused).most_common():
        print(f"  {count} {reason}")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Writes the page; prints where."""
    from core.research.corpus.show import show_corpus

    print(show_corpus(args.folder))
    return 0


def run_sample(args: argparse.Namespace) -> int:
    """Renders the sample clip."""
    from core.research.corpus.sample_clip import render_frames, sample_script, write_sample

    pictures = args.out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    script = sample_script()
    render_frames(script, range(len(script.times)), pictures)
    write_sample(script, pictures, args.out)
    print(args.out / "sample.mp4")
    return 0
