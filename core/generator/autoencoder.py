"""Our own small picture autoencoder: 8 times smaller latents, frame by frame, so that every frame keeps its timestamp."""

from collections.abc import Callable

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional as F

from core.generator.zero_start import start_at_zero


class FaceAutoencoder(ModelMixin, ConfigMixin):
    """Convolutional variational autoencoder for face crops.

    Args:
        latent_channels: channels of the latents.
        channels: width of each level; each level after the first halves the picture.
        blocks: residual blocks per level.
        scale: latents are multiplied by it so that their spread over the corpus is about 1; set after training.
    """

    @register_to_config
    def __init__(
        self,
        *,
        latent_channels: int = 8,
        channels: tuple[int, ...] = (32, 64, 128, 128),
        blocks: int = 1,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, channels[0], 3, padding=1)
        down: list[nn.Module] = []
        for i, width in enumerate(channels):
            down += [ResidualBlock(width) for _ in range(blocks)]
            if i + 1 < len(channels):
                down.append(nn.Conv2d(width, channels[i + 1], 4, stride=2, padding=1))
        self.down = nn.Sequential(*down)
        self.to_moments = nn.Conv2d(channels[-1], 2 * latent_channels, 1)
        self.from_latents = nn.Conv2d(latent_channels, channels[-1], 3, padding=1)
        up: list[nn.Module] = []
        for i, width in reversed(list(enumerate(channels))):
            up += [ResidualBlock(width) for _ in range(blocks)]
            if i > 0:
                up += [
                    nn.Upsample(scale_factor=2, mode="nearest"),
                    nn.Conv2d(width, channels[i - 1], 3, padding=1),
                ]
        self.up = nn.Sequential(*up)
        self.norm_out = nn.GroupNorm(8, channels[0])
        self.conv_out = nn.Conv2d(channels[0], 3, 3, padding=1)

    @property
    def factor(self) -> int:
        """How many picture pixels one latent pixel is wide."""
        return 2 ** (len(self.config.channels) - 1)

    def moments(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, (N, C, h, w) each and not scaled, of (N, 3, H, W) pictures in -1..1."""
        mean, log_variance = self.to_moments(self.down(self.conv_in(pictures))).chunk(2, dim=1)
        return mean, log_variance.clamp(-20, 10)

    def encode(self, clip: Tensor) -> Tensor:
        """(B, C, T, h, w) scaled latents of a (B, 3, T, H, W) clip in -1..1: the means, without noise."""
        return _per_frame(lambda pictures: self.moments(pictures)[0], clip) * self.config.scale

    def decode(self, latents: Tensor) -> Tensor:
        """(B, 3, T, H, W) pictures of (B, C, T, h, w) scaled latents; about -1..1."""
        return _per_frame(self.pictures, latents / self.config.scale)

    def pictures(self, latents: Tensor) -> Tensor:
        """(N, 3, H, W) pictures of (N, C, h, w) latents that are not scaled."""
        return self.conv_out(F.silu(self.norm_out(self.up(self.from_latents(latents)))))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with GroupNorm and SiLU around an identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        start_at_zero(self.conv2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        hidden = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(hidden)))


def autoencoder_loss(
    network: FaceAutoencoder, pictures: Tensor, mouth: Tensor, *, kl: float, generator: torch.Generator
) -> Tensor:
    """Scalar loss of (N, 3, H, W) pictures in -1..1: L1, counted twice in the mouth, L1 of gradients, and KL.

    Gradients are compared because a plain distance forgives soft teeth and lip edges, which is what viewers see first.

    Args:
        network: the autoencoder.
        pictures: (N, 3, H, W).
        mouth: (N, 1, H, W), 1 in the mouth.
        kl: weight of the Kullback-Leibler term.
        generator: draws the latents' noise.
    """
    mean, log_variance = network.moments(pictures)
    noise = torch.randn(mean.shape, generator=generator).to(mean)
    made = network.pictures(mean + noise * (0.5 * log_variance).exp())
    weight = 1 + mouth
    distance = (weight * (made - pictures).abs()).mean()
    edges = sum(
        (
            weight.narrow(axis, 1, weight.shape[axis] - 1)
            * (made.diff(dim=axis) - pictures.diff(dim=axis)).abs()
        ).mean()
        for axis in (2, 3)
    )
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
    return distance + edges + kl * divergence


def _per_frame(apply: Callable[[Tensor], Tensor], clip: Tensor) -> Tensor:
    batch, _, frames = clip.shape[:3]
    made = apply(clip.transpose(1, 2).flatten(0, 1))  # (B·T, …)
    return made.unflatten(0, (batch, frames)).transpose(1, 2)
