import numpy as np
import pytest

from core.compositing.colour_match import (
    LOOKED_AT,
    RING,
    ColourStatistics,
    match_colours,
    ring_statistics,
)


def ring_mask(size=120):
    y, x = np.mgrid[:size, :size] - size / 2
    return np.clip(1.5 - np.hypot(x, y) / (size / 3), 0, 1).astype(np.float32)


def skin(size=120, seed=0):
    generator = np.random.default_rng(seed)
    shade = np.linspace(-15, 15, size)[None, :, None]
    return np.clip(
        np.array([190, 150, 130]) + shade + generator.normal(0, 3, (size, size, 3)), 0, 255
    ).astype(np.uint8)


def test_a_tinted_mouth_gets_the_skin_s_colour():
    source = skin()
    tinted = np.clip(source + np.array([12.0, -8.0, 5.0]), 0, 255).astype(np.uint8)
    matched = match_colours(tinted, ring_statistics(source, tinted, ring_mask()))
    assert np.abs(matched.astype(int) - source).mean() < 1.0


def test_a_flat_mouth_gets_the_skin_s_contrast():
    source = skin()
    mean = source.reshape(-1, 3).mean(axis=0)
    flat = ((source - mean) * 0.92 + mean).round().astype(np.uint8)
    matched = match_colours(flat, ring_statistics(source, flat, ring_mask()))
    assert np.abs(matched.astype(int) - source).mean() < np.abs(flat.astype(int) - source).mean()


def test_something_else_in_a_quarter_of_the_ring_does_not_tint_the_mouth():
    source = skin()
    new = source.copy()
    new[:, :35] = (20, 30, 120)  # a collar that the new frame shows beside the chin
    matched = match_colours(new, ring_statistics(source, new, ring_mask()))
    assert np.abs(matched[:, 40:].astype(int) - source[:, 40:]).mean() < 3.0


def test_what_both_pictures_show_in_the_ring_counts_however_unlike_skin_it_is():
    source = skin()
    source[:, :35] = source[:, :35] // 4  # dark background beside the cheek, in both
    tinted = np.clip(source.astype(int) + 6, 0, 255).astype(np.uint8)
    mask = ring_mask()
    statistics = ring_statistics(source, tinted, mask)
    step = max(int((mask.size / LOOKED_AT) ** 0.5), 1)
    coarse = mask[::step, ::step]
    assert statistics.pixels == ((coarse > RING[0]) & (coarse < RING[1])).sum()
    assert ((mask[:, :35] > 0.05) & (mask[:, :35] < 0.95)).sum() > 200  # there is background in the ring
    assert statistics.new_mean - statistics.source_mean == pytest.approx(6, abs=0.1)


def test_without_a_ring_nothing_changes():
    source = skin()
    statistics = ring_statistics(source, source // 2, np.ones((120, 120), np.float32))
    assert statistics.pixels == 0
    assert np.array_equal(match_colours(source, statistics), source)


def shifted(by, pixels=500):
    one = np.full(3, 5.0, np.float32)
    return ColourStatistics(np.full(3, 100 + by, np.float32), one, np.full(3, 100.0, np.float32), one, pixels)
