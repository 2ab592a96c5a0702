"""Brings torch and its company onto this computer when they are first asked for, every file checked by its hash."""

import importlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

from core.base.errors import ModelError
from core.base.models import PROGRAM_ROOT
from core.base.torch_library import DOWNLOAD_BYTES, add_user_libraries, is_torch_here, user_libraries
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Event, JobId, Progress

_SET_UP = PROGRAM_ROOT / "installer" / "studio.py"
_PACKAGED_LOCK = PROGRAM_ROOT / "resources" / "lock-torch.txt"
_RAW = re.compile(r"^Progress (\d+) of (\d+)$")


def install_command() -> list[str]:
    """What installs torch here: set-up in a source tree, pip into the user's own folder in an installed package.

    Raises:
        ModelError: this copy of the program has neither.
    """
    if _SET_UP.is_file():
        return [sys.executable, str(_SET_UP), "torch"]
    if not _PACKAGED_LOCK.is_file():
        raise ModelError(
            "This copy of the program cannot install torch.",
            hint="Install the package torch beside it yourself.",
        )
    return [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--upgrade", "--target", str(user_libraries()),
        "--requirement", str(_PACKAGED_LOCK),
    ]  # fmt: skip


def install_torch(
    job: JobId, token: CancelToken, command: list[str] | None = None
) -> Generator[Event, None, None]:
    """Runs `command` (`install_command` unless given) to its end, with its downloads as progress.

    Raises:
        ModelError: it failed; what pip said last is told.
    """
    process = subprocess.Popen(
        command or install_command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env={**os.environ, "PIP_PROGRESS_BAR": "raw"},
    )  # fmt: skip
    assert process.stdout is not None
    stopping = threading.Event()

    def stop_when_cancelled() -> None:
        while not stopping.wait(0.2):
            if token.is_cancelled:
                process.terminate()
                return

    watcher = threading.Thread(target=stop_when_cancelled, daemon=True)
    watcher.start()
    finished = current = 0
    last = ""
    try:
        with process.stdout as said:
            for line in said:
                match = _RAW.match(line.strip())
                if match is None:
                    last = line.strip() or last
                    continue
                done, total = int(match[1]), int(match[2])
                finished += current if done < current else 0
                current = done
                whole = max(DOWNLOAD_BYTES, finished + total)
                yield Progress(job, "fetch", min(finished + done, whole), whole)
        process.wait()
    finally:
        stopping.set()
        if process.poll() is None:
            process.terminate()
            process.wait()
        watcher.join()
    token.check()
    importlib.invalidate_caches()
    add_user_libraries()
    if process.returncode or not is_torch_here():
        raise ModelError(
            f"torch was not installed: {last or 'no reason was given'}.",
            hint="Connect to the network and try again.",
        )
    yield Done(job)


def where() -> Path:
    """The folder torch comes into, to be told."""
    return PROGRAM_ROOT / ".venv" if _SET_UP.is_file() else user_libraries()
