"""Measures a scorer by both protocols of the field, its sensitivity to shifts, its robustness and its speed.

Pair accuracy (UniSync 2025, Wav2Lip): balanced true and false pairs of 0.2 s, right when p is on its side of 0.5.
Offset accuracy (SyncNet, VocaLiST): argmax over ± 15 frames, right within ± 1, for contexts of 5 … 25 frames whose score
vectors are averaged. Both on clips of people never trained on.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from core.appearance.morphable import morphable_model
from core.research.training.scorer.clips import Clip
from core.scorer.agreement import beside, expected_movement, seen_movement
from core.scorer.config import ScorerConfig
from core.scorer.curve import LAGS_S, lag_table
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from core.scorer.inputs import face_reasons_of, speech_segments_of, voice_rows
from core.scorer.pictures import parsing_input, pictures_to_input, view_matrix
from core.scorer.score import SyncScorer, fused, run_tower
from core.scorer.segments import nearest_rows, picture_times, point_windows

logger = logging.getLogger(__name__)

CONTEXTS = (5, 10, 15, 20, 25)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedClip:
    """A clip's embeddings and what the protocols need to know of it."""

    name: str
    person: str
    faces: FaceEmbeddings
    speech: SpeechEmbeddings

    @property
    def usable(self) -> np.ndarray:
        """(F,) bool: the face can be judged and the voice speaks."""
        rows = self.speech.rows_at(self.faces.times)
        return (self.faces.reasons == 0) & (rows >= 0) & (self.speech.speaks[np.maximum(rows, 0)] > 0.5)


def embed_clip(scorer: SyncScorer, clip: Clip) -> EmbeddedClip:
    """Embeds a prepared clip with `scorer`."""
    parts = [
        np.concatenate([run_tower(tower.session, block) for block in visual_blocks(tower.config, clip)])
        for tower in scorer.visuals
    ]
    voice = clip.voice.astype(np.float32) / 32768.0
    vectors = [run_tower(scorer.audio, block) for block in speech_segments_of(scorer.audio_config, voice)]
    seen, heard, share = fused(parts), np.concatenate(vectors), scorer.calibration.movement
    if share:
        seen = beside(seen, seen_movement(clip.landmarks, clip.times, slice(None)), share)
        heard = beside(heard, expected_movement(voice, len(heard)), share)
    return embedded(clip, seen, heard)


def embedded(clip: Clip, seen: np.ndarray, heard: np.ndarray) -> EmbeddedClip:
    """A prepared clip with vectors for its pictures (F, D) and for each 20 ms of its voice (M, D), from any network."""
    voice = clip.voice.astype(np.float32) / 32768.0
    reasons = face_reasons_of(clip.quality, clip.yaw, np.full(len(clip.times), 100.0))
    faces = FaceEmbeddings(0, clip.times, seen, reasons)
    return EmbeddedClip(clip.name, clip.person, faces, SpeechEmbeddings(0.0, heard, voice_rows(voice)))


def visual_blocks(config: ScorerConfig, clip: Clip) -> Iterator[np.ndarray]:
    """Blocks of visual input, one segment per picture of a prepared clip."""
    for low in range(0, len(clip.times), 64):
        yield _segments(config, clip, clip.times[low : low + 64])


def _segments(config: ScorerConfig, clip: Clip, centres: np.ndarray) -> np.ndarray:
    if config.visual == "landmarks":
        return point_windows(clip.times, clip.points, centres)
    if config.visual == "morphable":
        own = clip.coefficients
        values = morphable_model().coefficients(clip.landmarks) if own is None else own
        return point_windows(clip.times, values, centres)
    height, width = config.visual_shape[1:]
    rows = nearest_rows(clip.times, picture_times(centres))
    view = view_matrix(config)
    if config.visual == "parsing":
        return parsing_input(config, clip.landmarks, clip.affines, rows, view)
    pictures = {
        row: cv2.warpAffine(clip.crops[row], view, (width, height)) for row in np.unique(rows).tolist()
    }
    stack = np.stack([pictures[row] for row in rows.ravel().tolist()])
    return pictures_to_input(stack.reshape(*rows.shape, height, width, 3))


@dataclass(frozen=True, slots=True, eq=False)
class ScoredClip:
    """What the protocols need of a clip, whatever compared its sight and sound.

    Attributes:
        name: of the clip.
        seconds: its length.
        table: (F, 61) scores at `core.scorer.curve.LAGS_S`; NaN where a lag was not scored.
        usable: (F,) bool, the face can be judged and the voice speaks.
        strangers: (F,) scores with moments of another clip's voice.
    """

    name: str
    seconds: float
    table: np.ndarray
    usable: np.ndarray
    strangers: np.ndarray


def score_clips(clips: Sequence[EmbeddedClip], seed: int = 0) -> list[ScoredClip]:
    """Cosines of embedded clips at all lags and with strangers."""
    random = np.random.default_rng(seed)
    scored = []
    for number, clip in enumerate(clips):
        stranger = clips[stranger_of(number, len(clips), random)]
        rows = random.integers(0, len(stranger.speech.vectors), len(clip.faces.times))
        voice = stranger.speech.vectors[rows].astype(np.float32)
        scored.append(
            ScoredClip(
                clip.name,
                float(clip.faces.times[-1] - clip.faces.times[0]),
                lag_table(clip.faces, clip.speech),
                clip.usable,
                (clip.faces.vectors.astype(np.float32) * voice).sum(axis=1),
            )
        )
    return scored


def stranger_of(number: int, count: int, random: np.random.Generator) -> int:
    """Number of another clip than `number`, of `count`."""
    return (number + 1 + int(random.integers(count - 1))) % count if count > 1 else number


@dataclass(frozen=True, slots=True)
class PairFigures:
    """Balanced accuracy at 0.5, at the best threshold, and the area under the curve; negatives by type."""

    at_half: float
    best: float
    threshold: float
    auc: float
    auc_near: float  # same clip, shifted 80 … 200 ms
    auc_far: float  # same clip, shifted further
    auc_other: float  # another clip's voice


def _auc(positive: np.ndarray, negative: np.ndarray) -> float:
    if not len(positive) or not len(negative):
        return float("nan")
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left") + np.searchsorted(order, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def pair_figures(clips: Sequence[ScoredClip], seed: int = 0, threshold: float = 0.5) -> PairFigures:
    """The pair protocol over every usable frame of `clips`: 80 % of negatives from the same voice, 20 % from others.

    `threshold` stands for 0.5 with networks whose scores are not probabilities.
    """
    random = np.random.default_rng(seed)
    positive, near, far, other = [], [], [], []
    for clip in clips:
        table = clip.table[clip.usable]
        if not len(table):
            continue
        size = np.abs(LAGS_S)
        positive.append(table[:, len(LAGS_S) // 2])
        near.append(_one_of(table, (size >= 0.079) & (size < 0.199), random))
        far.append(_one_of(table, size >= 0.199, random))
        other.append(clip.strangers[clip.usable])
    sets = [np.concatenate(values) for values in (positive, near, far, other)]
    right, near_p, far_p, other_p = (values[np.isfinite(values)] for values in sets)
    count = len(right)
    parts = ((near_p, 0.4), (far_p, 0.4), (other_p, 0.2))
    wrong = np.concatenate(
        [random.choice(values, int(count * share)) for values, share in parts if len(values)]
    )
    thresholds = np.append(np.quantile(np.concatenate([right, wrong]), np.linspace(0, 1, 201)), threshold)
    accuracy = np.array([0.5 * ((right > value).mean() + (wrong <= value).mean()) for value in thresholds])
    best = int(accuracy.argmax())
    return PairFigures(
        float(accuracy[-1]), float(accuracy[best]), float(thresholds[best]), _auc(right, wrong),
        _auc(right, near_p), _auc(right, far_p), _auc(right, other_p),
    )  # fmt: skip


def _one_of(table: np.ndarray, columns: np.ndarray, random: np.random.Generator) -> np.ndarray:
    chosen = random.choice(np.flatnonzero(columns), len(table))
    return table[np.arange(len(table)), chosen]


def offset_accuracy(clips: Sequence[ScoredClip], context: int) -> float:
    """Share of `context`-frame windows whose best of ± 15 frames lies within ± 1, averaged per clip (VocaLiST's rule)."""
    shares = []
    for clip in clips:
        # 25 fps steps of ± 15 frames: every second column is 40 ms.
        table = clip.table[:, ::2]
        usable = clip.usable
        worst = np.nanmin(table, initial=-1.0)
        filled = np.where(np.isfinite(table), table, worst)
        # A window of `context` frames holds context − 4 segments of 5 frames each.
        size = max(1, context - 4)
        if len(filled) < size:
            continue
        means = ndimage.uniform_filter1d(filled, size, axis=0, mode="nearest")
        share = ndimage.uniform_filter1d(usable.astype(np.float32), size, mode="nearest")
        rows = share > 0.6
        inside = size // 2
        rows[:inside] = False
        rows[len(rows) - (size - 1 - inside) :] = False
        if rows.any():
            best = means[rows].argmax(axis=1) - table.shape[1] // 2
            shares.append(float((np.abs(best) <= 1).mean()))
    return float(np.mean(shares)) if shares else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class ShiftFigures:
    """Mean p by shift, and how many clips peak at 0 (± 1 frame) and fall on both sides of it up to ± 5 frames."""

    mean_p: np.ndarray  # (31,) mean cosine at −15 … +15 frames
    peak_within_one: float
    falls: float
    clips: int


def shift_figures(clips: Sequence[ScoredClip], shortest_s: float = 0.0) -> ShiftFigures:
    """Sensitivity to shifts, clip by clip, over clips of at least `shortest_s` seconds."""
    curves, peaks, falls = [], [], []
    for clip in clips:
        usable = clip.usable
        if clip.seconds < shortest_s or usable.sum() < 10:
            continue
        curve = np.nanmean(clip.table[usable][:, ::2], axis=0)
        curves.append(curve)
        middle = len(curve) // 2
        peak = int(np.nanargmax(curve))
        peaks.append(abs(peak - middle) <= 1)
        right = np.diff(curve[peak : middle + 6]) if peak < middle + 5 else np.zeros(0)
        left = np.diff(curve[middle - 5 : peak + 1]) if peak > middle - 5 else np.zeros(0)
        falls.append(abs(peak - middle) <= 1 and bool((right <= 0).all()) and bool((left >= 0).all()))
    if not curves:
        return ShiftFigures(np.full(31, np.nan), float("nan"), float("nan"), 0)
    return ShiftFigures(np.nanmean(curves, axis=0), float(np.mean(peaks)), float(np.mean(falls)), len(curves))


def estimated_offset(clip: EmbeddedClip) -> tuple[float, float]:
    """(ms by which the sound is late, contrast of that lag over the median in standard deviations) of one clip."""
    usable = clip.usable
    table = lag_table(clip.faces, clip.speech)[usable]
    means = np.nanmean(table, axis=0)
    means = ndimage.gaussian_filter1d(np.where(np.isfinite(means), means, np.nanmin(means)), 1.0)
    peak = int(means.argmax())
    return float(LAGS_S[peak] * 1000), float((means[peak] - np.median(means)) / (means.std() + 1e-9))


@dataclass(frozen=True, slots=True, eq=False)
class ScorerRow:
    """All figures of one scorer on one kind of footage."""

    scorer: str
    footage: str
    clips: int
    pairs: PairFigures
    offsets: tuple[float, ...]
    shifts: ShiftFigures
    long_shifts: ShiftFigures


def measure(name: str, footage: str, clips: Sequence[ScoredClip], threshold: float = 0.5) -> ScorerRow:
    """The row of one scorer; `clips` must be in sync and of people it was not trained on."""
    offsets = tuple(offset_accuracy(clips, context) for context in CONTEXTS)
    return ScorerRow(
        name,
        footage,
        len(clips),
        pair_figures(clips, threshold=threshold),
        offsets,
        shift_figures(clips),
        shift_figures(clips, 5.0),
    )


def table_of(rows: Sequence[ScorerRow]) -> str:
    """The rows as a Markdown table."""
    contexts = " | ".join(f"±1 at {context}" for context in CONTEXTS)
    lines = [
        f"| scorer | footage | clips | pairs at 0.5 | pairs, best threshold | AUC | near / far / other voice | {contexts} "
        "| peak within ±1 | peak, clips ≥ 5 s | falls within ±5 |",
        "|---|---|---|---|---|---|---|" + "---|" * (len(CONTEXTS) + 3),
    ]
    for row in rows:
        pairs = row.pairs
        offsets = " | ".join(f"{100 * value:.1f}" for value in row.offsets)
        long = (
            f"{100 * row.long_shifts.peak_within_one:.0f} % of {row.long_shifts.clips}"
            if row.long_shifts.clips
            else "–"
        )
        lines.append(
            f"| {row.scorer} | {row.footage} | {row.clips} | {100 * pairs.at_half:.1f} | {100 * pairs.best:.1f} "
            f"| {pairs.auc:.3f} | {pairs.auc_near:.3f} / {pairs.auc_far:.3f} / {pairs.auc_other:.3f} | {offsets} "
            f"| {100 * row.shifts.peak_within_one:.0f} % | {long} | {100 * row.shifts.falls:.0f} % |"
        )
    return "\n".join(lines)
