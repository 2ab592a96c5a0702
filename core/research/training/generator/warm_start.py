"""Starting from a trained generator, also where it heard with another ear than there is now."""

from pathlib import Path

import torch

from core.base.errors import SettingsError
from core.generator.export import load_generator
from core.generator.transformer import LipSyncTransformer


def start_from(network: LipSyncTransformer, description: Path) -> None:
    """Gives `network` the weights of the exported generator `description`.

    Where that hears features of another width, or none, speech begins without any effect: whatever is said, the network makes what
    the other made when no speech was told.

    Raises:
        ModelError: the generator does not load.
        SettingsError: it has another shape.
    """
    _, pipeline = load_generator(description)
    state = pipeline.transformer.state_dict()
    if pipeline.transformer.config.speech_dim != network.config.speech_dim:
        weight, null = state["speech_embed.0.weight"], state["null_speech"]
        state["speech_embed.0.bias"] = state["speech_embed.0.bias"] + weight @ null
        state["speech_embed.0.weight"] = weight.new_zeros(weight.shape[0], network.config.speech_dim)
        state["null_speech"] = null.new_zeros(network.config.speech_dim)
    own = {name: tensor.shape for name, tensor in network.state_dict().items()}
    if own != {name: tensor.shape for name, tensor in state.items()}:
        raise SettingsError(
            f"The generator {description} has another shape than the recipe's.",
            hint="Start from one of the same recipe, or leave --initial out.",
        )
    with torch.no_grad():
        network.load_state_dict(state)
