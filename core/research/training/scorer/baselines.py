"""The rivals, built from their papers and trained by the same trainer: SyncNet's distance and VocaLiST's transformers.

SyncNet: Chung and Zisserman, “Out of time”, 2016. VocaLiST: Kadandale et al., “VocaLiST: An Audio-Visual Synchronisation
Model for Lips and Voices”, 2022 (three cross-modal transformers over frame and mel tokens). Wav2Lip's expert is a
`core.research.training.scorer.networks.SyncNetwork` with another recipe.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.research.training.scorer.networks import ConvBlock, SyncNetwork, Tower
from core.scorer.config import SEGMENT_FRAMES, ScorerConfig, Stage

CONTRASTIVE_MARGIN = 2.0
"""Distance from which false pairs cost nothing; half of it is the border between in sync and not."""


class DistanceTower(Tower):
    """A stream whose embedding is neither cut at zero nor scaled."""

    def embed(self, features: Tensor) -> Tensor:
        """(B, embedding) any numbers."""
        return self.head(features[:, :, None, None])[:, :, 0, 0].float()


class DistanceNetwork(nn.Module):
    """SyncNet's comparison: near in L2 when in sync. Scores are 1 − distance / margin, so they may be negative."""

    def __init__(self, config: ScorerConfig) -> None:
        super().__init__()
        self.config = config
        self.visual = DistanceTower(
            config.visual_shape, config.visual_tower, config.embedding, config.dropout
        )
        self.audio = DistanceTower(config.audio_shape, config.audio_tower, config.embedding, config.dropout)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        """(B,) scores of pairs of segments."""
        return _nearness((self.visual(visual) - self.audio(audio)).norm(dim=1))

    def pair_scores(self, seen: Tensor, heard: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """(K,) scores of pairs, as in `core.research.training.scorer.networks.SyncNetwork.pair_scores`."""
        return _nearness((self.visual.embed(seen)[rows] - self.audio.embed(heard)[columns]).norm(dim=1))


def _nearness(distance: Tensor) -> Tensor:
    return 1 - distance / CONTRASTIVE_MARGIN


class ConvBlock3d(nn.Module):
    """Convolution over time and picture with batch norm, optional residual, ReLU; time keeps its length."""

    def __init__(self, inputs: int, stage: Stage, *, residual: bool = False) -> None:
        super().__init__()
        kernel = (3, 3) if residual else stage.kernel
        stride = (1, 1) if residual else stage.stride
        self.conv = nn.Conv3d(
            inputs, stage.channels, (3, *kernel), (1, *stride), (1, kernel[0] // 2, kernel[1] // 2)
        )
        self.norm = nn.BatchNorm3d(stage.channels)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv(x))
        return functional.relu(y + x if self.residual else y)


class FrameTokens(nn.Module):
    """(B, 15, H, W) stacked pictures to one token per picture, (B, 5, width)."""

    def __init__(self, stages: tuple[Stage, ...], width: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = 3
        for stage in stages:
            blocks.append(ConvBlock3d(channels, stage))
            channels = stage.channels
            blocks.extend(ConvBlock3d(channels, stage, residual=True) for _ in range(stage.residual))
        self.blocks = nn.Sequential(*blocks)
        self.project = nn.Linear(channels, width)

    def features(self, x: Tensor) -> Tensor:
        """(B, 5, width)."""
        frames = x.unflatten(1, (SEGMENT_FRAMES, 3)).transpose(1, 2)  # (B, 3, 5, H, W)
        return self.project(self.blocks(frames).mean(dim=(3, 4)).transpose(1, 2))


class SoundTokens(nn.Module):
    """(B, 1, bins, steps) speech features to one token per step, (B, steps, width); no stage may stride over time."""

    def __init__(self, stages: tuple[Stage, ...], width: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = 1
        for stage in stages:
            blocks.append(ConvBlock(channels, stage))
            channels = stage.channels
            blocks.extend(ConvBlock(channels, stage, residual=True) for _ in range(stage.residual))
        self.blocks = nn.Sequential(*blocks)
        self.project = nn.Linear(channels, width)

    def features(self, x: Tensor) -> Tensor:
        """(B, steps, width)."""
        return self.project(self.blocks(x).mean(dim=2).transpose(1, 2))


class Attention(nn.Module):
    """Multi-head attention of one sequence to another."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.offer = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        def split(values: Tensor) -> Tensor:
            return values.unflatten(2, (self.heads, -1)).transpose(1, 2)  # (B, heads, T, width / heads)

        key, value = self.offer(other).chunk(2, dim=2)
        mixed = functional.scaled_dot_product_attention(split(self.ask(x)), split(key), split(value))
        return self.out(mixed.transpose(1, 2).flatten(2))

    def own_multiply_adds(self, x: Tensor, other: Tensor) -> int:
        """Of the two products between the sequences."""
        return 2 * x.shape[1] * other.shape[1] * x.shape[2]


class CrossBlock(nn.Module):
    """One layer: `x` looks at `other`, then each of its tokens is worked on by itself."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_x, self.norm_other, self.norm = (nn.LayerNorm(width) for _ in range(3))
        self.attention = Attention(width, heads)
        self.work = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        x = x + self.attention(self.norm_x(x), self.norm_other(other))
        return x + self.work(self.norm(x))


class CrossModalNetwork(nn.Module):
    """VocaLiST's comparison: sound looks at sight, sight at sound, then the first at the second; max over time, one logit.

    There are no embeddings to keep: every pair of segments needs its own pass.
    """

    def __init__(self, config: ScorerConfig) -> None:
        super().__init__()
        self.config = config
        width, layers, heads = config.attention
        self.visual = FrameTokens(config.visual_tower.preprocessing, width)
        self.audio = SoundTokens(config.audio_tower.preprocessing, width)
        self.visual_place = nn.Parameter(torch.randn(SEGMENT_FRAMES, width) * 0.02)
        self.audio_place = nn.Parameter(torch.randn(config.audio_shape[2], width) * 0.02)
        self.sound_to_sight, self.sight_to_sound, self.fusion = (
            nn.ModuleList(CrossBlock(width, heads) for _ in range(layers)) for _ in range(3)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, 1)

    def logits(self, seen: Tensor, heard: Tensor) -> Tensor:
        """(K,) logits of K pairs of token sequences."""
        sight, sound = seen + self.visual_place, heard + self.audio_place
        to_sight, to_sound = sound, sight
        for layer in self.sound_to_sight:
            to_sight = layer(to_sight, sight)
        for layer in self.sight_to_sound:
            to_sound = layer(to_sound, sound)
        for layer in self.fusion:
            to_sight = layer(to_sight, to_sound)
        return self.head(self.dropout(torch.tanh(to_sight.amax(dim=1))))[:, 0].float()

    def pair_logits(self, seen: Tensor, heard: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """(K,) logits of pairs; see `pair_scores`."""
        return self.logits(seen[rows], heard[columns])

    def pair_scores(self, seen: Tensor, heard: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """(K,) probabilities of pairs, as in `core.research.training.scorer.networks.SyncNetwork.pair_scores`."""
        return torch.sigmoid(self.pair_logits(seen, heard, rows, columns))

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        """(B,) probabilities of pairs of segments."""
        return torch.sigmoid(self.logits(self.visual.features(visual), self.audio.features(audio)))


AnyNetwork = SyncNetwork | DistanceNetwork | CrossModalNetwork


def build_network(config: ScorerConfig) -> AnyNetwork:
    """The network of the configuration's method, with fresh weights."""
    kinds = {"unisync": SyncNetwork, "syncnet": DistanceNetwork, "vocalist": CrossModalNetwork}
    return kinds[config.method](config)
