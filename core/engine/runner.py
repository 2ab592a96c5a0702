"""Runs requests: the same code in the engine process, on the command line and in tests."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from core.base.cache_folders import KINDS, cache_root, trim
from core.base.outputs import check_new_folder
from core.base.timing import TimeRange
from core.base.torch_library import require_torch
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Event, JobId, Progress
from core.jobs.progress import Eta
from core.jobs.results import CostEstimated, FilmAnalysed, WordsRead
from core.jobs.steps import stepwise
from core.planning.requests import (
    AdaptRequest,
    AnalyseRequest,
    EstimateRequest,
    ExportRequest,
    FollowRequest,
    InstallRequest,
    LengthRequest,
    PatchRequest,
    ProxyRequest,
    ScoreRequest,
    TakeRequest,
    TimelineRequest,
    TorchRequest,
    WordsRequest,
)
from core.takes.chunk_cache import ChunkCache
from core.takes.film import Film, open_film

logger = logging.getLogger(__name__)

_FILMS_KEPT = 4
_TIDY_SECONDS = 300.0  # between looks at how full the caches are
_PROGRESS_EVERY = 10  # frames


def default_cache() -> ChunkCache:
    """The user's chunk cache."""
    return ChunkCache(cache_root() / "chunks")


class Engine:
    """Answers requests; keeps the films it opened last, so that the next request on one begins at once."""

    def __init__(self, cache: ChunkCache | None = None) -> None:
        self.cache = cache or default_cache()
        self._films: dict[tuple[Path, TimeRange | None], tuple[int, Film]] = {}
        self._tidied = -_TIDY_SECONDS

    def run(self, request: object, job: JobId, token: CancelToken) -> Iterator[Event]:
        """The events of one request; raises `AppError` or `Cancelled`, or ends with `Done`."""
        yield from self._answer(request, job, token)
        if time.monotonic() - self._tidied > _TIDY_SECONDS:
            self.tidy()

    def tidy(self) -> int:
        """Brings the caches below their limits, what was not used for longest first; returns the bytes freed."""
        self._tidied = time.monotonic()
        in_use = frozenset(film.analysis.folder.name for _, film in self._films.values())
        others = {kind.name for kind in KINDS} - {"chunks"}
        freed = self.cache.evict() + trim(keep=in_use, kinds=others)
        if freed:
            logger.info(
                "%.1f MiB that were not used for longest were thrown out of the caches", freed / 2**20
            )
        return freed

    def _answer(self, request: object, job: JobId, token: CancelToken) -> Iterator[Event]:
        if isinstance(request, AnalyseRequest):
            film = yield from self.film(request.video, job, token)
            yield FilmAnalysed(job, film.analysis.folder)
        elif isinstance(request, FollowRequest):
            film = yield from self.film(request.video, job, token)
            yield from _follow(request, film, job, token)
        elif isinstance(request, TakeRequest):
            from core.takes.scoring import make_and_score

            film = yield from self.film(request.spec.video, job, token)
            yield from make_and_score(request, film, self.cache, job, token)
        elif isinstance(request, ScoreRequest):
            from core.takes.placed_faces import with_placed
            from core.takes.scoring import score_film

            film = with_placed((yield from self.film(request.video, job, token)), request.placed)
            yield from score_film(request, film, job, token)
        elif isinstance(request, ExportRequest):
            from core.delivery.export import check_export, export

            check_export(request)
            film = yield from self.film(request.video, job, token)
            yield from export(request, film, self.cache, job, token)
        elif isinstance(request, TimelineRequest):
            from core.delivery.timeline import check_timeline, export_timeline

            check_timeline(request)
            films = yield from self._opened({cut.video for cut in request.cuts if cut.takes}, job, token)
            yield from export_timeline(request, films, self.cache, job, token)
        elif isinstance(request, LengthRequest):
            from core.delivery.other_length import write_with_length

            yield from write_with_length(request, job, token)
        elif isinstance(request, PatchRequest):
            from core.delivery.patch_folder import patch_timeline

            check_new_folder(request.film.output.parent, request.films)
            films = yield from self._opened(request.films, job, token)
            yield from patch_timeline(request, films, self.cache, job, token)
        elif isinstance(request, ProxyRequest):
            yield from _proxy(request, job, token)
        elif isinstance(request, AdaptRequest):
            from core.adaptation.adapting import adapt_person

            films = yield from self._opened([path for path, _ in request.footage], job, token)
            yield from adapt_person(request, [films[path] for path, _ in request.footage], job, token)
        elif isinstance(request, EstimateRequest):
            require_torch("Telling what this engine takes")
            from core.foreign_generators.estimating import estimate

            yield CostEstimated(job, request.model, **asdict(estimate(request.model, request.device)))
        elif isinstance(request, WordsRequest):
            yield from _words(request, job, token)
        elif isinstance(request, InstallRequest):
            from core.engine.model_install import install_model

            yield from install_model(request, job, token)
        elif isinstance(request, TorchRequest):
            from core.engine.torch_install import install_torch

            yield from install_torch(job, token)
        else:
            raise TypeError(f"no such request: {type(request).__name__}")

    def _opened(
        self, paths: Iterable[Path], job: JobId, token: CancelToken
    ) -> Generator[Event, None, dict[Path, Film]]:
        films = {}
        for path in paths:
            films[path] = yield from self.film(path, job, token)
        return films

    def film(
        self, path: Path, job: JobId, token: CancelToken, around: TimeRange | None = None
    ) -> Generator[Event, None, Film]:
        """The opened film, with `Progress` events while its faces are found; of a long one those `around` a part of it.

        Raises:
            MediaError: it cannot be read or has no picture.
            ModelError: the face models are missing.
        """
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        known = self._films.get((path, None)) or self._films.get((path, around))
        if known is not None and known[0] == stamp:
            return known[1]
        film = yield from _opening(path, job, token, around)
        self._films[path, around] = (stamp, film)
        while len(self._films) > _FILMS_KEPT:
            del self._films[next(iter(self._films))]
        return film


def _follow(request: FollowRequest, film: Film, job: JobId, token: CancelToken) -> Iterator[Event]:
    from core.takes.placed_faces import follow

    def work(stop: CancelToken, tell: Callable[[tuple[int, int]], None]) -> Path:
        def told(done: int, total: int) -> None:
            stop.check()
            tell((done, total))

        return follow(film, request.face, told).folder

    with closing(stepwise("follow-face", work)) as steps:
        while True:
            try:
                done, total = next(steps)
            except StopIteration as end:
                yield FilmAnalysed(job, end.value)
                return
            token.check()
            yield Progress(job, "follow", done, total)


def _words(request: WordsRequest, job: JobId, token: CancelToken) -> Iterator[Event]:
    from core.engine.words import words_of

    def work(stop: CancelToken, tell: Callable[[int], None]) -> WordsRead:
        def told(share: float) -> None:
            stop.check()
            tell(round(100 * share))

        spoken = words_of(request.sound, on_progress=told)
        return WordsRead(
            job, spoken.language, tuple((word.text, word.start, word.end) for word in spoken.words)
        )

    with closing(stepwise("read-words", work)) as steps:
        while True:
            try:
                percent = next(steps)
            except StopIteration as end:
                yield end.value
                return
            token.check()
            yield Progress(job, "words", percent, 100)


def _proxy(request: ProxyRequest, job: JobId, token: CancelToken) -> Iterator[Event]:
    from core.media.proxy import write_proxy

    request.target.parent.mkdir(parents=True, exist_ok=True)
    eta: Eta | None = None
    with closing(write_proxy(request.video, request.target)) as steps:
        for done, total in steps:
            token.check()
            eta = eta or Eta(total)
            eta.advance(1)
            if done % _PROGRESS_EVERY == 0:
                yield Progress(job, "proxy", done, total, eta.seconds_left())
    yield Done(job)


def _opening(
    path: Path, job: JobId, token: CancelToken, around: TimeRange | None
) -> Generator[Event, None, Film]:
    """Opens the film, with `Progress` events while its faces are found."""

    def work(stop: CancelToken, tell: Callable[[tuple[int, int]], None]) -> Film:
        return open_film(path, stop, lambda done, total: tell((done, total)), around)

    steps = stepwise("open-film", work)
    eta: Eta | None = None
    with closing(steps):
        while True:
            try:
                done, total = next(steps)
            except StopIteration as end:
                return end.value
            token.check()
            eta = eta or Eta(total)
            eta.advance(1)
            if done % _PROGRESS_EVERY == 0 or done == total:
                yield Progress(job, "faces", done, total, eta.seconds_left())
