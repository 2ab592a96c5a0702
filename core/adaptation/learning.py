"""Adapting a trained generator to one person: a small LoRA on that person's own footage with its own sound.

The footage is its own teacher: with its mouth altered by the own-mouth engine it is the condition, untouched it is the target,
as in the generator's training. The last part of the footage is held out, and what the adaptation gained there is measured; an
adaptation that gained nothing is not worth keeping, and says so.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from core.adaptation.batches import Batch, draw_batch, trainable
from core.adaptation.clips import GeneratorClip
from core.adaptation.losses import batch_loss, validation
from core.base.errors import SettingsError
from core.base.precision import PRECISE, Place, put
from core.generator.adaptation import Adaptation, add_lora
from core.generator.pipeline import LipSyncPipeline
from core.generator.recipes import GeneratorRecipe

_HELD_OUT = 0.25
_CHECKS = 6
_EVALUATIONS = 10  # how often the held-out seconds are looked at; the best weights are kept, for minutes of footage are soon learnt by heart


@dataclass(frozen=True, slots=True)
class AdaptSettings:
    """How a person is learnt.

    Attributes:
        minutes: of training.
        most_steps: stop there even if minutes are left.
        rank: of the LoRA.
        rate: Adam's learning rate.
        batch: clips per step.
        place: where, and the numbers of the quick products; weights are learnt in float32.
        seed: of everything random.
    """

    minutes: float
    most_steps: int | None = None
    rank: int = 8
    rate: float = 1e-3
    batch: int = 2
    place: Place = PRECISE
    seed: int = 0


Adapted = tuple[Adaptation, dict[str, torch.Tensor]]
"""Facts and weights."""


def adapt(
    recipe: GeneratorRecipe,
    pipeline: LipSyncPipeline,
    clips: Sequence[GeneratorClip],
    settings: AdaptSettings,
    *,
    person: str,
    base: str,
) -> Adapted:
    """As `adapting`, at one go."""
    steps = adapting(recipe, pipeline, clips, settings, person=person, base=base)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def adapting(
    recipe: GeneratorRecipe,
    pipeline: LipSyncPipeline,
    clips: Sequence[GeneratorClip],
    settings: AdaptSettings,
    *,
    person: str,
    base: str,
) -> Generator[float, None, Adapted]:
    """Trains a LoRA: the pipeline's transformer carries it afterwards. Yields the seconds trained after each step, returns what
    came of it and the LoRA's weights by name, on the processor.

    Time between steps, when whoever asks for them waits, does not count.

    Raises:
        SettingsError: there are fewer than two clips with altered versions, so none could be held out.
    """
    usable = [clip for clip in trainable(clips, recipe.frames) if clip.altered]
    if len(usable) < 2:
        raise SettingsError(
            f"There is too little footage of {person} to learn from.",
            hint="Two stretches of a few seconds are the least; use a longer film.",
        )
    held_out = max(1, round(_HELD_OUT * len(usable)))
    learnt, kept = usable[:-held_out], usable[-held_out:]
    precise = Place(settings.place.device, torch.float32)
    network = put(pipeline.transformer, precise)
    codec = put(pipeline.autoencoder, precise).requires_grad_(False)
    device, bf16 = str(precise.device), settings.place.dtype == torch.bfloat16
    quiet = replace(recipe, sync_weight=0.0)
    # Weights are chosen by some moments of the held-out seconds, and their gain is told by others.
    choosing, telling = (
        [
            ("all", draw_batch([kept[i % len(kept)]], quiet, np.random.default_rng(i), batch=1))
            for i in range(first, first + _CHECKS)
        ]
        for first in (0, _CHECKS)
    )

    def error(checks: list[tuple[str, Batch]]) -> float:
        found = validation(network, codec, checks, quiet, device, bf16=bf16)["all sigma 1"]
        network.train()
        return found

    before, lowest = error(telling), float("inf")
    add_lora(network, settings.rank)
    network.train()
    learning = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, settings.rate)
    trained, steps, evaluations = 0.0, 0, 0
    best: dict[str, torch.Tensor] = {}

    def share_done() -> float:
        by_clock = trained / max(60 * settings.minutes, 1e-9)
        return max(by_clock, steps / settings.most_steps) if settings.most_steps else by_clock

    while steps == 0 or share_done() < 1:
        began = time.monotonic()
        rng = np.random.default_rng((settings.seed, steps))
        batch = draw_batch(learnt, quiet, rng, batch=settings.batch)
        loss = batch_loss(network, codec, batch, quiet, device, bf16=bf16)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        steps += 1
        trained += time.monotonic() - began
        if share_done() >= (evaluations + 1) / _EVALUATIONS:
            evaluations += 1
            found = error(choosing)
            if found < lowest:
                lowest = found
                best = {name: p.detach().clone() for name, p in network.named_parameters() if "lora_" in name}
        yield trained
    per_step = trained / steps
    network.load_state_dict(best, strict=False)
    after = error(telling)
    network.eval()
    facts = Adaptation(person, base, settings.rank, steps, per_step, before, after)
    return facts, {name: weights.cpu() for name, weights in best.items()}
