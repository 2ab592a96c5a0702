"""Trained networks as the files that ship: half-precision safetensors, and ONNX with the same numbers."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

_OPSET = 17


def round_to_half(network: nn.Module) -> None:
    """Rounds weights and buffers to half precision, so that both kinds of file hold the same numbers."""
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.is_floating_point():
            tensor.data = tensor.data.half().float()


def write_weights(state: Mapping[str, Tensor], path: Path) -> None:
    """Writes the numbers of `state` in half precision."""
    beside = path.with_suffix(".part")
    save_file({name: value.half().contiguous() for name, value in state.items() if value.is_floating_point()}, beside)
    os.replace(beside, path)


def write_onnx(
    network: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    names: tuple[Sequence[str], Sequence[str]],
    axes: Mapping[str, Mapping[int, str]],
    finish: Callable[[onnx.ModelProto], onnx.ModelProto] = lambda model: model,
) -> None:
    """Writes `network`, in evaluation mode, as ONNX.

    Args:
        network: what is run.
        inputs: one example of each input.
        path: the file.
        names: of the inputs and of the outputs.
        axes: of each name, which of its axes may be of any length, and what they are called.
        finish: what is done to the model before it is checked and written.
    """
    beside = path.with_suffix(".part")
    torch.onnx.export(
        network.eval(),
        inputs,
        str(beside),
        input_names=list(names[0]),
        output_names=list(names[1]),
        dynamic_axes={name: dict(each) for name, each in axes.items()},
        opset_version=_OPSET,
        dynamo=False,
    )
    model = finish(onnx.load(beside))
    onnx.checker.check_model(model)
    onnx.save(model, beside)
    os.replace(beside, path)
