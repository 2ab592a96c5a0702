"""The speech encoder and the motion network in torch, for training and export (inference runs their ONNX files).

Both are stacks of dilated 1-D convolutions: what comes out at a step depends on ± `REACH_S` seconds of sound and nothing
else, so a long voice can be cut into windows with that overlap and the result is the same.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.motion.viseme import VISEME_COUNT

MEL_BANDS = 80
MELS_PER_STEP = 2  # 100 mel frames a second in, 50 steps a second out
_ENCODER_DILATIONS = (1, 2, 4, 8, 4, 1)
_DECODER_DILATIONS = (1, 2, 4, 8, 4, 1)
_FRONT_DILATIONS = (1, 2)
REACH_STEPS = 1 + sum(_ENCODER_DILATIONS) + sum(_DECODER_DILATIONS)
"""Steps of 1/50 s on either side that an output depends on (the stem's convolution included)."""


@dataclass(frozen=True, slots=True)
class MotionNetworkConfig:
    """Sizes of the two networks; `heard` is the width of another ear's features, 0 for the own encoder, trained along."""

    width: int = 128
    shape_size: int = 16
    dropout: float = 0.1
    heard: int = 0
    heard_dropout: float = 0.5


def _taps(x: Tensor, dilation: int) -> Tensor:
    """(B, S, C) → (B, S, 3 C): each step beside the ones `dilation` before and after (zeros outside)."""
    steps = x.shape[1]
    padded = functional.pad(x, (0, 0, dilation, dilation))
    return torch.cat([padded[:, :steps], x, padded[:, 2 * dilation :]], -1)


class _Block(nn.Module):
    """Dilated convolution of three taps, then a pointwise one, added to the input.

    Normalisation is per step, so that no step sees another. The convolution is written as one matrix product over
    gathered taps, which matrix units of processors run at half precision.
    """

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(width)
        self.spread = nn.Linear(3 * width, width)
        self.mix = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.dropout(self.mix(functional.gelu(self.spread(_taps(self.norm(x), self.dilation)))))


class SpeechEncoder(nn.Module):
    """Mel → features that know the phone: (B, 2 S, 80) → features (B, S, width) and viseme logits (B, S, classes)."""

    def __init__(self, config: MotionNetworkConfig) -> None:
        super().__init__()
        self.stem = nn.Linear(3 * MEL_BANDS * MELS_PER_STEP, config.width)
        self.blocks = nn.ModuleList(_Block(config.width, d, config.dropout) for d in _ENCODER_DILATIONS)
        self.norm = nn.LayerNorm(config.width)
        self.viseme = nn.Linear(config.width, VISEME_COUNT)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        pairs = mel.reshape(mel.shape[0], -1, MEL_BANDS * MELS_PER_STEP) * 0.5
        x = self.stem(_taps(pairs, 1))
        for block in self.blocks:
            x = block(x)
        features = self.norm(x)
        return features, self.viseme(features)


class HeardFront(nn.Module):
    """Another ear's features → ours: (B, S, heard) → features (B, S, width) and viseme logits (B, S, classes)."""

    def __init__(self, config: MotionNetworkConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.heard_dropout)
        self.enter = nn.Linear(config.heard, config.width)
        self.blocks = nn.ModuleList(_Block(config.width, d, config.dropout) for d in _FRONT_DILATIONS)
        self.norm = nn.LayerNorm(config.width)
        self.viseme = nn.Linear(config.width, VISEME_COUNT)

    def forward(self, heard: Tensor) -> tuple[Tensor, Tensor]:
        x = self.enter(self.dropout(heard))
        for block in self.blocks:
            x = block(x)
        features = self.norm(x)
        return features, self.viseme(features)


class MotionDecoder(nn.Module):
    """Speech features and viseme logits → shape coefficients (B, S, K) and rule curves (B, S, 3): opening, spread, rounding."""

    def __init__(self, config: MotionNetworkConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(config.width + VISEME_COUNT, config.width)
        self.blocks = nn.ModuleList(_Block(config.width, d, config.dropout) for d in _DECODER_DILATIONS)
        self.norm = nn.LayerNorm(config.width)
        self.shape = nn.Linear(config.width, config.shape_size)
        self.curves = nn.Linear(config.width, 3)
        self.speech = nn.Linear(config.width, 1)
        self.contact = nn.Linear(config.width, 1)

    def forward(self, features: Tensor, viseme_logits: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.enter(torch.cat([features, viseme_logits.softmax(-1)], -1))
        for block in self.blocks:
            x = block(x)
        h = self.norm(x)
        return self.shape(h), self.curves(h), self.speech(h)[..., 0], self.contact(h)[..., 0]


@dataclass(frozen=True, slots=True)
class MotionOutput:
    """What the whole network says at each step.

    Attributes:
        features: (B, S, W) the speech encoder's.
        visemes: (B, S, VISEME_COUNT) logits.
        coefs: (B, S, K) person-free mouth shapes.
        curves: (B, S, 3) opening, spread and rounding of the dominance rule, learnt from phones.
        speech: (B, S) logit of speech.
        contact: (B, S) logit of lips touching.

    """

    features: Tensor
    visemes: Tensor
    coefs: Tensor
    curves: Tensor
    speech: Tensor
    contact: Tensor


class MotionNetwork(nn.Module):
    """Encoder, or what takes another ear's features, and decoder as one, trained together."""

    def __init__(self, config: MotionNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = HeardFront(config) if config.heard else SpeechEncoder(config)
        self.decoder = MotionDecoder(config)

    def forward(self, sound: Tensor) -> MotionOutput:
        features, visemes = self.encoder(sound)
        heads = self.decoder(features, visemes)
        return MotionOutput(features.float(), visemes.float(), *(head.float() for head in heads))
