"""Turns trained weights into what ships: half-precision safetensors and ONNX networks."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from core.research.training.half_weights import with_half_weights
from core.research.training.motion.network import MELS_PER_STEP, MotionNetwork, MotionNetworkConfig
from core.research.training.shipped_files import round_to_half, write_onnx, write_weights


class _Heard(nn.Module):
    """The network behind another ear, without the curves that only training uses; several networks give their mean."""

    def __init__(self, networks: Sequence[MotionNetwork]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, heard: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        said = []
        for network in self.networks:
            features, visemes = network.encoder(heard)
            coefs, _, speech, contact = network.decoder(features, visemes)
            said.append((coefs, speech, contact, visemes.log_softmax(-1)))
        coefs, speech, contact, visemes = (torch.stack(each).mean(0) for each in zip(*said, strict=True))
        return coefs, speech, contact, visemes


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
    return load_networks(path)[0]


def load_networks(path: Path) -> list[MotionNetwork]:
    """As `load_network`, all of them where `export` was given several."""
    stored = {name: value.float() for name, value in load_file(path).items()}
    if not any(name.startswith("networks.") for name in stored):
        return [_network(stored)]
    count = 1 + max(int(name.split(".")[1]) for name in stored)
    return [
        _network({name.removeprefix(f"networks.{i}."): v for name, v in stored.items() if name.startswith(f"networks.{i}.")})
        for i in range(count)
    ]  # fmt: skip


def _network(state: dict[str, Tensor]) -> MotionNetwork:
    shape = state["decoder.shape.weight"].shape
    heard = 0 if "encoder.stem.weight" in state else state["encoder.enter.weight"].shape[1]
    network = MotionNetwork(MotionNetworkConfig(width=shape[1], shape_size=shape[0], heard=heard))
    network.load_state_dict(state)
    return network.eval()


def export(
    weights: Sequence[Path], folder: Path, facts: Mapping[str, np.ndarray], late_steps: int = 0
) -> list[Path]:
    """Writes ``motion`` and, where it was trained along, ``speech-encoder`` as .safetensors (fp16) and .onnx (fp32).

    Args:
        weights: of `core.research.training.motion.train.train`; of several behind another ear the mean is taken.
        folder: where to.
        facts: kept in the ONNX files' metadata: ``low`` and ``high`` (len(MEASURES),) typical least and most of each
            measure, ``gain`` (K,) factor per coefficient that gives movement its natural size, ``average`` (K,) of speech.
        late_steps: by which the mouth comes late; kept beside them, and taken off by `core.motion.motion.MotionModel`.

    Returns:
        The paths, an encoder's first.

    """
    networks = [load_network(path) for path in weights]
    for network in networks:
        round_to_half(network)
    folder.mkdir(parents=True, exist_ok=True)
    network = networks[0]
    texts = {key: json.dumps([round(float(number), 5) for number in value]) for key, value in facts.items()}
    texts["late_steps"] = str(late_steps)
    texts["ear"] = "whisper" if network.config.heard else "own"
    steps = 64
    if network.config.heard:
        module = _Heard(networks)
        heard = torch.zeros(1, steps, network.config.heard)
        state = module.state_dict() if len(networks) > 1 else network.state_dict()
        outputs = ["coefs", "speech", "contact", "visemes"]
        return _write(folder, "motion", module, (heard,), (["features"], outputs), state, texts)
    mel = torch.zeros(1, steps * MELS_PER_STEP, 80)
    features, visemes = network.encoder(mel)
    state = network.state_dict()
    own = {key: value for key, value in state.items() if key.startswith("encoder.")}
    return [
        *_write(
            folder, "speech-encoder", network.encoder, (mel,), (["mel"], ["features", "visemes"]), own, texts
        ),
        *_write(
            folder, "motion", _CoefsOnly(network), (features, visemes),
            (["features", "visemes"], ["coefs", "speech", "contact"]), state, texts,
        ),
    ]  # fmt: skip


def _write(
    folder: Path,
    name: str,
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    names: tuple[list[str], list[str]],
    state: Mapping[str, Tensor],
    texts: Mapping[str, str],
) -> list[Path]:
    axes = {key: {1: "frames" if key == "mel" else "steps"} for key in (*names[0], *names[1])}

    def with_texts(model: onnx.ModelProto) -> onnx.ModelProto:
        model = with_half_weights(model)
        for key, text in texts.items():
            entry = model.metadata_props.add()
            entry.key, entry.value = key, text
        return model

    paths = [folder / f"{name}.safetensors", folder / f"{name}.onnx"]
    write_weights(state, paths[0])
    write_onnx(module, inputs, paths[1], names, axes, with_texts)
    return paths
