"""Where a voice surely says nothing: before it begins, after it ends, and in pauses long enough for lips to meet."""

import numpy as np

from core.speech.voice_activity import FRAME_RATE, speech_probability

_RATE = 16000
_PAUSE_S = 0.3  # a stop between vowels is silent for up to 150 ms, a doubled one for 250
_BELOW_SPEECH_DB = 38.0  # the weakest consonants lie about 35 dB below the loudest vowels
_QUIETEST_DB = -70.0  # what is below it is the recording's own noise, however soft the voice
_LOUD = 0.95  # quantile of the level that stands for the vowels
_UNLIKELY = 0.25  # probability of speech below which there is none
_HANGOVER_S = 0.14  # for which `speech_probability` goes on after the sound


def is_silent(voice: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(F,) bool: whether nothing is said at `times` (F,) seconds; beyond either end of `voice` nothing is.

    Args:
        voice: (N,) float32 mono 16 kHz; sample 0 is time 0.
        times: seconds.
    """
    silent = (times < 0) | (times >= len(voice) / _RATE)
    probability = speech_probability(voice)
    if not len(probability):
        return np.ones(len(times), bool)
    count = len(probability)
    unlikely = probability < _UNLIKELY
    quiet = _quiet(voice, count)
    for first, stop in _runs(unlikely):
        # Told late by the hangover, unless nothing was said before either.
        unlikely[max(first - round(_HANGOVER_S * FRAME_RATE), 0) : stop] = True
    at = np.clip(np.round(times * FRAME_RATE), 0, count - 1).astype(int)
    return silent | _lasting(unlikely)[at] | _lasting(quiet)[at]


def _quiet(voice: np.ndarray, count: int) -> np.ndarray:
    """(count,) bool: 10 ms of `voice` each, far below the level of its vowels."""
    hop = _RATE // FRAME_RATE
    padded = np.zeros(count * hop, np.float32)
    usable = min(len(voice), len(padded))
    padded[:usable] = voice[:usable]
    level = 10 * np.log10((padded.reshape(count, hop) ** 2).mean(axis=1) + 1e-10)
    return level < max(float(np.quantile(level, _LOUD)) - _BELOW_SPEECH_DB, _QUIETEST_DB)


def _lasting(flags: np.ndarray) -> np.ndarray:
    """`flags` (N,) without runs shorter than a pause; those at either end go on outside and are never short."""
    kept = np.zeros_like(flags)
    for first, stop in _runs(flags):
        if stop - first >= _PAUSE_S * FRAME_RATE or first == 0 or stop == len(flags):
            kept[first:stop] = True
    return kept


def _runs(flags: np.ndarray) -> np.ndarray:
    """(R, 2) first and one past the last of each run of True."""
    return np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int))).reshape(-1, 2)
