"""``unisync lab mutate``: changes our own code a little, many times, and says which changes no test noticed."""

import argparse
import os
from pathlib import Path

from app.paths import output_folder


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = verbs.add_parser("mutate", help="change the code a little and see whether the tests notice")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of the program, from its root")
    parser.add_argument(
        "--tests", nargs="+", required=True, metavar="TEST", help="what pytest runs for each change"
    )
    parser.add_argument("--count", type=int, default=20, help="how many changes")
    parser.add_argument("--seed", type=int, default=0, help="another number draws others")
    parser.add_argument(
        "--out", type=output_folder, default=Path("/tmp/unisync-mutants"), help="folder for a copy"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs; returns 2 where a change survived."""
    from core.base.errors import SettingsError
    from core.base.models import PROGRAM_ROOT
    from core.research.fuzzing.mutants import drawn, survivors

    for file in args.files:
        if file.is_absolute() or not (PROGRAM_ROOT / file).is_file():
            raise SettingsError(
                f"There is no file {file} in the program.", hint="Name it from the program's root."
            )
    counts = {"killed": 0, "survived": 0, "hung": 0}
    for mutant, outcome in survivors(
        drawn(args.files, args.count, args.seed), args.tests, Path(os.path.abspath(args.out))
    ):
        counts[outcome] += 1
        print(f"{outcome:8} {mutant.path}:{mutant.line}: {mutant.before!r} -> {mutant.after!r}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 2 if counts["survived"] else 0
