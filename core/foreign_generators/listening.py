"""Whisper's encoder as lip-sync networks hear it: for each frame ten steps of five layers, 50 rows.

The two published ways look alike and are not: MuseTalk 1.5 takes the last layer *after* the encoder's final norm, pads with zeros
and adds a position table; LatentSync takes it *before* the norm, repeats the ends and adds none. Long sound is heard in 30 s
pieces; here they overlap and fade into each other, so that there is no seam.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from core.foreign_generators.unet import Shapes
from core.foreign_generators.weights import file_shapes, load_network

WEIGHTS = "whisper.safetensors"
SAMPLE_RATE = 16000
FEATURE_RATE = 50
STEPS_BEFORE, STEPS = 4, 10  # of a frame's window at 50 a second
_PIECE = 3000  # mel columns, 30 s
_HEAD_WIDTH = 64  # of every Whisper
_OVERLAP = 600  # mel columns by which pieces overlap
_EPSILON = 1e-6  # seconds: frame times are sums of fractions in float64

Manner = Literal["musetalk", "latentsync"]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """(T, L, D) float32 features at 50 a second of one voice."""

    features: np.ndarray
    manner: Manner

    def at(self, times: np.ndarray) -> Tensor:
        """(F, 50, D) float32: what the network hears at these times (F,) in seconds of the voice."""
        first = np.floor((times + _EPSILON) * FEATURE_RATE).astype(int) - STEPS_BEFORE
        rows = first[:, None] + np.arange(STEPS)
        inside = np.clip(rows, 0, max(len(self.features) - 1, 0))
        windows = self.features[inside]  # (F, 10, L, D)
        if self.manner == "musetalk":
            windows = windows * ((rows >= 0) & (rows < len(self.features)))[..., None, None]
        flat = torch.from_numpy(np.ascontiguousarray(windows, np.float32)).flatten(1, 2)
        return flat + position_table(*flat.shape[1:]) if self.manner == "musetalk" else flat


class Listener:
    """Whisper's encoder. Not thread-safe."""

    def __init__(self, encoder: WhisperEncoder) -> None:
        self.encoder = encoder
        self._mel = WhisperFeatureExtractor(feature_size=encoder.config.num_mel_bins)

    @classmethod
    def load(cls, folder: Path) -> "Listener":
        """The encoder in an installed model's folder.

        Raises:
            ModelError: it is missing, damaged or another one.
        """
        path = folder / WEIGHTS
        shapes = file_shapes(path)
        return cls(load_network(path, lambda: encoder_like(shapes)))

    def hear(self, voice: np.ndarray, manner: Manner) -> Heard:
        """The features of (N,) float32 mono 16 kHz sound; T = floor(seconds · 50)."""
        total = np.zeros(0)
        for number, piece in enumerate(self._pieces(voice, manner)):
            total = faded_in(total, self._layers(piece, manner), number * (_PIECE - _OVERLAP) // 2)
        return Heard(total[: max(len(voice) * FEATURE_RATE // SAMPLE_RATE, 1)], manner)

    def _pieces(self, voice: np.ndarray, manner: Manner) -> Iterator[np.ndarray]:
        """(80, 3000) log mel of 30 s at a time, overlapping."""
        hop = self._mel.hop_length
        starts = range(0, max(-(-len(voice) // hop) - _OVERLAP, 1), _PIECE - _OVERLAP)
        if (
            manner == "musetalk"
        ):  # each piece's loudness is judged alone, after silence has been put behind it
            for start in starts:
                yield self._columns(voice[start * hop : (start + _PIECE) * hop], padding="max_length")
            return
        columns = self._columns(voice, padding="longest")  # loudness is judged over the whole voice
        for start in starts:
            piece = np.zeros((len(columns), _PIECE), np.float32)
            part = columns[:, start : start + _PIECE]
            piece[:, : part.shape[1]] = part
            yield piece

    def _columns(self, voice: np.ndarray, padding: str) -> np.ndarray:
        if len(voice) < self._mel.n_fft:  # less than one column's worth of sound
            voice = np.pad(voice, (0, self._mel.n_fft - len(voice)))
        made = self._mel(
            voice, sampling_rate=SAMPLE_RATE, truncation=False, padding=padding, return_tensors="np"
        )
        return made.input_features[0]

    @torch.inference_mode()
    def _layers(self, columns: np.ndarray, manner: Manner) -> np.ndarray:
        """(1500, L + 1, D) float32 of the embedding and each layer."""
        like = self.encoder.conv1.weight
        raw: list[Tensor] = []
        hook = self.encoder.layers[-1].register_forward_hook(
            lambda _module, _given, made: raw.append(made[0] if isinstance(made, tuple) else made)
        )
        try:
            made = self.encoder(torch.from_numpy(columns)[None].to(like), output_hidden_states=True)
        finally:
            hook.remove()
        states = list(made.hidden_states)
        # transformers gives the last layer after the final norm; LatentSync was trained on what comes before it.
        states[-1] = raw[0] if manner == "latentsync" else made.last_hidden_state
        return torch.stack([state[0] for state in states], dim=1).float().cpu().numpy()


def faded_in(before: np.ndarray, piece: np.ndarray, start: int) -> np.ndarray:
    """`before` continued by `piece` from row `start` on, faded where both are."""
    if not len(before):
        return piece
    both = len(before) - start
    share = ((np.arange(both) + 1) / (both + 1)).astype(np.float32)
    share = share.reshape(-1, *(1,) * (piece.ndim - 1))
    mixed = before[start:] * (1 - share) + piece[:both] * share
    return np.concatenate([before[:start], mixed, piece[both:]])


def position_table(rows: int, width: int) -> Tensor:
    """(rows, width) sinusoids of base 10000: sine in even columns, cosine in odd ones."""
    rates = torch.exp(torch.arange(0, width, 2) * (-np.log(10000.0) / width))
    angles = torch.arange(rows)[:, None] * rates
    table = torch.zeros(rows, width)
    table[:, 0::2], table[:, 1::2] = torch.sin(angles), torch.cos(angles)
    return table


def encoder_like(shapes: Shapes) -> WhisperEncoder:
    """The encoder whose tensors have these shapes; Whisper tiny's sizes where they cannot be read off."""
    width, bands, _ = shapes.get("conv1.weight", (384, 80, 3))
    layers = 0
    while f"layers.{layers}.fc1.weight" in shapes:
        layers += 1
    config = WhisperConfig(
        num_mel_bins=bands,
        d_model=width,
        encoder_layers=layers or 4,
        encoder_attention_heads=max(width // _HEAD_WIDTH, 1),
        encoder_ffn_dim=shapes.get("layers.0.fc1.weight", (4 * width, width))[0],
    )
    return WhisperEncoder(config)
