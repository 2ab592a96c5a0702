import numpy as np
import pytest

from core.face_geometry.pose import head_pose
from core.faces.detector import Detection
from core.faces.mesh import Roi, cut_rotated, first_look, roi_from_detection, roi_from_landmarks
from tests.core.faces.drawn_face import background, draw_face, face_points


def seen(backend, points, size=(400, 400)):
    picture = background(*size)
    draw_face(picture, points)
    found = backend.detect(picture)
    assert len(found) == 1
    rough = backend.mesh(picture, roi_from_detection(found[0]))
    return backend.mesh(picture, roi_from_landmarks(rough.landmarks))


def test_mesh_lies_on_the_drawn_face(backend):
    points = face_points((200, 170), 90)
    result = seen(backend, points)
    assert result.presence > 0.9
    error = np.linalg.norm(result.landmarks[:, :2] - points[:, :2], axis=1) / 90
    assert error.mean() < 0.05
    assert result.landmarks[4, 2] < result.landmarks[234, 2]  # the nose is nearer to the camera than the ear


@pytest.mark.parametrize(("axis", "name"), enumerate(("yaw", "pitch", "roll")))
def test_pose_has_the_sign_that_the_track_promises(backend, axis, name):
    for degrees in (-15, 15):
        pose = head_pose(seen(backend, face_points((200, 170), 90, **{name: degrees})).landmarks[None])[0]
        rest = head_pose(seen(backend, face_points((200, 170), 90)).landmarks[None])[0]
        assert (pose[axis] - rest[axis]) * np.sign(degrees) > 4


def test_an_open_mouth_is_seen_open(backend):
    def gap(result):
        return result.landmarks[14, 1] - result.landmarks[13, 1]

    closed = gap(seen(backend, face_points((200, 170), 90)))
    opened = gap(seen(backend, face_points((200, 170), 90, opening=0.3)))
    assert opened > closed + 0.08 * 90


def test_square_turns_with_the_eye_line():
    upright, leaning = face_points((200, 170), 90), face_points((200, 170), 90, roll=30)
    assert roi_from_landmarks(upright).angle == pytest.approx(0, abs=1e-6)
    assert np.degrees(roi_from_landmarks(leaning).angle) == pytest.approx(30, abs=1e-3)
    assert roi_from_landmarks(leaning).size == pytest.approx(roi_from_landmarks(upright).size, rel=1e-4)


def test_cutting_at_whole_size_returns_the_pixels_themselves():
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    roi = Roi(x=49.5, y=39.5, size=64, angle=0.0)
    assert np.array_equal(cut_rotated(picture, roi.to_source(64), 64), picture[8:72, 18:82])


@pytest.mark.parametrize("scale", [1, 3, 5])
def test_cutting_keeps_places_at_every_size(scale):
    y, x = np.mgrid[: 100 * scale, : 100 * scale] / scale
    bump = 255 * np.exp(-((x - 40) ** 2 + (y - 60) ** 2) / 50)
    picture = np.repeat(bump[:, :, None], 3, axis=2).astype(np.uint8)
    # The bump's middle, in pixel centres of the large picture, is 40·scale.
    roi = Roi(x=50 * scale, y=50 * scale, size=64 * scale, angle=0.0)
    affine = roi.to_source(64)
    patch = cut_rotated(picture, affine, 64)[:, :, 0].astype(float)
    v, u = np.mgrid[:64, :64]
    found = np.array([(patch * u).sum(), (patch * v).sum()]) / patch.sum()
    assert affine[:, :2] @ found + affine[:, 2] == pytest.approx([40 * scale, 60 * scale], abs=0.12 * scale)


@pytest.mark.parametrize("roll", [0, 180])
def test_a_face_that_stands_on_its_head_is_seen_so(backend, roll):
    picture = background(400, 400)
    points = face_points((200, 170 if not roll else 230), 90, roll=roll)
    draw_face(picture, points)
    x0, y0, x1, y1 = *points[:, :2].min(axis=0), *points[:, :2].max(axis=0)
    # As the detector sees it: upright, whatever it is.
    eyes = np.array(
        [[x0 + 0.3 * (x1 - x0), y0 + 0.35 * (y1 - y0)], [x0 + 0.7 * (x1 - x0), y0 + 0.35 * (y1 - y0)]]
    )
    found = Detection(np.array([x0, y0, x1, y1]), np.concatenate([eyes, np.zeros((4, 2))]), 0.7)
    seen = first_look(backend.mesh, picture, found)
    assert seen.presence > 0.9
    assert (seen.landmarks[152, 1] > seen.landmarks[10, 1]) == (roll == 0)
    assert np.linalg.norm(seen.landmarks[:, :2] - points[:, :2], axis=1).mean() / 90 < 0.06
