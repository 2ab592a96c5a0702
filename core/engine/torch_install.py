"""Brings torch and its company onto this computer when they are first asked for, every file checked by its hash."""

import contextlib
import importlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import psutil
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from core.base.errors import ModelError
from core.base.models import PROGRAM_ROOT
from core.base.torch_library import (
    DOWNLOAD_BYTES,
    INSTALLED_BYTES,
    add_user_libraries,
    is_torch_here,
    user_libraries,
)
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Event, JobId, Progress
from core.model_store.fetching import check_room

_SET_UP = PROGRAM_ROOT / "installer" / "studio.py"
_PACKAGED_LOCK = PROGRAM_ROOT / "resources" / "lock-torch.txt"
_CUDA_LOCK = PROGRAM_ROOT / "resources" / "lock-cuda.txt"  # what torch's build for NVIDIA cards loads
_RAW = re.compile(r"^Progress (\d+) of (\d+)$")
_UNPACKS = "Installing collected packages"
_OTHER_HASH = re.compile(r"^\s*(\S+) from ")
# What pip says, over several lines and many tries, and what it means.
_REASONS = (
    (re.compile(r"No space left on device"), "the disk is full", "Free some space and try again."),
    (
        re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError"),
        "the server it comes from could not prove who it is",
        "Check the date of this computer and its network, and try again.",
    ),
    (
        re.compile(
            r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|Read ?[Tt]imed? ?out|ProtocolError|RemoteDisconnected"
            r"|Connection (?:broken|reset|refused|aborted)|IncompleteRead|incomplete-download|Network is unreachable"
        ),
        "the connection broke off",
        "Connect to the network and try again.",
    ),
)
_AGAIN = "Connect to the network and try again."


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
    return _pip(_PACKAGED_LOCK)


def install_torch(
    job: JobId, token: CancelToken, command: list[str] | None = None
) -> Generator[Event, None, None]:
    """Runs `command` (`install_command` unless given) to its end, with its downloads as progress; what came is tried.

    Raises:
        ModelError: there is no room for it, it failed, or it does not load; why is told in a sentence.
    """
    if command is None:
        check_room(where(), DOWNLOAD_BYTES + INSTALLED_BYTES, "Free some space and try again.")
    said: list[str] = []
    code = yield from _run(command or install_command(), job, token, said)
    importlib.invalidate_caches()
    add_user_libraries()
    if not code and command is None and not _SET_UP.is_file() and _wants_cuda():
        code = yield from _run(_pip(_CUDA_LOCK), job, token, said)
        importlib.invalidate_caches()
    if code or not is_torch_here():
        raise _refusal(said)
    problem = _load_problem()
    if problem:
        raise ModelError(f"torch was installed and does not load here: {problem}.", hint="Try again.")
    yield Done(job)


def where() -> Path:
    """The folder torch comes into, to be told."""
    return PROGRAM_ROOT / ".venv" if _SET_UP.is_file() else user_libraries()


def _pip(lock: Path) -> list[str]:
    return [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--upgrade", "--target", str(user_libraries()), "--requirement", str(lock),
    ]  # fmt: skip


def _run(
    command: Sequence[str], job: JobId, token: CancelToken, said: list[str]
) -> Generator[Event, None, int]:
    """Its downloads as progress; what else it says is added to `said`. Returns its exit code."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env={**os.environ, "PIP_PROGRESS_BAR": "raw" if _pip_tells_bytes() else "off"},
    )  # fmt: skip
    assert process.stdout is not None
    stopping = threading.Event()

    def stop_when_cancelled() -> None:
        while not stopping.wait(0.2):
            if token.is_cancelled:
                _end(process)
                return

    watcher = threading.Thread(target=stop_when_cancelled, daemon=True)
    watcher.start()
    finished = current = 0
    try:
        with process.stdout as lines:
            for line in lines:
                match = _RAW.match(line.strip())
                if match is None:
                    said.append(line.rstrip())
                    if line.startswith(_UNPACKS):
                        yield Progress(job, "unpack", 0, 0)  # pip says nothing more until it is done
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
            _end(process)
            process.wait()
        watcher.join()
    token.check()
    return process.returncode


def _end(process: "subprocess.Popen[str]") -> None:
    """Ends it and what it started: set-up runs pip as a process of its own, which would go on and hold the output open."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        for each in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.terminate()


def _refusal(said: Sequence[str]) -> ModelError:
    """Why nothing came, in a sentence: pip's own last words only where they mean nothing that is known here."""
    text = "\n".join(said)
    if "DO NOT MATCH THE HASHES" in text:
        after = text[text.index("DO NOT MATCH THE HASHES") :].splitlines()[1:]
        name = next((match[1] for line in after if (match := _OTHER_HASH.match(line))), "a file")
        return ModelError(
            f"torch was not installed: {name} came with another content than the one expected (its hash differs), and was thrown away.",
            hint="Try again; if it comes again, something on the way changes what you download.",
        )
    for pattern, reason, hint in _REASONS:
        if pattern.search(text):
            return ModelError(f"torch was not installed: {reason}.", hint=hint)
    last = next((line.strip() for line in reversed(said) if line.strip()), "no reason was given")
    return ModelError(f"torch was not installed: {last}.", hint=_AGAIN)


def _pip_tells_bytes() -> bool:
    """Whether pip knows “raw”; one that came with an older Python refuses the word."""
    try:
        return Version(version("pip")) >= Version("24.1")
    except PackageNotFoundError:
        return False


def _wants_cuda() -> bool:
    """Whether the torch that came is a build for NVIDIA cards, which does not load without their libraries."""
    try:
        asked = [Requirement(line) for line in requires("torch") or ()]
    except (PackageNotFoundError, InvalidRequirement):
        return False
    return any(
        each.name.startswith(("nvidia-", "cuda-"))
        and (each.marker is None or each.marker.evaluate({"extra": ""}))
        for each in asked
    )


def _load_problem() -> str:
    """Why another process cannot import torch, "" where it can."""
    code = f"import sys; sys.path.append({str(user_libraries())!r}); import torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if not done.returncode:
        return ""
    return next((line.strip() for line in reversed(done.stderr.splitlines()) if line.strip()), "it ended")
