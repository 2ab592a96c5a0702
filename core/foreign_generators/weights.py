"""Tensors into networks, strictly: every published name has to be there, with its shape, and nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from core.base.errors import ModelError
from core.foreign_generators.unet import Shapes

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


def check_shapes(given: Shapes, wanted: Shapes, where: Path | str) -> None:
    """Raises ModelError with one sentence that names the first tensor that is wrong."""
    for name, shape in wanted.items():
        if name not in given:
            wrong = f"“{name}” {_size(shape)} is missing"
        elif tuple(given[name]) != tuple(shape):
            wrong = f"“{name}” is {_size(given[name])} where {_size(shape)} is wanted"
        else:
            continue
        break
    else:
        extra = next((name for name in given if name not in wanted), None)
        if extra is None:
            return
        wrong = f"“{extra}” {_size(given[extra])} belongs to no part of the network"
    raise ModelError(
        f"{where} does not hold the weights of this network: {wrong}.",
        hint="Take the files of exactly the version that is asked for.",
    )


def shapes_of(network: nn.Module) -> dict[str, tuple[int, ...]]:
    """Names and shapes of everything a network stores."""
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def load_network(
    path: Path,
    build: Callable[[], Network],
    *,
    published: Callable[[Shapes], Shapes] = dict,
    renamed: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] = dict,
) -> Network:
    """The network that `build` makes with the weights of a safetensors file, float32, for inference.

    Args:
        path: the file, with the published names.
        build: makes the network.
        published: from the network's names and shapes to the file's.
        renamed: from the file's tensors to the network's.

    Raises:
        ModelError: the file is missing or damaged, or its tensors are not the network's.
    """
    with torch.device("meta"):
        network = build()
    check_shapes(file_shapes(path), published(shapes_of(network)), path)
    tensors = {name: tensor.float() for name, tensor in renamed(load_file(path)).items()}
    network.load_state_dict(tensors, strict=True, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in shape) or "one number"
