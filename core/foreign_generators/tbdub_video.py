"""Wan 2.2's video autoencoder as TBDub uses it: diffusers' `AutoencoderKLWan`, whose latents are levelled channel by channel."""

from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from torch import Tensor

from core.foreign_generators.unet import Shapes
from core.foreign_generators.weights import file_shapes, load_network

WEIGHTS = "video.safetensors"
FRAMES_A_LATENT = 4
# Mean and spread of each channel over the training films, as published with the autoencoder (Wan-Video/Wan2.2, Apache-2.0).
_MEAN = (
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.1570, -0.0098,
    0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322, 0.1109, 0.1567,
    -0.0729, 0.0899, -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520, 0.3748, 0.0152, 0.1957,
    0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
)  # fmt: skip
_SPREAD = (
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165,
    0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917,
    0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600,
    0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
)  # fmt: skip


class LatentFilms:
    """Films to latents and back; 4 · f − 3 frames make f latent ones."""

    def __init__(self, network: AutoencoderKLWan) -> None:
        self.network = network

    @classmethod
    def load(cls, folder: Path) -> "LatentFilms":
        """The autoencoder in an installed model's folder.

        Raises:
            ModelError: it is missing, damaged or another one.
        """
        path = folder / WEIGHTS
        shapes = file_shapes(path)
        return cls(load_network(path, lambda: video_autoencoder_like(shapes)))

    @property
    def factor(self) -> int:
        """How many picture pixels one latent pixel is wide."""
        return 2 ** len(self.network.config.dim_mult)

    @torch.inference_mode()
    def encode(self, film: Tensor) -> Tensor:
        """(1, C, f, S/16, S/16) float32 of a (1, 3, 4 f − 3, S, S) film in -1..1; the distribution's mode."""
        made = self.network.encode(film.to(self._like)).latent_dist.mode().float()
        mean, spread = self._levels(made)
        return (made - mean) / spread

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """(1, 3, 4 f − 3, S, S) float32 in -1..1 of (1, C, f, S/16, S/16) latents."""
        mean, spread = self._levels(latents)
        film = self.network.decode((latents * spread + mean).to(self._like), return_dict=False)[0]
        return film.float().clamp(-1, 1)

    @property
    def _like(self) -> Tensor:
        weight: Tensor = self.network.post_quant_conv.weight
        return weight

    def _levels(self, like: Tensor) -> tuple[Tensor, Tensor]:
        config = self.network.config
        mean, spread = (
            torch.tensor(list(values), dtype=torch.float32, device=like.device).view(1, -1, 1, 1, 1)
            for values in (config.latents_mean, config.latents_std)
        )
        return mean, spread


def video_autoencoder_like(shapes: Shapes) -> AutoencoderKLWan:
    """The autoencoder whose tensors have these shapes; Wan 2.2's sizes where they cannot be read off."""
    base = shapes.get("encoder.conv_in.weight", (160,))[0]
    decoder_base = shapes.get("decoder.conv_out.weight", (12, 256))[1]
    channels = shapes.get("post_quant_conv.weight", (48,))[0]
    widths: list[int] = []
    layers, in_time = 0, []
    while (first := f"encoder.down_blocks.{len(widths)}.resnets.0.conv1.weight") in shapes:
        in_time.append(f"encoder.down_blocks.{len(widths)}.downsampler.time_conv.weight" in shapes)
        widths.append(shapes[first][0])
    while f"encoder.down_blocks.0.resnets.{layers}.conv1.weight" in shapes:
        layers += 1
    return AutoencoderKLWan(
        base_dim=base,
        decoder_base_dim=decoder_base,
        z_dim=channels,
        dim_mult=[width // base for width in widths] or [1, 2, 4, 4],
        num_res_blocks=layers or 2,
        attn_scales=[],
        temperal_downsample=in_time[:-1] or [False, True, True],
        is_residual=True,
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_spatial=16,
        scale_factor_temporal=FRAMES_A_LATENT,
        latents_mean=list(_MEAN[:channels]),
        latents_std=list(_SPREAD[:channels]),
    )
