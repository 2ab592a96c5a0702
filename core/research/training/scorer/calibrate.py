"""Fits what turns cosines into probabilities, on people the scorer was not trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from core.scorer.curve import (
    LAGS_S,
    SURE,
    Calibration,
    best_lag,
    evidence,
    gather,
    is_too_little,
    lag_posterior,
    lag_table,
    offset_with_confidence,
    probabilities,
    unknown_reasons,
)
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings

SHIFTS_S = (-0.5, -0.4, -0.3, -0.2, -0.12, 0.12, 0.2, 0.3, 0.4, 0.5)
_RIDGE = 1e-3
_RIGHT_WITHIN_S = 0.045
_WINDOWS_S = (1.2, 2.0)  # a chance fit is the easier the less is heard
_STRANGERS = 10  # whose voices each face is shown: chance fits are what sureness has to know


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationPair:
    """A face and its own voice, in sync; `group` names the kind of footage, every kind weighs the same."""

    faces: FaceEmbeddings
    speech: SpeechEmbeddings
    group: str


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSet:
    """Evidence of frames with their truth.

    Attributes:
        values: (N, 3) from `core.scorer.curve.evidence`, or from `best_lag`.
        truth: (N,) bool, in sync.
        weight: (N,) float: both truths weigh the same, and all groups.
        clip: (N,) int number of the clip, for splitting by clip.
    """

    values: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    clip: np.ndarray


def calibration_set(
    pairs: Sequence[CalibrationPair], calibration: Calibration, seed: int = 0
) -> CalibrationSet:
    """Frames in sync, with the sound shifted by 120 … 500 ms, and with a stranger's voice (a half each of the false)."""
    random = np.random.default_rng(seed)
    values, truth, weight, clip = [], [], [], []
    sizes: dict[str, int] = {}
    for pair in pairs:
        sizes[pair.group] = sizes.get(pair.group, 0) + len(pair.faces.times)
    for number, pair in enumerate(pairs):
        own = pair.speech.shifted(-calibration.bias_ms / 1000)
        stranger = pairs[(number + 1 + int(random.integers(len(pairs) - 1))) % len(pairs)].speech
        strange = _centred(stranger, pair.faces.times)
        shift = float(random.choice(SHIFTS_S)), float(random.choice(SHIFTS_S))
        voices = (
            (own, True, 1.0),
            (own.shifted(shift[0]), False, 0.25),
            (own.shifted(shift[1]), False, 0.25),
            (strange, False, 0.5),
        )
        for voice, is_true, share in voices:
            rows = _evidence_of(pair.faces, voice, calibration)
            values.append(rows)
            truth.append(np.full(len(rows), is_true))
            weight.append(np.full(len(rows), share / sizes[pair.group]))
            clip.append(np.full(len(rows), number))
    return CalibrationSet(*(np.concatenate(parts) for parts in (values, truth, weight, clip)))


def _evidence_of(faces: FaceEmbeddings, speech: SpeechEmbeddings, calibration: Calibration) -> np.ndarray:
    known = unknown_reasons(faces, speech) == 0
    if not known.any():
        return np.zeros((0, 3))
    rows = evidence(gather(faces.times, lag_table(faces, speech), known, calibration))[known]
    return rows[np.isfinite(rows).all(axis=1)]


def fit_logistic(data: CalibrationSet, calibration: Calibration) -> Calibration:
    """The calibration with the weights and bias of p that have the least weighted log loss (and a little ridge)."""
    weights, bias = _logistic(data)
    return replace(calibration, weights=(float(weights[0]), float(weights[1]), float(weights[2])), bias=bias)


def fit_belonging(
    pairs: Sequence[CalibrationPair],
    calibration: Calibration,
    windows_s: Sequence[float] = _WINDOWS_S,
    seed: int = 0,
) -> Calibration:
    """The calibration that tells own voices, found at their true lag, from strangers', of whole clips and of their windows."""
    data = belonging_set(pairs, calibration, windows_s, seed)
    weights, bias = _logistic(data)
    return replace(
        calibration, fit_weights=(float(weights[0]), float(weights[1]), float(weights[2])), fit_bias=bias
    )


def belonging_set(
    pairs: Sequence[CalibrationPair],
    calibration: Calibration,
    windows_s: Sequence[float] = _WINDOWS_S,
    seed: int = 0,
) -> CalibrationSet:
    """Evidence (N, 3) at the best lag: each face with its own voice and with strangers', whole and by windows.

    Stretches of too little speech, of which nothing is said at work, say nothing here.
    """
    random = np.random.default_rng(seed)
    values, truth, weight, clip = [], [], [], []
    groups = [pair.group for pair in pairs]
    for number, pair in enumerate(pairs):
        times = pair.faces.times
        step = float(np.median(np.diff(times)))
        strangers = [
            (number + 1 + int(random.integers(len(pairs) - 1))) % len(pairs) for _ in range(_STRANGERS)
        ]
        voices = [(pair.speech.shifted(-calibration.bias_ms / 1000), True)]
        voices += [(_centred(pairs[other].speech, times), False) for other in strangers]
        for voice, is_own in voices:
            table, known = lag_table(pair.faces, voice), unknown_reasons(pair.faces, voice) == 0
            scales = [[known]]
            for window_s in windows_s:
                if times[-1] - times[0] > 1.5 * window_s:
                    starts = np.arange(times[0], times[-1] - window_s / 2, window_s)
                    scales.append([known & (times >= start) & (times < start + window_s) for start in starts])
            share = (1.0 if is_own else 1 / _STRANGERS) / groups.count(pair.group) / len(scales)
            for windows in scales:
                for inside in windows:
                    found = best_lag(table, inside, step, calibration)
                    if found is not None and not is_too_little(inside.sum() * step):
                        values.append(found[1])
                        truth.append(is_own and abs(found[0]) <= _RIGHT_WITHIN_S)
                        weight.append(share / len(windows))
                        clip.append(number)
    return CalibrationSet(np.array(values), np.array(truth), np.array(weight), np.array(clip))


@dataclass(frozen=True, slots=True)
class Sureness:
    """Shares of whole clips that are called sure at whatever lag fits best: with their own voice, and with strangers'."""

    own: float
    strangers: float


def sureness(
    pairs: Sequence[CalibrationPair],
    people: Sequence[str],
    teaches: Sequence[bool],
    calibration: Calibration,
    seed: int = 1,
) -> dict[str, Sureness]:
    """By group of footage; each person is judged by a fit to the others' pairs that teach (`fit_belonging`).

    Args:
        pairs: of all kinds of footage.
        people: who each pair shows.
        teaches: whether the fit may see it.
        calibration: as shipped, all but its belonging weights.
        seed: of which strangers are heard.
    """
    random = np.random.default_rng(seed)
    found: dict[str, tuple[list[bool], list[bool]]] = {}
    teachers = {who for who, may in zip(people, teaches, strict=True) if may}
    shared: Calibration | None = None  # judges everybody whom no fit sees
    for person in sorted(set(people)):
        if person in teachers or shared is None:
            others = [
                pair for pair, who, may in zip(pairs, people, teaches, strict=True) if may and who != person
            ]
            fitted = fit_belonging(others, calibration)
            shared = shared if person in teachers else fitted
        else:
            fitted = shared
        for number in [index for index, who in enumerate(people) if who == person]:
            pair = pairs[number]
            own, strangers = found.setdefault(pair.group, ([], []))
            times, known = pair.faces.times, unknown_reasons(pair.faces, pair.speech) == 0
            step = float(np.median(np.diff(times)))
            if is_too_little(known.sum() * step):
                continue
            own.append(_is_sure(pair.faces, pair.speech.shifted(-calibration.bias_ms / 1000), fitted))
            heard = random.permutation([index for index, who in enumerate(people) if who != person])
            for other in heard[:_STRANGERS]:
                strangers.append(_is_sure(pair.faces, _centred(pairs[other].speech, times), fitted))
    return {
        group: Sureness(float(np.mean(own)), float(np.mean(strangers)))
        for group, (own, strangers) in found.items()
        if own and strangers
    }


def _is_sure(faces: FaceEmbeddings, speech: SpeechEmbeddings, calibration: Calibration) -> bool:
    step = float(np.median(np.diff(faces.times)))
    known = unknown_reasons(faces, speech) == 0
    found = offset_with_confidence(lag_table(faces, speech), known, step, calibration)
    return found is not None and not is_too_little(known.sum() * step) and found[1] >= SURE


def _centred(stranger: SpeechEmbeddings, times: np.ndarray) -> SpeechEmbeddings:
    """A stranger's voice in the middle of a face's clip, so that a short one covers it as the own voice does."""
    middle = times[len(times) // 2]
    return SpeechEmbeddings(middle - len(stranger.vectors) / 100, stranger.vectors, stranger.speaks)


def _logistic(data: CalibrationSet) -> tuple[np.ndarray, float]:
    """Weights, none negative, and bias of least weighted log loss."""
    centre, spread = data.values.mean(axis=0), data.values.std(axis=0) + 1e-6
    x = np.concatenate([(data.values - centre) / spread, np.ones((len(data.values), 1))], axis=1)
    sign = np.where(data.truth, 1.0, -1.0)
    weight = data.weight / data.weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w)
        value = (weight * np.logaddexp(0, -margin)).sum() + _RIDGE * (w[:-1] ** 2).sum()
        slope = -weight * sign / (1 + np.exp(np.clip(margin, -30, 30)))
        return float(value), x.T @ slope + 2 * _RIDGE * np.append(w[:-1], 0.0)

    # None may count against being in sync: more fit at the lag in question never lowers p.
    limits = [(0, None)] * data.values.shape[1] + [(None, None)]
    fitted = optimize.minimize(loss, np.zeros(len(limits)), jac=True, bounds=limits).x
    weights = fitted[:-1] / spread
    return weights, float(fitted[-1] - weights @ centre)


def fit_sharpness(
    pairs: Sequence[CalibrationPair], calibration: Calibration, window_s: float = 2.0
) -> Calibration:
    """The calibration whose lag posterior gives the true lag (± 40 ms) the most log-probability on windows of clips."""
    windows = []
    for pair in pairs:
        speech = pair.speech.shifted(-calibration.bias_ms / 1000)
        table, known = lag_table(pair.faces, speech), unknown_reasons(pair.faces, speech) == 0
        times = pair.faces.times
        step = float(np.median(np.diff(times)))
        for start in np.arange(times[0], times[-1] - 0.5, window_s):
            inside = known & (times >= start) & (times < start + window_s)
            if inside.sum() >= 5:
                windows.append((table, inside, step))
    near = np.abs(LAGS_S) <= 0.041

    def cost(log_sharpness: float) -> float:
        total = 0.0
        for table, inside, step in windows:
            posterior = lag_posterior(table, inside, step, float(np.exp(log_sharpness)))
            total -= 0.0 if posterior is None else float(np.log(posterior[near].sum() + 1e-6))
        return total

    best = optimize.minimize_scalar(cost, bounds=(0.0, 7.0), method="bounded").x
    return replace(calibration, sharpness=float(np.exp(best)))


def systematic_lag_ms(pairs: Sequence[CalibrationPair]) -> float:
    """Where the mean over clips of the lag table peaks, between columns: what the towers take for being in sync."""
    means = []
    for pair in pairs:
        known = unknown_reasons(pair.faces, pair.speech) == 0
        if known.sum() >= 10:
            table = lag_table(pair.faces, pair.speech)[known]
            means.append(np.nanmean(np.where(np.isfinite(table), table, np.nan)[:, 10:51], axis=0))
    mean = np.nanmean(means, axis=0)
    peak = int(np.clip(mean.argmax(), 1, len(mean) - 2))
    left, middle, right = mean[peak - 1 : peak + 2]
    return float((LAGS_S[10 + peak] + 0.02 * 0.5 * (left - right) / (left - 2 * middle + right)) * 1000)


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Predicted against actual share in sync, in ten bins, each frame predicted by a fit that did not see its clip.

    `error` is the weighted mean distance of the two (expected calibration error); `auc` how well p separates.
    """

    predicted: np.ndarray
    actual: np.ndarray
    share: np.ndarray
    error: float
    auc: float
    accuracy: float


def reliability(
    data: CalibrationSet,
    calibration: Calibration,
    fit: Callable[[CalibrationSet, Calibration], Calibration] = fit_logistic,
) -> Reliability:
    """How far the probabilities can be believed, by five-fold cross-validation over clips."""
    p = np.empty(len(data.values))
    for fold in range(5):
        held = data.clip % 5 == fold
        part = CalibrationSet(data.values[~held], data.truth[~held], data.weight[~held], data.clip[~held])
        p[held] = probabilities(data.values[held], fit(part, calibration))
    # Both truths weigh the same, as in the fit.
    weight = np.where(
        data.truth, data.weight / data.weight[data.truth].sum(), data.weight / data.weight[~data.truth].sum()
    )
    bins = np.minimum((p * 10).astype(int), 9)
    total = np.bincount(bins, weight, 10)
    safe = np.maximum(total, 1e-12)
    predicted = np.bincount(bins, weight * p, 10) / safe
    actual = np.bincount(bins, weight * data.truth, 10) / safe
    share = total / total.sum()
    order = np.argsort(p)
    true_weight, false_weight = weight[order] * data.truth[order], weight[order] * ~data.truth[order]
    auc = float((np.cumsum(false_weight) * true_weight).sum() / (true_weight.sum() * false_weight.sum()))
    accuracy = float((weight * ((p > 0.5) == data.truth)).sum() / weight.sum())
    return Reliability(
        predicted, actual, share, float((share * np.abs(predicted - actual)).sum()), auc, accuracy
    )
