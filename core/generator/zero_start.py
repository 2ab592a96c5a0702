"""Layers that give nothing until they are trained, so that an untrained network changes nothing."""

from torch import nn


def start_at_zero(layer: nn.Linear | nn.Conv2d) -> None:
    """Makes the layer's weights and biases 0."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
