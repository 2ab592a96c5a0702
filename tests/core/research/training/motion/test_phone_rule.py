import itertools

import numpy as np
import pytest

from core.research.training.motion.phone_rule import SILENCE, TimedPhone, recognise_phones, wanted_opening

PHONES = (
    TimedPhone(SILENCE, 0.0, 0.5),
    TimedPhone("AA", 0.5, 0.8),
    TimedPhone("M", 0.8, 1.0),
    TimedPhone("AA", 1.0, 1.3),
    TimedPhone("T", 1.3, 1.6),
    TimedPhone(SILENCE, 1.6, 2.0),
)


def test_open_vowels_open_and_closures_close():
    at = wanted_opening(PHONES, np.array([0.2, 0.65, 0.9, 1.15, 1.45, 1.9]))
    np.testing.assert_allclose(at, [0, 1, 0, 1, 0.3, 0], atol=1e-3)


def test_any_rate_samples_the_same_curve():
    fine = wanted_opening(PHONES, np.arange(0, 2, 1 / 100))
    coarse = wanted_opening(PHONES, np.arange(0, 2, 1 / 25))
    np.testing.assert_allclose(fine[::4], coarse, atol=1e-6)
    assert wanted_opening(PHONES, np.zeros(0)).shape == (0,)
    assert (wanted_opening((), np.arange(5.0)) == 0).all()


def test_recogniser_covers_the_sound_in_order():
    pytest.importorskip("pocketsphinx")
    time = np.arange(16000) / 16000
    voice = (0.1 * sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 25))).astype(np.float32)
    voice[:4000] = 0
    phones = recognise_phones(voice)
    assert phones[0].phone == SILENCE
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(phones))
    assert abs(phones[-1].end - 1.0) < 0.1
