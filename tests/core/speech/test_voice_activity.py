from fractions import Fraction

import numpy as np
import pytest

from core.speech.voice_activity import FRAME_RATE, speech_probability, speech_segments

RNG = np.random.default_rng(1)


def babble(seconds: float, level: float = 0.1) -> np.ndarray:
    """A vowel-like buzz that rises and falls four times a second as syllables do."""
    time = np.arange(int(seconds * 16000)) / 16000
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 25))
    return (level * buzz * (0.55 - 0.45 * np.cos(2 * np.pi * 4 * time))).astype(np.float32)


def with_pauses(noise: float) -> np.ndarray:
    voice = np.concatenate(
        [np.zeros(16000), babble(2.0), np.zeros(16000), babble(1.5), np.zeros(12000)]
    ).astype(np.float32)
    return voice + RNG.normal(0, noise, len(voice)).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.02], ids=["clean", "40 dB", "about 14 dB"])
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_finds_the_two_stretches(noise: float, gain: float):
    segments = speech_segments(gain * with_pauses(noise))
    assert len(segments) == 2
    for segment, (start, end) in zip(segments, [(1.0, 3.0), (4.0, 5.5)], strict=True):
        assert abs(float(segment.range.start) - start) <= 0.1
        assert abs(float(segment.range.end) - end) <= 0.3
        assert segment.probability > 0.5


def test_silence_and_steady_noise_do_not_speak():
    assert speech_segments(np.zeros(48000, np.float32)) == ()
    assert speech_segments(RNG.normal(0, 1e-4, 48000).astype(np.float32)) == ()
    noise = RNG.normal(0, 0.1, 160000).astype(np.float32)
    assert speech_probability(noise).mean() < 0.1


def test_nothing_in_nothing_out():
    assert speech_probability(np.zeros(0, np.float32)).shape == (0,)
    assert speech_segments(np.zeros(0, np.float32)) == ()


def test_lengths_and_ends_stay_within_the_sound():
    for samples in (1, 160, 161, 16001):
        assert len(speech_probability(np.zeros(samples, np.float32))) == 1 + (samples - 1) // 160
    voice = babble(1.004)
    (segment,) = speech_segments(np.concatenate([np.zeros(8000, np.float32), voice]))
    assert segment.range.end <= Fraction(8000 + len(voice), 16000)


def test_cut_with_overlap_changes_nothing():
    voice = with_pauses(1e-3)
    whole = speech_probability(voice)
    cut = speech_probability(voice[16000:])[int(1.9 * FRAME_RATE) :]
    np.testing.assert_allclose(cut, whole[int(2.9 * FRAME_RATE) :], atol=1e-3)
