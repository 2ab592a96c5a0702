"""The dual-stream network of UniSync 2025: preprocessing → adaptive pooling → shared trunk → ReLU → cosine.

Inputs are one segment (0.2 s) each: pictures stacked on the channel axis, speech features as a one-channel picture.
"""

import math
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.scorer.config import ScorerConfig, Stage, TowerConfig

SHAPE_TARGETS = 6
"""Mouth-shape values the auxiliary heads regress; see `core.appearance.landmarks.mouth_shape`."""


class ConvBlock(nn.Module):
    """Convolution, batch norm, optional residual, ReLU."""

    def __init__(self, inputs: int, stage: Stage, *, residual: bool = False) -> None:
        super().__init__()
        kernel = (min(stage.kernel[0], 3), min(stage.kernel[1], 3)) if residual else stage.kernel
        stride = (1, 1) if residual else stage.stride
        padding = (
            stage.padding if stage.padding is not None and not residual else (kernel[0] // 2, kernel[1] // 2)
        )
        self.conv = nn.Conv2d(inputs, stage.channels, kernel, stride, padding)
        self.norm = nn.BatchNorm2d(stage.channels)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv(x))
        return functional.relu(y + x if self.residual else y)


def _stages(inputs: int, stages: tuple[Stage, ...]) -> tuple[nn.Sequential, int]:
    blocks: list[nn.Module] = []
    for stage in stages:
        blocks.append(ConvBlock(inputs, stage))
        inputs = stage.channels
        blocks.extend(ConvBlock(inputs, stage, residual=True) for _ in range(stage.residual))
    return nn.Sequential(*blocks), inputs


class AdaptivePool(nn.Module):
    """Average pooling to a fixed size; smaller maps are enlarged first (nearest), as the paper's small inputs are.

    Written with a fixed input size so that it exports as plain matrix products: adaptive pooling with uneven bins
    has no ONNX operator.
    """

    def __init__(self, source: tuple[int, int], target: tuple[int, int]) -> None:
        super().__init__()
        self.is_identity = source == target
        self.register_buffer("rows", _pooling_matrix(source[0], target[0]), persistent=False)
        self.register_buffer("columns", _pooling_matrix(source[1], target[1]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.is_identity:
            return x
        x = torch.matmul(self.rows.to(x.dtype), x)  # (B, C, H', W)
        return torch.matmul(x, self.columns.to(x.dtype).transpose(0, 1))  # (B, C, H', W')


def _pooling_matrix(source: int, target: int) -> Tensor:
    """(target, source) weights of torch's adaptive average pooling, which repeats values when target > source."""
    matrix = torch.zeros(target, source)
    for row in range(target):
        start, end = row * source // target, -(-(row + 1) * source // target)
        matrix[row, start:end] = 1.0 / (end - start)
    return matrix


class Tower(nn.Module):
    """One stream: (B, C, H, W) segment → (B, embedding) with non-negative values of length one."""

    def __init__(
        self, shape: tuple[int, int, int], config: TowerConfig, embedding: int, dropout: float
    ) -> None:
        super().__init__()
        self.preprocessing, channels = _stages(shape[0], config.preprocessing)
        with torch.no_grad():
            size = self.preprocessing.eval()(torch.zeros(1, *shape)).shape[-2:]
        self.pool = AdaptivePool((int(size[0]), int(size[1])), config.pooled)
        self.trunk, channels = _stages(channels, config.trunk)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Conv2d(channels, embedding, 1)
        self.train()

    def features(self, x: Tensor) -> Tensor:
        """(B, channels) trunk output, before the embedding layer."""
        x = self.trunk(self.pool(self.preprocessing(x)))
        return self.dropout(x.mean(dim=(2, 3)))

    def embed(self, features: Tensor) -> Tensor:
        """(B, embedding), ReLU then length one (so that a dot product is the paper's p_sync)."""
        y = functional.relu(self.head(features[:, :, None, None])[:, :, 0, 0].float())
        return y / y.norm(dim=1, keepdim=True).clamp_min(1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return self.embed(self.features(x))


class SyncNetwork(nn.Module):
    """Both towers, and the auxiliary mouth-shape heads that only training uses."""

    def __init__(self, config: ScorerConfig) -> None:
        super().__init__()
        self.config = config
        self.visual = Tower(config.visual_shape, config.visual_tower, config.embedding, config.dropout)
        self.audio = Tower(config.audio_shape, config.audio_tower, config.embedding, config.dropout)
        if config.shape_weight > 0:
            self.visual_shape_head = nn.Linear(config.visual_tower.trunk[-1].channels, SHAPE_TARGETS)
            self.audio_shape_head = nn.Linear(config.audio_tower.trunk[-1].channels, SHAPE_TARGETS)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        """p_sync (B,) of pairs of segments."""
        return (self.visual(visual) * self.audio(audio)).sum(dim=1)

    def pair_scores(self, seen: Tensor, heard: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """p_sync (K,) of pairs, from both towers' `features`; pair k is row ``rows[k]`` with ``columns[k]``."""
        return (self.visual.embed(seen)[rows] * self.audio.embed(heard)[columns]).sum(dim=1)


@runtime_checkable
class CountsItself(Protocol):
    """A layer whose own products are not those of the layers in it, such as attention."""

    def own_multiply_adds(self, *inputs: Tensor) -> int:
        """Multiply-accumulates of one sample."""


def parameter_count(module: nn.Module) -> int:
    """Trainable numbers in `module`, without the auxiliary training heads."""
    return sum(parameter.numel() for name, parameter in module.named_parameters() if "shape_head" not in name)


def multiply_adds(network: nn.Module, visual: tuple[int, ...], audio: tuple[int, ...]) -> int:
    """Multiply-accumulates of one pair of segments of these shapes: convolutions, linear layers and attention."""
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, (nn.Conv2d, nn.Conv3d)):
            kernel = math.prod(module.kernel_size)
            total += output[0].numel() * module.in_channels // module.groups * kernel
        elif isinstance(module, nn.Linear):
            total += output[0].numel() * module.in_features
        elif isinstance(module, CountsItself):
            total += module.own_multiply_adds(*inputs)

    hooks = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.Linear, CountsItself))
    ]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, *visual), torch.zeros(1, *audio))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
