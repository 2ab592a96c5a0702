"""A patch discriminator over mouths: tells real pixels from made ones, so that averages stop paying.

Hinge loss and feature matching (Wang et al. 2018, pix2pixHD; as in MuseTalk and Diff2Lip). It sees single pictures, cut to a
square around the mouth.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

_FOLD = 2  # pixels a side are folded into channels: full detail at a quarter of the work


class MouthDiscriminator(nn.Module):
    """Judges (N, 3, H, W) pictures in -1..1 patch by patch."""

    def __init__(self, widths: tuple[int, ...] = (48, 96, 160)) -> None:
        super().__init__()
        channels = [3 * _FOLD**2, *widths]
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(channels))
        self.judge = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The judgement of each patch, high for real ones, and the features of each layer."""
        x, features = F.pixel_unshuffle(pictures, _FOLD), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.judge(x), features


def discriminator_loss(network: MouthDiscriminator, real: Tensor, made: Tensor) -> Tensor:
    """Hinge loss of the discriminator; `made` is not differentiated through."""
    judged, _ = network(torch.cat([real, made.detach()]))
    on_real, on_made = judged.float().chunk(2)
    return F.relu(1 - on_real).mean() + F.relu(1 + on_made).mean()


def generator_loss(network: MouthDiscriminator, real: Tensor, made: Tensor) -> Tensor:
    """What the made pictures lack: the judgement against them, and how far their features lie from the real ones'."""
    with torch.no_grad():
        _, wanted = network(real)
    judged, found = network(made)
    matching = sum(
        (F.l1_loss(a.float(), b.float()) for a, b in zip(found, wanted, strict=True)), torch.zeros(())
    )
    return -judged.float().mean() * 0.1 + matching / len(found)


def mouth_squares(clip: Tensor, places: Tensor, side: int) -> Tensor:
    """(B·T, C, side, side): squares of a (B, C, T, H, W) clip around `places` (B, T, 2), x and y in pixels, kept inside."""
    height, width = clip.shape[-2:]
    corners = (places - side / 2).round().long()
    left = corners[..., 0].clamp(0, width - side)
    top = corners[..., 1].clamp(0, height - side)
    squares = [
        clip[b, :, t, top[b, t] : top[b, t] + side, left[b, t] : left[b, t] + side]
        for b in range(clip.shape[0])
        for t in range(clip.shape[2])
    ]
    return torch.stack(squares)
