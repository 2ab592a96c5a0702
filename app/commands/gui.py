"""``unisync`` and ``unisync gui``: the window."""

import argparse

from app.paths import input_path
from core.base.errors import SettingsError


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser("gui", help="open the window (also what “unisync” alone does)")
    parser.add_argument(
        "files", nargs="*", type=input_path, metavar="FILE", help="a project, or media to begin with"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Opens the window and stays until it is closed; returns the exit code.

    Raises:
        SettingsError: a file is not there.
    """
    files = tuple(getattr(args, "files", ()))
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise SettingsError(f"There is no file “{missing[0]}”.", hint="Check the path.")
    from app.window import run_window

    return run_window(files)
