"""What a batch costs the generator, and how far off it is on held-out clips: for training it and for adapting it.

The condition is a clip with *other* lips and the target the untouched clip, so copying the condition is never right;
at lower noise the condition may also be another stretch of the same clip (OmniSync eq. 3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.adaptation import flow
from core.adaptation.batches import Batch, laid_into, to_clips
from core.generator.recipes import Codec, GeneratorRecipe
from core.generator.references import prior_motion
from core.generator.transformer import LipSyncTransformer

EDIT_FLOOR = 0.5  # see `flow.flow_loss`; below half noise the source is seen well enough
_SYNC_BELOW = 0.8  # an estimate of x0 out of nearly pure noise has no lips to judge
_VALIDATION_SIGMAS = (0.5, 1.0)
_MOUTH_ALONE = 1e3

SyncLoss = Callable[[Tensor, np.ndarray, np.ndarray], Tensor]
"""How badly crops (B, T, 3, S, S) in -1..1 fit voices (B, N) at times (B, T): a differentiable scalar."""

AdversaryLoss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""What made clips lack beside real ones, (B, 3, T, V, V) each, within mouths (B, 1, T, V, V): a differentiable scalar."""

JudgeLoss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""How much less natural made faces look than the true ones, (B, T, 3, S, S) in -1..1 each, the judge's view (B, T, 2, 3) of
both: a differentiable scalar."""


def batch_loss(  # noqa: PLR0913 - the judges of a recipe, all by name
    network: LipSyncTransformer,
    codec: Codec,
    batch: Batch,
    recipe: GeneratorRecipe,
    device: str,
    *,
    bf16: bool = False,
    sync: SyncLoss | None = None,
    adversary: AdversaryLoss | None = None,
    judge: JudgeLoss | None = None,
) -> Tensor:
    """The loss of one batch: flow matching, and what the recipe asks for on the decoded estimate of x0."""
    given = _inputs(network, codec, batch, recipe, device)
    with _autocast(device, bf16):
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
    sync = sync if recipe.sync_weight > 0 else None
    judge = judge if recipe.naturalness_weight > 0 else None
    if not (recipe.picture_weight or recipe.detail_weight or sync or adversary or judge):
        return loss
    made = codec.decode(flow.clean_estimate(given.noisy, velocity, given.sigmas))
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
        with _autocast(device, bf16):
            loss = loss + recipe.adversarial_weight * adversary(target, made, mouth)
    judged = np.flatnonzero((batch.sigmas < _SYNC_BELOW) & ~batch.silent)
    if sync is not None and len(judged):
        whole = laid_into(made[judged], to_clips(batch.surroundings[judged], device), batch.corner[judged])
        shortest = min(len(batch.voices[i]) for i in judged)
        voices = np.stack([batch.voices[i][:shortest] for i in judged]).astype(np.float32) / 32768
        loss = loss + recipe.sync_weight * sync(whole.transpose(1, 2), voices, batch.times[judged])
    if judge is not None:
        true = to_clips(batch.surroundings, device)
        whole = laid_into(made, true, batch.corner)
        views = torch.from_numpy(batch.patches).to(device)
        loss = loss + recipe.naturalness_weight * judge(whole.transpose(1, 2), true.transpose(1, 2), views)
    return loss


@torch.no_grad()
def validation(
    network: LipSyncTransformer,
    codec: Codec,
    batches: Sequence[tuple[str, Batch]],
    recipe: GeneratorRecipe,
    device: str,
    *,
    bf16: bool = False,
    unheard: bool = False,
) -> dict[str, float]:
    """L1 in the mouth, grey levels, of the one-step estimate at several noise levels, by what words the source says.

    ``source`` is that of doing nothing; ``detail`` is that of how much detail there is (`flow.detail_loss`) at noise level 1.
    With `unheard` also ``unheard``, the error at noise level 1 when no speech is told: what speech does to the mouth.
    """
    network.eval()
    errors: dict[str, list[float]] = {}
    for words, batch in batches:
        mouth = torch.from_numpy(batch.mouth)[:, None].to(device)
        target = to_clips(batch.target, device)

        def error(made: Tensor, mouth: Tensor = mouth, target: Tensor = target) -> float:
            return float(127.5 * (mouth * (made - target).abs()).sum() / (3 * mouth.sum()))

        def estimate(sigma: float, silent: bool, batch: Batch = batch) -> Tensor:
            level = replace(
                batch,
                sigmas=np.full_like(batch.sigmas, sigma),
                silent=np.full_like(batch.silent, silent),
                unguided=np.zeros_like(batch.unguided),
            )
            given = _inputs(network, codec, level, recipe, device)
            with _autocast(device, bf16):
                velocity = network(**given.arguments).float()
            return codec.decode(flow.clean_estimate(given.noisy, velocity, given.sigmas))

        errors.setdefault(f"{words} source", []).append(error(to_clips(batch.source, device)))
        if unheard:
            errors.setdefault(f"{words} unheard", []).append(error(estimate(1.0, silent=True)))
        for sigma in (1.0,) if recipe.one_step else _VALIDATION_SIGMAS:
            made = estimate(sigma, silent=False)
            errors.setdefault(f"{words} sigma {sigma:g}", []).append(error(made))
        # The last of the levels is 1.
        blunt = 127.5 * flow.detail_loss(made, target, mouth, mouth_weight=_MOUTH_ALONE)
        errors.setdefault(f"{words} detail", []).append(float(blunt))
    return {name: float(np.mean(values)) for name, values in errors.items()}


def _autocast(device: str, bf16: bool) -> torch.autocast:
    return torch.autocast(device.split(":")[0], torch.bfloat16, enabled=bf16)


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    arguments: dict[str, Any]  # of the network
    noisy: Tensor
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
        lips, reference = (
            torch.from_numpy(places).to(device) for places in (batch.lips, batch.reference_lips)
        )
        prior = prior_motion(lips, reference, batch.target.shape[2], clean.shape[-1])
        prior = torch.where(unguided.view(-1, 1, 1, 1, 1, 1), 0.0, prior)
    spoken = torch.from_numpy(batch.speech).to(device)
    if spoken.shape[-1] != network.config.speech_dim:  # it heard with another ear than there is now
        spoken = network.null_speech.expand(*spoken.shape[:2], 1, -1)
    silent = torch.from_numpy(batch.silent).to(device)
    spoken = torch.where(silent[:, None, None, None], network.null_speech, spoken)
    generator = torch.Generator().manual_seed(batch.noise_seed)
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    if recipe.one_step:
        noise = torch.zeros_like(clean)
    sigmas = torch.from_numpy(batch.sigmas).to(device)
    noisy = flow.noised(clean, noise, sigmas)
    arguments = {
        "noisy": noisy,
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
    return _Inputs(arguments, noisy, clean, noise, sigmas)
