"""Adapting a trained generator to one person: a small LoRA on that person's own footage with its own sound.

The footage is its own teacher: with its mouth altered by the own-mouth engine it is the condition, untouched it is the target,
as in the generator's training. The last part of the footage is held out, and what the adaptation gained there is measured; an
adaptation that gained nothing is not worth keeping, and says so.
"""

import json
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from core.base import json_text
from core.base.errors import ModelError, SettingsError
from core.base.precision import cast_to, fast_dtype
from core.base.tensors import read_tensors
from core.generator.batches import Batch, draw_batch, trainable
from core.generator.clips import GeneratorClip
from core.generator.pipeline import LipSyncPipeline
from core.generator.recipes import GeneratorRecipe
from core.generator.train import batch_loss, validation
from core.generator.training_loop import TrainingSettings
from core.generator.transformer import LipSyncTransformer

TARGETS = ("qkv", "proj", "cross_q", "cross_kv", "cross_proj", "ff.0", "ff.2", "proj_out")
FACTS = "adaptation"  # key of the facts among a file's metadata
_HELD_OUT = 0.25
_HIGHEST_RANK = 256
_CHECKS = 6
_LOOKS = 10  # how often the held-out seconds are looked at; the best weights are kept, for minutes of footage are soon learnt by heart


@dataclass(frozen=True, slots=True)
class AdaptSettings:
    """How a person is learnt.

    Attributes:
        minutes: of training.
        most_steps: stop there even if minutes are left.
        rank: of the LoRA.
        rate: Adam's learning rate.
        batch: clips per step.
        device: torch device.
        seed: of everything random.
    """

    minutes: float
    most_steps: int | None = None
    rank: int = 8
    rate: float = 1e-3
    batch: int = 2
    device: str = "cpu"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What came of it.

    Attributes:
        person: whose.
        base: digest of the generator it belongs to.
        rank: of the LoRA.
        steps: trained.
        seconds_per_step: so that the time of a longer run can be told.
        before, after: mean absolute error of the mouth on held-out seconds, grey levels.
    """

    person: str
    base: str
    rank: int
    steps: int
    seconds_per_step: float
    before: float
    after: float

    @property
    def helps(self) -> bool:
        """Whether the person's held-out seconds came out nearer to the truth."""
        return self.after < self.before


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
    """Trains a LoRA: the pipeline's transformer carries it afterwards. Yields the seconds trained after each step.

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
    network = cast_to(pipeline.transformer.to(settings.device), torch.float32)
    codec = cast_to(pipeline.autoencoder.to(settings.device), torch.float32).requires_grad_(False)
    bf16 = fast_dtype(settings.device) == torch.bfloat16
    run = TrainingSettings(Path(), settings.minutes, device=settings.device, bf16=bf16, seed=settings.seed)
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
        found = validation(network, codec, checks, quiet, run)["all sigma 1"]
        network.train()
        return found

    before, lowest = error(telling), float("inf")
    add_lora(network, settings.rank)
    network.train()
    learning = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, settings.rate)
    trained, steps, looks = 0.0, 0, 0
    best: dict[str, torch.Tensor] = {}

    def share_done() -> float:
        by_clock = trained / max(60 * settings.minutes, 1e-9)
        return max(by_clock, steps / settings.most_steps) if settings.most_steps else by_clock

    while steps == 0 or share_done() < 1:
        began = time.monotonic()
        rng = np.random.default_rng((settings.seed, steps))
        loss = batch_loss(network, codec, draw_batch(learnt, quiet, rng, batch=settings.batch), quiet, run)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        steps += 1
        trained += time.monotonic() - began
        if share_done() >= (looks + 1) / _LOOKS:
            looks += 1
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


def add_lora(network: LipSyncTransformer, rank: int) -> None:
    """Gives the blocks' linear layers a LoRA that changes nothing yet; only it can learn from then on."""
    from peft import LoraConfig, inject_adapter_in_model

    network.requires_grad_(requires_grad=False)
    inject_adapter_in_model(
        LoraConfig(r=rank, lora_alpha=rank, target_modules=list(TARGETS)), network, adapter_name="person"
    )


def folded(network: LipSyncTransformer) -> LipSyncTransformer:
    """A plain transformer that does what `network` does with its LoRA."""
    from peft.tuners.lora import LoraLayer

    for module in network.modules():
        if isinstance(module, LoraLayer) and not module.merged:
            module.merge()
    weights = {
        name.replace(".base_layer", ""): tensor
        for name, tensor in network.state_dict().items()
        if "lora_" not in name
    }
    plain = LipSyncTransformer.from_config(network.config)
    plain.load_state_dict(weights)
    return plain.eval()


def save_adaptation(path: Path, facts: Adaptation, weights: dict[str, torch.Tensor]) -> None:
    """Writes one safetensors file with the facts among its metadata."""
    values = {field: getattr(facts, field) for field in Adaptation.__slots__}
    tensors = {key: tensor.contiguous() for key, tensor in weights.items()}
    save_file(tensors, path, metadata={FACTS: json.dumps(values, sort_keys=True)})


def load_adaptation(path: Path, pipeline: LipSyncPipeline, base: str) -> Adaptation:
    """Gives the pipeline's transformer the stored LoRA, folded into its weights.

    Raises:
        ModelError: it cannot be read or belongs to another generator than `base`.
    """
    try:
        with safe_open(path, "pt") as file:
            facts = Adaptation(**json_text.parse((file.metadata() or {})[FACTS]))
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise ModelError(f"The adaptation {path} cannot be read: {error}.") from error
    if type(facts.rank) is not int or not 1 <= facts.rank <= _HIGHEST_RANK:
        raise ModelError(f"The adaptation {path} has the rank {str(facts.rank)[:20]!a}.")
    if facts.base != base:
        raise ModelError(
            f"The adaptation {path} belongs to another generator.", hint="Adapt to the person again."
        )
    network = cast_to(pipeline.transformer, torch.float32)  # folding in less would lose what is small
    add_lora(network, facts.rank)
    wanted = {name: p for name, p in network.named_parameters() if "lora_" in name}
    weights = read_tensors([path], wanted, error=ModelError, what=f"The adaptation {path}")
    network.load_state_dict(weights, strict=False)
    pipeline.transformer = cast_to(folded(network).to(pipeline.device), pipeline.dtype)
    return facts
