import cv2
import numpy as np
import pytest

from core.own_mouth.motion_blur import match_blur, smeared, velocities

RING = np.ones((96, 96), np.float32)
RIGHT, STILL = np.array([12.0, 0.0], np.float32), np.zeros(2, np.float32)


@pytest.fixture(scope="module")
def sharp():
    noise = np.random.default_rng(0).normal(0, 40, (96, 96, 3)).astype(np.float32)
    return 128 + 3 * cv2.GaussianBlur(noise, (0, 0), 1.5)


def test_a_sharp_mouth_gets_the_smear_of_a_moving_head(sharp):
    film = smeared(sharp, np.array([1.0, 0.0]), 2.5)
    made = match_blur(sharp, film, RING, RIGHT, STILL)
    inside = slice(12, -12)
    before, after = (np.abs(p - film)[inside, inside].mean() for p in (sharp, made))
    assert after < 0.25 * before


@pytest.mark.parametrize(
    ("movement", "lent"), [(STILL, STILL), (RIGHT, RIGHT), (np.array([0.5, 0], np.float32), STILL)]
)
def test_nothing_is_smeared_that_did_not_move_more(sharp, movement, lent):
    film = smeared(sharp, np.array([1.0, 0.0]), 2.5)
    assert match_blur(sharp, film, RING, movement, lent) is sharp


def test_a_mouth_no_sharper_than_the_film_stays(sharp):
    blurred = smeared(sharp, np.array([1.0, 0.0]), 2.5)
    assert match_blur(blurred, sharp, RING, RIGHT, STILL) is blurred


def test_a_film_soft_in_all_directions_is_no_movement(sharp):
    film = cv2.GaussianBlur(sharp, (0, 0), 2.0)
    np.testing.assert_allclose(match_blur(sharp, film, RING, RIGHT, STILL), sharp, atol=25)
    assert (
        np.abs(match_blur(sharp, film, RING, RIGHT, STILL) - sharp).mean()
        < 0.25 * np.abs(film - sharp).mean()
    )


def test_velocity_is_that_of_the_head_in_pixels_a_frame():
    landmarks = np.random.default_rng(0).normal(size=(1, 468, 3)) + np.arange(5)[:, None, None] * np.array(
        [3, -1, 0]
    )
    np.testing.assert_allclose(velocities(landmarks, range(5)), np.tile([3, -1], (5, 1)), atol=1e-5)
    assert not velocities(landmarks[:1], range(1)).any()
