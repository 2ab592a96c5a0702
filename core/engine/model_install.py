"""Installing a published model as a job of the engine: with progress, and cancelled like any other."""

from collections.abc import Callable, Generator
from contextlib import closing

from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Event, JobId, Progress
from core.jobs.progress import Eta
from core.jobs.steps import stepwise
from core.model_store import store
from core.model_store.installing import install
from core.model_store.store import StoredModel
from core.planning.requests import InstallRequest


def install_model(request: InstallRequest, job: JobId, token: CancelToken) -> Generator[Event, None, None]:
    """Installs the model; what was fetched when it is cancelled stays, to go on from.

    Raises:
        ModelError: see `core.model_store.installing.install`.
    """
    model = store.known(request.model)

    def work(stop: CancelToken, tell: Callable[[tuple[str, int, int]], None]) -> StoredModel:
        def on_progress(stage: str, done: int, total: int) -> None:
            stop.check()
            tell((stage, done, total))

        return install(
            model,
            source=request.source,
            own_weights=request.own_weights,
            side=request.side,
            on_progress=on_progress,
        )

    stage, eta, before = "", Eta(1), 0
    with closing(stepwise("install-model", work)) as steps:
        while True:
            try:
                now, done, total = next(steps)
            except StopIteration:
                yield Done(job)
                return
            token.check()
            if now != stage or done < before:
                stage, eta, before = now, Eta(total), 0
            eta.advance(done - before)
            before = done
            yield Progress(job, stage, done, total, eta.seconds_left())
