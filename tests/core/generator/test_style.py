import numpy as np
import pytest

from core.generator.style import UNTOLD, opening, style_for, style_of


def mouths(openings):
    points = np.zeros((len(openings), 468, 2), np.float32)
    points[:, 61], points[:, 291] = (-10, 0), (10, 0)
    points[:, 14, 1] = 20 * np.asarray(openings)
    return points


def test_opening_is_the_gap_over_the_width():
    assert opening(mouths([0.0, 0.25])) == pytest.approx([0, 0.25])


def test_a_livelier_mouth_has_a_higher_style():
    wave = np.sin(np.arange(40))
    styles = [style_of(mouths(0.3 + size * wave)) for size in (0.01, 0.09, 0.3)]
    assert styles == [0, 1, 2]


def test_ordinary_strength_asks_for_nothing():
    assert [style_for(strength) for strength in (0.6, 0.95, 1.0, 1.4)] == [0, UNTOLD, UNTOLD, 2]
