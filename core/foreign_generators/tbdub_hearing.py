"""HuBERT large as TBDub hears it: layers 9 to 12 side by side, 50 times a second.

The authors hear a whole recording at once; here it is heard in overlapping pieces of 30 s that fade into each other, its loudness
judged over all of it as theirs is.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import HubertConfig, HubertModel

from core.foreign_generators.listening import FEATURE_RATE, SAMPLE_RATE, faded_in
from core.foreign_generators.unet import Shapes
from core.foreign_generators.weights import file_shapes, load_network

WEIGHTS = "hubert.safetensors"
LAYERS = (9, 10, 11, 12)
STEPS_A_FRAME = 2
FRAMES_BEFORE = 8
"""Frames before a window that are heard: five of its preroll, and three that the first latent frame hears beside its own."""
_PIECE, _OVERLAP = 1500, 300  # steps
_SILENCE_S = 77 / 25  # after the voice, as in training
_FADE_S = 0.01
_HOP = SAMPLE_RATE // FEATURE_RATE
_RECEPTIVE = 400  # samples of the first step
_STRIDES = (5, 2, 2, 2, 2, 2, 2)
_HEAD_WIDTH = 64
_EPSILON = 1e-6  # seconds: frame times are sums of fractions in float64


@dataclass(frozen=True, slots=True, eq=False)
class HeardByHubert:
    """(T, 4·D) float32 features at 50 a second of one voice."""

    features: np.ndarray

    def at(self, times: np.ndarray) -> Tensor:
        """(F, 18, 4·D) float32: of each frame at these times (F,) its own two steps, after the sixteen before them."""
        first = np.floor((times + _EPSILON) * FEATURE_RATE).astype(int) - STEPS_A_FRAME * FRAMES_BEFORE
        rows = first[:, None] + np.arange(STEPS_A_FRAME * (FRAMES_BEFORE + 1))
        inside = np.clip(rows, 0, max(len(self.features) - 1, 0))  # the ends are repeated
        return torch.from_numpy(np.ascontiguousarray(self.features[inside], np.float32))


def heard_by_latent_frames(speech: Tensor) -> Tensor:
    """(1, f, 8, D) of (T, 18, D) as `HeardByHubert.at` gives it for a window: what each latent frame hears.

    The first latent frame is one picture and hears four frames up to it, each further one its own four; the window is preceded
    by its preroll.
    """
    before = speech[0, : STEPS_A_FRAME * FRAMES_BEFORE]
    own = speech[:, STEPS_A_FRAME * FRAMES_BEFORE :].flatten(0, 1)
    return torch.cat([before, own]).unflatten(0, (-1, STEPS_A_FRAME * 4))[None]


class HubertListener:
    """HuBERT. Not thread-safe."""

    def __init__(self, model: HubertModel) -> None:
        self.model = model

    @classmethod
    def load(cls, folder: Path) -> "HubertListener":
        """The network in an installed model's folder.

        Raises:
            ModelError: it is missing, damaged or another one.
        """
        path = folder / WEIGHTS
        shapes = file_shapes(path)
        return cls(load_network(path, lambda: hubert_like(shapes)))

    def hear(self, voice: np.ndarray) -> HeardByHubert:
        """The features of (N,) float32 mono 16 kHz sound, and of the silence behind it."""
        silence = np.zeros(round(_SILENCE_S * SAMPLE_RATE), np.float32)
        fade = round(_FADE_S * SAMPLE_RATE)
        if len(voice):
            silence[:fade] = np.linspace(voice[-1], 0, fade + 1)[1:]
        sound = np.concatenate([voice.astype(np.float32), silence])
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
        steps = (len(sound) - _RECEPTIVE) // _HOP + 1
        total = np.zeros(0)
        for start in range(0, max(steps - _OVERLAP, 1), _PIECE - _OVERLAP):
            count = min(_PIECE, steps - start)
            part = sound[start * _HOP : (start + count - 1) * _HOP + _RECEPTIVE]
            total = faded_in(total, self._layers(part), start)
        return HeardByHubert(total)

    @torch.inference_mode()
    def _layers(self, sound: np.ndarray) -> np.ndarray:
        """(T, 4·D) float32."""
        like = self.model.feature_projection.projection.weight
        states = self.model(torch.from_numpy(sound)[None].to(like), output_hidden_states=True).hidden_states
        return torch.cat([states[layer][0] for layer in LAYERS], dim=-1).float().cpu().numpy()


def hubert_like(shapes: Shapes) -> HubertModel:
    """The network whose tensors have these shapes; HuBERT large's sizes where they cannot be read off."""
    width = shapes.get("feature_projection.projection.weight", (1024,))[0]
    convolutions = [
        shapes.get(f"feature_extractor.conv_layers.{n}.conv.weight", (512, 512, size))
        for n, size in enumerate((10, 3, 3, 3, 3, 2, 2))
    ]
    layers = 0
    while f"encoder.layers.{layers}.final_layer_norm.weight" in shapes:
        layers += 1
    position = shapes.get(
        "encoder.pos_conv_embed.conv.parametrizations.weight.original1", (width, width // 16, 128)
    )
    config = HubertConfig(
        hidden_size=width,
        num_hidden_layers=layers or 24,
        num_attention_heads=max(width // _HEAD_WIDTH, 1),
        intermediate_size=shapes.get("encoder.layers.0.feed_forward.intermediate_dense.weight", (4 * width,))[
            0
        ],
        conv_dim=tuple(shape[0] for shape in convolutions),
        conv_kernel=tuple(shape[2] for shape in convolutions),
        conv_stride=_STRIDES,
        conv_bias=True,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        num_conv_pos_embeddings=position[2],
        num_conv_pos_embedding_groups=width // position[1],
    )
    return HubertModel(config)
