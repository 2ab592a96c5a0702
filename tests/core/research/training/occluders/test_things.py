import numpy as np
import pytest

from core.face_geometry.cover import PIXELS
from core.face_geometry.landmark_sets import LIPS_OUTER
from core.research.training.cut_faces import CutFaces
from core.research.training.occluders.faces import SIZE, cut_face
from core.research.training.occluders.scenes import Bank, example, plain, skin_colour
from core.research.training.occluders.things import KINDS, SHARES, draw
from core.research.training.occluders.validation import OTHER_HANDS, compare, drawn_by_others, false_share
from tests.core.faces.drawn_face import background, draw_face, face_points


def some_faces(count=4):
    rows = []
    for n in range(count):
        picture = background(400, 360, n)
        points = face_points((200, 140), 80, opening=0.04 * n)
        draw_face(picture, points)
        rows.append(cut_face(picture, points.astype(np.float32)))
    return CutFaces(
        np.stack([r[0] for r in rows]),
        np.stack([r[1] for r in rows]),
        np.array([f"p{n}" for n in range(count)]),
        np.array([f"c{n}:0" for n in range(count)]),
        np.arange(count) >= count // 2,
    )


@pytest.fixture(scope="module")
def faces():
    return some_faces()


@pytest.mark.parametrize("kind", ["hand", *KINDS])
def test_every_kind_has_an_outline_and_looks_different_each_time(kind, faces):
    first, second = (draw(kind, np.random.default_rng(seed), faces.rgb[0]) for seed in (1, 2))
    again = draw(kind, np.random.default_rng(1), faces.rgb[0])
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.alpha, again.alpha)
    assert not np.array_equal(first.alpha, second.alpha) or not np.array_equal(first.rgb, second.rgb)
    assert (first.alpha > 128).mean() > 0.01
    assert first.is_skin == (kind == "hand")


def test_shares_add_up_and_name_every_kind():
    assert sum(SHARES.values()) == pytest.approx(1)
    assert set(SHARES) == {"hand", *KINDS}


def test_an_example_marks_what_was_put_before_the_face(faces):
    bank = Bank(40, faces.rgb, 0)
    rng = np.random.default_rng(3)
    shares = []
    for n in range(12):
        made = example(faces, n % len(faces), bank, rng, covered=True)
        assert made.rgb.shape == (PIXELS, PIXELS, 3)
        assert made.rgb.dtype == made.face.dtype == made.cover.dtype == np.uint8
        shares.append((made.cover > 127).mean())
    assert np.mean(shares) > 0.05
    assert example(faces, 0, bank, rng, covered=False).cover.max() == 0


def test_hands_take_the_colour_of_the_skin(faces):
    colour = skin_colour(faces.rgb[0], faces.points[0])
    assert colour[0] > colour[1] > colour[2]


def test_a_plain_face_is_seen_as_the_program_sees_it(faces):
    seen = plain(faces, 0)
    low = round((SIZE - PIXELS) / 2)
    x, y = (faces.points[0, list(LIPS_OUTER)].mean(axis=0) - low).round().astype(int)
    assert seen.face[y, x] == 255
    assert np.array_equal(seen.rgb, faces.rgb[0, low : low + PIXELS, low : low + PIXELS])


def test_measures_of_a_perfect_and_of_a_blind_finder(faces):
    made = [drawn_by_others(faces, n % len(faces), kind, n) for n, kind in enumerate(OTHER_HANDS * 2)]
    truth = {e.rgb.tobytes(): e.cover for e in made}

    def perfect(rgb, face):
        return np.stack([truth[r.tobytes()] / 255 for r in rgb])

    def blind(rgb, face):
        return np.zeros(face.shape, np.float32)

    def sees_all(rgb, face):
        return np.ones(face.shape, np.float32)

    best, worst = compare(perfect, made), compare(blind, made)
    assert (best.iou, best.recall, best.precision) == (1, 1, 1)
    assert (worst.iou, worst.recall) == (0, 0)
    bare = [plain(faces, n) for n in range(len(faces))]
    assert false_share(blind, bare) == (0, 0)
    assert false_share(sees_all, bare) == (1, 1)
