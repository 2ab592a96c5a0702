import numpy as np
import pytest

from core.own_mouth.warp import Window, cut, displacement_field, sample


@pytest.fixture
def picture():
    return np.random.default_rng(3).integers(0, 255, (90, 110, 3), dtype=np.uint8)


def test_field_passes_through_the_given_displacements():
    rng = np.random.default_rng(0)
    at = rng.uniform(20, 180, (40, 2))
    given = np.stack([3 * np.sin(at[:, 0] / 60), 2 * np.cos(at[:, 1] / 70)], axis=1)
    field = displacement_field(at, given, Window(0, 0, 200), nodes=64, smoothing=0.0)
    found = np.stack([field[round(float(y)), round(float(x))] for x, y in at])
    assert np.abs(found - given).max() < 0.1


def test_field_follows_a_rotation_exactly_between_its_points():
    at = np.array([[0, 0], [99, 0], [0, 99], [99, 99], [50, 40]], float)
    turn = np.array([[0.0, -0.05], [0.05, 0.0]])
    field = displacement_field(at, at @ turn.T, Window(0, 0, 100), nodes=20, smoothing=0.0)
    assert field[70, 30] == pytest.approx(turn @ [30, 70], abs=0.02)


def test_sampling_without_displacement_is_the_picture(picture):
    window = Window(10, 5, 64)
    made = sample(picture, np.zeros((64, 64, 2), np.float32), window)
    np.testing.assert_array_equal(made, picture[5:69, 10:74])


def test_sampling_a_cut_out_equals_sampling_the_whole(picture):
    field = np.full((30, 30, 2), 1.3, np.float32)
    whole = sample(picture, field, Window(40, 40, 30))
    part = sample(picture[30:85, 25:95], field, Window(40, 40, 30), origin=(25, 30))
    # The interpolation's fixed-point coordinates may round differently from another origin.
    assert np.abs(whole.astype(int) - part).max() <= 1


def test_cut_repeats_the_edge_outside_the_picture(picture):
    made = cut(picture, Window(-4, 80, 20))
    assert made.shape == (20, 20, 3)
    np.testing.assert_array_equal(made[0, :5], np.repeat(picture[80:81, 0], 5, axis=0))
    np.testing.assert_array_equal(made[-1, 4:], picture[-1, :16])
