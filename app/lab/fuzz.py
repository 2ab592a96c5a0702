"""``unisync lab fuzz``: damaged files of every kind handed to the program; tracebacks, hangs, signals and litter are counted."""

import argparse
import json
from pathlib import Path

from app.paths import output_folder

TARGETS = ("projects", "timelines", "models", "keys", "caches", "media")


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = verbs.add_parser("fuzz", help="hand damaged files to the program and count what goes wrong")
    parser.add_argument("target", choices=TARGETS, help="what is damaged")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="how long (default: 10)")
    length.add_argument("--cases", type=int, help="or how many cases")
    parser.add_argument("--seed", type=int, default=0, help="another number gives other damage")
    parser.add_argument("--first", type=int, default=0, help="number of the first case, to run one again")
    parser.add_argument(
        "--out",
        type=output_folder,
        default=Path("out/fuzz"),
        help="folder to work in; cases at fault stay in TARGET/kept",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs; returns 2 where anything was found."""
    from core.research.fuzzing.runner import fuzz

    minutes = None if args.cases is not None else args.minutes or 10.0
    folder = (args.out / args.target).absolute()
    found = fuzz(
        f"app.lab.fuzz_targets.{args.target}",
        folder,
        seed=args.seed,
        minutes=minutes,
        cases=args.cases,
        first=args.first,
    )
    print(
        json.dumps(
            {
                "target": args.target,
                "seed": args.seed,
                "cases": found.cases,
                "outcomes": dict(sorted(found.outcomes.items())),
            }
        )
    )
    for fault in found.faults:
        print(f"{fault['kind']} in case {fault['case']}:\n{fault['text']}")
    return 2 if found.faults else 0
