"""The witness that shares nothing with what drives the mouth."""

import cv2
import numpy as np
import pytest

from core.research.benchmark.phone_witness import draw_strip, parted
from core.research.training.motion.phone_rule import TimedPhone

PHONES = tuple(
    TimedPhone(name, 0.2 * number, 0.2 * number + 0.2)
    for number, name in enumerate(["M", "AA", "P", "AE", "S", "B", "AA", "SIL"])
)
TIMES = np.arange(0, 1.6, 0.04)


def opening_of(late=0.0):
    """Shut at m, p and b, wide at a."""
    at = [phone.phone in ("AA", "AE") for phone in PHONES]
    middles = [(phone.start + phone.end) / 2 + late for phone in PHONES]
    return np.interp(TIMES, middles, np.array(at, float))


def test_a_mouth_that_says_it_is_told_from_one_that_does_not():
    assert parted(opening_of(), TIMES, PHONES) == 1.0
    assert parted(1 - opening_of(), TIMES, PHONES) < 0.2
    assert parted(opening_of(late=0.2), TIMES, PHONES) < 0.8
    assert parted(np.full(len(TIMES), 0.3), TIMES, PHONES) == pytest.approx(0.5)


def test_a_voice_without_such_sounds_says_nothing():
    assert np.isnan(parted(opening_of(), TIMES, [TimedPhone("S", 0, 1)]))
    assert np.isnan(parted(opening_of(), TIMES, []))


def test_strips_hold_a_row_for_each_film_and_the_phones_below(tmp_path):
    pictures = [np.full((80, 100, 3), shade, np.uint8) for shade in range(0, 200, 5)]
    landmarks = np.zeros((len(pictures), 468, 2))
    landmarks[:, 61], landmarks[:, 291] = (40, 40), (60, 40)

    draw_strip(tmp_path / "a.jpg", {"film": pictures, "made": pictures[::-1]}, landmarks, TIMES, PHONES, 10)
    draw_strip(tmp_path / "b.jpg", {"film": pictures, "made": pictures[::-1]}, landmarks, TIMES, (), 10)

    strip, mute = (cv2.imread(str(tmp_path / name)) for name in ("a.jpg", "b.jpg"))
    assert strip.shape == mute.shape == (2 * 132 + 26, 14 * 132, 3)
    assert strip[60, 60].mean() == pytest.approx(50, abs=4)  # frame 10 of the film
    assert strip[132 + 60, 60].mean() == pytest.approx(145, abs=4)
    assert mute[-24:].min() > 240
    assert strip[-24:].min() < 60
