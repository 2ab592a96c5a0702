import numpy as np
import pytest

from core.faces.detector import Detection, box_iou, suppress_overlaps
from core.faces.scan import detect_in, look_plan
from tests.core.faces.drawn_face import background, draw_face, face_points


def box_of(points):
    return np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])


def test_overlapping_answers_become_one_face_and_neighbours_stay():
    def at(x, score):
        return Detection(np.array([x, 0.0, x + 10, 10.0]), np.zeros((6, 2)), score)

    faces = suppress_overlaps([at(0, 0.7), at(2, 0.9), at(30, 0.8)])
    assert [face.score for face in faces] == [0.9, 0.8]
    assert faces[0].box[0] == pytest.approx((0 * 0.7 + 2 * 0.9) / 1.6)


def test_a_picture_without_a_face_has_none(backend):
    assert backend.detect(background(640, 360)) == []


@pytest.mark.parametrize(
    ("width", "height"), [(3840, 2160), (1920, 1080), (640, 480), (1080, 1920), (321, 123)]
)
def test_looks_cover_the_picture_down_to_the_smallest_face(width, height):
    plan = look_plan(width, height, 1 / 16)
    assert plan[0] == (0, 0, width, height)
    inside = plan[2:]
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in inside)
    wanted = max(40, max(width, height) / 64)
    finest = min((max(x1 - x0, y1 - y0) for x0, y0, x1, y1 in [plan[0], *inside]))
    assert finest / 16 <= wanted
    covered = np.zeros((height, width), bool)
    for x0, y0, x1, y1 in plan:
        if x1 - x0 == finest or len(plan) == 2:
            covered[max(y0, 0) : y1, max(x0, 0) : x1] = True
    assert covered.all()


def test_a_small_face_in_4k_is_found_by_a_finer_look_only(backend):
    picture = background(3840, 2160)
    points = face_points((2900, 600), 48)
    draw_face(picture, points)
    plan = look_plan(3840, 2160, backend.smallest_face)
    assert detect_in(backend, picture, plan[:1]) == []
    found = detect_in(backend, picture, plan)
    assert len(found) == 1
    assert box_iou(found[0].box, box_of(points)[None])[0] > 0.3


def test_a_face_larger_than_the_picture_is_found_with_a_margin(backend):
    picture = background(400, 400)
    points = face_points((200, 150), 250)
    draw_face(picture, points)
    found = detect_in(backend, picture, look_plan(400, 400, backend.smallest_face))
    assert len(found) == 1
    assert box_iou(found[0].box, box_of(points)[None])[0] > 0.4
