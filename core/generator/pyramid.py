"""Convolutions around the transformer: pixels are seen and made at full resolution, attention works on few tokens.

As in hourglass and U-shaped diffusion transformers (Crowson et al. 2024; Hoogeboom et al. 2023): a transformer that makes
large patches shows their edges, and needs long training to learn what neighbouring pixels have to do with each other.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.generator.zero_start import start_at_zero


class Pyramid(nn.Module):
    """Latents (N, C, H, W) to a coarse map for the transformer, and its answer back to latents.

    Args:
        inputs: channels of all latents that enter, laid one upon another.
        outputs: channels of the latents that leave.
        widths: channels of each level, finest first; every level is half as fine as the one before.
        dim: width of the transformer's tokens; they are half as fine as the last level.
        condition: width of the vector that scales and shifts each block (noise level, frame rate, style).
    """

    def __init__(self, inputs: int, outputs: int, widths: Sequence[int], dim: int, condition: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(inputs, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(ConvBlock(width, condition) for width in widths)
        coarser = [*widths[1:], dim]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in zip(widths, coarser, strict=True))
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in zip(widths, coarser, strict=True))
        self.join = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for width in widths)
        self.up_blocks = nn.ModuleList(ConvBlock(width, condition) for width in widths)
        self.out = nn.Conv2d(widths[0], outputs, 3, padding=1)
        start_at_zero(self.out)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # what bfloat16 convolutions on processors are fast in

    def descend(self, latents: Tensor, condition: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, dim, h, w) for the transformer, and what `ascend` needs of every level; `condition` is (N, D)."""
        x, seen = self.stem(latents.contiguous(memory_format=torch.channels_last)), []
        for block, down in zip(self.down_blocks, self.down, strict=True):
            x = block(x, condition)
            seen.append(x)
            x = down(x)
        return x, seen

    def ascend(self, x: Tensor, seen: Sequence[Tensor], condition: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) from the transformer's (N, dim, h, w), and the features (N, W, H, W) they were made of."""
        for level in reversed(range(len(seen))):
            x = F.pixel_shuffle(self.up[level](x), 2)
            x = self.join[level](torch.cat([x, seen[level]], dim=1))
            x = self.up_blocks[level](x, condition)
        return self.out(x), x


class ConvBlock(nn.Module):
    """Residual block: normalisation over channels, scaled and shifted by the condition, two 3 × 3 convolutions."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(
            width, elementwise_affine=False
        )  # over channels: twice as fast as groups here
        self.modulation = nn.Linear(condition, 2 * width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        start_at_zero(self.modulation)
        start_at_zero(self.second)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(N, W, H, W) of the same; `condition` (N, D)."""
        shift, scale = self.modulation(F.silu(condition))[:, None, None].chunk(2, dim=-1)
        normed = self.norm(x.permute(0, 2, 3, 1)) * (1 + scale) + shift
        return x + self.second(F.silu(self.first(normed.permute(0, 3, 1, 2))))
