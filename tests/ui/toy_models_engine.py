"""The real engine process, in whose catalogue MuseTalk's digests are those of the toy files in UNISYNC_TOYS."""

import os
from dataclasses import replace
from pathlib import Path

from core.base.models import file_sha256
from core.model_store import catalogue

PATHS = {
    "unet": "musetalkV15/unet.pth",
    "autoencoder": "sd-vae-ft-mse/diffusion_pytorch_model.safetensors",
    "whisper": "whisper-tiny/model.safetensors",
}


def main(commands, cancels):
    from core.engine.worker import main as engine

    toys, model = Path(os.environ["UNISYNC_TOYS"]), catalogue.MODELS["musetalk-1.5"]
    files = []
    for file in model.files:
        path = toys / PATHS[file.reads]
        files.append(replace(file, size=path.stat().st_size, sha256=file_sha256(path)))
    catalogue.MODELS["musetalk-1.5"] = replace(model, files=tuple(files))
    engine(commands, cancels)
