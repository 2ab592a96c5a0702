"""What an editor should look at in a patch: where the lips fit badly, and where the engine doubts its own picture."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from core.base.errors import ModelError
from core.delivery.patch import Stretch
from core.delivery.patch_timelines import Marker
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Progress
from core.scorer.curve import SyncCurve, is_too_little
from core.scorer.weak import WEAK_BELOW, weak_stretches
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Layer
from core.takes.film import Film
from core.takes.scoring import TakeScorer
from core.takes.takes import PlannedPiece

_AT_ONCE = 200  # frames scored between two looks at whether the job was cancelled


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """How well the lips fit the dub in consecutive frames.

    Attributes:
        first_frame: of the film.
        times: (N,) seconds.
        p: (N,) p_sync, NaN where unknown.
    """

    first_frame: int
    times: np.ndarray
    p: np.ndarray

    @staticmethod
    def of(curve: SyncCurve, frames: range) -> "Fit":
        """What a curve says of `frames`."""
        rows = slice(max(frames.start - curve.first_frame, 0), max(frames.stop - curve.first_frame, 0))
        return Fit(curve.first_frame + rows.start, curve.times[rows], curve.p[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What was found out about new mouths.

    Attributes:
        fits: how well they fit.
        doubtful: frames of the film that the engine would have looked at again.
    """

    fits: tuple[Fit, ...] = ()
    doubtful: tuple[range, ...] = ()


class TakeJudge:
    """Scores finished takes as a whole, as the window does, and tells what of it is seen.

    Args:
        cache: of chunks; the takes lie there.
        job: whose progress it is.
        token: to cancel.

    Attributes:
        notes: what could not be found out, each once.
    """

    def __init__(self, cache: ChunkCache, job: JobId, token: CancelToken) -> None:
        self._cache, self._job, self._token = cache, job, token
        self._curves: dict[str, SyncCurve | None] = {}
        self.notes: dict[str, None] = {}

    def found(
        self, laid_in: Sequence[tuple[PlannedPiece, Layer]], film: Film, seen: range
    ) -> Generator[Event, None, Findings]:
        """What there is to say of a stretch of a film; yields progress.

        Args:
            laid_in: the pieces of the takes in it, with how each is laid in.
            film: whose mouths.
            seen: its frames.
        """
        fits: list[Fit] = []
        doubtful: list[range] = []
        for planned, layer in laid_in:
            frames = range(max(layer.frames.start, seen.start), min(layer.frames.stop, seen.stop))
            if not frames:
                continue
            doubtful += self._cache.doubtful(planned.key, frames)
            if planned.key not in self._curves:
                self._curves[planned.key] = yield from self._scored(planned, layer, film)
            curve = self._curves[planned.key]
            if curve is not None:
                fits.append(Fit.of(curve, frames))
        return Findings(tuple(fits), tuple(doubtful))

    def _scored(
        self, planned: PlannedPiece, layer: Layer, film: Film
    ) -> Generator[Event, None, SyncCurve | None]:
        frames = planned.piece.frames
        try:
            scorer = TakeScorer(film, (planned,), (planned.layer(layer.mask),), self._cache)
        except ModelError as error:
            self.notes[f"Not scored: {error.message}"] = None
            return None
        try:
            for start in range(frames.start, frames.stop, _AT_ONCE):
                self._token.check()
                end = min(start + _AT_ONCE, frames.stop)
                scorer.add(planned.key, range(start, end))
                yield Progress(self._job, "score", end - frames.start, len(frames))
            (curve,) = scorer.curves()
            return curve
        finally:
            scorer.close()


def mean_fit(fits: Sequence[Fit]) -> float | None:
    """Mean of the known p_sync; None where too little is known."""
    known = [fit.p[np.isfinite(fit.p)] for fit in fits]
    seconds = sum(len(p) * float(np.median(np.diff(fit.times))) for fit, p in zip(fits, known, strict=True) if len(fit.times) > 1)
    return None if is_too_little(seconds) else round(float(np.concatenate(known).mean()), 4)


def marked(found: Findings, weak_below: float = WEAK_BELOW) -> list[Marker]:
    """What is to be said of `found`, at frames of the film, in order.

    Args:
        found: what was found out.
        weak_below: p_sync below which lips fit badly.
    """
    doubts = [(each.start, "Look at these lips again") for each in found.doubtful]
    weak = [
        (fit.first_frame + span.start, f"Weak sync {fit.p[span.start : span.stop].mean():.2f}")
        for fit in found.fits
        for span in weak_stretches(fit.times, fit.p, weak_below)
    ]
    return sorted(doubts + weak)


def within(markers: Sequence[Marker], clips: Sequence[Stretch]) -> tuple[Marker, ...]:
    """Those that lie on a clip of the patch, on the timeline's frames, in order."""
    inside = [range(clip.first_frame, clip.first_frame + clip.frames) for clip in clips]
    return tuple(sorted(marker for marker in markers if any(marker[0] in frames for frames in inside)))
