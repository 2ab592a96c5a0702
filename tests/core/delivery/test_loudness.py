"""Loudness against figures that are known: sines of the EBU's own test set, and films' worth of them."""

import numpy as np
import pytest

from core.delivery.loudness import TARGETS, Levelled, level, measure
from tests.sample_array import SampleArray

RATE = 48000


def sine(seconds, dbfs, channels=2, rate=RATE, frequency=1000):
    t = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * t)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def sound(*pieces, rate=RATE):
    return SampleArray(np.concatenate(pieces), rate)


@pytest.mark.parametrize("dbfs", [-23.0, -33.0])
def test_the_first_two_cases_of_ebu_tech_3341(dbfs):
    measured = measure(sound(sine(20, dbfs)))
    assert measured.lufs == pytest.approx(dbfs, abs=0.1)
    assert measured.peak == pytest.approx(dbfs, abs=0.2)


def test_the_fourth_case_quiet_ends_are_gated():
    measured = measure(sound(sine(10, -72), sine(10, -36), sine(60, -23), sine(10, -36), sine(10, -72)))
    assert measured.lufs == pytest.approx(-23, abs=0.1)


def test_a_peak_between_samples_is_seen():
    """A sine of a quarter of the rate whose samples all lie at 0.707 of its peak (Tech 3341, case 16)."""
    t = np.arange(RATE * 3)
    wave = (0.5 * np.sin(2 * np.pi * t / 4 + np.pi / 4)).astype(np.float32)
    assert np.abs(wave).max() < 0.36
    wave *= np.clip(np.minimum(t, t[::-1]) / 4800, 0, 1).astype(np.float32)  # its start would ring
    assert measure(sound(np.stack([wave, wave], 1))).peak == pytest.approx(-6, abs=0.4)


@pytest.mark.parametrize("rule", ["ebu", "atsc", "streaming"])
@pytest.mark.parametrize(("dbfs", "rate", "channels"), [(-40, 48000, 1), (-10, 44100, 2), (-30, 16000, 6)])
def test_a_dub_is_brought_to_what_is_asked_for_with_every_sample_in_its_place(rule, dbfs, rate, channels):
    generator = np.random.default_rng(0)
    samples = sine(6, dbfs, channels, rate) * generator.uniform(0.5, 1, (6 * rate, 1)).astype(np.float32)
    source = SampleArray(samples, rate)
    made, told = level(source, rule)
    target = TARGETS[rule]
    after = measure(made)
    assert after.lufs == pytest.approx(target.lufs, abs=0.5)
    assert after.peak <= target.peak
    assert told.after == after
    assert not told.is_limited
    out = np.concatenate(list(made.blocks()))
    assert np.allclose(out, samples * 10 ** (told.gain_db / 20), atol=1e-6)


def test_peaks_are_held_below_the_limit_and_nothing_moves():
    quiet = sine(8, -36)
    quiet[RATE * 4 : RATE * 4 + 480] = sine(0.01, -1)
    source = sound(quiet)
    made, told = level(source, "ebu")
    assert told.is_limited
    assert told.after.peak <= -1
    assert told.after.lufs == pytest.approx(-23, abs=0.5)
    out = np.concatenate(list(made.blocks()))
    assert out.shape == quiet.shape
    before = quiet[RATE : RATE * 2, 0]
    shifts = [np.corrcoef(out[RATE + n : RATE * 2 + n, 0], before)[0, 1] for n in (-1, 0, 1)]
    assert shifts[1] == max(shifts)
    assert shifts[1] > 0.999


def test_sound_of_any_kind_of_sample_measures_the_same():
    samples = sine(4, -20)
    as_float = measure(sound(samples))
    for kind, scale in ((np.int16, 2**15), (np.int32, 2**31)):
        whole = np.rint(samples.astype(np.float64) * scale).clip(-scale, scale - 1).astype(kind)
        assert measure(SampleArray(whole, RATE)).lufs == pytest.approx(as_float.lufs, abs=0.05)


def test_silence_is_left_alone_and_said_and_off_touches_nothing():
    source = sound(np.zeros((RATE, 2), np.float32))
    made, told = level(source, "ebu")
    assert made is source
    assert "silent" in told.note
    assert level(source, "off") == (source, None)
    made, told = level(sound(sine(2, -20)), "measure")
    assert told.after is None
    assert told.before.lufs == pytest.approx(-20, abs=0.1)


def test_what_cannot_be_reached_is_said():
    """Clicks alone: as loud as is asked for they would be over full scale."""
    clicks = np.zeros((RATE * 8, 2), np.float32)
    clicks[:: RATE // 4] = 0.5
    _, told = level(sound(clicks), "ebu")
    assert told.after.peak <= -1
    assert "instead of -23" in told.note


def test_levelled_sound_is_as_long_as_before():
    for seconds in (0.01, 0.3, 1.7):
        samples = sine(seconds, -3)
        out = np.concatenate(list(Levelled(sound(samples), 6, -1.0).blocks()))
        assert out.shape == samples.shape
