"""Log-mel pictures of speech, in numpy alone and the same however the sound is cut.

Frame k is centred on sample ``k * hop`` and sees nothing outside its window; sound before the first and after the last
sample counts as silence.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

SAMPLE_RATE = 16000
_ROWS_AT_ONCE = 4096  # bounds memory: about 26 MB of windowed sound for an hour-long voice


@dataclass(frozen=True, slots=True)
class MelSettings:
    """What a log-mel is made with; frequencies in Hz, lengths in samples at 16 kHz."""

    hop: int = 200
    window: int = 800
    fft: int = 800
    bands: int = 80
    lowest: float = 55.0
    highest: float = 7600.0
    preemphasis: float = 0.97

    @property
    def rate(self) -> float:
        """Frames per second."""
        return SAMPLE_RATE / self.hop


WAV2LIP_MEL = MelSettings()
"""Wav2Lip's and LatentSync's settings: 80 frames a second, 50 ms windows (arXiv 2008.10010, 2412.09262)."""

FINE_MEL = MelSettings(hop=160, window=400, fft=512)
"""100 frames a second and 25 ms windows, so that the 50 ms closure of a plosive is not smeared over."""


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    # Slaney's auditory toolbox scale, linear below 1 kHz (librosa's default, hence Wav2Lip's).
    return np.where(
        hz < 1000.0, hz * 3 / 200, 15.0 + 27.0 * np.log(np.maximum(hz, 1e-9) / 1000.0) / np.log(6.4)
    )


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15.0, mel * 200 / 3, 1000.0 * np.exp(np.log(6.4) * (mel - 15.0) / 27.0))


@cache
def mel_filters(settings: MelSettings) -> np.ndarray:
    """(bands, fft // 2 + 1) float32 triangles of unit area over the FFT's bins."""
    limits = _hz_to_mel(np.array([settings.lowest, settings.highest]))
    edges = _mel_to_hz(np.linspace(limits[0], limits[1], settings.bands + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, settings.fft // 2 + 1)
    rising = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


@cache
def _window(settings: MelSettings) -> np.ndarray:
    periodic = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(settings.window) / settings.window)
    return periodic.astype(np.float32)


def frame_count(samples: int, settings: MelSettings = WAV2LIP_MEL) -> int:
    """Frames `log_mel` returns for so many samples: those centred within the sound."""
    return 0 if samples == 0 else 1 + (samples - 1) // settings.hop


def _frames_of(padded: np.ndarray, count: int, settings: MelSettings) -> np.ndarray:
    """`padded` begins one sample before the first window, that sample being for the pre-emphasis."""
    mels = np.empty((count, settings.bands), np.float32)
    emphasised = padded[1:] - np.float32(settings.preemphasis) * padded[:-1]
    for start in range(0, count, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, count)
        piece = emphasised[start * settings.hop : (stop - 1) * settings.hop + settings.window]
        windows = np.lib.stride_tricks.sliding_window_view(piece, settings.window)[:: settings.hop]
        spectrum = np.abs(np.fft.rfft(windows * _window(settings), settings.fft)).astype(np.float32)
        mels[start:stop] = spectrum @ mel_filters(settings).T
    # 20 dB reference and −100 dB floor, then the floor…reference range onto −4…4 (Wav2Lip's symmetric scaling).
    decibels = 20.0 * np.log10(np.maximum(mels, 1e-5)) - 20.0
    return np.clip(8.0 * (decibels + 100.0) / 100.0 - 4.0, -4.0, 4.0).astype(np.float32)


def log_mel(voice: np.ndarray, settings: MelSettings = WAV2LIP_MEL) -> np.ndarray:
    """The log-mel of `voice` ((N,) float32 mono 16 kHz): (frame_count(N), bands) float32 in −4..4."""
    count = frame_count(len(voice), settings)
    if count == 0:
        return np.zeros((0, settings.bands), np.float32)
    before = settings.window // 2 + 1
    needed = (count - 1) * settings.hop + settings.window + 1
    padded = np.zeros(max(needed, before + len(voice)), np.float32)
    padded[before : before + len(voice)] = voice
    return _frames_of(padded, count, settings)


def mel_frames(voice: np.ndarray, first: int, count: int, settings: MelSettings = WAV2LIP_MEL) -> np.ndarray:
    """Frames first … first + count − 1 of `log_mel`, which may lie outside the sound (silence there): (count, bands)."""
    start = first * settings.hop - settings.window // 2 - 1
    stop = start + (count - 1) * settings.hop + settings.window + 1
    padded = np.zeros(stop - start, np.float32)
    low, high = max(start, 0), min(stop, len(voice))
    if high > low:
        padded[low - start : high - start] = voice[low:high]
    return _frames_of(padded, count, settings) if count else np.zeros((0, settings.bands), np.float32)
