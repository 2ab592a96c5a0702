"""Phones → continuous curves of what the visible mouth does, with coarticulation.

Dominance blending (Cohen & Massaro, "Modeling coarticulation in synthetic visual speech", 1993): each phone pulls each
parameter towards its target with a weight that falls off exponentially with the time to the phone; the curve is the
weighted mean. Where a contact is what the sound is made of, blending alone is not enough: lips close fully for
p b m, the lower lip reaches the teeth for f v, and the mouth rests closed in pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.research.corpus.phones import Articulation, Phone, parts

PARAMETERS = (
    "jaw",
    "opening",
    "width",
    "rounding",
    "press",
    "upper_raise",
    "lower_raise",
    "tuck",
    "tongue",
    "tongue_out",
    "teeth",
)
GRID_HZ = 200  # of the inner clock; 5 ms is far below what a lip can do
_LIP_SHAPE = frozenset({"width", "rounding"})
# Decay times of the dominance in seconds, before (anticipation) and after (carry-over) a phone. Lip shape is
# anticipated earlier than it is given up; jaw and tongue follow the phone closely.
_REACH = {"lip": (0.11, 0.07), "other": (0.055, 0.055)}
_CONTACT_S = (
    0.045  # least time a contact is held: longer than one frame at 25 fps, so one frame always shows it
)
_APPROACH_S = 0.07  # from an open mouth to contact; lips travel about 12 mm at up to 200 mm/s
_REST_AFTER_S, _REST_BEFORE_S = (
    0.16,
    0.11,
)  # the mouth is shut this long after speech ends and until before it begins
_SMOOTH_S = 0.035


@dataclass(frozen=True, slots=True, eq=False)
class VisemeCurves:
    """`values` (F, 11) float32, columns as in `PARAMETERS`, at `times` (F,) float64 seconds."""

    times: np.ndarray
    values: np.ndarray

    def __getitem__(self, name: str) -> np.ndarray:
        """One parameter's curve (F,)."""
        return self.values[:, PARAMETERS.index(name)]


def viseme_curves(phones: Sequence[Phone], times: np.ndarray, *, articulation: float = 1.0) -> VisemeCurves:
    """The mouth at `times` ((F,) seconds on the phones' clock); before the first and after the last phone it rests.

    `articulation` scales how far the mouth opens and shapes (0.5 mumbled … 1.3 clear); contacts stay contacts.
    """
    times = np.asarray(times, dtype=np.float64)
    if not phones or len(times) == 0:
        rest = np.zeros((len(times), len(PARAMETERS)), np.float32)
        return VisemeCurves(times, rest)
    start = min(float(times.min()), phones[0].start) - 0.5
    end = max(float(times.max()), phones[-1].end) + 0.5
    segments = _segments(phones, start, end)
    clock = np.arange(start, end, 1 / GRID_HZ)
    values = _blend(segments, clock)
    values = _smooth(values)
    scaled = [PARAMETERS.index(name) for name in ("jaw", "opening", "width", "rounding", "upper_raise")]
    values[:, scaled] *= articulation
    _apply_contacts(values, segments, clock)
    low = np.array([-1.0 if name in ("width", "lower_raise") else 0.0 for name in PARAMETERS])
    values = np.clip(values, low, 1.0)
    sampled = np.stack([np.interp(times, clock, column) for column in values.T], axis=1)
    return VisemeCurves(times, sampled.astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Segment:
    target: Articulation
    start: float
    end: float


def _segments(phones: Sequence[Phone], start: float, end: float) -> list[_Segment]:
    rest = parts("")[0]
    segments = [_Segment(rest, start, phones[0].start)]
    for phone in phones:
        targets = parts(phone.ipa)
        step = phone.duration / len(targets)
        segments += [
            _Segment(target, phone.start + i * step, phone.start + (i + 1) * step)
            for i, target in enumerate(targets)
        ]
    segments.append(_Segment(rest, phones[-1].end, end))
    joined = [segments[0]]
    for segment in segments[1:]:  # neighbouring pauses are one pause
        if segment.target.contact == "rest" and joined[-1].target.contact == "rest":
            joined[-1] = _Segment(rest, joined[-1].start, segment.end)
        else:
            joined.append(segment)
    return joined


def _distance(clock: np.ndarray, start: float, end: float) -> np.ndarray:
    """Seconds to the interval: negative before it, 0 inside, positive after."""
    return np.where(clock < start, clock - start, np.where(clock > end, clock - end, 0.0))


def _blend(segments: list[_Segment], clock: np.ndarray) -> np.ndarray:
    total = np.zeros((len(clock), len(PARAMETERS)))
    weight = np.full((len(clock), 2), 1e-9)
    is_lip = np.array([name in _LIP_SHAPE for name in PARAMETERS])
    for segment in segments:
        target = segment.target
        # The target is held over the middle half; a short phone has hardly any hold and is undershot, as in speech.
        margin = (segment.end - segment.start) / 4
        away = _distance(clock, segment.start + margin, segment.end - margin)
        near = np.abs(away) < 0.6
        gaps = away[near]
        pulls = []
        for kind, strength in (("other", target.strength), ("lip", target.lip_strength)):
            before, after = _REACH[kind]
            pulls.append(strength * np.exp(np.where(gaps < 0, gaps / before, -gaps / after)))
        weight[near] += np.stack(pulls, axis=1)
        goals = np.array([getattr(target, name) for name in PARAMETERS])
        total[near] += np.where(is_lip, pulls[1][:, None], pulls[0][:, None]) * goals
    return total / np.where(is_lip, weight[:, 1:2], weight[:, 0:1])


def _smooth(values: np.ndarray) -> np.ndarray:
    window = np.hanning(round(_SMOOTH_S * GRID_HZ) | 1)[:, None]
    kernel = (window / window.sum())[:, 0]
    half = len(kernel) // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)


def _contact_span(segment: _Segment) -> tuple[float, float] | None:
    """When the contact of a segment is held; None for a pause too short for the mouth to shut."""
    if segment.target.contact == "rest":
        start, end = segment.start + _REST_AFTER_S, segment.end - _REST_BEFORE_S
        return (start, end) if end - start >= _CONTACT_S else None
    length = segment.end - segment.start
    start, end = segment.start + 0.08 * length, segment.end - 0.22 * length  # released before the phone ends
    if end - start < _CONTACT_S:
        middle = segment.start + 0.45 * length
        start, end = middle - _CONTACT_S / 2, middle + _CONTACT_S / 2
    return start, end


def _ramp(clock: np.ndarray, span: tuple[float, float], approach: float) -> np.ndarray:
    """0 during the span, 1 from `approach` seconds away, smooth between."""
    x = np.clip(np.abs(_distance(clock, *span)) / approach, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _apply_contacts(values: np.ndarray, segments: list[_Segment], clock: np.ndarray) -> None:
    column = {name: values[:, i] for i, name in enumerate(PARAMETERS)}
    for segment in segments:
        contact = segment.target.contact
        span = None if contact == "none" else _contact_span(segment)
        if span is None:
            continue
        if contact == "lips":
            away = _ramp(clock, span, _APPROACH_S)
            column["opening"] *= away
            column["tuck"] *= away
            column["tongue_out"] *= away
            column["teeth"] *= away
            np.minimum(column["upper_raise"], away, out=column["upper_raise"])
            np.maximum(column["press"], segment.target.press * (1 - away), out=column["press"])
        elif contact == "lip_teeth":
            away = _ramp(clock, span, _APPROACH_S)
            floor = segment.target.opening
            column["opening"][:] = floor * (1 - away) + column["opening"] * away
            np.maximum(column["tuck"], 1 - away, out=column["tuck"])
            column["press"] *= away
        else:
            away = _ramp(clock, span, _REST_AFTER_S)
            for name in PARAMETERS:
                if name != "press":
                    column[name] *= away
