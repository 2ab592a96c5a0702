import cv2
import numpy as np
import pytest

from core.face_geometry.cover import Cover, unpacked
from core.face_geometry.landmark_sets import FACE_OVAL, LIPS_OUTER
from core.faces.occluders import (
    CERTAIN,
    CROP_PIXELS,
    FACE_LEVEL,
    LIPS_LEVEL,
    OccluderFinder,
    crop_affine,
    drawn_face,
    upright,
)
from tests.core.faces.drawn_face import background, draw_face, face_points, talking
from tests.core.faces.test_letters import write


@pytest.fixture(scope="module")
def finder():
    return OccluderFinder()


def scene(unit=90, size=(480, 400), **pose):
    picture = background(*size)
    points = face_points((size[0] / 2, size[1] * 0.4), unit, **pose)
    draw_face(picture, points)
    return picture, points.astype(np.float32)


def test_the_crop_is_upright_and_of_one_size_however_the_head_is_held():
    places = []
    for unit, roll in ((60, 0), (120, 0), (90, 30), (90, -40)):
        _, points = scene(unit, roll=roll)
        affine = crop_affine(points)
        places.append(points[[33, 263, 152, 13], :2] @ affine[:, :2].T + affine[:, 2])
    for place in places[1:]:
        assert np.allclose(place, places[0], atol=2.5)
    eyes = np.linalg.norm(places[0][1] - places[0][0])
    assert eyes == pytest.approx(CROP_PIXELS / 2.3, rel=0.02)


def test_a_large_picture_is_made_smaller_at_the_right_place():
    picture, points = scene(90)
    large = cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    there = points.copy()
    there[:, :2] = (points[:, :2] + 0.5) * 4 - 0.5
    there[:, 2] *= 4
    near, far = upright(picture, crop_affine(points)), upright(large, crop_affine(there))
    assert near.shape == far.shape == (CROP_PIXELS, CROP_PIXELS, 3)
    assert np.abs(near.astype(int) - far).mean() < 3


def test_face_and_lips_are_drawn_where_they_are():
    _, points = scene()
    affine = crop_affine(points)
    at = points[:, :2] @ affine[:, :2].T + affine[:, 2]
    drawn = drawn_face(at)
    x, y = at[list(LIPS_OUTER)].mean(axis=0).round().astype(int)
    assert drawn[y, x] == LIPS_LEVEL
    x, y = at[4].round().astype(int)
    assert drawn[y, x] == FACE_LEVEL
    assert drawn[-1, 0] == 0


def test_a_microphone_before_the_chin_is_found_where_it_is(finder):
    picture, points = scene()
    x, y = points[152, :2].round().astype(int)
    cv2.circle(picture, (x, y - 20), 30, (28, 28, 33), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (x - 14, y + 5), (x + 14, 399), (45, 45, 50), -1)
    found = finder(7, picture, points)
    assert found["row"] == 7
    mask = Cover(found[None]).mask(7, (0, 0, picture.shape[1], picture.shape[0]))
    truth = np.zeros(picture.shape[:2], np.uint8)
    cv2.circle(truth, (x, y - 20), 30, 1, -1)
    on_face = truth > 0
    assert mask[on_face].mean() > 0.85
    far = cv2.dilate(truth, np.ones((41, 41))) == 0
    far[y + 5 :] = False
    assert mask[far].mean() < 0.01


def test_a_hand_of_the_face_s_own_colour_is_found(finder):
    from core.research.training.occluders.things import draw

    picture, points = scene()
    thing = draw("hand", np.random.default_rng(5), picture)
    x, y = points[17, :2].round().astype(int)
    alpha = cv2.resize(thing.alpha, (200, 200)).astype(np.float32)[:, :, None] / 255
    shown = cv2.resize(thing.rgb, (200, 200)) * np.array([205, 160, 135]) / 128
    part = picture[y - 60 : y + 140, x - 100 : x + 100]
    part[:] = np.clip(part + alpha * (shown - part), 0, 255)
    found = finder(0, picture, points)
    mask = Cover(found[None]).mask(0, (x - 100, y - 60, x + 100, y + 140))
    face = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(face, [points[list(FACE_OVAL), :2].round().astype(np.int32)], 1)
    there = (alpha[:, :, 0] > 0.5) & (face[y - 60 : y + 140, x - 100 : x + 100] > 0)
    assert (mask > 0.5)[there].mean() > 0.7


@pytest.mark.parametrize(
    "look", [{}, {"beard": True}, {"skin": np.array((105, 70, 58)), "lip": np.array((90, 48, 52))}]
)
def test_speech_beards_and_dark_skin_are_no_things(finder, look):
    shares = []
    for picture, points in talking(6, size=(480, 360), centre=(240, 150), unit=90, **look):
        found = finder(0, picture, points.astype(np.float32))
        shares.append(0 if found is None else unpacked(found["bits"]).mean())
    assert np.mean(shares) < 0.01


def test_a_face_outside_the_picture_covers_nothing_and_fails_nothing(finder):
    picture, points = scene()
    assert finder(0, picture, points + np.array([5000, 0, 0], np.float32)) is None


def test_outlined_letters_are_left_to_those_who_find_their_strokes(finder):
    picture, points = scene()
    x, y = points[152, :2].round().astype(int).tolist()
    written = write(picture, (x - 60, y - 6), "AND SO WE")
    found = finder(0, written, points)
    assert found is None or unpacked(found["bits"]).mean() < 0.005
    cx, cy = points[205, :2].round().astype(int).tolist()
    cv2.circle(written, (cx, cy - 6), 24, (28, 28, 33), -1, cv2.LINE_AA)
    beside = Cover(finder(0, written, points)[None]).mask(0, (0, 0, picture.shape[1], picture.shape[0]))
    assert beside[cy - 6, cx] == 1


def test_the_writing_would_have_been_found(finder):
    picture, points = scene()
    x, y = points[152, :2].round().astype(int).tolist()
    affine = crop_affine(points)
    written = write(picture, (x - 60, y - 6), "AND SO WE")
    drawn = drawn_face(points[:, :2] @ affine[:, :2].T + affine[:, 2])
    assert (finder.probability(upright(written, affine), drawn) >= CERTAIN).mean() > 0.01


def taken_for_covered(finder, picture, points):
    """The share of the face that is, and what the network says by itself."""
    affine = crop_affine(points)
    crop, drawn = upright(picture, affine), drawn_face(points[:, :2] @ affine[:, :2].T + affine[:, 2])
    face = drawn > 0
    return finder.seen(crop, drawn)[face].mean(), (finder.probability(crop, drawn) >= CERTAIN)[face].mean()


@pytest.mark.parametrize("sigma", [8, 10])
def test_a_face_out_of_focus_is_not_taken_for_things(finder, sigma):
    picture, points = scene()
    said, by_the_network = taken_for_covered(finder, cv2.GaussianBlur(picture, (0, 0), sigma), points)
    assert (said, by_the_network > 0.2) == (0, True)


def test_a_face_in_blue_light_is_not_taken_for_things(finder):
    picture, points = scene()
    blue = np.clip(picture * np.array([0.3, 0.4, 1.2]), 0, 255).astype(np.uint8)
    said, by_the_network = taken_for_covered(finder, blue, points)
    assert (said, by_the_network > 0.2) == (0, True)


def test_the_dark_side_of_a_turned_face_is_not_taken_for_a_thing(finder):
    picture, points = scene(yaw=30)
    picture[:, : int(points[1, 0])] //= 5
    said, by_the_network = taken_for_covered(finder, picture, points)
    assert said < 0.02 < 0.05 < by_the_network


@pytest.mark.parametrize(("light", "sigma"), [((1, 1, 1), 0), ((0.3, 0.4, 1.2), 0), ((1, 1, 1), 8)])
def test_a_sharp_thing_before_it_is_found_all_the_same(finder, light, sigma):
    picture, points = scene()
    picture = cv2.GaussianBlur(picture, (0, 0), sigma) if sigma else picture
    x, y = points[152, :2].round().astype(int)
    cv2.circle(picture, (x, y - 20), 30, (28, 28, 33), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (x - 14, y + 5), (x + 14, 399), (45, 45, 50), -1)
    picture = np.clip(picture * np.array(light), 0, 255).astype(np.uint8)
    mask = Cover(finder(0, picture, points)[None]).mask(0, (0, 0, picture.shape[1], picture.shape[0]))
    truth = np.zeros(picture.shape[:2], np.uint8)
    cv2.circle(truth, (x, y - 20), 28, 1, -1)
    assert mask[truth > 0].mean() > 0.85
