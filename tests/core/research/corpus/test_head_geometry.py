from collections import Counter

import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.research.corpus.head_mesh import control_points, head_surface, head_topology
from core.research.corpus.head_rig import GAP_FULL, Expression, make_rig
from core.research.corpus.heads import face_shape, rotation
from core.research.corpus.subdivision import loop_subdivision, vertex_normals
from core.research.corpus.visemes import PARAMETERS


def visemes(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in PARAMETERS])


def test_subdivision_keeps_a_plane_and_its_middle():
    n = 5
    y, x = np.mgrid[0:n, 0:n]
    points = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3).astype(float)
    triangles = [
        t
        for r in range(n - 1)
        for c in range(n - 1)
        for t in (
            (r * n + c, r * n + c + 1, r * n + n + c),
            (r * n + c + 1, r * n + n + c + 1, r * n + n + c),
        )
    ]
    fine = loop_subdivision(np.array(triangles), n * n, 2)
    assert len(fine.triangles) == 16 * len(triangles)
    assert np.allclose(fine.matrix.sum(axis=1), 1)
    moved = fine.matrix @ points
    assert np.abs(moved[:, 2]).max() == 0
    assert moved[12] == pytest.approx(points[12])  # a regular vertex of a regular grid stays
    assert moved.min() >= 0
    assert moved.max() <= n - 1


def test_head_surface_is_consistently_turned_outwards():
    topology = head_topology()
    edges = Counter((int(t[i]), int(t[(i + 1) % 3])) for t in topology.triangles for i in range(3))
    assert max(edges.values()) == 1  # no edge is run through twice in the same direction
    control = control_points(canonical_face().points, topology)
    fine = head_surface(1)
    normals = vertex_normals(fine.matrix @ control, fine.triangles)
    assert normals[1, 2] < -0.5  # the tip of the nose faces the viewer
    assert normals[topology.back, 2] > 0.5
    assert normals[10, 2] < 0


def test_lips_close_and_open_as_asked():
    rig = make_rig(canonical_face().points)
    gaps = {}
    for opening in (0.0, 0.25, 0.5, 1.0):
        face = rig.face(visemes(opening=opening, jaw=0.6 * opening), Expression())
        gaps[opening] = float(face[14, 1] - face[13, 1])
    assert gaps[0.0] <= 0.0
    for opening in (0.25, 0.5, 1.0):
        assert gaps[opening] == pytest.approx(opening * GAP_FULL * rig.mouth_scale, rel=0.08)


def test_rounding_narrows_and_pushes_forward():
    rig = make_rig(canonical_face().points)
    rest, round_ = (rig.face(visemes(opening=0.2, rounding=r), Expression()) for r in (0.0, 1.0))
    assert round_[291, 0] - round_[61, 0] < 0.8 * (rest[291, 0] - rest[61, 0])
    assert round_[0, 2] < rest[0, 2] - 0.03


def test_opening_drops_the_chin_but_not_the_nose():
    rig = make_rig(canonical_face().points)
    rest, wide = (rig.face(visemes(opening=o, jaw=o), Expression()) for o in (0.0, 1.0))
    assert wide[152, 1] > rest[152, 1] + 0.08
    moved = np.abs(wide - rest).max(axis=1)
    assert moved[[168, 33, 263, 6]].max() < 1e-6
    assert moved[1] < 0.025  # the tracked speech this is measured on draws the nose's tip down a little


def test_a_blink_shuts_the_lids():
    rig = make_rig(canonical_face().points)
    open_, shut = (rig.face(visemes(), Expression((b, b))) for b in (0.0, 1.0))
    assert open_[145, 1] - open_[159, 1] > 0.06
    assert shut[145, 1] - shut[159, 1] < 0.02


def test_identities_differ_smoothly_and_seed_zero_is_the_mean_face():
    mean = canonical_face().points
    assert np.array_equal(face_shape(0, 1.0), mean)
    first, second = face_shape(1, 1.0), face_shape(2, 1.0)
    assert np.abs(first - second).max() > 0.03
    assert np.abs(first - mean).max() < 0.35
    assert np.array_equal(first, face_shape(1, 1.0))


def test_yaw_turns_the_nose_to_the_pictures_right_and_pitch_raises_it():
    nose = np.array([0.0, 0.0, -1.0])
    assert (rotation(30, 0, 0) @ nose)[0] > 0.4
    assert (rotation(0, 20, 0) @ nose)[1] < -0.3
    assert np.linalg.det(rotation(20, 10, -5)) == pytest.approx(1.0)
