import numpy as np

from core.face_geometry.landmark_sets import OUTER_LIP
from core.motion.shape import SLOT, shape_model
from core.own_mouth.head import find_heads
from core.own_mouth.regions import MOVING
from core.own_mouth.steady_lips import steady_lips

MODEL = shape_model()


def mouths():
    coefs = np.random.default_rng(0).normal(0, 1, (5, MODEL.size)).astype(np.float32)
    return MODEL.decode(coefs)


def test_what_the_shape_model_can_say_stays_as_it_is():
    np.testing.assert_allclose(steady_lips(mouths(), MODEL), mouths(), atol=1e-4)


def test_a_dent_in_a_lip_is_taken_out_and_a_shift_of_the_lips_stays():
    clean = mouths()
    dented = clean.copy()
    for point, sign in ((84, 1), (17, -1), (314, 1)):
        dented[:, SLOT[point], 1] += sign * 0.03
    points = [SLOT[point] for point in (84, 17, 314)]
    left = np.abs(steady_lips(dented, MODEL) - clean)[:, points, 1]
    assert left.max() < 0.012
    moved = clean.copy()
    moved[:, [SLOT[point] for point in OUTER_LIP], 0] += 0.01
    np.testing.assert_allclose(steady_lips(moved, MODEL), moved, atol=2e-3)


def test_the_head_places_the_steady_mouth_and_leaves_the_rest_where_it_was(drawn_person):
    landmarks = drawn_person.track.landmarks[:3].copy()
    landmarks[:, 17, 1] -= 3
    heads = find_heads(landmarks, drawn_person.model)
    placed = heads.placed(1, landmarks[1])
    others = np.setdiff1d(np.arange(468), MOVING)
    np.testing.assert_array_equal(placed[others], landmarks[1][others])
    assert placed[17, 1] - landmarks[1, 17, 1] > 1.5
