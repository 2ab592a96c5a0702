"""The sound device, on miniaudio's own that nobody hears."""

import time

import miniaudio
import numpy as np
import pytest

from ui.viewer.sound_device import SoundDevice, has_device
from ui.viewer.sound_format import RATE

NOBODY_HEARS = [miniaudio.Backend.NULL]


class Samples:
    """So many samples, in pieces, with a moment in which nothing is ready."""

    def __init__(self, count):
        self.left, self.taken, self.asks = count, [], 0

    def take(self, most):
        self.asks += 1
        if self.left == 0 or self.asks == 3:
            return None
        count = min(most, 700, self.left)
        self.left -= count
        self.taken.append(count)
        return np.ones((count, 2), np.int16)


def test_all_samples_are_taken_in_order_and_the_clock_ends_with_the_last_one():
    samples = Samples(RATE // 4)
    device = SoundDevice(samples.take, 0.5, NOBODY_HEARS)
    seen = [0]
    while seen[-1] < 250_000:
        seen.append(device.played_us())
        time.sleep(0.001)
    device.close()
    assert sum(samples.taken) == RATE // 4
    assert seen == sorted(seen)
    assert seen[-1] == 250_000
    assert device.played_us() == 250_000


def test_nothing_has_been_heard_while_it_still_lies_in_the_device():
    device = SoundDevice(lambda most: np.ones((min(most, 480), 2), np.int16), 1.0, NOBODY_HEARS)
    device.close()
    device._asked = device._given = device._heard = 0
    device._underway.clear()
    device._block(RATE // 10)
    assert device.played_us() == 0  # it is heard 100 ms after it was asked for
    device._block(RATE // 10)
    assert device.played_us() == 100_000


def test_volume_is_heard_at_once():
    device = SoundDevice(lambda most: np.full((most, 2), 1000, np.int16), 1.0, NOBODY_HEARS)
    assert device._block(4).tolist() == [[1000, 1000]] * 4
    device.volume = 0.25
    assert device._block(2).tolist() == [[250, 250]] * 2
    device.close()


def test_a_device_that_does_not_open_says_so():
    assert not has_device([miniaudio.Backend.JACK])
    assert has_device(NOBODY_HEARS)
    with pytest.raises(miniaudio.MiniaudioError):
        SoundDevice(lambda _most: None, 1.0, [miniaudio.Backend.JACK])
