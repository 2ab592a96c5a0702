"""What happens to speech before it reaches us: rooms, noise, music, band limits, clipping, codecs. Length is kept."""

from collections.abc import Callable

import numpy as np

from core.speech.mel import SAMPLE_RATE


def _level(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)) + 1e-9)


def _mixed(voice: np.ndarray, other: np.ndarray, ratio_db: float) -> np.ndarray:
    return voice + other * (_level(voice) / _level(other) * 10 ** (-ratio_db / 20))


def room(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A room of 0.15–0.7 s reverberation; the direct sound stays where it was, so lips stay in sync."""
    from scipy.signal import fftconvolve  # slow to import

    decay = rng.uniform(0.15, 0.7)
    t = np.arange(int(decay * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(len(t)) * 10 ** (-3 * t / decay)  # −60 dB after `decay` seconds
    tail[: int(0.003 * SAMPLE_RATE)] = 0
    tail *= 10 ** (rng.uniform(-12, 2) / 20) / max(_level(tail) * np.sqrt(len(tail)), 1e-9)
    tail[0] = 1.0
    return fftconvolve(voice, tail)[: len(voice)]


def noise(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """White to brown noise at 0–30 dB below the voice."""
    spectrum = np.fft.rfft(rng.standard_normal(len(voice)))
    frequency = np.maximum(np.fft.rfftfreq(len(voice), 1 / SAMPLE_RATE), 20)
    return _mixed(
        voice, np.fft.irfft(spectrum * frequency ** -rng.uniform(0, 1.2), len(voice)), rng.uniform(0, 30)
    )


def music(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Chords of a few harmonics with a beat, 3–20 dB below the voice."""
    t = np.arange(len(voice)) / SAMPLE_RATE
    beat = rng.uniform(1.2, 2.6)
    sound = np.zeros(len(voice))
    for start in np.arange(0, t[-1] + 1e-9, 2 / beat):
        root = 55 * 2 ** (rng.integers(0, 24) / 12)
        since = t - start
        shape = np.where(
            (since >= 0) & (since < 2 / beat), np.exp(-1.5 * np.mod(np.maximum(since, 0), 1 / beat)), 0.0
        )
        for step in (0, 4, 7, 12):
            tone = root * 2 ** (step / 12)
            sound += shape * sum(np.sin(2 * np.pi * k * tone * t) / k**1.5 for k in (1, 2, 3))
    return _mixed(voice, sound, rng.uniform(3, 20))


def band_limit(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A telephone's or a cheap microphone's band, without delay."""
    from scipy.signal import butter, sosfiltfilt

    low, high = rng.uniform(60, 350), rng.uniform(2800, 6500)
    return sosfiltfilt(butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos"), voice)


def clip_peaks(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Overdriven by 3–15 dB."""
    peak = float(np.abs(voice).max()) + 1e-9
    limit = peak * 10 ** (-rng.uniform(3, 15) / 20)
    return np.clip(voice, -limit, limit) * (peak / limit) ** 0.5


def mu_law_codec(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Companded to 4–8 bits as telephone codecs do (ITU-T G.711's curve)."""
    steps = 2 ** int(rng.integers(3, 8))
    peak = float(np.abs(voice).max()) + 1e-9
    small = np.sign(voice) * np.log1p(255 * np.abs(voice) / peak) / np.log(256)
    coarse = np.round(small * steps) / steps
    return np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255 * peak


AUGMENTATIONS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "room": room,
    "noise": noise,
    "music": music,
    "band": band_limit,
    "clipping": clip_peaks,
    "codec": mu_law_codec,
}


def augment(voice: np.ndarray, rng: np.random.Generator, *, chance: float = 0.35) -> np.ndarray:
    """`voice` ((N,) float32 mono 16 kHz) after each augmentation with probability `chance`; peak at most 1."""
    sound = voice.astype(np.float64)
    for change in AUGMENTATIONS.values():
        if rng.uniform() < chance:
            sound = change(sound, rng)
    return (sound / max(1.0, float(np.abs(sound).max(initial=0.0)))).astype(np.float32)
