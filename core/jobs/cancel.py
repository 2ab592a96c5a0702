"""Stopping work that is under way."""

import threading

from core.base.errors import Cancelled


class CancelToken:
    """A flag that the owner sets and the worker looks at between steps. Thread-safe."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Asks the work to stop at its next step."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether stopping was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Raises `Cancelled` when stopping was asked for."""
        if self._event.is_set():
            raise Cancelled
