"""``python -m core.research.benchmark.generator_sizes NAME``: parameters, memory and speed of a recipe with random weights, on this machine.

Names are recipes of `core.generator.recipes`, or ``wan-1.3b``: Wan 2.1's published shape with the lip-sync adapter around it.
One process measures one of them, for peak memory belongs to a process.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from core.base.memory import peak_memory_bytes
from core.base.precision import cast_to, fast_dtype
from core.generator.recipes import load_recipe
from core.research.training.generator.wan import WanAdapterSettings, WanLipSync

_SPEECH_DIM, _WINDOW = 64, 10
_WAN_FRAMES, _WAN_SIDE = 5, 32  # latent: 17 film frames of 256 x 256 pixels


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """One network's needs.

    Attributes:
        name: recipe or base.
        parameters: millions, and those of them that are trained.
        window: film frames that are made at once.
        dtype: number format.
        forward_s: processor seconds of one step of sampling for one window.
        training_s: of one training step on one clip, forward and backward.
        forward_mib, training_mib: peak memory of the process by then.
    """

    name: str
    parameters: float
    trained: float
    window: int
    dtype: str
    forward_s: float
    training_s: float
    forward_mib: float
    training_mib: float


def measure(name: str) -> SizeFigures:
    """The needs of the recipe or base called `name`; gradient checkpointing is on in training.

    Raises:
        SettingsError: there is no such recipe.
    """
    dtype = fast_dtype("cpu")
    network, forward, window = _wan(dtype) if name == "wan-1.3b" else _recipe(name, dtype)
    with torch.no_grad():
        forward()
        forward_s = _timed(forward)
    peak = _peak_mib()
    network.train()
    trained = [p for p in network.parameters() if p.requires_grad]

    def train() -> None:
        forward().float().square().mean().backward()

    training_s = _timed(train)
    return SizeFigures(
        name,
        round(sum(p.numel() for p in network.parameters()) / 1e6, 1),
        round(sum(p.numel() for p in trained) / 1e6, 1),
        window,
        str(dtype).removeprefix("torch."),
        round(forward_s, 2),
        round(training_s, 2),
        round(peak),
        round(_peak_mib()),
    )


def _recipe(name: str, dtype: torch.dtype) -> tuple[nn.Module, Callable[[], Tensor], int]:
    recipe = load_recipe(name)
    codec = recipe.make_codec()
    network = cast_to(recipe.make_transformer(codec, _SPEECH_DIM), dtype)
    network.enable_gradient_checkpointing()
    side = recipe.region.pixels(recipe.size)[2] // codec.factor
    channels, frames = network.config.latent_channels, recipe.frames

    def latents(count: int) -> Tensor:
        return torch.randn(1, channels, count, side, side, dtype=dtype)

    given = {
        "noisy": latents(frames),
        "source": latents(frames),
        "pose": latents(frames),
        "speech": torch.randn(1, frames, _WINDOW, _SPEECH_DIM, dtype=dtype),
        "timestep": torch.full((1,), 0.7),
        "times": torch.arange(frames, dtype=torch.float64)[None] / 25,
        "geometry": latents(frames) if network.geometry_encoder is not None else None,
        "references": torch.stack([latents(1)] * network.config.references, 1)
        if network.config.references
        else None,
    }
    return network, lambda: network(**given), frames


def _wan(dtype: torch.dtype) -> tuple[nn.Module, Callable[[], Tensor], int]:
    from diffusers import WanTransformer3DModel

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        base = WanTransformer3DModel(
            num_attention_heads=12, attention_head_dim=128, ffn_dim=8960, num_layers=30, text_dim=4096
        )
        network = WanLipSync(base, WanAdapterSettings(speech_dim=_SPEECH_DIM))
    finally:
        torch.set_default_dtype(before)
    network = cast_to(network, dtype)
    base.enable_gradient_checkpointing()

    def latents() -> Tensor:
        return torch.randn(1, 16, _WAN_FRAMES, _WAN_SIDE, _WAN_SIDE, dtype=dtype)

    given = {
        "noisy": latents(),
        "source": latents(),
        "pose": latents(),
        "speech": torch.randn(1, _WAN_FRAMES, 4 * _WINDOW, _SPEECH_DIM, dtype=dtype),
        "timestep": torch.full((1,), 0.7),
        "text": torch.zeros(1, 8, 4096, dtype=dtype),
    }
    return network, lambda: network(**given), 4 * _WAN_FRAMES - 3


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _peak_mib() -> float:
    return peak_memory_bytes() / 2**20


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(sys.argv[1]))) + "\n")
