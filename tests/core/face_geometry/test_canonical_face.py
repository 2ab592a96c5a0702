import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.face_geometry.canonical_face import (
    canonical_face,
    denormalise,
    euler_degrees,
    fit_similarity,
    normalise,
    person_template,
)
from core.face_geometry.landmark_sets import FACE_OVAL, JAW_LINE, LIPS_INNER, LIPS_OUTER, STABLE


def poses(count, seed=0):
    generator = np.random.default_rng(seed)
    angles = generator.uniform(-35, 35, (count, 3))
    rotation = Rotation.from_euler("ZYX", angles, degrees=True).as_matrix()
    return rotation, generator.uniform(40, 300, count), generator.uniform(-500, 500, (count, 3))


def test_the_mean_face_is_upright_symmetric_and_of_unit_size():
    face = canonical_face()
    points = face.points
    assert points.shape == (468, 3)
    assert np.allclose(points[33], (-0.5, 0, 0), atol=1e-5)
    assert np.allclose(points[263], (0.5, 0, 0), atol=1e-5)
    assert points[10, 2] == pytest.approx(points[152, 2], abs=1e-5)
    assert points[152, 1] > points[10, 1]
    assert points[4, 2] == points[:, 2].min()  # nothing is nearer to the camera than the tip of the nose
    assert np.allclose(points[face.mirror] * (-1, 1, 1), points, atol=1e-5)


def test_triangles_use_every_point_face_the_camera_and_leave_eyes_and_mouth_open():
    face = canonical_face()
    assert face.triangles.shape == (852, 3)
    assert np.array_equal(np.unique(face.triangles), np.arange(468))
    a, b, c = (face.points[face.triangles[:, k], :2] for k in range(3))
    assert ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] > 0).mean() > 0.98
    middle = face.points[[13, 14], :2].mean(axis=0)
    mouth = [t for t in face.triangles if set(t.tolist()) <= set(LIPS_INNER)]
    assert not any(_contains(face.points[t, :2], middle) for t in mouth)


def _contains(triangle, point):
    signs = [
        np.cross(np.append(triangle[k - 2] - triangle[k - 3], 0), np.append(point - triangle[k - 3], 0))[2]
        for k in range(3)
    ]
    return min(signs) > 0 or max(signs) < 0


def test_rings_run_round_without_crossing():
    points = canonical_face().points[:, :2]
    for ring in (LIPS_OUTER, LIPS_INNER, FACE_OVAL):
        around = points[list(ring)] - points[list(ring)].mean(axis=0)
        turns = np.diff(np.unwrap(np.arctan2(around[:, 1], around[:, 0])))
        assert (np.sign(turns) == np.sign(turns[0])).all()
        assert len(set(ring)) == len(ring)
    assert set(JAW_LINE) <= set(FACE_OVAL)


def test_pose_is_taken_off_and_put_back_exactly():
    rotation, scale, translation = poses(20)
    local = np.repeat(canonical_face().points[None], 20, axis=0)
    landmarks = denormalise(local, rotation, scale, translation)
    faces = normalise(landmarks)
    assert np.allclose(faces.local, local, atol=1e-4)
    assert np.allclose(faces.rotation, rotation, atol=1e-5)
    assert np.allclose(faces.scale, scale, rtol=1e-5)
    assert np.abs(faces.to_source(faces.local) - landmarks).max() < 1e-3


def test_speaking_moves_neither_pose_nor_size():
    rotation, scale, translation = poses(1)
    rest = canonical_face().points
    speaking = rest.copy()
    moved = np.setdiff1d(np.arange(468), STABLE)
    speaking[moved] += np.random.default_rng(1).normal(0, 0.1, (len(moved), 3))
    faces = normalise(denormalise(speaking[None], rotation, scale, translation))
    assert np.allclose(faces.rotation, rotation, atol=1e-5)
    assert np.allclose(faces.local[0, moved], speaking[moved], atol=1e-4)


def test_a_mirrored_face_is_not_fitted_by_a_reflection():
    points = canonical_face().points[list(STABLE)]
    rotation, _, _ = fit_similarity(
        points, (points * (-1, 1, 1) + np.random.default_rng(0).normal(0, 0.2, points.shape))[None]
    )
    assert np.linalg.det(rotation[0]) == pytest.approx(1)


@pytest.mark.parametrize(("name", "axis", "sign"), [("yaw", "y", -1), ("pitch", "x", -1), ("roll", "z", 1)])
def test_angles_are_read_back(name, axis, sign):
    place = ("yaw", "pitch", "roll").index(name)
    rotation = Rotation.from_euler(axis, sign * np.array([[-40], [-5], [20]]), degrees=True).as_matrix()
    assert euler_degrees(rotation)[:, place] == pytest.approx([-40, -5, 20], abs=1e-3)
    others = [k for k in range(3) if k != place]
    assert np.abs(euler_degrees(rotation)[:, others]).max() < 1e-3


def test_a_person_s_own_template_fits_tighter_than_the_mean_face():
    generator = np.random.default_rng(2)
    own = canonical_face().points + generator.normal(0, 0.03, (468, 3))
    rotation, scale, translation = poses(30)
    landmarks = denormalise(np.repeat(own[None], 30, axis=0), rotation, scale, translation)
    landmarks += generator.normal(0, 0.3, landmarks.shape).astype(np.float32)

    def misfit(reference, template):
        residual = normalise(landmarks, template=template).local[:, list(STABLE)] - reference[list(STABLE)]
        return np.abs(residual).mean()

    template = person_template(landmarks)
    assert misfit(template, template) < 0.5 * misfit(canonical_face().points, None)


def test_landmarks_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="468"):
        normalise(np.zeros((3, 478, 3)))
