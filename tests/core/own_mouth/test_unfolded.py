"""The film's own face neither folds nor tears, whatever mouth is wanted."""

import cv2
import numpy as np
import pytest

from core.face_geometry.landmark_sets import OUTER_LIP
from core.own_mouth.regions import LIP_ROWS, MOVING
from core.own_mouth.render import CROP_SPAN, crop_window, face_field
from core.own_mouth.unfolded import borne_share, scales
from tests.core.own_mouth.conftest import SCALE, face_at, toy_model


def least_scale(field, spacing):
    return scales(field, spacing).min()


def test_the_smallest_singular_value_of_a_shrinking_turning_and_folding_map():
    rows, columns = np.mgrid[0:20, 0:20].astype(float)
    shrunk = np.stack([-0.5 * columns, np.zeros_like(rows)], axis=-1)
    assert least_scale(shrunk, 1.0) == pytest.approx(0.5)
    angle = 0.7
    turned = np.stack(
        [
            (np.cos(angle) - 1) * columns - np.sin(angle) * rows,
            np.sin(angle) * columns + (np.cos(angle) - 1) * rows,
        ],
        axis=-1,
    )
    assert least_scale(turned, 1.0) == pytest.approx(1.0)
    assert least_scale(np.stack([-2 * columns, np.zeros_like(rows)], axis=-1), 1.0) < 0
    assert least_scale(shrunk * 3, 3.0) == pytest.approx(0.5)


def test_as_much_of_a_movement_is_done_as_the_picture_bears():
    _, columns = np.mgrid[0:20, 0:20].astype(float)
    still, moved = np.zeros((20, 20, 2)), np.stack([-0.9 * columns, 0 * columns], axis=-1)
    least = np.full((20, 20), 0.4)
    share = borne_share(still, moved, 1.0, least)
    assert share == pytest.approx(0.6 / 0.9, abs=0.01)
    assert least_scale(share * moved, 1.0) >= 0.4
    assert borne_share(still, 0.5 * moved, 1.0, least) == 1.0
    assert borne_share(2 * moved, moved, 1.0, least) == 0.0
    assert borne_share(still, moved, 1.0, np.full((20, 20), -np.inf)) == 1.0


def wanted(rng, strength):
    """Landmarks of a face and of the same face with a jaw, lips and corners that go anywhere, smoothly."""
    model = toy_model()
    old = face_at(model.decode(np.array([[rng.uniform(0, 4), rng.uniform(-1, 1)]], np.float32))[0], 160, 95)
    change = model.decode(
        np.array([[rng.uniform(-4, 4) * strength, rng.uniform(-3, 3) * strength]], np.float32)
    )[0]
    shape = change - model.mean
    shape[LIP_ROWS] += rng.normal(0, 0.03 * strength, 3)
    shape[LIP_ROWS.stop :] += rng.normal(0, 0.1 * strength, 3)
    new = old.copy()
    new[list(MOVING)] += SCALE * shape
    return old[:, :2].astype(np.float32), new[:, :2].astype(np.float32)


@pytest.mark.parametrize("seed", range(40))
def test_no_wanted_mouth_folds_the_face(seed):
    rng = np.random.default_rng(seed)
    old, new = wanted(rng, rng.uniform(0.2, 3))
    window = crop_window(old, int(CROP_SPAN * SCALE))
    field, share = face_field(old, new, SCALE, window)
    assert 0 <= share <= 1
    mouth = np.zeros(field.shape[:2], np.uint8)
    cv2.fillPoly(mouth, [np.round(new[list(OUTER_LIP)] - (window.x, window.y)).astype(np.int32)], 1)
    mouth = cv2.dilate(
        mouth, np.ones((5, 5), np.uint8)
    )  # the borrowed mouth covers the lips and a rim of skin
    assert scales(field, 1.0)[mouth == 0].min() > 0
    for edge in (field[0], field[-1], field[:, 0], field[:, -1]):
        assert not edge.any()


def test_a_usual_jaw_goes_all_the_way():
    old, _ = wanted(np.random.default_rng(0), 0)
    model = toy_model()
    new = old.copy()
    new[list(MOVING)] += (
        SCALE
        * (
            model.decode(np.array([[0.8, 0.1]], np.float32))[0]
            - model.decode(np.zeros((1, 2), np.float32))[0]
        )[:, :2]
    )
    window = crop_window(old, int(CROP_SPAN * SCALE))
    field, share = face_field(old, new, SCALE, window)
    assert share == 1
    x, y = np.round(new[152] - (window.x, window.y)).astype(int)
    np.testing.assert_allclose(field[y, x], (old - new)[152], atol=0.6)
