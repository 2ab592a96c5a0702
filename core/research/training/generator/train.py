"""Trains autoencoder and transformer on `GeneratorClip`s, on CPU or GPU; checkpoints, resumes, logs a curve.

The condition is a clip with *other* lips and the target the untouched clip, so copying the condition is never right
(papers' digest 4.4 and 4.11); at lower noise the condition may also be another stretch of the same clip (OmniSync eq. 3).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.base.errors import SettingsError
from core.generator import flow
from core.generator.adversary import mouth_squares
from core.generator.autoencoder import FaceAutoencoder, autoencoder_loss
from core.generator.batches import (
    Batch,
    ahead,
    draw_batch,
    laid_into,
    mouth_masks,
    mouth_places,
    to_clips,
    trainable,
)
from core.generator.clips import GeneratorClip
from core.generator.recipes import Codec, GeneratorRecipe
from core.generator.references import prior_motion
from core.generator.training_loop import Adversary, Run, TrainingSettings
from core.generator.transformer import LipSyncTransformer

logger = logging.getLogger(__name__)


EDIT_FLOOR = 0.5  # see `flow.flow_loss`; below half noise the source is seen well enough
_SYNC_BELOW = 0.8  # an estimate of x0 out of nearly pure noise has no lips to judge
_VALIDATION_SIGMAS = (0.5, 1.0)
_MOUTH_ALONE = 1e3

_JUDGED_SIDE = 96  # pixels of the square around the mouth that the discriminator sees
# The curve is drawn over clips as they are, told everything.
_AS_IT_IS = {"jitter": 0, "tone": 0.0, "style_dropout": 1.0}

SyncLoss = Callable[[Tensor, np.ndarray, np.ndarray], Tensor]
"""How badly crops (B, T, 3, S, S) in -1..1 fit voices (B, N) at times (B, T): a differentiable scalar."""


def train_autoencoder(
    network: FaceAutoencoder,
    clips: Sequence[GeneratorClip],
    recipe: GeneratorRecipe,
    settings: TrainingSettings,
    *,
    resume: bool = False,
) -> FaceAutoencoder:
    """Trains on single pictures; returns the averaged network with `scale` set, saved in ``folder/autoencoder``."""
    usable = trainable(clips, 1)
    run = Run(network, settings, recipe.rate, resume=resume)
    view = recipe.region
    while run.goes_on():
        rng = run.random(run.step)
        chosen = [usable[rng.integers(len(usable))] for _ in range(recipe.batch)]
        frames = [int(rng.integers(len(clip))) for clip in chosen]
        pictures = np.concatenate([c.pictures(range(f, f + 1)) for c, f in zip(chosen, frames, strict=True)])
        places = np.concatenate([c.mouth(range(f, f + 1)) for c, f in zip(chosen, frames, strict=True)])
        masks = mouth_masks(view.moved(places, recipe.size), view.pixels(recipe.size)[2])[:, None]
        pictures = view.cut(pictures)
        if rng.random() < 0.5:
            pictures, masks = pictures[:, :, ::-1], masks.flip(3)
        noise = torch.Generator().manual_seed(int(rng.integers(2**31)))
        tensor = to_clips(pictures[:, None], settings.device)[:, :, 0]  # (N, 3, V, V)
        mouth = masks.to(settings.device)
        run.update(autoencoder_loss(run.network, tensor, mouth, kl=1e-6, generator=noise))
        if run.is_due:
            run.save()
    run.save()
    trained = run.average
    trained.register_to_config(scale=_latent_scale(trained, usable, recipe, settings.device))
    if run.processes.is_main:
        trained.save_pretrained(settings.folder / "autoencoder")
    run.processes.wait()
    return trained


@torch.no_grad()
def _latent_scale(
    network: FaceAutoencoder, clips: Sequence[GeneratorClip], recipe: GeneratorRecipe, device: str
) -> float:
    pictures = np.concatenate([recipe.region.cut(clip.pictures(range(1))) for clip in clips[:64]])
    mean, _ = network.moments(to_clips(pictures[:, None], device)[:, :, 0])
    return float(1 / mean.std().clamp_min(1e-6))


def train_transformer(
    network: LipSyncTransformer,
    codec: Codec,
    clips: Sequence[GeneratorClip],
    recipe: GeneratorRecipe,
    settings: TrainingSettings,
    *,
    held_out: Sequence[GeneratorClip] = (),
    sync: SyncLoss | None = None,
    resume: bool = False,
) -> LipSyncTransformer:
    """Trains on clips with altered versions; returns the averaged network, saved in ``folder/transformer``.

    Of all checkpoints it is the one with the lowest error on `held_out`, both kinds of words alike; without any, the last.

    Args:
        network: to be trained.
        codec: stays as it is.
        clips: may be trained on.
        recipe: batches and weights of the losses.
        settings: of the run.
        held_out: clips of other people, for the curve.
        sync: scorer A's loss, used where ``recipe.sync_weight`` is not 0.
        resume: go on from the checkpoint.
    """
    usable = tuple(clip for clip in trainable(clips, recipe.frames) if clip.altered)
    if not usable:
        raise SettingsError(
            "No clip has an altered version to start from.", hint="Prepare the clips with other voices."
        )
    codec = codec.to(settings.device).eval().requires_grad_(False)
    if recipe.gradient_checkpointing:
        network.enable_gradient_checkpointing()
    run = Run(network, settings, recipe.rate, resume=resume, adversarial=recipe.adversarial_weight > 0)
    drawn = ahead(lambda step: draw_batch(usable, recipe, run.random(step)), run.step, settings.workers)
    checks = [
        (
            words,
            draw_batch([clip], replace(recipe, **_AS_IT_IS, own_share=share), np.random.default_rng(i), 1),
        )
        for i, clip in enumerate(c for c in held_out if c.altered and len(c) >= recipe.frames)
        for words, share in (("own", 1.0), ("other", 0.0))
        if words in clip.words
    ]

    def save() -> None:
        figures = validation(run.average, codec, checks, recipe, settings) if checks else {}
        # Softer pictures have the lower L1, so detail counts as well.
        made = [[v for name, v in figures.items() if kind in name] for kind in ("sigma", "detail")]
        run.save(error=float(sum(np.mean(values) for values in made)) if figures else None, **figures)

    while run.goes_on():
        adversary = run.adversary if run.step >= recipe.adversarial_after else None
        run.update(batch_loss(run.network, codec, next(drawn), recipe, settings, sync, adversary))
        if run.is_due:
            save()
    drawn.close()
    save()
    best = run.best()
    if run.processes.is_main:
        best.save_pretrained(settings.folder / "transformer")
    return best


def batch_loss(
    network: LipSyncTransformer,
    codec: Codec,
    batch: Batch,
    recipe: GeneratorRecipe,
    settings: TrainingSettings,
    sync: SyncLoss | None = None,
    adversary: Adversary | None = None,
) -> Tensor:
    """The loss of one batch: flow matching, and what the recipe asks for on the decoded estimate of x0."""
    device = settings.device
    given = _inputs(network, codec, batch, recipe, device)
    with _autocast(settings):
        velocity, edit = network.estimated(**given.arguments)
    velocity = velocity.float()
    mouth = torch.from_numpy(batch.mouth)[:, None].to(device)  # (B, 1, T, V, V)
    small = torch.nn.functional.avg_pool3d(mouth, (1, codec.factor, codec.factor))
    floor = EDIT_FLOOR if network.config.prediction == "edit" else 0.0
    loss = flow.flow_loss(
        velocity, given.clean, given.noise, given.sigmas, small, mouth_weight=recipe.mouth_weight, floor=floor
    )
    if edit is not None and recipe.decision_weight:
        undecided = edit.indecision().unflatten(0, (len(mouth), -1)).transpose(1, 2)  # (B, 1, T, V, V)
        loss = loss + recipe.decision_weight * (mouth * undecided).mean() / mouth.mean()
    with_sync = sync is not None and recipe.sync_weight > 0
    if not (recipe.picture_weight or recipe.detail_weight or with_sync or adversary):
        return loss
    made = codec.decode(flow.clean_estimate(given.arguments["noisy"], velocity, given.sigmas))
    target = to_clips(batch.target, device)
    if recipe.picture_weight:
        loss = loss + recipe.picture_weight * flow.picture_loss(
            made, target, mouth, mouth_weight=recipe.mouth_weight
        )
    if recipe.detail_weight:
        loss = loss + recipe.detail_weight * flow.detail_loss(
            made, target, mouth, mouth_weight=recipe.mouth_weight
        )
    if adversary is not None:
        side = min(_JUDGED_SIDE, made.shape[-1])
        real, false = (mouth_squares(clip, mouth_places(mouth), side) for clip in (target, made))
        with _autocast(settings):
            loss = loss + recipe.adversarial_weight * adversary.judge(real, false)
    judged = np.flatnonzero((batch.sigmas < _SYNC_BELOW) & ~batch.silent)
    if with_sync and len(judged):
        whole = laid_into(made[judged], to_clips(batch.surroundings[judged], device), recipe.region)
        shortest = min(len(batch.voices[i]) for i in judged)
        voices = np.stack([batch.voices[i][:shortest] for i in judged]).astype(np.float32) / 32768
        loss = loss + recipe.sync_weight * sync(whole.transpose(1, 2), voices, batch.times[judged])
    return loss


@torch.no_grad()
def validation(
    network: LipSyncTransformer,
    codec: Codec,
    batches: Sequence[tuple[str, Batch]],
    recipe: GeneratorRecipe,
    settings: TrainingSettings,
) -> dict[str, float]:
    """L1 in the mouth, grey levels, of the one-step estimate at several noise levels, by what words the source says.

    ``source`` is that of doing nothing; ``detail`` is that of how much detail there is (`flow.detail_loss`) at noise level 1.
    """
    network.eval()
    errors: dict[str, list[float]] = {}
    for words, batch in batches:
        mouth = torch.from_numpy(batch.mouth)[:, None].to(settings.device)
        target = to_clips(batch.target, settings.device)

        def error(made: Tensor, mouth: Tensor = mouth, target: Tensor = target) -> float:
            return float(127.5 * (mouth * (made - target).abs()).sum() / (3 * mouth.sum()))

        errors.setdefault(f"{words} source", []).append(error(to_clips(batch.source, settings.device)))
        for sigma in (1.0,) if recipe.one_step else _VALIDATION_SIGMAS:
            level = replace(
                batch,
                sigmas=np.full_like(batch.sigmas, sigma),
                silent=np.zeros_like(batch.silent),
                unguided=np.zeros_like(batch.unguided),
            )
            given = _inputs(network, codec, level, recipe, settings.device)
            with _autocast(settings):
                velocity = network(**given.arguments).float()
            made = codec.decode(flow.clean_estimate(given.arguments["noisy"], velocity, given.sigmas))
            errors.setdefault(f"{words} sigma {sigma:g}", []).append(error(made))
        # The last of the levels is 1.
        blunt = 127.5 * flow.detail_loss(made, target, mouth, mouth_weight=_MOUTH_ALONE)
        errors.setdefault(f"{words} detail", []).append(float(blunt))
    return {name: float(np.mean(values)) for name, values in errors.items()}


def _autocast(settings: TrainingSettings) -> torch.autocast:
    return torch.autocast(settings.device.split(":")[0], torch.bfloat16, enabled=settings.bf16)


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    arguments: dict[str, Tensor | None]
    clean: Tensor
    noise: Tensor
    sigmas: Tensor


def _inputs(
    network: LipSyncTransformer, codec: Codec, batch: Batch, recipe: GeneratorRecipe, device: str
) -> _Inputs:
    with torch.no_grad():
        clean, source, pose, geometry = (
            codec.encode(to_clips(pictures, device))
            for pictures in (batch.target, batch.source, batch.pose, batch.geometry)
        )
        references = codec.encode(to_clips(batch.references.reshape(-1, *batch.references.shape[2:]), device))
        references = references.unflatten(0, batch.references.shape[:2])  # (B, K, C, 1 or T, h, w)
    unguided = torch.from_numpy(batch.unguided).to(device)
    nothing = codec.encode(torch.full((1, 3, 1, *batch.target.shape[2:4]), -1.0, device=device))
    geometry = torch.where(unguided.view(-1, 1, 1, 1, 1), nothing, geometry)
    prior = None
    if network.fetching is not None and network.config.references:
        lips, lent = (torch.from_numpy(places).to(device) for places in (batch.lips, batch.lent_lips))
        prior = prior_motion(lips, lent, batch.target.shape[2], clean.shape[-1])
        prior = torch.where(unguided.view(-1, 1, 1, 1, 1, 1), 0.0, prior)
    spoken = torch.from_numpy(batch.speech).to(device)
    silent = torch.from_numpy(batch.silent).to(device)
    spoken = torch.where(silent[:, None, None, None], network.null_speech, spoken)
    generator = torch.Generator().manual_seed(batch.noise_seed)
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    if recipe.one_step:
        noise = torch.zeros_like(clean)
    sigmas = torch.from_numpy(batch.sigmas).to(device)
    arguments = {
        "noisy": flow.noised(clean, noise, sigmas),
        "source": source,
        "pose": pose,
        "speech": spoken,
        "timestep": sigmas,
        "times": torch.from_numpy(batch.times).to(device),
        "style": torch.from_numpy(batch.style).to(device) if network.style_embed is not None else None,
        "geometry": geometry if network.geometry_encoder is not None else None,
        "references": references if network.config.references else None,
        "prior": prior,
    }
    return _Inputs(arguments, clean, noise, sigmas)
