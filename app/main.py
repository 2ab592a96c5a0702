"""The ``unisync`` command: finds the verb, runs it, turns errors into one sentence and an exit code."""

import argparse
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Sequence

import app.commands
from app.paths import check_paths
from core.base.errors import AppError, Cancelled
from core.base.torch_library import NAMES, add_user_libraries, torch_is_missing
from core.base.version import program_version


def build_parser() -> argparse.ArgumentParser:
    """The parser with one sub-parser per module of `app.commands`."""
    parser = argparse.ArgumentParser(
        prog="unisync",
        description="Re-sync lips in finished video to a dubbed voice, and score how well they fit.",
    )
    parser.add_argument("--version", action="version", version=f"UniSync Studio {program_version()}")
    parser.add_argument("-v", "--verbose", action="store_true", help="log what is being done to the terminal")
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND")
    for module in sorted(pkgutil.iter_modules(app.commands.__path__), key=lambda info: info.name):
        importlib.import_module(f"app.commands.{module.name}").add_parser(verbs)
    return parser


def _with_verb(argv: list[str]) -> list[str]:
    """``unisync FILE…`` opens the files in the window: what a double click on a project does."""
    first = argv[0] if argv else ""
    is_file = not first.startswith("-") and (
        "." in first or os.sep in first
    )  # no command's name holds either
    return ["gui", *argv] if is_file else argv


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 done, 2 something the user can mend, 130 interrupted."""
    add_user_libraries()
    parser = build_parser()
    args = parser.parse_args(_with_verb(list(sys.argv[1:] if argv is None else argv)))
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    if args.verb is None:
        from app.commands import gui

        return gui.run(args)
    try:
        check_paths(parser, args)
        return args.run(args)
    except AppError as error:
        sys.stderr.write(f"unisync: {error}\n")
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NAMES:
            raise
        sys.stderr.write(f"unisync: {torch_is_missing('This')}\n")
        return 2
    except MemoryError:
        sys.stderr.write(
            "unisync: There is not enough memory for this. Close other programs, or work on a shorter range.\n"
        )
        return 2
    except (Cancelled, KeyboardInterrupt):
        sys.stderr.write("unisync: stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
