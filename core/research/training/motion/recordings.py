"""Other recordings of the same words: pitch, tempo, room, noise, microphone, band limits, codec and level, on the waveform.

A pretrained ear hears sound, not our mel, so the sound itself is changed before it listens. Nothing here moves a word in
time but the tempo, and that by the exact factor that is returned.
"""

import io

import av
import numpy as np
import soxr
from scipy.signal import butter as butterworth
from scipy.signal import fftconvolve, firwin2, sosfilt, stft

from core.speech.mel import SAMPLE_RATE

_WINDOW, _HOP = 512, 128
_CODECS = (("mp3", "libmp3lame", 16000), ("ogg", "libopus", 12000), ("adts", "aac", 24000))
_MOST_DELAY = 4000  # samples by which a codec may be late


def another_recording(
    voice: np.ndarray, rng: np.random.Generator, babble: np.ndarray | None = None, *, tempo: bool = True
) -> tuple[np.ndarray, float]:
    """`voice` ((N,) float32 mono 16 kHz) as it could have been recorded elsewhere, and how many times faster it is said.

    Args:
        voice: to change.
        rng: draws everything.
        babble: another voice that may be heard in the background.
        tempo: whether it may be said faster or slower.
    """
    factor = float(rng.uniform(0.88, 1.14)) if tempo and rng.random() < 0.7 else 1.0
    changed = _faster(voice, factor)
    if rng.random() < 0.4:
        changed = _higher(changed, float(2 ** rng.uniform(-0.33, 0.33)))
    if rng.random() < 0.4:
        changed = _in_a_room(changed, rng)
    if rng.random() < 0.6:
        changed = _through_a_microphone(changed, rng)
    if rng.random() < 0.6:
        changed = _with_noise(changed, rng, babble if rng.random() < 0.25 else None)
    if rng.random() < 0.15:
        band = butterworth(
            4, (rng.uniform(80, 400), rng.uniform(3000, 7000)), "band", fs=SAMPLE_RATE, output="sos"
        )
        changed = sosfilt(band, changed)
    if rng.random() < 0.15:
        changed = _through_a_codec(changed, *_CODECS[int(rng.integers(len(_CODECS)))])
    level = 10 ** (rng.uniform(-18, 8) / 20)
    return np.clip(changed * level, -1, 1).astype(np.float32), factor


def _faster(voice: np.ndarray, factor: float) -> np.ndarray:
    """Said `factor` times faster and as much higher, like a tape."""
    return (
        voice if factor == 1 else soxr.resample(voice, SAMPLE_RATE * factor, SAMPLE_RATE).astype(np.float32)
    )


def _higher(voice: np.ndarray, factor: float) -> np.ndarray:
    """`factor` times higher at the same tempo: a phase vocoder's stretch, then a faster tape."""
    if len(voice) < 2 * _WINDOW:
        return voice
    _, _, spectrum = stft(voice, nperseg=_WINDOW, noverlap=_WINDOW - _HOP, boundary="even", padded=True)
    at = np.arange(0, spectrum.shape[1] - 1, 1 / factor)
    low = at.astype(int)
    share = at - low
    size = (1 - share) * np.abs(spectrum[:, low]) + share * np.abs(spectrum[:, low + 1])
    advance = np.angle(spectrum[:, low + 1]) - np.angle(spectrum[:, low])
    phase = np.cumsum(advance, axis=1) - advance + np.angle(spectrum[:, :1])
    frames = np.fft.irfft(size * np.exp(1j * phase), axis=0)
    window = np.hanning(_WINDOW + 1)[:-1]
    stretched = np.zeros(len(at) * _HOP + _WINDOW)
    weight = np.zeros_like(stretched)
    for number in range(len(at)):
        span = slice(number * _HOP, number * _HOP + _WINDOW)
        stretched[span] += frames[:, number] * window
        weight[span] += window**2
    stretched = (stretched / np.maximum(weight, 1e-3))[_WINDOW // 2 :]
    made = soxr.resample(stretched.astype(np.float32), SAMPLE_RATE * factor, SAMPLE_RATE)
    fitted = np.zeros_like(voice)
    keep = min(len(voice), len(made))
    fitted[:keep] = made[:keep]
    return fitted * np.float32(np.sqrt(np.mean(voice**2) / max(np.mean(fitted**2), 1e-12)))


def _in_a_room(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With a tail that fades 60 dB in 0.15–0.7 s, 4–20 dB below the direct sound."""
    fade = rng.uniform(0.15, 0.7)
    time = np.arange(int(fade * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.normal(0, 1, len(time)) * 10 ** (-3 * time / fade)
    tail[: int(rng.uniform(0.002, 0.02) * SAMPLE_RATE)] = 0
    tail *= 10 ** (-rng.uniform(4, 20) / 20) / np.sqrt((tail**2).sum())
    return (voice + fftconvolve(voice, tail)[: len(voice)]).astype(np.float32)


def _through_a_microphone(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Filtered by a smooth curve of ± 10 dB, without delay."""
    frequencies = np.concatenate([[0.0], np.geomspace(100, 6000, 6) / (SAMPLE_RATE / 2), [1.0]])
    taps = firwin2(257, frequencies, 10 ** (rng.uniform(-10, 10, 8) / 20))
    return np.convolve(voice, taps, mode="same").astype(np.float32)


def _with_noise(voice: np.ndarray, rng: np.random.Generator, babble: np.ndarray | None) -> np.ndarray:
    """With noise of a random colour, or `babble`, 3–40 dB below the loud parts."""
    if babble is not None and len(babble):
        start = int(rng.integers(len(babble)))
        noise = np.resize(np.roll(babble, -start), len(voice))
    else:
        spectrum = np.fft.rfft(rng.normal(0, 1, len(voice)))
        slope = rng.uniform(0, 1.2)
        noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20) ** slope, len(voice))
    loud = float(np.sqrt(np.quantile(voice**2, 0.9)))
    size = float(np.sqrt(np.mean(noise**2)))
    return (voice + noise * (loud / max(size, 1e-9) * 10 ** (-rng.uniform(3, 40) / 20))).astype(np.float32)


def _through_a_codec(voice: np.ndarray, container: str, codec: str, bits: int) -> np.ndarray:
    """Coded at so few bits a second and decoded, the codec's delay taken away again."""
    file = io.BytesIO()
    rate = 48000 if codec == "libopus" else SAMPLE_RATE
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.bit_rate = bits
        stream.layout = "mono"
        sound = soxr.resample(voice, SAMPLE_RATE, rate) if rate != SAMPLE_RATE else voice
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[None], np.float32), "fltp", "mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format, "mono", rate)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as opened:
        resampler = av.AudioResampler("fltp", "mono", SAMPLE_RATE)
        pieces = [
            made.to_ndarray()[0] for each in opened.decode(audio=0) for made in resampler.resample(each)
        ]
    return _aligned(np.concatenate(pieces) if pieces else voice, voice)


def _aligned(late: np.ndarray, voice: np.ndarray) -> np.ndarray:
    """`late` moved to where it fits `voice` best, at its length."""
    padded = np.concatenate([np.zeros(_MOST_DELAY), late, np.zeros(_MOST_DELAY + len(voice))])
    fit = fftconvolve(padded[: len(voice) + 2 * _MOST_DELAY], voice[::-1], mode="valid")
    start = int(np.argmax(fit))
    return padded[start : start + len(voice)].astype(np.float32)
