"""Tensors into networks, strictly: every published name has to be there, with its shape, and nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from core.base.errors import ModelError
from core.base.tensors import read_tensors
from core.foreign_generators.unet import Shapes

_HINT = "Take the files of exactly the version that is asked for."

Network = TypeVar("Network", bound=nn.Module)


def file_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes in a safetensors file, without reading the tensors.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The model file {path} cannot be read: {error}.",
            hint="Remove the model and install it again.",
        ) from error


def shapes_of(network: nn.Module) -> dict[str, tuple[int, ...]]:
    """Names and shapes of everything a network stores."""
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def load_network(
    path: Path,
    build: Callable[[], Network],
    *,
    published: Callable[[Shapes], Shapes] = dict,
    renamed: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] = dict,
    dtype: torch.dtype | None = torch.float32,
) -> Network:
    """The network that `build` makes with the weights of a safetensors file, for inference.

    Args:
        path: the file, with the published names.
        build: makes the network.
        published: from the network's names and shapes to the file's.
        renamed: from the file's tensors to the network's.
        dtype: of the network; None leaves it as it is in the file, for those too large to be held twice as wide.

    Raises:
        ModelError: the file is missing or damaged, or its tensors are not the network's; the first wrong one is named.
    """
    with torch.device("meta"):
        network = build()
        wanted = {name: torch.empty(shape) for name, shape in published(shapes_of(network)).items()}
    tensors = read_tensors([path], wanted, error=ModelError, what=f"The weights {path}", hint=_HINT)
    tensors = {name: tensor.to(dtype or tensor.dtype) for name, tensor in renamed(tensors).items()}
    network.load_state_dict(tensors, strict=True, assign=True)
    return network.eval().requires_grad_(requires_grad=False)
