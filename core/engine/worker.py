"""The engine process: steps jobs one event at a time on its owner's word.

The owner decides which job goes on after every event, so a preview overtakes an export at the next chunk; a job that has
to wait keeps its place here as a suspended generator.
"""

import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from core.base.errors import AppError, Cancelled
from core.base.torch_library import TorchMissingError
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Event, Failed, JobId, Stopped

logger = logging.getLogger(__name__)

Run = Callable[[object, JobId, CancelToken], Iterator[Event]]


def serve(commands: Connection, cancels: Connection, run: Run) -> None:
    """Answers ``("step", job, request)`` with one event until the owner hangs up.

    ``request`` may be None for a job that has begun. A job id on `cancels` stops that job at its next check, also in
    the middle of a step. Every job ends with exactly one of Done, Failed, Stopped.
    """
    jobs: dict[JobId, Iterator[Event]] = {}
    tokens: dict[JobId, CancelToken] = {}
    threading.Thread(target=_listen_for_cancels, args=(cancels, tokens), daemon=True).start()
    while True:
        try:
            job, request = commands.recv()
        except (EOFError, OSError):
            return
        if job not in jobs:
            token = tokens.setdefault(job, CancelToken())
            jobs[job] = run(request, job, token)
        event = _step(jobs[job], job)
        if isinstance(event, Done | Failed | Stopped):
            del jobs[job]
            tokens.pop(job, None)
        try:
            commands.send(event)
        except (BrokenPipeError, OSError):
            return


def _step(job_events: Iterator[Event], job: JobId) -> Event:
    try:
        return next(job_events, None) or Done(job)
    except Cancelled:
        return Stopped(job)
    except AppError as error:
        return Failed(job, error.message, error.hint, needs_torch=isinstance(error, TorchMissingError))
    except MemoryError:
        return Failed(
            job, "There is not enough memory for this.", "Close other programs, or choose the draft preset."
        )
    except Exception as bug:
        logger.exception("job %s", job)
        return Failed(
            job,
            f"Something went wrong in the program itself: {bug!r}",
            is_bug=True,
            details=traceback.format_exc(),
        )


def _listen_for_cancels(cancels: Connection, tokens: dict[JobId, CancelToken]) -> None:
    while True:
        try:
            job = cancels.recv()
        except (EOFError, OSError):
            return
        tokens.setdefault(job, CancelToken()).cancel()


def main(commands: Connection, cancels: Connection) -> None:
    """What the spawned process runs."""
    logging.basicConfig(level=logging.WARNING)
    from core.engine.runner import Engine  # here, so that spawning does not load the engine in the owner

    serve(commands, cancels, Engine().run)
