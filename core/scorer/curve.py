"""From embeddings to the curve an editor reads: how well lips and voice fit, by how much they are apart, and since when.

All evidence is one table: row = frame, column = lag, value = cosine of the frame's sight and the sound `lag` later. Sound
that is late fits at a positive lag.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from core.base import json_text
from core.base.errors import ModelError
from core.scorer.embeddings import SPEECH_RATE, WHY_UNKNOWN, FaceEmbeddings, SpeechEmbeddings

LAG_STEP_S = 1.0 / SPEECH_RATE
LAGS_S = np.arange(-30, 31) * LAG_STEP_S
"""± 0.6 s, the field's ± 15 frames at 25 fps."""
_ZERO = len(LAGS_S) // 2
OFFSET_WINDOW_S = 2.0
SURE = 0.5
LEAST_JUDGED_S = 1.0
"""Less speech on a face than this says nothing of a voice: syllables repeat, and half a second fits at many lags."""
NOTICED_MS = 45.0
"""What viewers notice: ITU-R BT.1359 puts detection at +45 and -125 ms."""
_GROWS_UNTIL_S = 4.0  # no longer stretches were there to show that evidence goes on growing
DRIFT_FROM_S = 10.0  # a drift of 12 ms a minute moves 2 ms in 10 s: shorter clips tell nothing
_DRIFTS_MS_PER_MIN = np.concatenate([-np.geomspace(2400, 3, 80), [0.0], np.geomspace(3, 2400, 80)])


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns cosines into probabilities; fitted on held-out people.

    Attributes:
        context_s: standard deviation of the Gaussian over time that gathers evidence for one frame's p.
        lag_blur_s: standard deviation of the Gaussian over lags that evens out the gathered evidence, so that p falls
            steadily with the shift: syllables repeat, and single lags stand out by chance.
        weights: logistic weights of: level at lag 0, its excess over the other lags' mean, and over their maximum.
        bias: logistic bias.
        fit_weights: logistic weights, at the best of all lags, of the log of its share of the lag posterior and of the mean's
            excess over the other lags' mean and over their maximum, both grown with the time that was judged. Any voice
            fits somewhere better than elsewhere, the better the shorter it is, so this asks for more than p does at lag 0.
        fit_bias: its bias.
        sharpness: scales a window's summed cosines to log-probabilities of the lags.
        bias_ms: what the towers measure on clips that are in sync, taken off every offset.
        movement: weight of the agreement of expected and seen movement (`core.scorer.agreement`) beside the towers' cosine.
    """

    context_s: float = 0.6
    lag_blur_s: float = 0.06
    weights: tuple[float, float, float] = (6.0, 12.0, 6.0)
    bias: float = -3.0
    fit_weights: tuple[float, float, float] = (6.0, 9.0, 0.0)
    fit_bias: float = -0.2
    sharpness: float = 1.0
    bias_ms: float = 0.0
    movement: float = 0.0


def load_calibration(path: Path) -> Calibration:
    """The calibration in a JSON file that `save_calibration` wrote.

    Raises:
        ModelError: it cannot be read or is none: every value is a number, or a few of them.
    """
    values = json_text.read(path, error=ModelError, what="calibration")
    known = asdict(Calibration())
    if not isinstance(values, dict) or not set(values) <= set(known):
        raise ModelError(f"The calibration {path} does not fit this version.")
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    for key, value in given.items():
        numbers, wanted = (each if isinstance(each, tuple) else (each,) for each in (value, known[key]))
        is_like = isinstance(value, tuple) == isinstance(known[key], tuple) and len(numbers) == len(wanted)
        if not is_like or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
            raise ModelError(f"The calibration {path} has {str(value)[:40]!a} as “{key}”.")
    return Calibration(**given)


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Writes `calibration` as JSON."""
    path.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class OffsetEstimate:
    """How late the sound is around one moment; `confidence`: that it fits at all and this is right within 40 ms."""

    time: float
    offset_ms: float
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class SyncCurve:
    """How well one face fits one voice.

    Attributes:
        first_frame: number of the first frame.
        times: (F,) float64 seconds.
        p: (F,) float32 probability of being in sync, NaN where unknown.
        why_unknown: F short reasons, empty where p is known.
        raw: (F,) float32 cosine of the frame's own 0.2 s, NaN where unknown: the p_sync of the paper, with the movement's
            agreement mixed in by `Calibration.movement`.
        judged_s: seconds of film whose p is known.
        mean: of the known p, NaN when there are fewer than `LEAST_JUDGED_S` of them.
        share_above_half: of the known p, likewise.
        offset_ms: positive when the sound is late; NaN when nothing, or too little, is known.
        offset_confidence: probability that the voice fits at all and that offset_ms is right within 40 ms.
        offsets: one estimate per 2 s.
        drift_ms_per_min: how fast the offset grows, 0 when a steady one explains the clip as well; NaN below 10 s of
            evidence, or when the voice does not fit.
    """

    first_frame: int
    times: np.ndarray
    p: np.ndarray
    why_unknown: tuple[str, ...]
    raw: np.ndarray
    judged_s: float
    mean: float
    share_above_half: float
    offset_ms: float
    offset_confidence: float
    offsets: tuple[OffsetEstimate, ...]
    drift_ms_per_min: float

    def to_json(self) -> dict[str, object]:
        """The curve as plain values; unknown numbers are None."""
        return {
            "judged_seconds": round(self.judged_s, 2),
            "mean": _plain(self.mean),
            "share_above_half": _plain(self.share_above_half),
            "offset_ms": _plain(self.offset_ms, 1),
            "offset_confidence": _plain(self.offset_confidence),
            "drift_ms_per_min": _plain(self.drift_ms_per_min, 1),
            "offsets": [
                {
                    "t": _plain(item.time, 3),
                    "offset_ms": _plain(item.offset_ms, 1),
                    "confidence": _plain(item.confidence),
                }
                for item in self.offsets
            ],
            "curve": [
                {"t": round(float(time), 4), "p": _plain(float(p)), "why_unknown": why}
                for time, p, why in zip(self.times, self.p, self.why_unknown, strict=True)
            ],
        }

    def sentence(self) -> str:
        """What an editor would say: in sync, late or early, drifting, or that nothing can be said."""
        if self.judged_s == 0:
            return "Nothing to judge: no face that speaks while there is voice."
        if is_too_little(self.judged_s) or not np.isfinite(self.offset_ms):
            return f"Too little to tell: {self.judged_s:.1f} s of speech on this face."
        if self.offset_confidence < SURE:
            return "No clear fit at any offset: the voice may not belong to these lips."
        text = offset_words(self.offset_ms, self.offset_confidence) or "Lips and sound fit"
        if np.isfinite(self.drift_ms_per_min) and abs(self.drift_ms_per_min) >= 10:
            text += f", {'growing later' if self.drift_ms_per_min > 0 else 'growing earlier'} by {abs(self.drift_ms_per_min):.0f} ms a minute"
        return text + "."


def is_too_little(judged_s: float) -> bool:
    """Whether so many judged seconds say nothing of a whole voice."""
    return judged_s < LEAST_JUDGED_S - 1e-6


def offset_words(offset_ms: float, confidence: float) -> str | None:
    """“The sound is 120 ms late”, or None when it is not noticeably off or not surely."""
    if confidence < SURE or abs(offset_ms) < NOTICED_MS:
        return None
    return f"The sound is {abs(offset_ms):.0f} ms {'late' if offset_ms > 0 else 'early'}"


def _plain(value: float, digits: int = 4) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def lag_table(faces: FaceEmbeddings, speech: SpeechEmbeddings) -> np.ndarray:
    """(F, 61) float32 products of each frame's vector with the sound's at each of `LAGS_S`; NaN outside the voice."""
    rows = speech.rows_at(faces.times[:, None] + LAGS_S[None])
    sight = faces.vectors.astype(np.float32)
    sound = speech.vectors.astype(np.float32)
    table = np.empty(rows.shape, np.float32)
    for start in range(0, len(rows), 256):  # bounds memory to a few seconds' block of the full product
        part = rows[start : start + 256]
        known = part[part >= 0]
        if known.size == 0:
            table[start : start + 256] = np.nan
            continue
        low, high = int(known.min()), int(known.max()) + 1
        products = sight[start : start + 256] @ sound[low:high].T
        picked = np.take_along_axis(products, np.clip(part - low, 0, high - low - 1), axis=1)
        table[start : start + 256] = np.where(part >= 0, picked, np.nan)
    return table


def unknown_reasons(faces: FaceEmbeddings, speech: SpeechEmbeddings) -> np.ndarray:
    """(F,) uint8 index into `WHY_UNKNOWN`: the face's own reasons, then silence."""
    rows = speech.rows_at(faces.times)
    speaks = (
        np.where(rows >= 0, speech.speaks[np.maximum(rows, 0)], 0.0) > 0.5
        if len(speech.speaks)
        else np.zeros(len(rows), bool)
    )
    reasons = faces.reasons.copy()
    reasons[(reasons == 0) & ~speaks] = WHY_UNKNOWN.index("silence")
    return reasons


def gather(times: np.ndarray, table: np.ndarray, known: np.ndarray, calibration: Calibration) -> np.ndarray:
    """(F, lags) evidence around each frame: Gaussian means over time and lag of the known rows; NaN where a lag has none."""
    context_s = calibration.context_s
    weight = (known[:, None] & np.isfinite(table)).astype(np.float32)
    values = np.where(weight > 0, table, 0.0)
    top, bottom = np.empty_like(table), np.empty_like(table)
    reach = 3 * context_s
    for row, time in enumerate(times):
        low, high = np.searchsorted(times, [time - reach, time + reach])
        kernel = np.exp(-0.5 * ((times[low:high] - time) / context_s) ** 2).astype(np.float32)
        top[row] = kernel @ values[low:high]
        bottom[row] = kernel @ weight[low:high]
    gathered = np.where(bottom > 0.5, top / np.maximum(bottom, 1e-6), np.nan)
    return blurred(gathered, calibration.lag_blur_s)


def blurred(values: np.ndarray, blur_s: float) -> np.ndarray:
    """Values at `LAGS_S` (…, 61), each the Gaussian mean of the finite ones around it; NaN stays NaN."""
    if blur_s <= 0:
        return values
    finite = np.isfinite(values)
    sigma = blur_s / LAG_STEP_S
    share = ndimage.gaussian_filter1d(finite.astype(np.float32), sigma, axis=-1, mode="constant")
    total = ndimage.gaussian_filter1d(
        np.where(finite, values, 0).astype(np.float32), sigma, axis=-1, mode="constant"
    )
    return np.where(finite, total / np.maximum(share, 1e-6), np.nan)


def evidence(gathered: np.ndarray) -> np.ndarray:
    """(F, 3) what the calibration weighs: level at lag 0, its excess over the other lags' mean and over their maximum.

    The others are at least 0.1 s away. A face or a voice that scores high with everything says nothing: only what
    stands out at lag 0 does.
    """
    others = np.where(np.abs(LAGS_S)[None] >= 0.1, gathered, np.nan)
    usable = np.isfinite(others).sum(axis=1) >= 10
    safe = np.where(usable[:, None], others, 0.0)
    level = np.nanmax(gathered[:, _ZERO - 1 : _ZERO + 2], axis=1, initial=-1.0)
    level = np.where(np.isfinite(gathered[:, _ZERO]), level, np.nan)
    values = np.stack([level, level - np.nanmean(safe, axis=1), level - np.nanmax(safe, axis=1)], axis=1)
    values[~usable, 1:] = np.nan
    return values


def probabilities(values: np.ndarray, calibration: Calibration) -> np.ndarray:
    """(F,) calibrated p of evidence (F, 3)."""
    logit = values @ np.array(calibration.weights, np.float32) + calibration.bias
    return 1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30)))


def lag_posterior(
    table: np.ndarray, known: np.ndarray, frame_seconds: float, sharpness: float
) -> np.ndarray | None:
    """(61,) probability of each lag from all known rows of one stretch, or None without enough of them."""
    rows = table[known]
    if len(rows) < 3:
        return None
    counts = np.isfinite(rows).sum(axis=0)
    # A lag at which most of the sound lies outside the voice cannot be compared with the others.
    usable = counts >= 0.5 * counts.max()
    means = np.where(
        usable, np.where(np.isfinite(rows), rows, 0.0).sum(axis=0) / np.maximum(counts, 1), -np.inf
    )
    # Neighbouring frames share most of their 0.2 s: evidence grows with time, not with the frame rate.
    logits = means * sharpness * len(rows) * frame_seconds
    logits = logits - logits[usable].max()
    weights = np.exp(logits)
    return weights / weights.sum()


def offset_of(posterior: np.ndarray) -> tuple[float, float]:
    """(lag in seconds, probability of being within 40 ms of it) of the likeliest lag, refined between columns."""
    peak = int(np.argmax(posterior))
    near = np.abs(LAGS_S - LAGS_S[peak]) <= 0.041
    lag = float(LAGS_S[peak])
    if 0 < peak < len(posterior) - 1:
        left, middle, right = np.log(np.maximum(posterior[peak - 1 : peak + 2], 1e-12))
        bend = left - 2 * middle + right
        if bend < -1e-6:
            lag += float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) * LAG_STEP_S
    return lag, float(posterior[near].sum())


def best_lag(
    table: np.ndarray, known: np.ndarray, frame_seconds: float, calibration: Calibration
) -> tuple[float, np.ndarray] | None:
    """The lag in seconds at which the known rows fit best, and its evidence (3,) that `Calibration.fit_weights` weigh.

    None with too little to go by. The other lags are those at least 0.1 s away.
    """
    posterior = lag_posterior(table, known, frame_seconds, calibration.sharpness)
    if posterior is None:
        return None
    lag, share = offset_of(posterior)
    rows = table[known]
    finite = np.isfinite(rows)
    counts = finite.sum(axis=0)
    usable = counts >= 0.5 * counts.max()
    means = np.where(usable, np.where(finite, rows, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)
    means = blurred(means, calibration.lag_blur_s)
    others = means[usable & (np.abs(LAGS_S - lag) >= 0.1)]
    near = means[usable & (np.abs(LAGS_S - lag) <= LAG_STEP_S * 1.01)]
    if len(others) < 10 or not len(near):
        return None
    level = near.max()
    # Chance moves a mean the less the more it is the mean of.
    grown = np.sqrt(min(len(rows) * frame_seconds, _GROWS_UNTIL_S))
    excess = np.array([level - others.mean(), level - others.max()]) * grown
    return lag, np.array([np.log(share + 1e-3), *excess])


def offset_with_confidence(
    table: np.ndarray, known: np.ndarray, frame_seconds: float, calibration: Calibration
) -> tuple[float, float] | None:
    """(lag in seconds, calibrated probability that the voice fits at all and that the lag is right within 40 ms)."""
    found = best_lag(table, known, frame_seconds, calibration)
    if found is None:
        return None
    lag, evidence_there = found
    logit = float(evidence_there @ np.array(calibration.fit_weights)) + calibration.fit_bias
    return lag, float(1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30))))


def drift_of(times: np.ndarray, table: np.ndarray, known: np.ndarray, sharpness: float) -> float:
    """Milliseconds a minute by which the offset grows: the line through (time, lag) with the most evidence, or NaN.

    Zero unless the line is e³ times as likely as a steady offset (a likelihood ratio test at about 1.5 %).
    """
    if known.sum() < 20 or times[known][-1] - times[known][0] < DRIFT_FROM_S:
        return float("nan")
    # Half-second means keep the search small whatever the film's length.
    bins = ((times - times[0]) / 0.5).astype(int)
    count = bins[-1] + 1
    rows = np.where(known[:, None] & np.isfinite(table), table - np.nanmean(table[known]), 0.0)
    summed = np.zeros((count, table.shape[1]), np.float64)
    np.add.at(summed, bins, rows)
    middle = (np.arange(count) + 0.5) * 0.5
    middle = middle - middle.mean()
    columns = np.arange(table.shape[1])
    totals = np.full(len(_DRIFTS_MS_PER_MIN), -np.inf)
    for index, slope in enumerate(_DRIFTS_MS_PER_MIN):
        shift = middle * slope / 60000.0 / LAG_STEP_S
        if np.abs(shift).max() > 2 * _ZERO:
            continue
        position = columns[None] + shift[:, None]
        low = np.floor(position).astype(int)
        part = position - low
        inside = (low >= 0) & (low + 1 < table.shape[1])
        low = np.clip(low, 0, table.shape[1] - 2)
        values = (
            np.take_along_axis(summed, low, 1) * (1 - part) + np.take_along_axis(summed, low + 1, 1) * part
        )
        totals[index] = np.where(inside, values, 0.0).sum(axis=0).max()
    # The last column is never interpolated into; the steady case is held to the same range.
    steady = totals[len(_DRIFTS_MS_PER_MIN) // 2]
    best = int(totals.argmax())
    step = float(np.median(np.diff(times)))
    if (totals[best] - steady) * step * sharpness < 3.0:
        return 0.0
    return float(_DRIFTS_MS_PER_MIN[best])


def sync_curve(faces: FaceEmbeddings, speech: SpeechEmbeddings, calibration: Calibration) -> SyncCurve:
    """The whole curve of one face against one voice."""
    speech = speech.shifted(-calibration.bias_ms / 1000.0)
    table = lag_table(faces, speech)
    reasons = unknown_reasons(faces, speech)
    known = reasons == 0
    gathered = gather(faces.times, table, known, calibration)
    p = probabilities(evidence(gathered), calibration).astype(np.float32)
    p[~known] = np.nan
    why = [WHY_UNKNOWN[reason] for reason in reasons]
    for row in np.flatnonzero(known & ~np.isfinite(p)):
        why[row] = "silence"  # the voice ends or begins here, and too little of it surrounds the frame
    known &= np.isfinite(p)
    frame_seconds = float(np.median(np.diff(faces.times))) if len(faces.times) > 1 else 0.04
    judged_s = float(known.sum()) * frame_seconds
    enough = not is_too_little(judged_s)
    found = offset_with_confidence(table, known, frame_seconds, calibration) if enough else None
    lag, confidence = found if found is not None else (float("nan"), 0.0)
    offsets = _local_offsets(faces.times, table, known, frame_seconds, calibration)
    drift = drift_of(faces.times, table, known, calibration.sharpness)
    if np.isfinite(drift) and drift != 0:
        # Under a drift no single lag fits the whole clip, but each stretch still fits at its own.
        confidence = max(
            confidence, float(np.mean([item.confidence for item in offsets])) if offsets else 0.0
        )
    elif confidence < SURE:
        drift = float("nan")
    return SyncCurve(
        first_frame=faces.first_frame,
        times=faces.times,
        p=p,
        why_unknown=tuple(why),
        raw=np.where(known, table[:, _ZERO], np.nan).astype(np.float32),
        judged_s=judged_s,
        mean=float(p[known].mean()) if enough else float("nan"),
        share_above_half=float((p[known] > 0.5).mean()) if enough else float("nan"),
        offset_ms=lag * 1000.0,
        offset_confidence=confidence,
        offsets=offsets,
        drift_ms_per_min=drift,
    )


def _local_offsets(
    times: np.ndarray, table: np.ndarray, known: np.ndarray, frame_seconds: float, calibration: Calibration
) -> tuple[OffsetEstimate, ...]:
    estimates = []
    for start in np.arange(times[0], times[-1], OFFSET_WINDOW_S) if len(times) else ():
        inside = (times >= start) & (times < start + OFFSET_WINDOW_S)
        found = offset_with_confidence(table, known & inside, frame_seconds, calibration)
        if found is not None:
            estimates.append(OffsetEstimate(float(start + OFFSET_WINDOW_S / 2), found[0] * 1000.0, found[1]))
    return tuple(estimates)
