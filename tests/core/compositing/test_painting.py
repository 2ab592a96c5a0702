"""Strokes alone: where they lie, how they join, what is refused."""

import numpy as np
import pytest

from core.base.timing import TimeRange
from core.compositing.painting import painted, stroke_extent
from core.compositing.strokes import MOST_POINTS, WIDTHS, Stroke, stroke_errors, strokes_at
from core.face_geometry.face_plane import to_picture
from core.face_geometry.mouth_masks import upright_mouth_width
from tests.core.faces.drawn_face import face_points

BOX = (100, 60, 420, 360)


@pytest.fixture
def landmarks():
    return face_points((250, 160), 120).astype(np.float32)


def put_in(landmarks, *strokes):
    empty = np.zeros((BOX[3] - BOX[1], BOX[2] - BOX[0]), np.float32)
    return painted(empty, strokes, landmarks, BOX)[0]


def at(landmarks, *places):
    """Values' indices (row, column) in the mask of BOX at places on the face plane."""
    for x, y in to_picture(np.array(places, float), landmarks):
        yield round(float(y)) - BOX[1], round(float(x)) - BOX[0]


def test_a_dab_is_round_and_lies_where_it_was_put(landmarks):
    dab = Stroke("include", ((0.1, 0.3),), width=0.5, softness=0.0)
    mask = put_in(landmarks, dab)
    (row, column), = at(landmarks, (0.1, 0.3))
    radius = 0.25 * float(upright_mouth_width(landmarks))
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    away = np.hypot(x - column, y - row)
    assert mask[away < radius - 2].min() == 1
    assert mask[away > radius + 2].max() == 0
    x0, y0, x1, y1 = stroke_extent([dab], landmarks)
    rows, columns = np.nonzero(mask)
    assert x0 - BOX[0] <= columns.min() <= columns.max() <= x1 - BOX[0]
    assert y0 - BOX[1] <= rows.min() <= rows.max() <= y1 - BOX[1]


def test_a_stroke_of_two_points_is_whole_between_them(landmarks):
    mask = put_in(landmarks, Stroke("include", ((-0.3, 0.2), (0.3, 0.2)), width=0.1, softness=0.0))
    for row, column in at(landmarks, (-0.3, 0.2), (-0.1, 0.2), (0.1, 0.2), (0.3, 0.2)):
        assert mask[row, column] == 1


def test_softness_keeps_the_middle_and_stays_inside_the_brush(landmarks):
    hard, soft = (
        put_in(landmarks, Stroke("include", ((0.0, 0.2),), width=1.0, softness=value)) for value in (0.0, 1.0)
    )
    (row, column), = at(landmarks, (0.0, 0.2))
    assert soft[row, column] > 0.85
    assert (soft[hard == 0] < 0.1).all()
    assert np.abs(np.diff(soft[row])).max() < 0.3 * np.abs(np.diff(hard[row])).max()


def test_strokes_that_include_alone_reach_beyond_the_mask(landmarks):
    assert stroke_extent([Stroke("exclude", ((0.0, 0.0),)), Stroke("erase", ((0.0, 0.0),))], landmarks) is None


@pytest.mark.parametrize(
    ("stroke", "words"),
    [
        (Stroke("include", ()), "0 points"),
        (Stroke("include", ((0.0, 0.0),) * (MOST_POINTS + 1)), "points"),
        (Stroke("include", ((0.0, 10.1),)), "beside every face"),
        (Stroke("include", ((-10.1, 0.0),)), "beside every face"),
        (Stroke("include", ((0.0, 0.0),), width=WIDTHS[0] * 0.99), "width"),
        (Stroke("include", ((0.0, 0.0),), width=WIDTHS[1] * 1.01), "width"),
        (Stroke("include", ((0.0, 0.0),), softness=1.01), "softness"),
        (Stroke("include", ((0.0, 0.0),), softness=-0.01), "softness"),
    ],
)
def test_what_is_no_stroke_is_named(stroke, words):
    (error,) = stroke_errors(stroke)
    assert words in error


@pytest.mark.parametrize(
    "stroke",
    [
        Stroke("include", ((10.0, -10.0),)),
        Stroke("erase", ((0.0, 0.0),) * MOST_POINTS, width=WIDTHS[0], softness=0.0),
        Stroke("exclude", ((0.0, 0.0),), width=WIDTHS[1], softness=1.0),
    ],
)
def test_strokes_up_to_their_limits_are_strokes(stroke):
    assert stroke_errors(stroke) == ()


def test_a_stroke_holds_from_its_span_s_start_to_before_its_end():
    always, bound = Stroke("include", ((0.0, 0.0),)), Stroke("erase", ((0.0, 0.0),), span=TimeRange(1, 2))
    assert [len(strokes_at((always, bound), time)) for time in (0.99, 1.0, 1.99, 2.0)] == [1, 2, 2, 1]
