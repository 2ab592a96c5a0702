"""Who speaks when: every face against every stretch of voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.face_geometry.track import TrackId
from core.scorer.curve import (
    LAGS_S,
    SURE,
    Calibration,
    lag_table,
    offset_with_confidence,
    probabilities,
    unknown_reasons,
)
from core.scorer.embeddings import SPEECH_RATE, FaceEmbeddings, SpeechEmbeddings

_BRIDGE_S = 0.25  # breaths within one person's sentence
_SHORTEST_S = 0.3
LONGEST_S = 4.0
"""Longer stretches are judged in pieces: speakers change without a pause."""
_TOLERANCE_S = 0.08  # around the film's own offset: cuts between cameras jump by a frame or two
_FEWEST_FRAMES = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of voice.

    Attributes:
        start: seconds.
        end: seconds.
        scores: for each face that can be judged in five frames of it and in three of ten of those it is seen in, the
            probability that the voice is that face's.
        speaker: the likeliest of them above one half, None when nobody visible fits (off screen, or unknown).
    """

    start: float
    end: float
    scores: Mapping[TrackId, float]
    speaker: TrackId | None


@dataclass(frozen=True, slots=True)
class Speaking:
    """All stretches, and for each face the share of the whole voice (in seconds) that is its own."""

    stretches: tuple[Stretch, ...]
    shares: Mapping[TrackId, float]


def voice_stretches(speech: SpeechEmbeddings) -> tuple[tuple[float, float], ...]:
    """(start, end) seconds of the stretches in which the voice is active, none longer than 4 s."""
    active = np.concatenate([[False], speech.speaks > 0.5, [False]])
    edges = np.flatnonzero(active[1:] != active[:-1]).reshape(-1, 2) / SPEECH_RATE + speech.start
    merged: list[list[float]] = []
    for start, end in edges.tolist():
        if merged and start - merged[-1][1] < _BRIDGE_S:
            merged[-1][1] = end
        else:
            merged.append([start, end])
    pieces: list[tuple[float, float]] = []
    for start, end in merged:
        if end - start >= _SHORTEST_S:
            count = int(np.ceil((end - start) / LONGEST_S))
            borders = np.linspace(start, end, count + 1)
            pieces.extend(zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True))
    return tuple(pieces)


def who_speaks(
    faces: Mapping[TrackId, FaceEmbeddings],
    speech: SpeechEmbeddings,
    calibration: Calibration,
    known: Sequence[tuple[float, float]] | None = None,
) -> Speaking:
    """Gives each stretch of `speech` to the face it fits best, or to nobody.

    Args:
        faces: by track.
        speech: the film's voice.
        calibration: the scorer's.
        known: (start, end) seconds of the stretches, where it is known when speakers change; by default the voice's own.
    """
    speech = speech.shifted(-calibration.bias_ms / 1000)
    tables = {track: lag_table(face, speech) for track, face in faces.items()}
    centre = _common_lag(faces, tables, speech, calibration)
    stretches = []
    seconds = dict.fromkeys(faces, 0.0)
    total = 0.0
    for start, end in voice_stretches(speech) if known is None else known:
        scores = {}
        for track, face in faces.items():
            inside = (face.times >= start) & (face.times < end) & (face.reasons == 0)
            if (
                inside.sum() >= _FEWEST_FRAMES
                and inside.sum() > 0.3 * ((face.times >= start) & (face.times < end)).sum()
            ):
                scores[track] = _fit(tables[track][inside], centre, calibration)
        best = max(scores, key=lambda track: scores[track]) if scores else None
        speaker = best if best is not None and scores[best] > 0.5 else None
        total += end - start
        if speaker is not None:
            seconds[speaker] += end - start
        stretches.append(Stretch(start, end, scores, speaker))
    return Speaking(
        tuple(stretches), {track: value / total if total else 0.0 for track, value in seconds.items()}
    )


def _common_lag(
    faces: Mapping[TrackId, FaceEmbeddings],
    tables: Mapping[TrackId, np.ndarray],
    speech: SpeechEmbeddings,
    calibration: Calibration,
) -> float:
    """How late the film's sound is in seconds, from the face it surely fits best; 0 when it fits none.

    Films are in sync more often than not: a face that fits within the tolerance comes before one that fits further off, which
    may be a stranger's chance.
    """
    sure = []
    for track, face in faces.items():
        known = unknown_reasons(face, speech) == 0
        step = float(np.median(np.diff(face.times))) if len(face.times) > 1 else 0.04
        found = offset_with_confidence(tables[track], known, step, calibration)
        if found is not None and found[1] > SURE:
            sure.append(found)
    return max(sure, key=lambda found: (abs(found[0]) <= _TOLERANCE_S, found[1]), default=(0.0, 0.0))[0]


def _fit(table: np.ndarray, centre: float, calibration: Calibration) -> float:
    """Probability that the rows' voice is the face's: the calibrated evidence at the best of the lags near `centre`."""
    finite = np.isfinite(table)
    counts = finite.sum(axis=0)
    means = np.where(
        counts >= 0.5 * counts.max(), np.where(finite, table, 0).sum(axis=0) / np.maximum(counts, 1), np.nan
    )
    near = np.abs(LAGS_S - centre) <= _TOLERANCE_S
    others = means[(np.abs(LAGS_S - centre) >= _TOLERANCE_S + 0.1) & np.isfinite(means)]
    if len(others) < 5 or not np.isfinite(means[near]).any():
        return 0.0
    level = float(np.nanmax(means[near]))
    values = np.array([[level, level - others.mean(), level - others.max()]])
    return float(probabilities(values, calibration)[0])
