"""The command line as a door for damaged files: what it may answer, and what it may leave behind."""

import contextlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.main import main
from core.research.fuzzing.runner import Fault


def ask(folder: Path, arguments: Sequence[str], outputs: Iterable[Path] = ()) -> int:
    """Runs a command on files in `folder`; returns its exit code.

    Raises:
        Fault: another exit code than 0 and 2, more than a sentence about an error, a file changed, or one that is not among
            `outputs`, or one of them although the command failed.
    """
    before = contents(folder)
    said, errors = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
            code = main(list(arguments))
    except SystemExit as end:
        raise Fault(
            "exit", f"the command ended by itself with {end.code}: {errors.getvalue()[-500:]}"
        ) from end
    if code not in (0, 2):
        raise Fault("exit", f"exit code {code}: {errors.getvalue()[-500:]}")
    if code == 2 and (errors.getvalue().count("\n") != 1 or "Traceback" in errors.getvalue()):
        raise Fault("words", f"not one sentence: {errors.getvalue()[-1500:]}")
    after = contents(folder)
    allowed = set(outputs) if code == 0 else set()
    changed = [path for path, content in before.items() if after.get(path) != content and path not in allowed]
    extra = [path for path in after if path not in before and path not in allowed]
    if changed or extra:
        raise Fault("left", f"exit {code}; changed: {changed[:5]}; left behind: {extra[:5]}")
    said.getvalue().encode("utf-8", "surrogateescape")
    return code


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file in `folder` with what is in it."""
    return {
        Path(place) / name: (Path(place) / name).read_bytes()
        for place, _, names in os.walk(folder)
        for name in names
    }
