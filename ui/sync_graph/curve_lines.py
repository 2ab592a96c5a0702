"""Sync curves laid onto the timeline, as lines to draw. Pure numpy."""

from dataclasses import dataclass
from math import inf

import numpy as np

from core.project.model import Clip
from ui.state.library import SyncCurve

_GAP_S = 0.5  # judged windows come every 0.2 s: two further apart do not belong to one line


@dataclass(frozen=True, slots=True, eq=False)
class CurveLine:
    """Points on the timeline's clock.

    Attributes:
        times: (n,) float64 seconds, rising.
        p_sync: (n,) float32, NaN unknown.
        offset_ms: (n,) float32, NaN unknown.
    """

    times: np.ndarray
    p_sync: np.ndarray
    offset_ms: np.ndarray

    def __len__(self) -> int:
        return len(self.times)

    def value_at(self, seconds: float, reach: float = 0.25) -> tuple[float, float] | None:
        """(p_sync, offset in ms) of the window nearest to `seconds`; None when none is within `reach`."""
        if len(self.times) == 0:
            return None
        after = min(int(np.searchsorted(self.times, seconds)), len(self.times) - 1)
        before = max(after - 1, 0)
        nearest = min((before, after), key=lambda position: abs(float(self.times[position]) - seconds))
        if abs(float(self.times[nearest]) - seconds) > reach:
            return None
        return float(self.p_sync[nearest]), float(self.offset_ms[nearest])


EMPTY = CurveLine(np.empty(0), np.empty(0, np.float32), np.empty(0, np.float32))


def on_timeline(curve: SyncCurve, clip: Clip, low: float = -inf, high: float = inf) -> CurveLine:
    """What `curve` says about `clip`, only between two timeline times when given."""
    if clip.media != curve.film:
        return EMPTY
    shift = float(clip.range.start - clip.offset)
    low, high = max(low, float(clip.range.start)), min(high, float(clip.range.end))
    first, last = np.searchsorted(curve.times, [low - shift, high - shift])
    part = slice(int(first), max(int(first), int(last)))
    return CurveLine(curve.times[part] + shift, curve.p_sync[part], curve.offset_ms[part])


def between(line: CurveLine, low: float, high: float) -> CurveLine:
    """The piece of a line from the last point before `low` to the first one behind `high`."""
    first, last = np.searchsorted(line.times, [low, high])
    part = slice(max(int(first) - 1, 0), int(last) + 1)
    return CurveLine(line.times[part], line.p_sync[part], line.offset_ms[part])


def joined(lines: list[CurveLine]) -> CurveLine:
    """Several lines as one; between them, and over missing windows, there is an unknown point that breaks it."""
    lines = sorted((line for line in lines if len(line)), key=lambda line: float(line.times[0]))
    if not lines:
        return EMPTY
    times = np.concatenate([line.times for line in lines])
    breaks = np.flatnonzero(np.diff(times) > _GAP_S) + 1
    values = np.concatenate([line.p_sync for line in lines])
    offsets = np.concatenate([line.offset_ms for line in lines])
    if len(breaks) == 0:
        return CurveLine(times, values, offsets)
    middles = (times[breaks - 1] + times[breaks]) / 2
    return CurveLine(
        np.insert(times, breaks, middles),
        np.insert(values, breaks, np.nan),
        np.insert(offsets, breaks, np.nan),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Thinned:
    """A line with one point for each column of pixels: the mean of what is known there, and its extremes."""

    times: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_exact: bool  # nothing was joined: mean, low and high are the values themselves


def thinned(times: np.ndarray, values: np.ndarray, columns: int) -> Thinned:
    """At most `columns` points. The extremes are kept beside the means, so that no weak moment is lost."""
    if len(times) <= columns:
        return Thinned(times, values, values, values, is_exact=True)
    edges = np.linspace(0, len(times), columns, endpoint=False).astype(np.int64)  # more points than columns: each another
    low = np.fmin.reduceat(values, edges)  # fmin, fmax: an unknown point gives way to a known one
    high = np.fmax.reduceat(values, edges)
    known = ~np.isnan(values)
    count = np.add.reduceat(known.astype(np.float32), edges)
    total = np.add.reduceat(np.where(known, values, 0), edges)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return Thinned(times[edges], mean, low, high, is_exact=False)


def connections(values: np.ndarray) -> np.ndarray:
    """(n,) int32: 1 where a point is joined to the next one, 0 beside unknown ones. For pyqtgraph's `connect`."""
    known = ~np.isnan(values)
    joins = np.zeros(len(values), np.int32)
    joins[:-1] = known[:-1] & known[1:]
    return joins


def unknown_spans(line: CurveLine, half_window: float = 0.1) -> list[tuple[float, float]]:
    """Stretches in seconds that were judged and could not be known; windows not judged yet are none."""
    unknown = np.isnan(line.p_sync)
    if not unknown.any():
        return []
    # A single NaN that `joined` put between two lines stands for nothing that was judged.
    gaps = np.diff(line.times, prepend=line.times[0], append=line.times[-1])
    artificial = unknown & (np.maximum(gaps[:-1], gaps[1:]) > _GAP_S / 2)
    unknown &= ~artificial
    edges = np.flatnonzero(np.diff(np.concatenate([[0], unknown.astype(np.int8), [0]])))
    return [
        (float(line.times[begin]) - half_window, float(line.times[end - 1]) + half_window)
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]
