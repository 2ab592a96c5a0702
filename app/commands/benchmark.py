"""``unisync benchmark``: measures of the program's parts on films and voices of your own, one suite per sub-verb."""

import argparse
from pathlib import Path


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and its suites to the command line."""
    parser = verbs.add_parser("benchmark", help="measure lips on films and voices of your own")
    suites = parser.add_subparsers(dest="suite", metavar="SUITE", required=True)
    _add_lips(suites)


def _add_lips(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "lips", help="every lip engine on every clip with every voice, and each part left out"
    )
    parser.add_argument(
        "--clips", type=Path, nargs="+", required=True, metavar="VIDEO", help="films with one main face"
    )
    parser.add_argument(
        "--voices", type=Path, nargs="+", required=True, metavar="AUDIO", help="speech of other people"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FOLDER", help="tables and strips go here"
    )
    parser.add_argument("--engines", nargs="+", metavar="NAME", help="only these rows (default: all)")
    parser.add_argument(
        "--true-motion",
        action="store_true",
        help="the voices are films, and their speakers' tracked mouths are the motion: judges the pictures alone",
    )
    parser.add_argument(
        "--silence",
        choices=("close", "original", "model"),
        default="close",
        help="rule for pauses (default: close)",
    )
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="where face analyses are kept")
    parser.set_defaults(run=_run_lips)


def _run_lips(args: argparse.Namespace) -> int:
    from core.benchmark.lips import run_lips, table

    rows = run_lips(
        args.clips,
        args.voices,
        args.output,
        engines=args.engines,
        true_motion=args.true_motion,
        silence=args.silence,
        cache=args.cache,
    )
    print(table(rows))
    return 0
