"""Turns trained weights into what ships: half-precision safetensors and two ONNX networks."""

import json
import os
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.research.training.motion.network import MELS_PER_STEP, MotionNetwork, MotionNetworkConfig

_OPSET = 17


class _CoefsOnly(nn.Module):
    """The decoder without the curves that only training uses."""

    def __init__(self, network: MotionNetwork) -> None:
        super().__init__()
        self.decoder = network.decoder

    def forward(self, features: Tensor, visemes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        coefs, _, speech, contact = self.decoder(features, visemes)
        return coefs, speech, contact


def load_network(path: Path) -> MotionNetwork:
    """The network stored in a safetensors file of `train` or `export`, ready for use (float32, evaluation mode)."""
    state = {name: value.float() for name, value in load_file(path).items()}
    shape = state["decoder.shape.weight"].shape
    network = MotionNetwork(MotionNetworkConfig(width=shape[1], shape_size=shape[0]))
    network.load_state_dict(state)
    return network.eval()


def export(weights: Path, folder: Path, low: np.ndarray, high: np.ndarray, gain: np.ndarray) -> list[Path]:
    """Writes ``speech-encoder`` and ``motion`` as .safetensors (fp16) and .onnx (fp32) into `folder`.

    Args:
        weights: of `core.research.training.motion.train.train`.
        folder: where to.
        low: (len(MEASURES),) typical least of each measure, kept in the ONNX file's metadata.
        high: (len(MEASURES),) typical most.
        gain: (K,) factor per coefficient that gives movement its natural size, likewise.

    Returns:
        The four paths, encoder first.

    """
    # Rounded to half precision first, so that both kinds of file hold the same numbers.
    network = load_network(weights)
    for parameter in network.parameters():
        parameter.data = parameter.data.half().float()
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    steps = 64
    mel = torch.zeros(1, steps * MELS_PER_STEP, 80)
    features, visemes = network.encoder(mel)
    written = []
    parts = (
        ("speech-encoder", "encoder.", network.encoder, (mel,), ["mel"], ["features", "visemes"]),
        (
            "motion",
            "",
            _CoefsOnly(network),
            (features, visemes),
            ["features", "visemes"],
            ["coefs", "speech", "contact"],
        ),
    )
    for name, prefix, module, inputs, input_names, output_names in parts:
        tensors = {key: value for key, value in state.items() if key.startswith(prefix)}
        beside = folder / f"{name}.part"
        save_file(tensors, beside)
        os.replace(beside, folder / f"{name}.safetensors")
        axes = {key: {1: "frames" if key == "mel" else "steps"} for key in (*input_names, *output_names)}
        torch.onnx.export(
            module,
            inputs,
            str(beside),
            input_names=input_names,
            output_names=output_names,
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
        model = onnx.load(beside)
        for key, value in (("low", low), ("high", high), ("gain", gain)):
            entry = model.metadata_props.add()
            entry.key, entry.value = key, json.dumps([round(float(number), 5) for number in value])
        onnx.save(model, beside)
        os.replace(beside, folder / f"{name}.onnx")
        written += [folder / f"{name}.safetensors", folder / f"{name}.onnx"]
    return written
