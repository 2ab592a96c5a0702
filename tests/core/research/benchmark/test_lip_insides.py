"""What changes between the lips is told from lips that move, part or meet."""

import numpy as np
import pytest

from core.face_geometry.landmark_sets import INNER_LIP
from core.research.benchmark.lip_insides import inside_changes, inside_flicker, inside_mask

SIDE = 96


@pytest.fixture
def mask():
    angle = np.linspace(0, 2 * np.pi, len(INNER_LIP), endpoint=False)
    points = np.zeros((468, 3), np.float32)
    points[list(INNER_LIP), :2] = 100 + np.stack([-40 * np.cos(angle), 20 * np.sin(angle)], axis=1)
    return inside_mask(points, np.array([[2.0, 0, 4], [0, 2.0, 4]]), SIDE)


def patches_with(levels, mask, skin):
    patches = np.full((len(levels), SIDE, SIDE, 3), 90, np.uint8)
    for patch, level, around in zip(patches, levels, skin, strict=True):
        patch[:] = around
        patch[mask] = level
    return patches


def test_the_mask_lies_where_the_lips_are_in_the_patch(mask):
    rows, columns = np.nonzero(mask)
    assert (rows.mean(), columns.mean()) == pytest.approx((48, 48), abs=0.5)
    assert np.ptp(columns) == pytest.approx(40, abs=1)
    assert np.ptp(rows) == pytest.approx(20, abs=1)


def test_only_what_changes_between_open_lips_counts(mask):
    levels = np.array([20, 60, 60, 200, 10] + [10] * 5)
    patches = patches_with(levels, mask, skin=np.arange(10) * 20)
    gaps = np.array([0.1, 0.1, 0.1, 0.0, 0.1] + [0.1] * 5)
    found = inside_changes(patches, np.repeat(mask[None], 10, axis=0), gaps)
    assert found.tolist() == [40, 0, 0, 0, 0, 0, 0]  # neither skin nor the pairs around the shut mouth


def test_the_flicker_is_the_films_own_where_nothing_was_done_and_unknown_of_a_shut_mouth():
    film = np.linspace(1, 10, 30)
    assert inside_flicker(film, film) == (1, 1)
    usual, jumps = inside_flicker(np.append(film, 40.0), film)
    assert usual < 1.1
    assert jumps > 2
    assert np.isnan(inside_flicker(film[:3], film)).all()
    unasked = inside_changes(
        np.zeros((4, SIDE, SIDE, 3), np.uint8), np.zeros((0, SIDE, SIDE), bool), np.ones(4)
    )
    assert len(unasked) == 0
