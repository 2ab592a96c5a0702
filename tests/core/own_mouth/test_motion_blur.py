import cv2
import numpy as np
import pytest

from core.own_mouth.motion_blur import match_blur, velocities

RING = np.ones((96, 96), np.float32)
RIGHT, STILL = np.array([12.0, 0.0], np.float32), np.zeros(2, np.float32)


@pytest.fixture(scope="module")
def sharp():
    noise = np.random.default_rng(0).normal(0, 40, (96, 96, 3)).astype(np.float32)
    return 128 + 3 * cv2.GaussianBlur(noise, (0, 0), 1.5)


def test_a_sharp_mouth_gets_the_smear_of_a_moving_head(sharp):
    made = match_blur(sharp, RIGHT, STILL)
    # What a movement spread evenly over twelve pixels makes of a step is a ramp of twelve pixels.
    step = np.zeros((96, 96, 3), np.float32)
    step[:, 48:] = 255
    blurred = match_blur(step, RIGHT, STILL)[48, :, 0]
    ramp = np.clip((np.arange(96) - 41.5) / 12, 0, 1) * 255
    assert np.abs(blurred - ramp).max() < 26
    assert np.abs(np.diff(made, axis=1)).mean() < 0.6 * np.abs(np.diff(sharp, axis=1)).mean()


@pytest.mark.parametrize(
    ("movement", "borrowed"), [(STILL, STILL), (RIGHT, RIGHT), (np.array([0.5, 0], np.float32), STILL)]
)
def test_nothing_is_smeared_that_did_not_move_more(sharp, movement, borrowed):
    assert match_blur(sharp, movement, borrowed) is sharp


def test_a_mouth_lent_by_a_moving_head_gets_only_what_is_lacking(sharp):
    some = match_blur(sharp, RIGHT, np.array([9.0, 0.0]))
    all_of_it = match_blur(sharp, RIGHT, STILL)
    assert np.abs(all_of_it - sharp).mean() > np.abs(some - sharp).mean() > 0
    # A movement across the film's own smears nothing along it.
    assert np.array_equal(match_blur(sharp, RIGHT, np.array([0.0, 9.0])), all_of_it)


def test_velocity_is_that_of_the_head_in_pixels_a_frame():
    landmarks = np.random.default_rng(0).normal(size=(1, 468, 3)) + np.arange(5)[:, None, None] * np.array(
        [3, -1, 0]
    )
    np.testing.assert_allclose(velocities(landmarks, range(5)), np.tile([3, -1], (5, 1)), atol=1e-5)
    assert not velocities(landmarks[:1], range(1)).any()
