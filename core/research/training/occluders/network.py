"""The occluder network: a small U-Net (Ronneberger et al. 2015) that works at half the crop's resolution and below."""

from itertools import pairwise

import torch
from torch import Tensor, nn

WIDTHS = (16, 32, 56, 80)


class _Block(nn.Module):
    """Two convolutions around which what comes in also passes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = _conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class OccluderNetwork(nn.Module):
    """(B, 4, S, S) float in 0..1: RGB and where face and lips are → (B, 1, S, S) logits of something being before the face."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(4, widths[0], 5, 2), _Block(widths[0]))
        self.down = nn.ModuleList(nn.Sequential(_conv(a, b, 3, 2), _Block(b)) for a, b in pairwise(widths))
        self.deepest = _Block(widths[-1])
        up = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.narrow = nn.ModuleList(_conv(a, b, 1) for a, b in up)
        self.merge = nn.ModuleList(_conv(2 * b, b) for _, b in up)
        self.head = nn.Sequential(_conv(widths[0], widths[0]), nn.Conv2d(widths[0], 4, 1), nn.PixelShuffle(2))

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.stem(pictures * 2 - 1)
        kept = [x]
        for step in self.down:
            x = step(x)
            kept.append(x)
        x = self.deepest(kept.pop())
        for narrow, merge in zip(self.narrow, self.merge, strict=True):
            x = nn.functional.interpolate(narrow(x), scale_factor=2, mode="bilinear", align_corners=False)
            x = merge(torch.cat([x, kept.pop()], dim=1))
        return self.head(x)
