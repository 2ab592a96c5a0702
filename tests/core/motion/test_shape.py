import numpy as np
import pytest

from core.face_geometry.landmark_sets import INNER_LIP
from core.motion.shape import MEASURES, POSE_POINTS, SHAPE_POINTS, local_landmarks, measures, shape_model
from core.research.training.motion.fit_shape import TrackedClip, fit_shape

MODEL = shape_model()
RNG = np.random.default_rng(0)
COEFS = RNG.normal(0, 1, (40, MODEL.size)).astype(np.float32)


def face_of(local: np.ndarray) -> np.ndarray:
    """Whole meshes (F, 468, 3) with the model's mean head and the given shape points."""
    mesh = np.zeros((len(local), 468, 3), np.float32)
    mesh[:, SHAPE_POINTS] = local
    mesh[:, POSE_POINTS] = MODEL.head
    return mesh


def turned(
    mesh: np.ndarray, yaw: float, roll: float, scale: float, shift: tuple[float, float, float]
) -> np.ndarray:
    y, r = np.radians([yaw, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (scale * mesh @ (about_z @ about_y).T + np.array(shift)).astype(np.float32)


def test_has_at_least_twelve_movements():
    assert MODEL.size >= 12
    assert MODEL.basis.shape == (MODEL.size, len(SHAPE_POINTS), 3)


def test_decoded_shapes_encode_to_themselves():
    np.testing.assert_allclose(MODEL.encode_local(MODEL.decode(COEFS)), COEFS, atol=1e-3)


def test_head_pose_and_size_do_not_matter():
    mesh = face_of(MODEL.decode(COEFS))
    moved = turned(mesh, yaw=25, roll=-12, scale=180.0, shift=(400.0, 300.0, -20.0))
    np.testing.assert_allclose(MODEL.encode(moved), MODEL.encode(mesh), atol=5e-3)
    assert (
        abs(
            np.linalg.norm(local_landmarks(moved, MODEL.head).mean((0, 1)))
            - np.linalg.norm(MODEL.decode(COEFS).mean((0, 1)))
        )
        < 1e-2
    )


def test_first_movement_opens_the_mouth_and_the_axis_measures_it():
    opening = MEASURES.index("opening")
    amounts = np.linspace(0, 3, 7)[:, None] * np.eye(MODEL.size)[0]
    shown = measures(MODEL.decode(amounts))[:, opening]
    assert (np.diff(shown) > 0).all()
    assert np.corrcoef(shown, amounts @ MODEL.opening_axis)[0, 1] > 0.99


def test_measures_say_what_the_lips_do():
    closed = MODEL.mean.copy()
    lower = [SHAPE_POINTS.index(point) for point in (14, 87, 317, 17, 152)]
    opened = closed.copy()
    opened[lower, 1] += 0.1
    rounded = closed.copy()
    for corner, towards in ((61, 0.06), (291, -0.06), (78, 0.06), (308, -0.06)):
        rounded[SHAPE_POINTS.index(corner), 0] += towards
    before, after, pursed = measures(np.stack([closed, opened, rounded]))
    rise = dict(zip(MEASURES, after - before, strict=True))
    assert rise["opening"] == pytest.approx(0.1, abs=0.02)
    assert rise["jaw"] == pytest.approx(0.1, abs=1e-6)
    purse = dict(zip(MEASURES, pursed - before, strict=True))
    assert purse["width"] < -0.1
    assert purse["rounding"] > 0.02


def test_person_range_removes_identity_and_size():
    person = RNG.normal(0, 2, MODEL.size) + 1.5 * np.abs(COEFS)
    local = MODEL.decode(np.tile(person, (10, 1)))
    assert local.shape == (400, len(SHAPE_POINTS), 3)
    person_range = MODEL.person_range_of_local(local, np.ones(400))
    normal = person_range.apply(MODEL.encode_local(local))
    np.testing.assert_allclose(person_range.undo(normal), MODEL.encode_local(local), atol=2e-3)
    opening = measures(local)[:, 0]
    resting = opening <= np.quantile(opening, 0.2)
    np.testing.assert_allclose(np.median(normal[resting], axis=0), 0, atol=2e-3)
    assert (person_range.high[0] > person_range.low[0]).all()


def test_little_film_keeps_the_average_scale():
    still = np.repeat(MODEL.decode(COEFS[:1]), 12, axis=0)
    scale = MODEL.person_range_of_local(still, np.ones(12)).scale
    assert ((scale > 0.85) & (scale <= 1)).all()
    unusable = MODEL.person_range_of_local(MODEL.decode(COEFS), np.zeros(40))
    assert np.isfinite(unusable.neutral).all()


def test_a_mouth_that_never_speaks_has_the_average_speakers_range():
    """However long a listener is filmed, nothing is learnt of how they speak."""
    rest = MODEL.decode(np.repeat(COEFS[:1], 900, axis=0))
    listener = MODEL.person_range_of_local(rest, np.ones(900))
    assert not listener.is_seen_speaking
    np.testing.assert_allclose(listener.scale, 1)
    assert listener.high[0] - listener.low[0] == pytest.approx(0.074, abs=1e-5)
    np.testing.assert_allclose(listener.low[0], measures(rest)[0, 0], atol=1e-5)
    assert MODEL.person_range_of_local(MODEL.decode(COEFS), np.ones(40)).is_seen_speaking


def test_words_draw_a_mouth_together_that_rests_wide_open():
    axis = MODEL.opening_axis / float(MODEL.opening_axis @ MODEL.opening_axis)
    panting = MODEL.decode(np.repeat(0.2 * axis[None], 100, axis=0).astype(np.float32))
    person = MODEL.person_range_of_local(panting, np.ones(100))
    assert person.high[0] == pytest.approx(float(measures(panting)[0, 0]), abs=1e-4)
    assert person.neutral @ MODEL.opening_axis == pytest.approx(0.2 - 0.074, abs=0.005)


def test_fit_finds_the_movements_it_was_shown():
    weights = np.zeros((3, len(SHAPE_POINTS), 3))
    inner = [SHAPE_POINTS.index(point) for point in INNER_LIP[11:]]
    weights[0, inner, 1], weights[1, :20, 0], weights[2, 90:, 1] = 0.05, 0.03, 0.04
    clips = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        identity = rng.normal(0, 0.05, (len(SHAPE_POINTS), 3))
        local = MODEL.mean + identity + np.einsum("fk,knc->fnc", rng.normal(0, 1, (60, 3)), weights)
        mesh = turned(face_of(local), yaw=3 * seed - 8, roll=seed, scale=100, shift=(50, 60, 0))
        clips.append(TrackedClip(mesh, np.zeros((60, 3)), np.ones(60)))
    model, explained = fit_shape(clips, size=3)
    assert explained > 0.99
    local = model.local(clips[0].landmarks)
    again = model.decode(model.encode_local(local))
    moved = local - local.mean(0)
    assert np.abs((again - again.mean(0)) - moved).max() < 0.01
