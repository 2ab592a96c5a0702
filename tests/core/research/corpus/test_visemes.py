import numpy as np
import pytest

from core.research.corpus.phones import Phone, parts
from core.research.corpus.visemes import PARAMETERS, viseme_curves

CLOCK = np.arange(0, 2.0, 0.005)


def spoken(*symbols: str, step: float = 0.1, start: float = 0.5) -> list[Phone]:
    phones = [Phone("_", 0.0, start)]
    for i, symbol in enumerate(symbols):
        phones.append(Phone(symbol, start + i * step, start + (i + 1) * step))
    phones.append(Phone("_", phones[-1].end, phones[-1].end + 0.6))
    return phones


@pytest.mark.parametrize("consonant", ["p", "b", "m"])
@pytest.mark.parametrize("step", [0.04, 0.08, 0.15])
def test_lips_close_fully_for_bilabials_between_open_vowels(consonant, step):
    phones = spoken("ɑː", consonant, "ɑː", step=step)
    curves = viseme_curves(phones, CLOCK)
    held = curves["opening"][(phones[2].start <= CLOCK) & (phones[2].end >= CLOCK)]
    assert held.min() == 0.0
    # At 25 fps at least one frame must show the closure, whatever the frame's phase.
    for phase in np.arange(0, 0.04, 0.01):
        frames = viseme_curves(phones, np.arange(phase, 1.2, 0.04))
        near = (frames.times >= phones[2].start - 0.03) & (frames.times <= phones[2].end + 0.03)
        assert frames["opening"][near].min() < 0.01


@pytest.mark.parametrize("consonant", ["f", "v"])
def test_lower_lip_reaches_the_teeth_for_labiodentals(consonant):
    phones = spoken("æ", consonant, "æ")
    curves = viseme_curves(phones, CLOCK)
    held = (phones[2].start <= CLOCK) & (phones[2].end >= CLOCK)
    assert curves["tuck"][held].max() == pytest.approx(1.0, abs=1e-3)
    assert 0 < curves["opening"][held].min() < 0.12


def test_silence_rests_closed():
    curves = viseme_curves(spoken("ɑː", "t", "iː"), CLOCK)
    quiet = (CLOCK < 0.35) | (CLOCK > 1.05)
    assert np.abs(curves["opening"][quiet]).max() == 0.0
    assert np.abs(curves["jaw"][quiet]).max() == 0.0


def test_open_vowels_open_wider_than_close_ones_and_round_vowels_round():
    def peak(vowel: str, name: str) -> float:
        return float(viseme_curves(spoken("h", vowel, "h", step=0.2), CLOCK)[name].max())

    assert peak("ɑː", "opening") > peak("ɛ", "opening") > peak("iː", "opening")
    assert peak("uː", "rounding") > 0.7 > 0.1 > peak("iː", "rounding")
    assert peak("iː", "width") > 0.4 > 0.1 > peak("uː", "width")


def test_rounding_is_anticipated():
    def rounding_of_t(vowel: str) -> float:
        return float(viseme_curves(spoken("t", vowel, step=0.12), np.array([0.55]))["rounding"][0])

    assert rounding_of_t("uː") > rounding_of_t("iː") + 0.15


def test_curves_are_continuous_and_bounded():
    curves = viseme_curves(spoken("m", "aɪ", "p", "ʌ", "f", "uː", "ʃ", "θ", "l", step=0.07), CLOCK)
    assert curves.values.shape == (len(CLOCK), len(PARAMETERS))
    assert np.abs(np.diff(curves.values, axis=0)).max() < 0.2  # per 5 ms
    assert curves.values.min() >= -1
    assert curves.values.max() <= 1
    assert curves["opening"].min() >= 0


def test_a_diphthong_has_two_targets_and_marks_are_ignored():
    assert len(parts("aɪ")) == 2
    assert parts("ɑː") == parts("ɑ")
    assert parts("ɔ̃") == parts("ɔ")
    assert len(parts("ç")) == 1
