"""Our own speech encoder as a training exports it, untrained."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from core.motion.shape import MEASURES, shape_model
from core.research.training.motion.export import export
from core.research.training.motion.network import MotionNetwork, MotionNetworkConfig


def write_own_ear(folder: Path) -> Path:
    """Writes the encoder and the motion network behind it into `folder`; returns the encoder's ONNX file."""
    torch.manual_seed(0)
    size = shape_model().size
    network = MotionNetwork(MotionNetworkConfig(width=128, shape_size=size)).eval()
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "run.safetensors"
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, weights)
    facts = {"low": np.zeros(len(MEASURES)), "high": np.ones(len(MEASURES)), "gain": np.ones(size)}
    return export([weights], folder, facts)[1]
