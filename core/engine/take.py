"""One take of a dub: its lips made, laid into the film and measured there, all at the same time."""

from collections.abc import Generator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np

from core.base.errors import ModelError
from core.compositing.settings import MaskSettings
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Progress
from core.planning.pieces import SegmentSpec
from core.scorer.curve import SyncCurve
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor
from core.takes.film import Film
from core.takes.finished import FramesUnderWay
from core.takes.scoring import TakeScorer
from core.takes.takes import PlannedPiece, TakeMaker


@dataclass(slots=True)
class ScoredTake:
    """One take while the best is being looked for."""

    spec: SegmentSpec
    pieces: tuple[PlannedPiece, ...]
    curves: tuple[SyncCurve, ...] = ()
    seconds: float = 0.0
    synthesised: int = 0
    doubtful: tuple[range, ...] = ()
    milder: tuple[int, ...] = ()
    donors: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def mean(self) -> float:
        """Mean of the known p_sync; -1 where nothing is known."""
        known = np.concatenate([c.p[np.isfinite(c.p)] for c in self.curves]) if self.curves else np.zeros(0)
        return float(known.mean()) if len(known) else -1.0


class TakeUnderWay:
    """A take that is being made, and measured as its frames are finished. A context manager.

    Args:
        film: the film.
        spec: what is made.
        mask: how it is laid in.
        cache: of chunks.
        device: see `core.base.device.resolve_device`.
        token: cancels it.
        must_score: whether a scorer that cannot be loaded is an error, else it is noted.

    Attributes:
        take: what is known of it; whole once `result` has returned it.
        layers: of its pieces.
        frames: the film's frames with its lips.

    Raises:
        AppError: see `TakeMaker`.
    """

    def __init__(
        self,
        film: Film,
        spec: SegmentSpec,
        mask: MaskSettings,
        cache: ChunkCache,
        device: str,
        token: CancelToken,
        *,
        must_score: bool = False,
    ) -> None:
        self._cache = cache
        self._maker = maker = TakeMaker(film, spec, cache, device=device)
        self._scorer: TakeScorer | None = None
        self.take = ScoredTake(
            spec, maker.pieces, donors=tuple(str(each.film.info.path) for each in maker.donors)
        )
        self.take.notes += [
            f"Mouths also from {each.film.info.path.name}: {each.person}, {each.why}."
            for each in maker.donors
        ]
        self.layers = tuple(piece.layer(mask) for piece in maker.pieces)
        try:
            self._scorer = TakeScorer(film, maker.pieces, self.layers, cache)
        except ModelError as error:
            if must_score:
                maker.close()
                raise
            self.take.notes.append(f"Not scored: {error.message}")
        look = None if self._scorer is None else self._scorer.look
        compositor = Compositor(film.video, self.layers, cache, is_finished=True)
        self.frames = FramesUnderWay(compositor, maker, self.layers, JobId("dub"), token, look)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.frames.close()
        self._maker.close()
        if self._scorer is not None:
            self._scorer.close()

    @property
    def is_scored(self) -> bool:
        """Whether `result` will have curves."""
        return self._scorer is not None

    def result(self, token: CancelToken) -> Generator[Event, None, ScoredTake]:
        """The finished, scored take; its frames have been had already, or are looked at now."""
        yield from self.frames.finish()
        take, pieces, cache = self.take, self.take.pieces, self._cache
        take.seconds = self.frames.seconds
        take.notes += self._maker.notes
        take.synthesised = sum(cache.synthesised(p.key, p.piece.frames) for p in pieces)
        take.doubtful = tuple(s for p in pieces for s in cache.doubtful(p.key, p.piece.frames))
        counts = [cache.milder(p.key, p.piece.frames) for p in pieces]
        take.milder = tuple(sum(step) for step in zip(*counts, strict=True))
        if self._scorer is not None:
            for number, planned in enumerate(pieces):
                token.check()
                self._scorer.add(planned.key, planned.piece.frames)
                yield Progress(JobId("dub"), "score", number + 1, len(pieces))
            take.curves = self._scorer.curves()
        return take


def make_take(
    film: Film,
    spec: SegmentSpec,
    mask: MaskSettings,
    cache: ChunkCache,
    device: str,
    token: CancelToken,
    *,
    must_score: bool = False,
) -> Generator[Event, None, ScoredTake]:
    """Makes and scores a take; see `TakeUnderWay`."""
    with (
        TakeUnderWay(film, spec, mask, cache, device, token, must_score=must_score) as under_way,
        film.reader() as reader,
    ):
        for layer in under_way.layers if under_way.is_scored else ():
            for _ in under_way.frames.of(reader.frames(layer.frames.start, layer.frames.stop)):
                token.check()
                yield from under_way.frames.told()
        return (yield from under_way.result(token))
