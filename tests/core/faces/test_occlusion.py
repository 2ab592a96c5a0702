import cv2
import numpy as np
import pytest

from core.faces.occlusion import fit_model, lower_face_box, sample_track
from tests.core.faces.drawn_face import talking


@pytest.fixture(scope="module")
def model():
    samples = [sample_track(picture, points) for picture, points in talking(16, sway=12)]
    return fit_model(np.stack(samples))


def covered(model, picture, points):
    x0, y0, x1, y1 = box = lower_face_box(points, picture.shape[1], picture.shape[0])
    return model.mask(np.ascontiguousarray(picture[y0:y1, x0:x1]), box, points), box


def test_speech_and_movement_cover_nothing(model):
    for picture, points in talking(10, sway=20, centre=(150, 105)):
        mask, _ = covered(model, picture, points)
        assert mask.max() < 0.2


def test_another_light_covers_nothing(model):
    picture, points = next(talking(1))
    mask, _ = covered(model, np.clip(picture * 0.8 + 6, 0, 255).astype(np.uint8), points)
    assert mask.mean() < 0.02


def test_a_microphone_before_the_chin_stays_in_front(model):
    picture, points = next(talking(1))
    x, y = points[152, :2].round().astype(int)
    radius = 14
    cv2.circle(picture, (x, y - 8), radius, (25, 25, 30), -1, cv2.LINE_AA)
    mask, (x0, y0, _, _) = covered(model, picture, points)
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    distance = np.hypot(columns + x0 - x, rows + y0 - (y - 8))
    on_chin = rows + y0 < y
    assert mask[(distance < 0.6 * radius) & on_chin].mean() > 0.8
    assert mask[distance > 2.2 * radius].mean() < 0.05


def test_too_few_samples_make_no_model():
    picture, points = next(talking(1))
    assert fit_model(np.stack([sample_track(picture, points)] * 3)) is None
    assert fit_model(np.zeros((0, 0, 4), np.uint8)) is None


def test_a_face_outside_the_picture_has_no_sample():
    picture, points = next(talking(1))
    assert sample_track(picture, points + np.array([5000, 0, 0])) is None
