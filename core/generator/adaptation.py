"""A generator adapted to one person: a small LoRA in a file of its own, with what it gained."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from core.base import json_text
from core.base.errors import ModelError
from core.base.precision import cast_to, put
from core.base.tensors import read_tensors
from core.generator.pipeline import LipSyncPipeline
from core.generator.transformer import LipSyncTransformer

TARGETS = ("qkv", "proj", "cross_q", "cross_kv", "cross_proj", "ff.0", "ff.2", "proj_out")
FACTS = "adaptation"  # key of the facts among a file's metadata
_HIGHEST_RANK = 256


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
    pipeline.transformer = put(folded(network), pipeline.place)
    return facts
