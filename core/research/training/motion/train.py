"""Trains the speech encoder and the motion network: gathers examples, runs, checkpoints, validates on unseen people."""

import json
import logging
import os
import pickle
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.base.errors import SettingsError
from core.base.precision import fast_dtype
from core.media.audio import read_analysis
from core.motion.shape import ShapeModel, measures, shape_model
from core.motion.viseme import TimedViseme
from core.research.corpus.held_out import clip_group, may_train, person_of
from core.research.training.averaged_run import AveragedRun, Schedule
from core.research.training.motion.augment import augment
from core.research.training.motion.export import export, load_network
from core.research.training.motion.hearing import EarName, Hearing, hearing_of
from core.research.training.motion.network import MotionNetwork, MotionNetworkConfig
from core.research.training.motion.objective import ObjectiveWeights, motion_loss
from core.research.training.motion.phone_corpus import PhoneUtterance, utterances
from core.research.training.motion.real_speech import RealClip, phones_of, read_clip, training_files
from core.research.training.motion.recordings import another_recording
from core.research.training.motion.training_set import (
    Labelled,
    WindowSampler,
    fit_viseme_shapes,
    in_silence,
    label_real,
    label_synthetic,
    silences,
)
from core.research.training.motion.validation import average_speech, natural_gain, validate
from core.speech.encoder import STEP_RATE
from core.speech.mel import SAMPLE_RATE

logger = logging.getLogger(__name__)

_GROUP_WEIGHTS = {
    "grid": 0.5,
    "lrw_ar": 1.0,
    "single": 2.0,
    "people": 2.0,
    "generated": 0.2,
}  # per second; few people speak in GRID
_SPOKEN_ENGLISH = ("grid", "single", "people")
_WARM_UP_STEPS = 100
_EMA = 0.998
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class MotionTraining:
    """One run. `real` is the folder of tracked clips; `offsets` maps a clip's name to how late its sound is, seconds."""

    real: str
    out: str
    minutes: float = 40.0
    network: MotionNetworkConfig = field(default_factory=MotionNetworkConfig)
    objective: ObjectiveWeights = field(default_factory=ObjectiveWeights)
    synthetic_utterances: int = 640
    further_utterances: dict[str, int] = field(default_factory=lambda: {"ar": 240})  # by language
    real_windows: int = 14
    synthetic_windows: int = 10
    learning_rate: float = 2e-3
    weight_decay: float = 0.1
    seed: int = 0
    threads: int = 1
    half_precision: bool = True  # bfloat16 products, where the processor is faster with them
    offsets: dict[str, float] = field(default_factory=dict)
    most_steps: int | None = 320  # stop there even if minutes are left: unseen people profit no longer
    start_from: str | None = None  # weights of an earlier run of the same sizes
    ear: EarName = "whisper"
    recordings: int = 5  # of each real voice that another ear hears: the first as it is, the others as if recorded elsewhere
    most_of_one_s: float | None = None  # nobody teaches more than so much film would; None: by length alone
    left_out: tuple[
        str, ...
    ] = ()  # further people to measure on instead, for choices made before the last run
    also: tuple[str, ...] = ()  # weights of the same run with other seeds: the mean of all is exported
    gain_from: str | None = (
        None  # an earlier run with people `left_out`, on whom the exported sizes are measured
    )
    late_steps: int = (
        0  # of 1/50 s, by which the networks' mouths come late on people left out; playing takes them off
    )
    voices: str | None = None  # folder of recordings over which the export takes the average mouth of speech

    @classmethod
    def read(cls, path: Path) -> "MotionTraining":
        """The run described by a JSON file with these attributes' names.

        Raises:
            SettingsError: not readable, or a name that does not exist.

        """
        try:
            data = json.loads(path.read_text("utf-8"))
            if "network" in data:
                data["network"] = MotionNetworkConfig(**data["network"])
            if "objective" in data:
                data["objective"] = ObjectiveWeights(**data["objective"])
            data |= {name: tuple(data[name]) for name in ("left_out", "also") if name in data}
            return cls(**data)
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(f"The training configuration {path} cannot be used: {error}.") from error


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Everything gathered for a run; `phones` by clip name."""

    clips: tuple[RealClip, ...]
    phones: dict[str, tuple[TimedViseme, ...]]


def gather(real: Path, shapes: ShapeModel, cache: Path) -> Corpus:
    """Reads the tracked clips and recognises the English ones' phones, once; later runs read `cache`.

    Raises:
        SettingsError: the folder holds no clips.

    """
    if cache.is_file():
        with cache.open("rb") as file:
            return pickle.load(file)  # our own cache beside our own checkpoints
    paths = training_files(real)
    if not paths:
        raise SettingsError(
            f"The folder {real} holds no tracked clips.",
            hint="Make them with python -m core.research.corpus.real.",
        )
    clips = tuple(clip for path in paths if (clip := read_clip(path, shapes)) is not None)
    phones = {clip.name: phones_of(clip) for clip in clips if clip.group in _SPOKEN_ENGLISH}
    corpus = Corpus(clips, phones)
    cache.parent.mkdir(parents=True, exist_ok=True)
    beside = cache.with_suffix(".part")
    with beside.open("wb") as file:
        pickle.dump(corpus, file)
    os.replace(beside, cache)
    return corpus


def _is_measured(clip: RealClip, config: MotionTraining) -> bool:
    """Whether this run measures on the clip."""
    return person_of(clip.name) in config.left_out if config.left_out else clip.held_out


def _examples(
    corpus: Corpus, config: MotionTraining, shape_size: int, hearing: Hearing
) -> tuple[list[Labelled], list[float], list[Labelled]]:
    """Real ones, how often each is drawn, and synthetic ones."""
    clips = [clip for clip in corpus.clips if may_train(clip.name)]
    shapes = fit_viseme_shapes([clip for clip in clips if clip.group in _SPOKEN_ENGLISH], corpus.phones)
    real = _kept("real", config, hearing, lambda: _real(clips, corpus, config, hearing))
    synthetic = _kept("synthetic", config, hearing, lambda: _synthetic(shapes, config, shape_size, hearing))
    kept = [(name, item) for name, item in real if person_of(name) not in config.left_out]
    chances = draw_chances([(name, len(item.seen)) for name, item in kept], config.most_of_one_s)
    return [item for _, item in kept], chances, synthetic


def draw_chances(clips: Sequence[tuple[str, int]], most_of_one_s: float | None) -> list[float]:
    """How often each clip is drawn, by its name and its number of steps of 1/50 s; a clip may be there in several recordings.

    By length and set, and nobody more often than `most_of_one_s` seconds of film in single clips would be.
    """
    weights = [steps * _GROUP_WEIGHTS[clip_group(name)] for name, steps in clips]
    if most_of_one_s is None:
        return weights
    recordings = Counter(name for name, _ in clips)
    totals: dict[str, float] = defaultdict(float)
    for (name, _), weight in zip(clips, weights, strict=True):
        totals[person_of(name)] += weight / recordings[name]
    most = most_of_one_s * STEP_RATE * _GROUP_WEIGHTS["single"]
    return [
        weight * min(1.0, most / totals[person_of(name)])
        for (name, _), weight in zip(clips, weights, strict=True)
    ]


def _kept(kind: str, config: MotionTraining, hearing: Hearing, make: Callable[[], _Made]) -> _Made:
    """What `make` makes, once for all runs beside each other where another ear listens, which takes minutes."""
    if hearing.name == "own":
        return make()
    cache = Path(config.out).parent / f"{kind}-{config.ear}.pkl"
    if not cache.is_file():
        made = make()
        with cache.with_suffix(".part").open("wb") as file:
            pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)
        os.replace(cache.with_suffix(".part"), cache)
    with cache.open("rb") as file:
        return pickle.load(file)  # our own cache beside our own checkpoints


def _real(
    clips: Sequence[RealClip], corpus: Corpus, config: MotionTraining, hearing: Hearing
) -> list[tuple[str, Labelled]]:
    rng = np.random.default_rng(config.seed)
    real = []
    for clip in clips:
        late = config.offsets.get(clip.name.split("__")[1], 0.0)
        for copy in range(config.recordings if hearing.name != "own" else 1):
            babble = clips[int(rng.integers(len(clips)))].voice
            sound, tempo = another_recording(clip.voice, rng, babble) if copy else (None, 1.0)
            item = label_real(
                clip, corpus.phones.get(clip.name), sound_late=late, hearing=hearing, recording=sound, tempo=tempo
            )  # fmt: skip
            if item.seen.sum() >= 15:
                real.append((clip.name, item))
    return real


def _synthetic(
    viseme_shapes: np.ndarray, config: MotionTraining, shape_size: int, hearing: Hearing
) -> list[Labelled]:
    rng = np.random.default_rng(config.seed)
    further = (
        islice(utterances(config.seed + 1, (language,)), count)
        for language, count in config.further_utterances.items()
    )
    spoken = chain(islice(utterances(config.seed), config.synthetic_utterances), *further)
    synthetic = []
    for number, utterance in enumerate(spoken):
        if hearing.name == "own":
            synthetic.append(label_synthetic(utterance, viseme_shapes, shape_size))
            continue
        utterance = in_silence(utterance, rng)
        sound, tempo = another_recording(utterance.voice, rng) if number % 3 else (utterance.voice, 1.0)
        timed = tuple(TimedViseme(v.viseme, v.start / tempo, v.end / tempo) for v in utterance.visemes)
        said = PhoneUtterance(sound, timed, utterance.language)
        synthetic.append(label_synthetic(said, viseme_shapes, shape_size, hearing))
    return synthetic + silences(max(len(synthetic) // 8, 1), shape_size, config.seed, hearing)


def coefficient_importance(shapes: ShapeModel) -> np.ndarray:
    """(K,) float32, mean 1: how far each coefficient moves the mesh, so that rounding is not drowned by the jaw."""
    size = np.linalg.norm(shapes.basis.reshape(shapes.size, -1), axis=1)
    return (size / size.mean()).astype(np.float32)


def typical_range(corpus: Corpus, shapes: ShapeModel) -> tuple[np.ndarray, np.ndarray]:
    """4th and 97th percentile of each measure when the training people's movements are played on the average face."""
    moves = [
        clip.coefs[clip.valid] for clip in corpus.clips if may_train(clip.name) and clip.group != "generated"
    ]
    low, high = np.quantile(measures(shapes.decode(np.concatenate(moves))), [0.04, 0.97], axis=0)
    return low, high


def export_run(config: MotionTraining, folder: Path) -> list[Path]:
    """Writes what ships of a finished run into `folder`; returns the paths (see `core.research.training.motion.export.export`)."""
    shapes = shape_model()
    hearing = hearing_of(config.ear)
    corpus = gather(Path(config.real), shapes, Path(config.out).parent / "corpus.pkl")
    weights = [Path(config.out) / "motion.safetensors", *map(Path, config.also)]
    networks = [load_network(path) for path in weights]
    judges, judged_by = networks, config
    if config.gain_from is not None:
        earlier = Path(config.gain_from)
        judges, judged_by = (
            [load_network(earlier / "motion.safetensors")],
            MotionTraining.read(earlier / "config.json"),
        )
    measured = [clip for clip in corpus.clips if _is_measured(clip, judged_by)]
    gain = natural_gain(judges, measured, config.offsets, hearing)
    low, high = typical_range(corpus, shapes)
    recordings = (
        [read_analysis(path)[: 20 * SAMPLE_RATE] for path in sorted(Path(config.voices).iterdir())]
        if config.voices
        else [clip.voice for clip in corpus.clips if may_train(clip.name)]
    )
    average = average_speech(networks, recordings, hearing) * gain
    facts = {"low": low, "high": high, "gain": gain, "average": average}
    return export(weights, folder, facts, config.late_steps)


def train(config: MotionTraining, *, resume: bool = False) -> Path:
    """Runs until the minutes are used up; returns the path of the weights (``motion.safetensors`` in ``config.out``).

    `resume` goes on from the checkpoint. The learning rate follows the time left, so that a run of any length ends with
    small steps (`core.research.training.averaged_run`).
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    out = Path(config.out)
    out.mkdir(parents=True, exist_ok=True)
    shapes = shape_model()
    hearing = hearing_of(config.ear)
    config = replace(config, network=replace(config.network, shape_size=shapes.size, heard=hearing.width))
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1), "utf-8")
    corpus = gather(Path(config.real), shapes, out.parent / "corpus.pkl")
    real, chances, synthetic = _examples(corpus, config, shapes.size, hearing)
    held_out = [clip for clip in corpus.clips if _is_measured(clip, config)]
    sounds = [hearing.hear(clip.voice) for clip in held_out]
    logger.info(
        "%d real clips, %d synthetic utterances, %d clips held out", len(real), len(synthetic), len(held_out)
    )
    samplers = (
        (WindowSampler(real, chances, config.seed), config.real_windows),
        (WindowSampler(synthetic, [1.0] * len(synthetic), config.seed + 1), config.synthetic_windows),
    )
    network = MotionNetwork(config.network)
    if config.start_from:
        network.load_state_dict(load_file(config.start_from))
    run = AveragedRun(
        network,
        torch.optim.AdamW(
            network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
        ),
        out,
        Schedule(config.minutes, config.most_steps, config.learning_rate, _WARM_UP_STEPS, _EMA),
        lambda network: validate(network, shapes, held_out, config.offsets, sounds, hearing),
        resume=resume,
    )
    importance = torch.from_numpy(coefficient_importance(shapes))
    axis = torch.from_numpy(shapes.opening_axis) / float(np.linalg.norm(shapes.opening_axis))
    generator = torch.Generator().manual_seed(config.seed + run.step)
    is_fast = config.half_precision and fast_dtype("cpu") == torch.bfloat16
    for _ in run.steps():
        batch = _batch(samplers)
        sound = batch["sound"] if config.network.heard else augment(batch["sound"], generator)
        with torch.autocast("cpu", torch.bfloat16, enabled=is_fast):
            output = network(sound)
        run.learn(motion_loss(output, batch, importance, axis, config.objective))
    return run.write("motion")


def _batch(samplers: Sequence[tuple[WindowSampler, int]]) -> dict[str, Tensor]:
    parts = [sampler.batch(size) for sampler, size in samplers if size]
    return {name: torch.from_numpy(np.concatenate([part[name] for part in parts])) for name in parts[0]}
