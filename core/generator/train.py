"""Trains autoencoder and transformer on `GeneratorClip`s, on CPU or GPU; checkpoints, resumes, logs a curve.

The condition is a clip with *other* lips and the target the untouched clip, so copying the condition is never right
(papers' digest 4.4 and 4.11); at lower noise the condition may also be another stretch of the same clip (OmniSync eq. 3).
"""

import json
import logging
import os
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.errors import SettingsError
from core.generator import flow
from core.generator.autoencoder import FaceAutoencoder, autoencoder_loss
from core.generator.clips import GeneratorClip
from core.generator.transformer import LipSyncTransformer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """One run of either network.

    Attributes:
        folder: checkpoint, curve and weights go here.
        minutes: how long this call may train.
        batch: pictures (autoencoder) or clips (transformer) per step.
        frames: T of a training clip.
        rate: Adam's learning rate.
        ema: decay of the averaged weights per step.
        speech_dropout: share of clips trained without speech, for guidance.
        mouth_weight: how much more the mouth counts in the loss.
        sigma_mean, sigma_shift: see `flow.sample_sigmas`.
        checkpoint_minutes: between two checkpoints.
        device: torch device.
        seed: of everything random.
    """

    folder: Path
    minutes: float
    batch: int = 8
    frames: int = 8
    rate: float = 2e-4
    ema: float = 0.999
    speech_dropout: float = 0.1
    mouth_weight: float = 4.0
    sigma_mean: float = 1.0
    sigma_shift: float = 1.0
    checkpoint_minutes: float = 2.0
    device: str = "cpu"
    seed: int = 0


class Run:
    """A network in training with optimiser, averaged weights, curve and checkpoint."""

    def __init__(self, network: nn.Module, settings: TrainingSettings, *, resume: bool) -> None:
        self.network = network.to(settings.device).train()
        self.average = deepcopy(self.network).eval().requires_grad_(False)
        self.settings = settings
        self.optimiser = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=0.01)
        self.step = 0
        settings.folder.mkdir(parents=True, exist_ok=True)
        if resume and self._checkpoint.is_file():
            state = torch.load(self._checkpoint, map_location=settings.device, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = state["step"]
        self._started = self._saved = time.monotonic()
        self._losses: list[float] = []

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() - self._started >= 60 * self.settings.minutes

    def random(self) -> np.random.Generator:
        """Randomness of the present step: the same whether or not the run was interrupted."""
        return np.random.default_rng((self.settings.seed, self.step))

    def update(self, loss: Tensor) -> None:
        """One step down the gradient; saves now and then."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)
        self._losses.append(loss.item())
        if time.monotonic() - self._saved >= 60 * self.settings.checkpoint_minutes:
            self.save()

    def save(self) -> None:
        """Writes the checkpoint and a line of the curve."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        part = self._checkpoint.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self._checkpoint)
        line = {"step": self.step, "loss": float(np.mean(self._losses)) if self._losses else None}
        with (self.settings.folder / "curve.jsonl").open("a", encoding="utf-8") as curve:
            curve.write(json.dumps(line) + "\n")
        logger.info("%s", line)
        self._losses.clear()
        self._saved = time.monotonic()

    @property
    def _checkpoint(self) -> Path:
        return self.settings.folder / "checkpoint.pt"


def trainable(clips: Sequence[GeneratorClip], frames: int) -> tuple[GeneratorClip, ...]:
    """The clips that may be trained on and are long enough.

    Raises:
        SettingsError: there is none.
    """
    usable = tuple(clip for clip in clips if clip.may_train and len(clip) >= frames)
    if not usable:
        raise SettingsError(f"None of {len(clips)} clips may be trained on and has {frames} frames.")
    return usable


def train_autoencoder(
    network: FaceAutoencoder,
    clips: Sequence[GeneratorClip],
    settings: TrainingSettings,
    *,
    resume: bool = False,
) -> FaceAutoencoder:
    """Trains on single pictures; returns the averaged network with `scale` set, saved in ``folder/autoencoder``."""
    usable = trainable(clips, 1)
    run = Run(network, settings, resume=resume)
    while not run.is_over:
        rng = run.random()
        chosen = [usable[rng.integers(len(usable))] for _ in range(settings.batch)]
        frames = [int(rng.integers(len(clip))) for clip in chosen]
        pictures = np.concatenate([c.pictures(range(f, f + 1)) for c, f in zip(chosen, frames, strict=True)])
        places = np.concatenate([c.mouth(range(f, f + 1)) for c, f in zip(chosen, frames, strict=True)])
        if rng.random() < 0.5:
            pictures, places = (
                pictures[:, :, ::-1].copy(),
                places * (-1, 1, 1) + (pictures.shape[2] - 1, 0, 0),
            )
        noise = torch.Generator().manual_seed(int(rng.integers(2**31)))
        tensor = to_clip(pictures, settings.device).transpose(0, 2)[:, :, 0]  # (N, 3, S, S)
        mouth = mouth_masks(places, pictures.shape[1])[:, None].to(settings.device)
        run.update(autoencoder_loss(run.network, tensor, mouth, kl=1e-6, generator=noise))
    run.save()
    trained = run.average
    trained.register_to_config(scale=_latent_scale(trained, usable, settings.device))
    trained.save_pretrained(settings.folder / "autoencoder")
    return trained


@torch.no_grad()
def _latent_scale(network: FaceAutoencoder, clips: Sequence[GeneratorClip], device: str) -> float:
    pictures = np.concatenate([clip.pictures(range(1)) for clip in clips[:64]])
    mean, _ = network.moments(to_clip(pictures, device).transpose(0, 2)[:, :, 0])
    return float(1 / mean.std().clamp_min(1e-6))


def train_transformer(
    network: LipSyncTransformer,
    autoencoder: FaceAutoencoder,
    clips: Sequence[GeneratorClip],
    settings: TrainingSettings,
    *,
    resume: bool = False,
) -> LipSyncTransformer:
    """Trains on clips with altered versions; returns the averaged network, saved in ``folder/transformer``."""
    usable = tuple(clip for clip in trainable(clips, settings.frames) if clip.altered)
    if not usable:
        raise SettingsError(
            "No clip has an altered version to start from.", hint="Prepare the clips with other voices."
        )
    autoencoder = autoencoder.to(settings.device).eval().requires_grad_(False)
    run = Run(network, settings, resume=resume)
    bf16 = settings.device.startswith("cuda")
    while not run.is_over:
        with torch.autocast(settings.device.split(":")[0], torch.bfloat16, enabled=bf16):
            loss = transformer_step(run.network, autoencoder, usable, settings, run.random())
        run.update(loss)
    run.save()
    run.average.save_pretrained(settings.folder / "transformer")
    return run.average


def transformer_step(
    network: LipSyncTransformer,
    autoencoder: FaceAutoencoder,
    clips: Sequence[GeneratorClip],
    settings: TrainingSettings,
    rng: np.random.Generator,
) -> Tensor:
    """The loss of one batch drawn with `rng`."""
    device, count = settings.device, settings.frames
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    sigmas = flow.sample_sigmas(
        settings.batch, generator, mean=settings.sigma_mean, shift=settings.sigma_shift
    )
    targets, sources, poses, speech, times, mouths = [], [], [], [], [], []
    for sigma in sigmas.tolist():
        clip = clips[rng.integers(len(clips))]
        start = int(rng.integers(len(clip) - count + 1))
        frames = range(start, start + count)
        altered = int(rng.integers(len(clip.altered)))
        other = frames
        if flow.pair_kind(sigma) == "arbitrary" and rng.random() < 0.5:
            begin = int(rng.integers(len(clip) - count + 1))
            other = range(begin, begin + count)
        targets.append(clip.pictures(frames))
        sources.append(clip.pictures(other, altered=altered))
        poses.append(clip.pose(frames))
        heard = clip.speech_windows(frames)
        speech.append(heard)
        times.append(clip.times[start : start + count])
        mouths.append(mouth_masks(clip.mouth(frames), clip.size))
    with torch.no_grad():
        clean, source, pose = (
            torch.cat([autoencoder.encode(to_clip(pictures, device)) for pictures in part])
            for part in (targets, sources, poses)
        )
    spoken = torch.from_numpy(np.stack(speech)).to(device)
    silent = torch.from_numpy(rng.random(settings.batch) < settings.speech_dropout).to(device)
    spoken = torch.where(silent[:, None, None, None], network.null_speech, spoken)
    mouth = torch.stack(mouths)[:, None].to(device)  # (B, 1, T, S, S)
    mouth = torch.nn.functional.avg_pool3d(mouth, (1, autoencoder.factor, autoencoder.factor))
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    sigmas = sigmas.to(device)
    noisy = flow.noised(clean, noise, sigmas)
    velocity = network(noisy, source, pose, spoken, sigmas, torch.from_numpy(np.stack(times)).to(device))
    return flow.flow_loss(velocity, clean, noise, sigmas, mouth, mouth_weight=settings.mouth_weight)


def to_clip(pictures: np.ndarray, device: str) -> Tensor:
    """(1, 3, T, S, S) float32 in -1..1 of (T, S, S, 3) uint8."""
    return (
        torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(3, 0, 1, 2)[None].float() / 127.5
        - 1
    )


def mouth_masks(places: np.ndarray, size: int) -> Tensor:
    """(T, size, size) float32 soft discs over mouth and chin; `places` (T, 3) as `GeneratorClip.mouth` gives them."""
    x, y, width = torch.from_numpy(np.asarray(places, np.float32)).unbind(1)
    rows = torch.arange(size)[None, :, None] - (y + 0.25 * width)[:, None, None]
    columns = torch.arange(size)[None, None, :] - x[:, None, None]
    return torch.exp(-0.5 * (rows**2 + columns**2) / (0.7 * width)[:, None, None] ** 2)
