"""Where a voice speaks: a small energy and spectrum rule with a noise floor that follows the recording.

No training and no model: it decides where lips may rest, so a wrongly kept breath costs little and a cut-off word much;
hence the hangover. Music is not told from speech.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import ndimage

from core.base.timing import TimeRange
from core.speech.mel import FINE_MEL, SAMPLE_RATE, mel_filters

FRAME_RATE = 100
"""Frames per second of `speech_probability`; frame k is centred on k / 100 s."""

_HOP = SAMPLE_RATE // FRAME_RATE
_WINDOW = 400
_FLOOR_REACH_S = (
    1.5  # speech without a gap of one frame in 3 s does not occur: syllables dip every 200–300 ms
)
_HALF_SURE_DB = (
    9.0  # louder than the floor by this is speech as likely as not; stationary noise strays ± 3–4 dB
)
_SLOPE_DB = 1.8
_QUIETEST_DBFS = (
    -58.0
)  # a mouth that speaks into any microphone is louder; dithered or digital silence is not
_ATTACK_S, _HANGOVER_S = 0.04, 0.16  # a plosive's silent closure before and after voice lasts up to ~150 ms


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """One stretch of voice and the mean probability in it."""

    range: TimeRange
    probability: float


def _band_decibels(voice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per frame: level in dBFS of 150–4000 Hz, and how peaked the spectrum is (dB of arithmetic over geometric mean)."""
    count = 1 + max(len(voice) - 1, 0) // _HOP
    padded = np.zeros((count - 1) * _HOP + _WINDOW, np.float32)
    usable = min(len(voice), len(padded) - _WINDOW // 2)
    padded[_WINDOW // 2 : _WINDOW // 2 + usable] = voice[:usable]
    hann = np.hanning(_WINDOW).astype(np.float32)
    bins = np.fft.rfftfreq(FINE_MEL.fft, 1 / SAMPLE_RATE)
    band = (bins >= 150) & (bins <= 4000)
    filters = mel_filters(FINE_MEL)
    filters = filters[(filters @ bins / np.maximum(filters.sum(1), 1e-9)) < 4000]
    level, peaked = np.empty(count, np.float32), np.empty(count, np.float32)
    for start in range(0, count, 4096):
        stop = min(start + 4096, count)
        piece = padded[start * _HOP : (stop - 1) * _HOP + _WINDOW]
        windows = np.lib.stride_tricks.sliding_window_view(piece, _WINDOW)[::_HOP]
        power = np.abs(np.fft.rfft(windows * hann, FINE_MEL.fft)) ** 2 / (hann.sum() / 2) ** 2
        level[start:stop] = 10 * np.log10(power[:, band].sum(1) * _WINDOW / FINE_MEL.fft / 2 + 1e-10)
        bands = power @ filters.T + 1e-12
        peaked[start:stop] = 10 * np.log10(bands.mean(1)) - (10 * np.log10(bands)).mean(1)
    return level, peaked


def speech_probability(voice: np.ndarray) -> np.ndarray:
    """How likely `voice` ((N,) float32 mono 16 kHz) speaks: (1 + (N − 1) // 160,) float32, 100 frames a second.

    Each value depends on ± 1.7 s of sound only, so a long voice may be cut with that overlap.
    """
    if len(voice) == 0:
        return np.zeros(0, np.float32)
    level, peaked = _band_decibels(voice)
    smooth = ndimage.uniform_filter1d(level, 5, mode="nearest")
    reach = 2 * round(_FLOOR_REACH_S * FRAME_RATE) + 1
    floor = ndimage.minimum_filter1d(smooth, reach, mode="nearest")
    floor = np.maximum(ndimage.uniform_filter1d(floor, 21, mode="nearest"), _QUIETEST_DBFS - _HALF_SURE_DB)
    above = smooth - floor
    # Voiced sound has peaks and valleys over the bands, hiss has not: worth up to 3 dB of level.
    evidence = above - _HALF_SURE_DB + np.clip((peaked - 6.0) * 0.5, -3.0, 3.0)
    probability = 1.0 / (1.0 + np.exp(-np.clip(evidence / _SLOPE_DB, -30, 30)))
    held = ndimage.maximum_filter1d(
        probability,
        round((_ATTACK_S + _HANGOVER_S) * FRAME_RATE) + 1,
        mode="nearest",
        # the window reaches `attack` ahead and `hangover` back
        origin=round((_HANGOVER_S - _ATTACK_S) * FRAME_RATE / 2),
    )
    return ndimage.median_filter(held, 5, mode="nearest").astype(np.float32)


def speech_segments(
    voice: np.ndarray, *, threshold: float = 0.5, shortest: float = 0.1, bridge: float = 0.2
) -> tuple[SpeechSegment, ...]:
    """The stretches of `voice` that speak, in order, on the voice's own clock.

    Args:
        voice: (N,) float32 mono 16 kHz.
        threshold: probability above which a frame speaks.
        shortest: seconds; shorter stretches are dropped.
        bridge: seconds; shorter gaps are closed.
    """
    probability = speech_probability(voice)
    speaking = np.concatenate([[False], probability > threshold, [False]])
    edges = np.flatnonzero(speaking[1:] != speaking[:-1]).reshape(-1, 2).tolist()
    merged: list[list[int]] = []
    for start, stop in edges:
        if merged and start - merged[-1][1] < bridge * FRAME_RATE:
            merged[-1][1] = stop
        else:
            merged.append([start, stop])
    end = Fraction(len(voice), SAMPLE_RATE)
    return tuple(
        SpeechSegment(
            TimeRange(Fraction(start, FRAME_RATE), min(Fraction(stop, FRAME_RATE), end)),
            float(probability[start:stop].mean()),
        )
        for start, stop in merged
        if stop - start >= shortest * FRAME_RATE
    )
