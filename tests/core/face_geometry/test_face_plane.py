import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.face_plane import to_face, to_picture
from tests.core.faces.drawn_face import face_points


def turned(yaw):
    a = np.radians(yaw)
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return (canonical_face().points @ turn.T * 80 + [160, 90, 0]).astype(np.float32)


@pytest.mark.parametrize("landmarks", [face_points((160, 90), 80), turned(25)], ids=["front", "turned"])
def test_a_place_is_found_again_where_it_was_seen(landmarks):
    lips = landmarks[[61, 291, 0, 17, 13, 152, 234], :2]
    places = to_face(lips, landmarks)
    np.testing.assert_allclose(to_picture(places, landmarks), lips, atol=0.02)
    np.testing.assert_allclose(places[:5], canonical_face().points[[61, 291, 0, 17, 13], :2], atol=0.02)


def test_between_the_lips_and_beside_the_face_there_are_places_too():
    landmarks = face_points((160, 90), 80)
    seen = np.array([[160, landmarks[13, 1] + 0.5], [20.0, 200.0]])
    np.testing.assert_allclose(to_picture(to_face(seen, landmarks), landmarks), seen, atol=0.05)


def test_a_place_moves_with_the_part_of_the_face_it_lies_on():
    landmarks = face_points((160, 90), 80)
    chin = to_face(landmarks[[152], :2], landmarks)
    opened = landmarks.copy()
    opened[152, 1] += 9
    assert to_picture(chin, opened)[0, 1] == pytest.approx(landmarks[152, 1] + 9, abs=0.05)
