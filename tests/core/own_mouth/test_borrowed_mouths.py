from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.face_geometry.landmark_sets import INNER_LIP, OUTER_LIP
from core.lip_engine import Footage
from core.own_mouth.borrowed_mouth import light_between
from core.own_mouth.library import build_library
from core.own_mouth.mouths import MouthCutter
from core.own_mouth.regions import LOWER_INNER, UPPER_INNER
from core.own_mouth.render import _meeting_line
from core.own_mouth.warp import Window


@pytest.fixture(scope="module")
def mouth(drawn_person):
    footage = [Footage(drawn_person.film, (drawn_person.track,))]
    library = build_library(footage, drawn_person.model)
    row = int(np.argmax(library.gap))
    return MouthCutter(footage, library, drawn_person.model).fetch([row])[row]


def lit(mouth, gain):
    return replace(mouth, picture=np.clip(mouth.picture * np.array(gain) + 0.5, 0, 255).astype(np.uint8))


def test_the_light_between_two_mouths_is_that_of_their_skin(mouth):
    darker = lit(mouth, (0.8, 0.9, 0.75))
    np.testing.assert_allclose(light_between(mouth, darker), (0.8, 0.9, 0.75), atol=0.02)
    np.testing.assert_allclose(light_between(darker, mouth), 1 / np.array((0.8, 0.9, 0.75)), atol=0.03)


def test_what_lies_on_the_lips_is_no_light(mouth):
    """The mesh is off by as much as lips are thick, so dark or teeth may lie where it has them."""
    picture = mouth.picture.copy()
    for ring in (OUTER_LIP, INNER_LIP):
        outline = mouth.landmarks[list(ring)] - mouth.origin
        cv2.fillPoly(picture, [np.round(outline).astype(np.int32)], (10, 10, 10))
    np.testing.assert_allclose(light_between(replace(mouth, picture=picture), mouth), 1, atol=0.05)


def test_no_two_frames_are_taken_for_lit_more_differently_than_a_face_is(mouth):
    np.testing.assert_allclose(light_between(lit(mouth, (0.3,) * 3), mouth), 1.4)


def test_lips_meet_along_a_curve_without_steps(drawn_person):
    """The mesh's points may zigzag by a pixel; the edge between both lips has neither their corners nor stairs."""
    points = drawn_person.track.landmarks[10, :, :2].astype(np.float64)
    points[UPPER_INNER[1:-1:2]] += (0, 1.0)
    points[LOWER_INNER[1:-1:2]] += (0, 1.0)
    left, right = points[UPPER_INNER[0]], points[UPPER_INNER[-1]]
    inner = Window(int(left[0]) - 30, int(left[1]) - 50, 100)
    above, beside, _ = _meeting_line(points, 80.0, inner)
    columns = np.arange(int(left[0]) - inner.x + 6, int(right[0]) - inner.x - 6)
    edge = above[:, columns, 0].sum(axis=0)
    assert np.abs(edge - edge.mean()).max() < 3
    assert np.abs(np.diff(edge, 2)).max() < 0.3
    assert (beside[50, columns[8:-8]] == 0).all()
    assert beside[50, 0] == 1
