"""The only object that crosses threads: work goes out, results come back on the main thread."""

import logging
import threading
import traceback
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from core.base.errors import AppError, Cancelled

if TYPE_CHECKING:
    from core.engine.client import EngineClient, Priority
    from core.jobs.events import Event, JobId

logger = logging.getLogger(__name__)

T = TypeVar("T")
POOL_THREADS = 3


@dataclass(frozen=True, slots=True)
class Bug:
    """An exception that is our fault, from a thread of the pool."""

    error: Exception
    traceback: str


class Ticket(Generic[T]):
    """Work handed to the pool. Cancelling drops the result; work that looks at `is_cancelled` also ends early."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody wants the result any more; may be read from any thread."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Nobody wants the result any more."""
        self._cancelled.set()


class Bridge(QObject):
    """Owns the I/O pool and the engine's client.

    Signals:
        engine_event: (Event) from the engine, on the main thread, in order.
        bug_found: (Bug) work in the pool broke; shown as a crash report.
    """

    engine_event = Signal(object)
    bug_found = Signal(object)
    _returned = Signal(object)

    def __init__(
        self, parent: QObject | None = None, engine_target: Callable[..., None] | None = None
    ) -> None:
        """Makes the pool; the engine starts at the first request.

        Args:
            parent: the owner.
            engine_target: what the engine process runs instead of the engine (tests).
        """
        super().__init__(parent)
        self._engine_target = engine_target
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="io-pool")
        self._client: EngineClient | None = None
        self._is_closed = False
        self._open: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._returned.connect(self._on_returned, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[Ticket[T]], T],
        done: Callable[[T], None],
        failed: Callable[[AppError], None] | None = None,
    ) -> Ticket[T]:
        """Runs `work` on the pool, then `done` or `failed` on the main thread, unless cancelled.

        An `AppError` without `failed` is logged; any other exception is sent as `bug_found`.
        """
        ticket: Ticket[T] = Ticket()
        if self._is_closed:
            ticket.cancel()
            return ticket
        future = self._pool.submit(self._work, ticket, work, done, failed)
        with self._lock:
            self._open.add(future)
        future.add_done_callback(self._forget)
        return ticket

    @property
    def is_idle(self) -> bool:
        """Whether no work is in the pool (its results may still be on their way)."""
        with self._lock:
            return not self._open

    def submit(self, request: object, priority: "Priority", *, replaces: Hashable | None = None) -> "JobId":
        """Gives the engine a request; its events come as `engine_event`. The engine process starts at the first.

        After `close` nothing is started any more and no event comes.
        """
        if self._is_closed:
            from core.jobs.events import JobId

            return JobId("")
        return self._engine().submit(request, priority, replaces=replaces)

    def cancel(self, job: "JobId") -> None:
        """Asks the engine to stop a job."""
        if self._client is not None:
            self._client.cancel(job)

    def pause(self, job: "JobId") -> None:
        """Asks the engine to hold a job after the chunk it is at."""
        if self._client is not None:
            self._client.pause(job)

    def resume(self, job: "JobId") -> None:
        """Lets a held job go on."""
        if self._client is not None:
            self._client.resume(job)

    @property
    def engine_process(self) -> int | None:
        """Process id of the engine, None while there is none."""
        return self._client.process_id if self._client is not None else None

    def close(self) -> None:
        """Ends the engine process and waits for the pool; nothing is delivered afterwards."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._client is not None:
            self._client.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _engine(self) -> "EngineClient":
        if self._client is None:
            from core.engine.client import (
                EngineClient,
            )  # not before it is needed: the window starts without it

            if self._engine_target is None:
                self._client = EngineClient(self._on_engine_event)
            else:
                self._client = EngineClient(self._on_engine_event, self._engine_target)
        return self._client

    def _on_engine_event(self, event: "Event") -> None:
        """Called on the client's thread; the signal carries it over."""
        if not self._is_closed:
            self._returned.emit(lambda: self.engine_event.emit(event))

    def _work(
        self,
        ticket: Ticket[T],
        work: Callable[[Ticket[T]], T],
        done: Callable[[T], None],
        failed: Callable[[AppError], None] | None,
    ) -> None:
        if ticket.is_cancelled:
            return
        try:
            result = work(ticket)
        except Cancelled:
            return
        except AppError as error:
            if failed is None:
                logger.warning("%s", error)
            else:
                self._deliver(ticket, partial(failed, error))
            return
        except Exception as error:
            logger.exception("work in the pool broke")
            bug = Bug(error, traceback.format_exc())
            self._deliver(ticket, lambda: self.bug_found.emit(bug))
            return
        self._deliver(ticket, lambda: done(result))

    def _deliver(self, ticket: Ticket[T], call: Callable[[], None]) -> None:
        if not self._is_closed:
            self._returned.emit(lambda: None if ticket.is_cancelled else call())

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._open.discard(future)

    def _on_returned(self, call: Callable[[], None]) -> None:
        if not self._is_closed:
            call()
