import numpy as np
import pytest

from core.research.corpus.augment import AUGMENTATIONS, augment
from core.research.corpus.mouth_motion import MOVEMENTS, fit_movements, movement_numbers

T = np.arange(16000) / 16000
VOICE = (0.4 * np.sin(2 * np.pi * 220 * T) * (np.sin(2 * np.pi * 3 * T) > 0)).astype(np.float32)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_change_the_sound_but_not_its_timing(name):
    changed = AUGMENTATIONS[name](VOICE.astype(np.float64), np.random.default_rng(1))
    assert changed.shape == VOICE.shape
    assert np.isfinite(changed).all()
    assert np.abs(changed - VOICE).max() > 1e-3
    correlation = np.correlate(changed[2000:14000], VOICE[2100:13900], "valid")
    assert abs(int(np.argmax(correlation)) - 100) <= 2  # samples


def test_augment_is_repeatable_and_never_clips():
    for seed in range(8):
        first, second = (augment(VOICE, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(first, second)
        assert np.abs(first).max() <= 1


def test_movements_are_recovered_from_displacements_made_of_them():
    rng = np.random.default_rng(0)
    seen = [rng.normal(0, 0.02, (200, 468, 3)) for _ in range(2)]
    movements = fit_movements(seen)
    assert movements.shape == (len(MOVEMENTS), 468, 3)
    # Moving by one unit of a movement changes that movement's own number by one.
    for i in range(len(MOVEMENTS)):
        numbers = movement_numbers(movements[i][None])[0]
        assert numbers[i] == pytest.approx(1.0, abs=0.05)
        assert np.abs(np.delete(numbers, i)).max() < 0.05
