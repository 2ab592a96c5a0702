"""Writes a trained scorer as the files that ship: both towers as ONNX, all weights as safetensors."""

import json
import os
import pickle
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from core.base.errors import ModelError
from core.research.training.scorer.networks import SyncNetwork
from core.scorer.config import config_to_json, load_config

OPSET = 17


def export_scorer(network: SyncNetwork, folder: Path, name: str) -> tuple[Path, ...]:
    """Writes ``<name>.safetensors``, ``<name>-visual.onnx``, ``<name>-audio.onnx`` and ``<name>.json`` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    network = network.cpu().float().eval()
    weights = folder / f"{name}.safetensors"
    state = {
        key: (value.half() if value.dtype == torch.float32 else value).contiguous()
        for key, value in network.state_dict().items()
    }
    save_file(state, weights, metadata={"config": json.dumps(json.loads(config_to_json(network.config)))})
    visual = _export_tower(network.visual, network.config.visual_shape, folder / f"{name}-visual.onnx")
    audio = _export_tower(network.audio, network.config.audio_shape, folder / f"{name}-audio.onnx")
    config = folder / f"{name}.json"
    config.write_text(config_to_json(network.config) + "\n", encoding="utf-8")
    return weights, visual, audio, config


def load_run(folder: Path) -> SyncNetwork:
    """The network of a finished training in its folder, in evaluation mode.

    Raises:
        ModelError: the folder holds no finished training of this version.
    """
    weights = folder / "network.pt"
    if not weights.is_file():
        raise ModelError(
            f"The folder {folder} holds no trained sync scorer.", hint="Finish its training, or name another."
        )
    network = SyncNetwork(load_config(folder / "config.json"))
    try:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise ModelError(f"The scorer {weights} does not fit this version: {error}.") from error
    return network.eval()


def _export_tower(tower: nn.Module, shape: tuple[int, int, int], path: Path) -> Path:
    temporary = path.with_suffix(".tmp")
    with warnings.catch_warnings():
        # The TorchScript exporter is the one that needs no further package; it says that it is the older one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            tower,
            (torch.zeros(2, *shape),),
            str(temporary),
            dynamo=False,
            opset_version=OPSET,
            input_names=["segments"],
            output_names=["embeddings"],
            dynamic_axes={"segments": {0: "n"}, "embeddings": {0: "n"}},
        )
    os.replace(temporary, path)
    return path
