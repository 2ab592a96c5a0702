"""Trains a scorer on prepared clips, on a processor or a graphics card, with checkpoints that it resumes from."""

import json
import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import normalize

from core.base.errors import SettingsError
from core.base.precision import fast_dtype
from core.research.corpus.held_out import split_clips
from core.research.training.scorer.baselines import AnyNetwork, build_network
from core.research.training.scorer.batches import Batch, BatchDrawer, BatchSettings
from core.research.training.scorer.clips import Clip, half_of, load_clips
from core.research.training.scorer.loss import PairTypes, pair_types
from core.research.training.scorer.networks import SyncNetwork
from core.research.training.scorer.objective import objective
from core.scorer.config import ScorerConfig, config_to_json
from core.scorer.listening import ear_of

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 120.0
_QUIET = BatchSettings(clips=64, moments=4, others=0, speaking_share=1.0, augment=False)


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a training runs.

    Attributes:
        data: folder of prepared clips.
        output: folder for the checkpoint, the curve and the configuration.
        minutes: how long to train in this call; the schedule ends with them.
        clock: what counts as a minute: the wall's, or the processor's (fair between trainings on a shared machine).
        most_steps: stop there even if minutes are left; those before a resumption count.
        seed: of the weights and of the batches.
        half: "a" or "b" trains on one half of the people, None on all.
        learning_rate: the paper's is 1e-4; the small recipes stand and profit from more.
        weight_decay: the paper's lambda.
        device: torch device name.
        threads: processor threads.
        batch: how batches are drawn.
        validate_every: steps between two lines of the curve.
        initial: a trained network whose fitting parts are the starting point, e.g. another representation's audio tower.
        frozen_audio: trains the visual tower alone against the initial audio tower: half the work of a step.
        hubert: folder or hub name of the HuBERT that a ``…-hubert`` recipe hears with.
        hubert_layer: which of its hidden states.
    """

    data: Path
    output: Path
    minutes: float
    clock: Literal["wall", "processor"] = "wall"
    most_steps: int | None = None
    seed: int = 1
    half: str | None = None
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    device: str = "cpu"
    threads: int = 1
    batch: BatchSettings = field(default_factory=BatchSettings)
    validate_every: int = 400
    initial: Path | None = None
    frozen_audio: bool = False
    hubert: str | None = None
    hubert_layer: int = -1


def train(config: ScorerConfig, settings: TrainSettings, *, resume: bool = False) -> AnyNetwork:
    """Trains `config` and returns the network; ``settings.output`` holds what a resumed run needs.

    Raises:
        SettingsError: there is nothing prepared to train on.
    """
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    names = [path.stem for path in settings.data.glob("*.npz") if not path.name.startswith(".")]
    split = split_clips(names)
    if not split.training or not split.validation:
        raise SettingsError(f"The folder {settings.data} holds too few prepared clips.")
    training = load_clips(settings.data, half_of(split.training, settings.half))
    validation = load_clips(settings.data, split.validation)
    logger.info(
        "training on %d clips (%.1f min), validating on %d (%.1f min)",
        len(training), sum(clip.seconds for clip in training) / 60,
        len(validation), sum(clip.seconds for clip in validation) / 60,
    )  # fmt: skip
    return train_on(config, settings, training, validation, resume=resume)


def train_on(
    config: ScorerConfig,
    settings: TrainSettings,
    training: Sequence[Clip],
    validation: Sequence[Clip],
    *,
    resume: bool = False,
) -> AnyNetwork:
    """As `train`, on clips that are in memory already (`settings.data` and `settings.half` are not looked at)."""
    settings.output.mkdir(parents=True, exist_ok=True)
    (settings.output / "config.json").write_text(config_to_json(config), encoding="utf-8")
    device = torch.device(settings.device)
    network = build_network(config).to(device)
    if config.method != "vocalist":  # whose three-dimensional convolutions have no such layout
        network = network.to(memory_format=torch.channels_last)
    if settings.initial is not None:
        _start_from(network, settings.initial)
    if settings.frozen_audio:
        network.audio.requires_grad_(requires_grad=False)
    optimiser = torch.optim.Adam(
        [parameter for parameter in network.parameters() if parameter.requires_grad],
        settings.learning_rate,
        betas=(0.5, 0.999),
        weight_decay=settings.weight_decay,
    )
    step, spent = 0, 0.0
    checkpoint = settings.output / "checkpoint.pt"
    if resume and checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["seconds"]
    ear = ear_of(config, settings.hubert, settings.hubert_layer)
    drawer = BatchDrawer(training, config, settings.batch, settings.seed * 1000 + step, ear)
    held = [BatchDrawer(validation, config, _QUIET, 7, ear).draw()]
    now = time.monotonic if settings.clock == "wall" else time.process_time
    started, saved = now(), time.monotonic()
    averaged = _Average(network)
    sums: dict[str, float] = {}
    first = step
    while (part := _share_done(settings, now() - started, step - first, first)) < 1:
        for group in optimiser.param_groups:
            # Linear rise over the first 2 %, then half a cosine down to a fiftieth.
            group["lr"] = (
                settings.learning_rate
                * min(1.0, part / 0.02 + 0.05)
                * (0.51 + 0.49 * math.cos(math.pi * part))
            )
        losses = _step(network, optimiser, drawer.draw(), config, device, frozen_audio=settings.frozen_audio)
        step += 1
        used = now() - started
        averaged.update(network)
        for key, value in losses.items():
            sums[key] = sums.get(key, 0.0) + value
        if step % settings.validate_every == 0:
            with averaged.used_in(network):
                figures = _validate(network, held, device)
            means = {key: round(value / settings.validate_every, 4) for key, value in sums.items()}
            sums = {}
            _log(settings.output, {"step": step, "seconds": round(spent + used), **means, **figures})
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(checkpoint, network, optimiser, step, spent + used)
            saved = time.monotonic()
    _save(checkpoint, network, optimiser, step, spent + now() - started)
    averaged.apply(network)
    if isinstance(network, SyncNetwork):
        quiet = BatchDrawer(training, config, _QUIET, settings.seed, ear).draw()
        balance(network, quiet, device, frozen_audio=settings.frozen_audio)
    export = settings.output / "network.pt"
    temporary = export.with_suffix(".tmp")
    torch.save({key: value.cpu() for key, value in network.state_dict().items()}, temporary)
    os.replace(temporary, export)
    return network


def _share_done(settings: TrainSettings, seconds: float, steps: int, first: int) -> float:
    """How much of this call is done after `seconds` and `steps` of it; `first` steps lie before it."""
    by_clock = seconds / max(60 * settings.minutes, 1e-9)
    if settings.most_steps is None:
        return by_clock
    left = settings.most_steps - first
    return max(by_clock, steps / left if left > 0 else 1.0)


def _start_from(network: AnyNetwork, path: Path) -> None:
    own = network.state_dict()
    given = (
        load_file(path)
        if path.suffix == ".safetensors"
        else torch.load(path, map_location="cpu", weights_only=True)
    )
    fitting = {key: value for key, value in given.items() if key in own and own[key].shape == value.shape}
    network.load_state_dict(own | fitting)
    logger.info("started from %s: %d of %d tensors", path, len(fitting), len(own))


class _Average:
    """Exponential average of the weights (half-life about 350 steps): steadier than the last step's."""

    def __init__(self, network: AnyNetwork, decay: float = 0.998) -> None:
        self._decay = decay
        self._values = {key: value.detach().clone() for key, value in network.state_dict().items()}
        self._count = 0

    def update(self, network: AnyNetwork) -> None:
        self._count += 1
        decay = min(self._decay, self._count / (self._count + 9))
        for key, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                self._values[key].lerp_(value.detach(), 1 - decay)
            else:
                self._values[key].copy_(value)

    def apply(self, network: AnyNetwork) -> None:
        network.load_state_dict(self._values)

    @contextmanager
    def used_in(self, network: AnyNetwork) -> Iterator[None]:
        own = {key: value.detach().clone() for key, value in network.state_dict().items()}
        self.apply(network)
        try:
            yield
        finally:
            network.load_state_dict(own)


def as_tensors(batch: Batch, device: torch.device) -> dict[str, Tensor]:
    """The batch's arrays by name on `device`, pictures scaled to −1 … 1 and stacked on the channel axis."""
    values = {}
    for name in batch.__slots__:
        array = getattr(batch, name)
        values[name] = torch.from_numpy(array).to(device)
    visual = values["visual"]
    if visual.dtype == torch.uint8:
        count, frames, height, width, _ = visual.shape
        # Laid out as the convolutions want it while it is still bytes, then scaled in place.
        stacked = visual.permute(0, 2, 3, 1, 4).reshape(count, height, width, -1).float()
        gain = values["gain"].repeat(1, frames)[:, None, None]
        stacked.mul_(gain / 127.5).add_(values["bias"][:, None, None, None] - gain)
        values["visual"] = stacked.permute(0, 3, 1, 2)
    values["shape"], values["audio_shape"] = values["shape"].float(), values["audio_shape"].float()
    return values


def _step(
    network: AnyNetwork,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    config: ScorerConfig,
    device: torch.device,
    *,
    frozen_audio: bool,
) -> dict[str, float]:
    network.train()
    if frozen_audio:
        network.audio.eval()
    tensors = as_tensors(batch, device)
    with torch.autocast(device.type, torch.bfloat16, enabled=fast_dtype(device) == torch.bfloat16):
        visual = network.visual.features(tensors["visual"].contiguous(memory_format=torch.channels_last))
        with torch.set_grad_enabled(not frozen_audio):
            audio = network.audio.features(tensors["audio"].contiguous(memory_format=torch.channels_last))
    total, losses = objective(
        network, visual.float(), audio.float(), types_of(tensors), tensors["shape"], tensors["audio_shape"]
    )
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return losses


@torch.inference_mode()
def balance(network: SyncNetwork, batch: Batch, device: torch.device, *, frozen_audio: bool = False) -> float:
    """Moves both embedding layers' biases so that 0.5 parts true from false *training* pairs best; returns the move.

    Short trainings end with all cosines high. A common threshold for the ReLU makes embeddings sparser and the cosines
    spread, which leaves their order nearly unchanged. The move is in standard deviations of the activations. A frozen
    audio tower keeps its bias, since other visual towers share it.
    """
    network.eval()
    tensors = as_tensors(batch, device)
    sight = network.visual.head(network.visual.features(tensors["visual"])[:, :, None, None])[:, :, 0, 0]
    sound = network.audio.head(network.audio.features(tensors["audio"])[:, :, None, None])[:, :, 0, 0]
    types = types_of(tensors)
    false = types.apart & torch.isfinite(types.distance)
    best, chosen = -1.0, 0.0
    for move in np.arange(0.0, 1.5, 0.1):
        sounds = torch.relu(sound if frozen_audio else sound - move * sound.std())
        p = normalize(torch.relu(sight - move * sight.std()), dim=1) @ normalize(sounds, dim=1).T
        right = (p[types.positive] > 0.5).float().mean() + (p[false] <= 0.5).float().mean()
        if float(right) > best:
            best, chosen = float(right), float(move)
    assert network.visual.head.bias is not None
    assert network.audio.head.bias is not None
    network.visual.head.bias -= chosen * sight.std()
    if not frozen_audio:
        network.audio.head.bias -= chosen * sound.std()
    return chosen


def types_of(tensors: dict[str, Tensor]) -> PairTypes:
    """Which pairs of a batch are what."""
    return pair_types(
        tensors["visual_clip"], tensors["visual_time"], tensors["audio_clip"], tensors["audio_time"],
        tensors["visual_person"], tensors["audio_person"],
    )  # fmt: skip


@torch.inference_mode()
def _validate(network: AnyNetwork, batches: Sequence[Batch], device: torch.device) -> dict[str, float]:
    """Pair accuracy at 0.5 and area under the curve, true pairs against other moments of the same clip."""
    network.eval()
    positives, negatives = [], []
    for batch in batches:
        tensors = as_tensors(batch, device)
        seen, heard = network.visual.features(tensors["visual"]), network.audio.features(tensors["audio"])
        types = types_of(tensors)
        false = types.apart & torch.isfinite(types.distance)
        positives.append(network.pair_scores(seen, heard, *some_of(types.positive)))
        negatives.append(network.pair_scores(seen, heard, *some_of(false)))
    positive, negative = torch.cat(positives), torch.cat(negatives)
    accuracy = 0.5 * float((positive > 0.5).float().mean() + (negative <= 0.5).float().mean())
    above = (positive[:, None] > negative[None]).float().mean()
    return {"val_accuracy": round(accuracy, 4), "val_auc": round(float(above), 4)}


def some_of(pairs: Tensor, most: int = 2048) -> tuple[Tensor, Tensor]:
    """Rows and columns of at most about `most` of the true cells, evenly picked: transformers take each pair by itself."""
    rows, columns = pairs.nonzero(as_tuple=True)
    step = max(1, len(rows) // most)
    return rows[::step], columns[::step]


def _log(folder: Path, figures: dict[str, float]) -> None:
    logger.info("%s", figures)
    with (folder / "curve.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(figures) + "\n")


def _save(
    path: Path, network: AnyNetwork, optimiser: torch.optim.Optimizer, step: int, seconds: float
) -> None:
    temporary = path.with_suffix(".tmp")
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "seconds": seconds,
    }
    torch.save(state, temporary)
    os.replace(temporary, path)
