"""From work that reports by calling back to a generator that yields its reports."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from core.jobs.cancel import CancelToken

Step = TypeVar("Step")
Result = TypeVar("Result")


_LOOK_SECONDS = 0.1  # between looks at whether anybody still wants the steps


class _Ended(Generic[Result]):
    def __init__(self, result: Result) -> None:
        self.result = result


class _Broke:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def stepwise(
    name: str, work: Callable[[CancelToken, Callable[[Step], None]], Result], *, ahead: int = 0
) -> Generator[Step, None, Result]:
    """Yields what `work` reports while it runs on a thread called `name`; returns its result, raises its error.

    `work` is given a token that is cancelled when nobody wants the steps any more, and what to call with each step. It waits
    when it is `ahead` steps before whoever takes them; 0: it never waits.
    """
    steps: queue.Queue[Step | _Ended[Result] | _Broke] = queue.Queue(ahead)
    stop = CancelToken()

    def tell(step: Step | _Ended[Result] | _Broke) -> None:
        while not stop.is_cancelled:
            try:
                steps.put(step, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return

    def run() -> None:
        try:
            tell(_Ended(work(stop, tell)))
        except BaseException as error:  # noqa: BLE001 - raised again on the consumer's thread
            tell(_Broke(error))

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        while True:
            step = steps.get()
            if isinstance(step, _Ended):
                return step.result
            if isinstance(step, _Broke):
                raise step.error
            yield step
    finally:
        stop.cancel()
        thread.join()
