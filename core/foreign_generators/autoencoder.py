"""Pictures to Stable Diffusion's latents and back, by diffusers' `AutoencoderKL`; shared by MuseTalk and LatentSync."""

from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from core.foreign_generators.unet import Shapes
from core.foreign_generators.weights import file_shapes, load_network

WEIGHTS = "vae.safetensors"
_BATCH = 8  # pictures at once


class LatentPictures:
    """Latents are multiplied by the network's scaling factor (0.18215); the distribution's mode is taken, never a sample."""

    def __init__(self, network: AutoencoderKL) -> None:
        self.network = network
        self.batch = _BATCH

    @classmethod
    def load(cls, folder: Path) -> "LatentPictures":
        """The autoencoder in an installed model's folder.

        Raises:
            ModelError: it is missing, damaged or another one.
        """
        path = folder / WEIGHTS
        shapes = file_shapes(path)
        return cls(load_network(path, lambda: autoencoder_like(shapes)))

    @property
    def factor(self) -> int:
        """How many picture pixels one latent pixel is wide."""
        return 2 ** (len(self.network.config.block_out_channels) - 1)

    @torch.inference_mode()
    def encode(self, pictures: Tensor) -> Tensor:
        """(N, 4, S/8, S/8) float32 latents of (N, 3, S, S) pictures in -1..1."""
        like = self.network.post_quant_conv.weight
        parts = [
            self.network.encode(part.to(like)).latent_dist.mode().float()
            for part in pictures.split(self.batch)
        ]
        return torch.cat(parts) * self.network.config.scaling_factor

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """(N, 3, S, S) float32 in -1..1 of (N, 4, S/8, S/8) latents."""
        like = self.network.post_quant_conv.weight
        scaled = latents / self.network.config.scaling_factor
        parts = [self.network.decode(part.to(like)).sample.float() for part in scaled.split(self.batch)]
        return torch.cat(parts).clamp(-1, 1)


def autoencoder_like(shapes: Shapes) -> AutoencoderKL:
    """The autoencoder whose tensors have these shapes; Stable Diffusion's sizes where they cannot be read off."""
    widths: list[int] = []
    layers = 0
    while (first := f"encoder.down_blocks.{len(widths)}.resnets.0.conv1.weight") in shapes:
        widths.append(shapes[first][0])
    while f"encoder.down_blocks.0.resnets.{layers}.conv1.weight" in shapes:
        layers += 1
    levels = len(widths) or 4
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=tuple(widths) or (128, 256, 512, 512),
        layers_per_block=layers or 2,
    )
