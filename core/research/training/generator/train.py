"""Trains autoencoder and transformer on `GeneratorClip`s, on CPU or GPU; checkpoints, resumes, logs a curve.

What a batch costs stands in `core.adaptation.losses`.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from core.adaptation.batches import (
    Damage,
    ahead,
    draw_batch,
    mouth_masks,
    to_clips,
    trainable,
)
from core.adaptation.clips import GeneratorClip
from core.adaptation.losses import JudgeLoss, SyncLoss, batch_loss, validation
from core.base.errors import SettingsError
from core.generator.autoencoder import FaceAutoencoder, autoencoder_loss
from core.generator.recipes import Codec, GeneratorRecipe
from core.generator.transformer import LipSyncTransformer
from core.research.training.generator.training_loop import Run, TrainingSettings

logger = logging.getLogger(__name__)


# The curve is drawn over clips as they are, told everything.
_AS_IT_IS = {"jitter": 0, "tone": 0.0, "style_dropout": 1.0, "broken_share": 0.0}


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
    region = recipe.region
    while run.goes_on():
        rng = run.random(run.step)
        chosen = [usable[rng.integers(len(usable))] for _ in range(recipe.batch)]
        frames = [int(rng.integers(len(clip))) for clip in chosen]
        pictures = np.concatenate([c.pictures(range(f, f + 1)) for c, f in zip(chosen, frames, strict=True)])
        places = np.concatenate([c.mouth(range(f, f + 1)) for c, f in zip(chosen, frames, strict=True)])
        masks = mouth_masks(region.moved(places, recipe.size), region.pixels(recipe.size)[2])[:, None]
        pictures = region.cut(pictures)
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


def train_transformer(  # noqa: PLR0913 - all that teaches it, by name
    network: LipSyncTransformer,
    codec: Codec,
    clips: Sequence[GeneratorClip],
    recipe: GeneratorRecipe,
    settings: TrainingSettings,
    *,
    held_out: Sequence[GeneratorClip] = (),
    sync: SyncLoss | None = None,
    judge: JudgeLoss | None = None,
    damage: Damage | None = None,
    doubts: Callable[[GeneratorClip], np.ndarray] | None = None,
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
        judge: the judge's of naturalness, used where ``recipe.naturalness_weight`` is not 0.
        damage: breaks the ``recipe.broken_share`` of the sources.
        doubts: (versions, T) in 0..1 of a clip, how unnatural its altered frames look: these are learnt from more often.
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
    doubted = [doubts(clip) for clip in usable] if doubts is not None else None
    drawn = ahead(
        lambda step: draw_batch(usable, recipe, run.random(step), damage=damage, doubts=doubted),
        run.step,
        settings.workers,
    )
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
        figures = (
            validation(run.average, codec, checks, recipe, settings.device, bf16=settings.bf16, unheard=True)
            if checks
            else {}
        )
        # Softer pictures have the lower L1, so detail counts as well.
        made = [[v for name, v in figures.items() if kind in name] for kind in ("sigma", "detail")]
        run.save(error=float(sum(np.mean(values) for values in made)) if figures else None, **figures)

    while run.goes_on():
        adversary = run.adversary.loss if run.adversary and run.step >= recipe.adversarial_after else None
        run.update(
            batch_loss(
                run.network,
                codec,
                next(drawn),
                recipe,
                settings.device,
                bf16=settings.bf16,
                sync=sync,
                adversary=adversary,
                judge=judge,
            )
        )
        if run.is_due:
            save()
    drawn.close()
    save()
    best = run.best()
    if run.processes.is_main:
        best.save_pretrained(settings.folder / "transformer")
    return best
