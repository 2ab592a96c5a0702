import cv2
import numpy as np
import pytest

from core.own_mouth.motion_blur import length_to_sigma, smeared
from core.own_mouth.shutter import USUAL, Sight, moving_pairs, open_share, sight
from tests.core.faces.drawn_face import background, draw_face, face_points


def seen(share, velocity, seed):
    picture = background(300, 280, seed)
    points = face_points((150, 110), 90)
    draw_face(picture, points)
    grain = np.random.default_rng(seed).normal(0, 2, picture.shape)
    speed = float(np.linalg.norm(velocity))
    blurred = picture.astype(np.float32)
    if share * speed > 0:
        blurred = smeared(blurred, velocity / speed, length_to_sigma(share * speed))
    return sight(blurred + grain, points)


def pairs(share, count=8, speed=14.0):
    made = []
    for n in range(count):
        velocity = speed * np.array([np.cos(n), np.sin(n)])
        made.append((seen(share, velocity, n), seen(0, velocity, n + 50), velocity))
    return made


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_the_shutter_is_told_from_moving_and_still_faces(share):
    assert open_share(pairs(share)) == pytest.approx(share, abs=0.1)


def test_too_few_pairs_tell_nothing():
    assert open_share(pairs(0.9, count=3)) == USUAL
    assert open_share([]) == USUAL


def test_a_frame_out_of_focus_has_not_moved():
    soft = [
        (Sight(cv2.GaussianBlur(still.grey, (0, 0), 0.7), still.where), still, velocity)
        for _, still, velocity in pairs(0)
    ]
    assert open_share(soft) < 0.15


def test_fast_frames_are_paired_with_the_stillest_near_them():
    velocity = np.zeros((100, 2))
    velocity[[20, 22, 60]] = [[9, 0], [8, 0], [0, 7]]
    velocity[70] = (6, 0)
    velocity[65:80, 1] += 4  # nothing still is near it but the frames before
    velocity[55:85] += 0.5
    owner, frame = np.zeros(100, int), np.arange(100)
    owner[90:] = 1
    found = moving_pairs(velocity, owner, frame)
    fast = [a for a, _ in found]
    assert fast[0] == 20
    assert 22 not in fast
    assert 60 in fast
    for a, b in found:
        assert np.linalg.norm(velocity[b]) * 3 < np.linalg.norm(velocity[a])
        assert abs(frame[a] - frame[b]) <= 30
    assert moving_pairs(np.zeros((10, 2)), np.zeros(10, int), np.arange(10)) == []
