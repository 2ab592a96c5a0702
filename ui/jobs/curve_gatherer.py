"""One curve for a film out of the curves of its faces."""

import math

import numpy as np

from core.jobs.events import ScoreReady
from core.project.ids import MediaId
from ui.state.library import SyncCurve


class CurveGatherer:
    """Puts the curves of several tracks together: where two faces were judged, the one that fits better speaks."""

    def __init__(self, film: MediaId) -> None:
        self._film = film
        self._best: dict[float, float] = {}

    def add(self, event: ScoreReady) -> SyncCurve:
        """The curve with one more track."""
        for time, p in zip(event.times, event.p, strict=True):
            time = round(time, 6)
            known = self._best.get(time, math.nan)
            self._best[time] = p if math.isnan(known) or p > known else known
        return self.curve

    @property
    def curve(self) -> SyncCurve:
        """What was put together so far."""
        times = np.array(sorted(self._best), np.float64)
        p = np.array([self._best[time] for time in times], np.float32)
        return SyncCurve(self._film, times, p, np.full(len(times), np.nan, np.float32), is_complete=False)
