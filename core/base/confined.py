"""Work on files of strangers in a process of its own, with limits: whatever happens to it, this one lives.

A parser in C may end its process, a small file may unfold into all memory, a loop may have no end. The child gets a module to run,
arguments, and gives back bytes on its standard output.
"""

import contextlib
import logging
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil

from core.base.models import PROGRAM_ROOT

logger = logging.getLogger(__name__)

_LOOK_EVERY = 0.2  # seconds between looks at the child's memory
_ASLEEP = 5
_REFUSED = 3  # exit code of a child that says why on its standard error


class Stopped(Exception):
    """The child came to no result. Its text is half a sentence that begins with a verb."""


class Refused(Exception):
    """The child found that the input is not what it should be. Its text is half a sentence that begins with a verb."""


def run(module: str, arguments: Sequence[str], *, seconds: float = 60, megabytes: int = 1536) -> bytes:
    """What `module`, run as a script, writes to its standard output.

    Args:
        module: dotted name.
        arguments: its command line.
        seconds: of computing it may take; five times as many by the clock, for the machine may be busy.
        megabytes: of memory it may take.

    Raises:
        Stopped: it crashed, or took too long or too much memory.
        Refused: it said why the input cannot be used (`refuse`).
    """
    command = [
        sys.executable,
        "-P",
        "-m",
        "core.base.confined",
        str(seconds),
        str(megabytes),
        module,
        *arguments,
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(PROGRAM_ROOT), os.environ.get("PYTHONPATH")))),
    }
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    try:
        output, errors = _watched(child, _ASLEEP * seconds, megabytes)
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    said = errors.decode("utf-8", "replace").strip()
    if child.returncode == _REFUSED:
        raise Refused(said.splitlines()[-1] if said else "is not what it should be")
    if child.returncode:
        logger.info("%s ended with %s: %s", module, child.returncode, said[-2000:])
        if "MemoryError" in said or "bad_alloc" in said:
            raise Stopped(f"takes more than {megabytes} MB of memory")
        raise Stopped("is damaged in a way that stops its reader")
    return output


def refuse(why: str) -> None:
    """For the child: says why the input cannot be used and ends."""
    sys.stderr.write(" ".join(why.encode("utf-8", "replace").decode().split())[:300] + "\n")
    sys.stderr.flush()
    os._exit(_REFUSED)  # no library of the child gets another word


def _watched(child: "subprocess.Popen[bytes]", seconds: float, megabytes: int) -> tuple[bytes, bytes]:
    began = time.monotonic()
    while True:
        try:
            return child.communicate(timeout=_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            if time.monotonic() - began > seconds:
                raise Stopped("takes too long to read") from None
            with contextlib.suppress(psutil.Error):
                if psutil.Process(child.pid).memory_info().rss > megabytes * 2**20:
                    raise Stopped(f"takes more than {megabytes} MB of memory") from None


def _limit(seconds: float, megabytes: int) -> None:
    """The system's own limits, where it has them; the parent looks on besides."""
    if os.name != "posix":
        return
    import resource

    def lower(which: int, value: int) -> None:
        with contextlib.suppress(ValueError, OSError):  # what is lower already stays
            resource.setrlimit(which, (value, value))

    lower(resource.RLIMIT_CPU, int(seconds) + 1)
    lower(resource.RLIMIT_AS, megabytes * 2**20)
    lower(resource.RLIMIT_CORE, 0)


if __name__ == "__main__":
    _limit(float(sys.argv[1]), int(sys.argv[2]))
    name = sys.argv[3]
    sys.argv = [name, *sys.argv[4:]]
    runpy.run_module(name, run_name="__main__", alter_sys=True)
