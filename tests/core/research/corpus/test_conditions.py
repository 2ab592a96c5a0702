import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.research.corpus.conditions import CONDITIONS, LONG_SIDE_4K

SIZE, FRAMES = 160, 6


@pytest.fixture(scope="module")
def film():
    rng = np.random.default_rng(0)
    small = rng.integers(60, 200, (10, 10, 3), dtype=np.uint8)
    picture = np.repeat(np.repeat(small, 16, 0), 16, 1)
    points = canonical_face().points * 45 + (80, 60, 0)
    return [picture.copy() for _ in range(FRAMES)], np.repeat(points[None], FRAMES, 0).astype(np.float32)


def made(film, name):
    pictures, landmarks = film
    return list(CONDITIONS[name](iter(pictures), landmarks))


@pytest.mark.parametrize("name", sorted(set(CONDITIONS) - {"4k"}))
def test_every_condition_changes_the_film_keeps_its_size_and_is_always_the_same(film, name):
    first = made(film, name)
    assert len(first) == FRAMES
    assert all(p.shape == (SIZE, SIZE, 3) and p.dtype == np.uint8 for p in first)
    assert any((a != b).any() for a, b in zip(first, film[0], strict=True))
    assert all((a == b).all() for a, b in zip(first, made(film, name), strict=True))


def test_lights_do_what_they_are_called(film):
    plain = np.mean(film[0])
    assert np.mean(made(film, "dark")) < np.mean(made(film, "dim")) < plain < np.mean(made(film, "bright"))
    red_left, red_right = (
        np.mean(made(film, "coloured")[0][:, half, 0]) for half in (slice(80), slice(80, 160))
    )
    assert red_left > 1.5 * red_right
    spot = made(film, "spot")[0].astype(float) / film[0][0]
    assert spot.max() > 1
    assert spot.min() < 0.5


def test_the_camera_moves_and_the_face_stays(film):
    moved = made(film, "camera")
    assert (moved[0] != moved[-1]).any()


@pytest.mark.parametrize("name", ["hand", "microphone", "subtitle"])
def test_something_comes_before_the_mouth(film, name):
    pictures = film[0]
    around = [
        np.abs(a.astype(int) - b)[60:150, 20:140].max()
        for a, b in zip(made(film, name), pictures, strict=True)
    ]
    assert max(around) > 40


def test_4k_is_3840_pixels_wide(film):
    pictures, landmarks = film
    (large,) = CONDITIONS["4k"](iter([pictures[0][:20]]), landmarks)
    assert large.shape == (LONG_SIDE_4K // 8, LONG_SIDE_4K, 3)
