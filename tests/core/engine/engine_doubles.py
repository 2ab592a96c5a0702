"""A tiny real engine for the client's tests: same process, same pipes, jobs that only count."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import AppError
from core.engine import worker
from core.jobs.events import Done, Progress


@dataclass(frozen=True, slots=True)
class Counted(Done):
    count: int


def run(request, job, token):
    kind, *arguments = request
    if kind == "count":
        for i in range(arguments[0]):
            token.check()
            yield Progress(job, "count", i + 1, arguments[0])
            if len(arguments) > 1:
                time.sleep(arguments[1])
        yield Counted(job, arguments[0])
    elif kind == "refuse":
        raise AppError("The film is too long.", hint="Cut it.")
    elif kind == "bug":
        raise ZeroDivisionError("oops")
    elif kind == "die-until":  # dies until the file says it died often enough
        path, times = Path(arguments[0]), arguments[1]
        deaths = len(path.read_bytes()) if path.exists() else 0
        if deaths < times:
            path.write_bytes(b"x" * (deaths + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        yield Counted(job, deaths)
    elif kind == "stumble":  # dies twice before its first step and twice after it
        path = Path(arguments[0])
        deaths = len(path.read_bytes()) if path.exists() else 0
        if deaths >= 2:
            yield Progress(job, "stumble", 1, 2)
        if deaths < 4:
            path.write_bytes(b"x" * (deaths + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        yield Counted(job, deaths)
    elif kind == "linger":  # leaves behind what keeps the process from ending by itself
        threading.Thread(target=time.sleep, args=(600,)).start()
        yield Counted(job, 1)
    elif kind == "deaf":  # hears neither its cancel nor, when told so, SIGTERM
        if arguments[1:]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path(arguments[0]).touch()
        while True:
            time.sleep(0.01)
    elif kind == "hang":
        if arguments:
            Path(arguments[0]).touch()
        while True:
            token.check()
            time.sleep(0.01)


def main(commands, cancels):
    worker.serve(commands, cancels, run)
