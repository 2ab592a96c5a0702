"""What the audio stream hears: log-mel, or features of HuBERT, Whisper or our own encoder, all as windows around moments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.base.errors import SettingsError
from core.scorer.config import ScorerConfig
from core.scorer.segments import feature_windows, mel_windows
from core.speech.encoder import speech_encoder, step_times
from core.speech.mel import log_mel
from core.speech.whisper import whisper_ear


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Features of one voice.

    Attributes:
        values: (M, size) float32.
        start: seconds at which the first is centred.
        is_mel: 80 columns a second, else 50.
    """

    values: np.ndarray
    start: float
    is_mel: bool

    def windows(self, centres: np.ndarray, stretch: float = 1.0) -> np.ndarray:
        """(N, 1, size, steps) float32 windows of 0.2 s around `centres` (seconds)."""
        cut = mel_windows if self.is_mel else feature_windows
        return cut(self.values, centres - self.start, stretch)


class Ear(Protocol):
    """Turns voices into features."""

    def hear(self, voice: np.ndarray) -> Heard:
        """The features of `voice` ((N,) float32 mono 16 kHz)."""


class MelEar:
    """Log-mel with Wav2Lip's settings."""

    def hear(self, voice: np.ndarray) -> Heard:
        """As in `Ear`."""
        return Heard(log_mel(voice), 0.0, is_mel=True)


class OwnEar:
    """The program's own speech encoder."""

    def hear(self, voice: np.ndarray) -> Heard:
        """As in `Ear`."""
        return Heard(speech_encoder().features(voice), float(step_times(1)[0]), is_mel=False)


class WhisperFeatures:
    """The first layers of Whisper's encoder."""

    def hear(self, voice: np.ndarray) -> Heard:
        """As in `Ear`."""
        return Heard(whisper_ear().features(voice), 0.0, is_mel=False)


class HubertEar:
    """HuBERT from a local folder or the hub's cache, any layer."""

    def __init__(self, source: str | Path, layer: int, device: str = "cpu") -> None:
        from core.speech.hubert import HubertFeatures

        self._model = HubertFeatures(source, layer=layer, device=device)

    def hear(self, voice: np.ndarray) -> Heard:
        """As in `Ear`."""
        from core.speech.hubert import hubert_step_times

        return Heard(self._model.features(voice), float(hubert_step_times(1)[0]), is_mel=False)


def ear_of(config: ScorerConfig, hubert: str | Path | None = None, layer: int = -1) -> Ear:
    """What `config` hears with.

    Raises:
        SettingsError: it hears with HuBERT and no HuBERT is named.
        ModelError: the named HuBERT cannot be loaded.
    """
    if config.audio == "mel":
        return MelEar()
    if config.audio == "own":
        return OwnEar()
    if config.audio == "whisper":
        return WhisperFeatures()
    if hubert is None:
        raise SettingsError(
            f"The scorer “{config.name}” hears with HuBERT.", hint="Name its folder with --hubert."
        )
    return HubertEar(hubert, layer)
