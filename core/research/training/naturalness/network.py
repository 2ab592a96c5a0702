"""The judge's network: a small residual one (He et al., 2016) over one picture of a mouth."""

from itertools import pairwise

import torch
from torch import Tensor, nn

WIDTHS = (16, 24, 40, 64)


def _conv(inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = _conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


class JudgeNetwork(nn.Module):
    """(B, 3, S, S) float in 0..1 → (B,) logits of being natural.

    Damage is small and anywhere, so the strongest answer of the picture counts beside the mean one.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stem = _conv(3, widths[0], 2, 5)
        self.body = nn.Sequential(
            *(nn.Sequential(_Block(a), _conv(a, b, 2)) for a, b in pairwise(widths)), _Block(widths[-1])
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * widths[-1], 1))

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.body(self.stem(pictures * 2 - 1))
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1))[:, 0]
