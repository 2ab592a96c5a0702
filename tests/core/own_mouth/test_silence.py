import numpy as np
import pytest

from core.own_mouth.silence import is_silent

RATE = 16000


def speech(seconds, seed=0):
    """Syllables four a second: buzz under an envelope, gaps of 80 ms between them."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = np.sign(np.sin(2 * np.pi * 140 * time)) + 0.2 * np.random.default_rng(seed).normal(size=len(time))
    return (0.2 * buzz * (np.mod(time, 0.25) < 0.17)).astype(np.float32)


def quiet(seconds, level=1e-4):
    return (level * np.random.default_rng(1).normal(size=int(seconds * RATE))).astype(np.float32)


def at(voice, times):
    return is_silent(voice, np.asarray(times, float))


def test_beyond_the_voice_nothing_is_said():
    assert at(speech(1), [-0.5, -0.01, 0.1, 0.5, 1.0, 1.3, 60]).tolist() == [
        True,
        True,
        False,
        False,
        True,
        True,
        True,
    ]
    assert at(np.zeros(0, np.float32), [0, 1]).all()


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-3])
def test_a_pause_is_silent_from_its_begin_to_its_end_and_gaps_between_syllables_are_not(level):
    voice = np.concatenate([quiet(0.8, level), speech(2), quiet(0.8, level), speech(2), quiet(0.8, level)])
    times = np.arange(0, len(voice) / RATE, 0.01)
    silent = at(voice, times)
    truth = (times < 0.8) | ((times > 2.8) & (times < 3.6)) | (times > 5.6)
    # The last syllable of each stretch ends 80 ms before it.
    assert silent[truth & ~np.isin(np.round(times, 2), np.round([0.8, 3.6], 2))].mean() > 0.93
    early = np.flatnonzero(silent & ~truth)
    assert all(min(abs(times[i] - edge) for edge in (0.8, 2.8, 3.6, 5.6)) < 0.13 for i in early)
    for start in (2.8, 5.6):
        assert silent[(times > start + 0.05) & (times < start + 0.5)].all()


def test_a_soft_word_after_a_loud_one_is_no_silence():
    voice = np.concatenate([speech(2), 0.03 * speech(2)])
    assert at(voice, np.arange(2.1, 3.9, 0.04)).mean() < 0.1
