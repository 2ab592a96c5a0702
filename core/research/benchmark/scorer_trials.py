"""Trains every method, combination and setting of UniSync 2025's tables on the same data for the same processor time.

One folder per trial with its checkpoint, curve and ``result.json``; a trial that has its result is not run again, so the
tables can be filled over several calls. All trials see all training people and are measured on every second held-out clip.
"""

import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core.research.benchmark.scorer import (
    CONTEXTS,
    EmbeddedClip,
    ScoredClip,
    embedded,
    measure,
    score_clips,
    stranger_of,
    visual_blocks,
)
from core.research.corpus.held_out import split_clips
from core.research.training.scorer.baselines import (
    CONTRASTIVE_MARGIN,
    AnyNetwork,
    CrossModalNetwork,
    DistanceNetwork,
    build_network,
)
from core.research.training.scorer.batches import BatchDrawer, BatchSettings
from core.research.training.scorer.clips import Clip, load_clips
from core.research.training.scorer.networks import multiply_adds, parameter_count
from core.research.training.scorer.recipes import recipe
from core.research.training.scorer.train import TrainSettings, as_tensors, some_of, train_on, types_of
from core.scorer.config import ScorerConfig
from core.scorer.curve import LAGS_S
from core.scorer.inputs import speech_segments_of

logger = logging.getLogger(__name__)

VISUALS = ("rgb", "morphable", "landmarks", "parsing")
AUDIOS = ("whisper", "mel")
"""Whisper's first layers stand where the paper has HuBERT."""
SHARES = (0.0, 0.2, 0.5)
MARGINS = ((0.0, 0.0), (0.1, 0.3), (0.3, 0.7))
KINDS = ("grid", "lrw_ar", "single")
SHORT_BATCH = BatchSettings(clips=16, moments=5, others=3, hearings=0)
"""80 × 128 segments: in a minute, four times the steps of the shipped scorers' batches teach more than their size."""
SEGMENTS_A_STEP = SHORT_BATCH.clips * SHORT_BATCH.moments
REACHED = 0.7
"""The area under the curve whose time is told: the paper's 80 % accuracy is beyond what minutes of one core reach."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One row: a recipe with changes, and what share of the processor minutes it is trained for."""

    name: str
    config: ScorerConfig
    budget: float = 1.0


def method_trials() -> list[Trial]:
    """Table II and III: the rivals, the paper's loss alone, and our recipe; all RGB and mel."""
    plain = recipe("small-rgb-mel").with_changes(shape_weight=0.0, ranking_weight=0.0, dropout=0.0)
    return [
        Trial("SyncNet-type", recipe("small-syncnet")),
        Trial("Wav2Lip's expert", recipe("small-expert")),
        Trial("VocaLiST-type", recipe("small-vocalist")),
        Trial("UniSync, the paper's loss", plain),
        Trial("UniSync, our recipe, mel", recipe("small-rgb-mel")),
        Trial("UniSync, our recipe, Whisper's ear", recipe("small-rgb-whisper")),
    ]


def combination_trials() -> list[Trial]:
    """Table IV: every visual representation with mel and with Whisper's ear; half the minutes."""
    return [
        Trial(f"{visual} + {audio}", recipe(f"small-{visual}-{audio}"), 0.5)
        for audio in AUDIOS
        for visual in VISUALS
    ]


def setting_trials() -> list[Trial]:
    """Table V: shares of other speakers among the negatives, and margins; landmarks, a quarter of the minutes, paper's loss."""
    trials = []
    for audio in AUDIOS:
        base = recipe(f"small-landmarks-{audio}").with_changes(
            shape_weight=0.0, ranking_weight=0.0, dropout=0.0
        )
        trials += [
            Trial(f"share {share:g}, {audio}", base.with_changes(cross_share=share), 0.25) for share in SHARES
        ]
        trials += [
            Trial(f"margins {margins[0]:g} {margins[1]:g}, {audio}", base.with_changes(margins=margins), 0.25)
            for margins in MARGINS
            if margins != base.margins
        ]
    return trials


def all_trials() -> list[Trial]:
    """Every trial once, in the order of the tables."""
    found = {trial.name: trial for trial in (*method_trials(), *combination_trials(), *setting_trials())}
    return list(found.values())


def run_trials(data: Path, output: Path, minutes: float, names: Sequence[str] = ()) -> None:
    """Trains and measures the trials that `output` lacks (or those of `names`), each for `minutes` of the processor."""
    wanted = [
        trial
        for trial in all_trials()
        if not (output / folder_of(trial.name) / "result.json").is_file()
        and (not names or trial.name in names)
    ]
    if not wanted:
        return
    split = split_clips(path.stem for path in data.glob("*.npz") if not path.name.startswith("."))
    training, held_out = load_clips(data, split.training), load_clips(data, split.validation[::2])
    for trial in wanted:
        folder = output / folder_of(trial.name)
        settings = TrainSettings(
            data,
            folder,
            minutes * trial.budget,
            clock="processor",
            validate_every=100,
            seed=5,
            batch=SHORT_BATCH,
        )
        (folder / "curve.jsonl").unlink(missing_ok=True)
        network = train_on(trial.config, settings, training, held_out)
        result = {"name": trial.name, "minutes": minutes * trial.budget} | measure_network(
            network, held_out, training[::15]
        )
        result |= _training_figures(folder, trial.config, data)
        _write(folder / "result.json", json.dumps(result, indent=1))
        logger.info("%s: %s", trial.name, result)


def folder_of(name: str) -> str:
    """The trial's folder below the output's."""
    return name.replace(" ", "_").replace(",", "").replace("'", "")


def measure_network(
    network: AnyNetwork, clips: Sequence[Clip], training: Sequence[Clip]
) -> dict[str, object]:
    """Both protocols, the mean of the kinds of footage; the pair threshold is chosen on some `training` clips."""
    network.eval()
    threshold = _threshold(network, training)
    scored = list(_scored(network, clips))
    rows = []
    for kind in KINDS:
        chosen = [clip for clip in scored if clip.name.startswith(kind)]
        if len(chosen) > 1:
            rows.append(measure(network.config.name, kind, chosen, threshold))
    return {
        "accuracy": float(np.mean([row.pairs.at_half for row in rows])),
        "best_accuracy": float(np.mean([row.pairs.best for row in rows])),
        "auc": float(np.mean([row.pairs.auc for row in rows])),
        "offset_accuracy": [float(np.mean([row.offsets[n] for row in rows])) for n in range(len(CONTEXTS))],
        "peak_within_one": float(np.mean([row.shifts.peak_within_one for row in rows])),
    }


@torch.inference_mode()
def _threshold(network: AnyNetwork, clips: Sequence[Clip]) -> float:
    """Where true and false training pairs part best; the same for every method, as not all have a natural border."""
    quiet = BatchSettings(clips=64, moments=4, others=0, speaking_share=1.0, augment=False)
    tensors = as_tensors(BatchDrawer(clips, network.config, quiet, 3).draw(), torch.device("cpu"))
    types = types_of(tensors)
    seen, heard = network.visual.features(tensors["visual"]), network.audio.features(tensors["audio"])
    false = types.apart & torch.isfinite(types.distance)
    score = network.pair_logits if isinstance(network, CrossModalNetwork) else network.pair_scores
    right = score(seen, heard, *some_of(types.positive)).numpy()
    wrong = score(seen, heard, *some_of(false)).numpy()
    values = np.quantile(np.concatenate([right, wrong]), np.linspace(0.02, 0.98, 97))
    return float(values[np.argmax([(right > value).mean() + (wrong <= value).mean() for value in values])])


@torch.inference_mode()
def _scored(network: AnyNetwork, clips: Sequence[Clip]) -> Iterator[ScoredClip]:
    if isinstance(network, CrossModalNetwork):
        yield from _scored_one_by_one(network, clips)
        return
    vectors = []
    for clip in clips:
        seen = [network.visual(_tensor(block)) for block in visual_blocks(network.config, clip)]
        vectors.append(embedded(clip, torch.cat(seen).numpy(), torch.cat(_heard(network, clip)).numpy()))
    yield from (
        score_clips(vectors) if not isinstance(network, DistanceNetwork) else _scored_by_distance(vectors)
    )


def _tensor(block: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(block, np.float32))


def _heard(network: AnyNetwork, clip: Clip) -> list[torch.Tensor]:
    voice = clip.voice.astype(np.float32) / 32768.0
    run = network.audio.features if isinstance(network, CrossModalNetwork) else network.audio
    return [run(_tensor(block)) for block in speech_segments_of(network.config, voice)]


def _scored_by_distance(clips: Sequence[EmbeddedClip]) -> Iterator[ScoredClip]:
    """As `score_clips`, with L2 distances turned round in place of cosines."""
    random = np.random.default_rng(0)
    for number, clip in enumerate(clips):
        faces, speech = clip.faces.vectors, clip.speech
        rows = speech.rows_at(clip.faces.times[:, None] + LAGS_S[None])
        table = -np.linalg.norm(faces[:, None] - speech.vectors[np.maximum(rows, 0)], axis=2)
        stranger = clips[stranger_of(number, len(clips), random)].speech.vectors
        others = stranger[random.integers(0, len(stranger), len(faces))]
        yield ScoredClip(
            clip.name, float(clip.faces.times[-1] - clip.faces.times[0]),
            1 + np.where(rows >= 0, table, np.nan) / CONTRASTIVE_MARGIN, clip.usable, 1 - np.linalg.norm(faces - others, axis=1) / CONTRASTIVE_MARGIN,
        )  # fmt: skip


def _scored_one_by_one(network: CrossModalNetwork, clips: Sequence[Clip]) -> Iterator[ScoredClip]:
    """Every pair through the transformers, at whole frames of 40 ms only (as the published protocol has it)."""
    random = np.random.default_rng(0)
    heard = [torch.cat(_heard(network, clip)) for clip in clips]
    columns = np.arange(0, len(LAGS_S), 2)
    for number, clip in enumerate(clips):
        seen = torch.cat(
            [network.visual.features(_tensor(block)) for block in visual_blocks(network.config, clip)]
        )
        known = embedded(clip, np.zeros((len(seen), 1)), np.zeros((len(heard[number]), 1)))
        rows = known.speech.rows_at(clip.times[:, None] + LAGS_S[columns][None])
        frames, lags = np.nonzero(rows >= 0)
        table = np.full((len(seen), len(LAGS_S)), np.nan, np.float32)
        table[frames, columns[lags]] = _pairwise(network, seen, heard[number], frames, rows[frames, lags])
        other = heard[stranger_of(number, len(clips), random)]
        moments = random.integers(0, len(other), len(seen))
        strangers = _pairwise(network, seen, other, np.arange(len(seen)), moments)
        yield ScoredClip(clip.name, clip.seconds, table, known.usable, strangers)


def _pairwise(
    network: CrossModalNetwork, seen: torch.Tensor, heard: torch.Tensor, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    parts = [
        network.pair_logits(
            seen, heard, torch.from_numpy(rows[low : low + 2048]), torch.from_numpy(columns[low : low + 2048])
        )
        for low in range(0, len(rows), 2048)
    ]
    # Logits: probabilities near one would all look alike to the argmax.
    return torch.cat(parts).numpy() if parts else np.zeros(0, np.float32)


def _training_figures(folder: Path, config: ScorerConfig, data: Path) -> dict[str, object]:
    curve = folder / "curve.jsonl"  # absent when the budget ended before the first line
    text = curve.read_text(encoding="utf-8") if curve.is_file() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    network = build_network(config)
    reached = next((line["seconds"] for line in lines if line["val_auc"] >= REACHED), None)
    return {
        "parameters": parameter_count(network),
        "multiply_adds": multiply_adds(network, config.visual_shape, config.audio_shape),
        "step_seconds": lines[-1]["seconds"] / lines[-1]["step"] if lines else None,
        "steps": lines[-1]["step"] if lines else 0,
        "seconds_to_reach": reached,
    }


def segments_in_an_epoch(data: Path) -> int:
    """True pairs in one pass: pictures of the training clips during which the voice speaks."""
    stems = [path.stem for path in data.glob("*.npz") if not path.name.startswith(".")]
    return int(sum(clip.speaks.sum() for clip in load_clips(data, split_clips(stems).training)))


def paper_size_seconds(config: ScorerConfig, pairs: int = 4) -> float:
    """Processor seconds per pair of one training step at the paper's size, forwards and backwards."""
    network = build_network(config).train()
    visual, audio = torch.randn(pairs, *config.visual_shape), torch.randn(pairs, *config.audio_shape)
    for _ in range(2):  # the first makes the buffers
        started = time.process_time()
        network(visual, audio).mean().backward()
    return (time.process_time() - started) / pairs


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
