import cv2
import numpy as np
import pytest

from core.face_geometry.landmark_sets import INNER_LIP
from core.own_mouth.borrowed_mouth import with_true_slit
from core.own_mouth.library import fuse_gaps
from core.own_mouth.regions import LOWER_INNER, UPPER_INNER
from core.own_mouth.visible_gap import seen_edges, visible_gap


def test_visible_gap_grows_with_the_drawn_opening(drawn_person):
    true = np.linalg.norm(
        drawn_person.track.landmarks[:, 13, :2] - drawn_person.track.landmarks[:, 14, :2], axis=1
    )
    seen = [
        visible_gap(picture, points, 80.0).height
        for picture, points in zip(drawn_person.film.pictures, drawn_person.track.landmarks, strict=True)
    ]
    assert np.corrcoef(true, seen)[0, 1] > 0.97


def test_what_shows_is_dark_or_it_is_teeth(drawn_person):
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    picture, points = drawn_person.film.pictures[frame].copy(), drawn_person.track.landmarks[frame]
    assert visible_gap(picture, points, 80.0).dark > 0.9
    inside = picture[..., 0] < 100
    upper = inside & (np.arange(len(picture))[:, None] < (points[13, 1] + points[14, 1]) / 2)
    picture[upper] = (190, 185, 175)
    assert visible_gap(picture, points, 80.0).dark == pytest.approx(0.5, abs=0.2)
    picture[inside] = (190, 185, 175)
    assert visible_gap(picture, points, 80.0).dark < 0.1


def test_visible_gap_does_not_follow_wrong_inner_landmarks(drawn_person):
    """The tracker calls an open mouth nearly shut; the colours do not."""
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame].copy()
    right = visible_gap(drawn_person.film.pictures[frame], points, 80.0).height
    points[[178, 87, 14, 317, 402], 1] -= 4
    assert visible_gap(drawn_person.film.pictures[frame], points, 80.0).height == pytest.approx(
        right, abs=0.02
    )


def test_colours_count_only_where_they_agree_with_the_mesh():
    rng = np.random.default_rng(0)
    mesh = rng.uniform(0, 0.2, 200)
    agreeing = mesh * 0.8 + rng.normal(0, 0.01, 200)
    fused = fuse_gaps(mesh, agreeing)
    assert np.abs(fused - mesh).max() > 0.003
    assert np.corrcoef(fused, agreeing)[0, 1] > np.corrcoef(mesh, agreeing)[0, 1]
    np.testing.assert_allclose(fuse_gaps(mesh, rng.uniform(0, 0.2, 200)), mesh, atol=1e-6)


def test_the_slit_is_found_where_it_is_drawn(drawn_person):
    """Landmarks 3 pixels too high: the colours have the slit 3 pixels below them."""
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame].copy()
    right = visible_gap(drawn_person.film.pictures[frame], points, 80.0).below
    points[list(INNER_LIP), 1] -= 3
    found = visible_gap(drawn_person.film.pictures[frame], points, 80.0).below
    np.testing.assert_allclose((found - right)[1:-1], 3 / 80, atol=0.012)
    assert np.isnan(found[[0, -1]]).all()  # open lips meet nowhere


@pytest.mark.parametrize("side", [1, -1])
def test_shut_lips_meet_where_their_dark_line_ends(drawn_person, side):
    """The mesh puts a corner of a turned head beside the true one: lips that part there leave a second corner."""
    frame = int(np.argmin(drawn_person.coefs[:, 0]))
    picture, points = drawn_person.film.pictures[frame].copy(), drawn_person.track.landmarks[frame]
    line = (points[UPPER_INNER, :2] + points[LOWER_INNER, :2]) / 2
    beside = np.array([[4.0, 0.0]])
    line = np.concatenate([line[:1] - beside, line, line[-1:] + beside])
    cv2.polylines(picture, [np.round(line * 16).astype(np.int32)], False, (30, 12, 12), 1, cv2.LINE_AA, 4)
    right = visible_gap(picture, points, 80.0).below
    wrong = points.copy()
    for ring in (UPPER_INNER, LOWER_INNER):
        wrong[ring[::side][:5], 1] = points[ring[::side][:5], 1] - [2.5, 2.0, 1.5, 1.0, 0.5]
    found = visible_gap(picture, wrong, 80.0).below
    corner = (0, -1)[side < 0]
    assert 80 * (found - right)[corner] == pytest.approx(2.5, abs=0.8)
    true, there = (
        with_true_slit(each[:, :2], 80 * below)[UPPER_INNER[corner]]
        for each, below in ((points, right), (wrong, found))
    )
    assert there[1] == pytest.approx(true[1], abs=0.8)  # 2.5 where the landmarks are believed


def test_gloss_on_shut_lips_is_no_slit(drawn_person):
    """Pale as teeth, below the left half of the slit: a listener's lips would part there along a zigzag."""
    frame = int(np.argmin(drawn_person.coefs[:, 0]))
    picture, points = drawn_person.film.pictures[frame].copy(), drawn_person.track.landmarks[frame]
    x, y = points[87, :2]
    picture[int(y) + 2 : int(y) + 5, int(x) - 4 : int(x) + 3] = (215, 190, 190)
    seen = visible_gap(picture, points, 80.0)
    assert seen.height < 0.055
    assert not (np.nan_to_num(seen.below) > 0.01).any()


@pytest.mark.parametrize("shift", [-9.0, -4.5, 0.0, 1.2])
def test_a_lower_edge_that_the_landmarks_have_in_the_red_is_seen_where_it_is(drawn_person, shift):
    """The mesh puts the inner edge of the lower lip as far down as the middle of the red."""
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    picture, points = drawn_person.film.pictures[frame], drawn_person.track.landmarks[frame].copy()
    true = seen_edges(picture, points)
    points[[178, 87, 14, 317, 402], 1] -= shift
    found = seen_edges(picture, points)
    np.testing.assert_allclose(found[1] - true[1], shift, atol=0.4)
    np.testing.assert_allclose(found[0], true[0], atol=0.2)


def test_shut_lips_show_no_edges(drawn_person):
    frame = int(np.argmin(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame]
    picture = drawn_person.film.pictures[frame].copy()
    picture[..., 0] = np.maximum(picture[..., 0], 150)  # no slit either
    picture[..., 1:] = 70
    assert seen_edges(picture, points) is None


def test_a_shaded_upper_lip_is_not_taken_for_the_inside(drawn_person):
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame]
    picture = drawn_person.film.pictures[frame].copy()
    y = int(points[13, 1])
    picture[y - 5 : y] = (picture[y - 5 : y] * 0.4).astype(np.uint8)
    assert np.abs(seen_edges(picture, points)[0]).max() <= 0.012 * 80 + 0.01


def test_teeth_that_pass_for_lip_in_one_half_of_the_mouth_do_not_tilt_its_edge(drawn_person):
    """Seen as lip, they would have the edge run slanting through the open mouth, and the inside drawn out below it."""
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame]
    picture = drawn_person.film.pictures[frame].copy()
    x, top, bottom = int(points[13, 0]), int(points[13, 1]), int(points[14, 1])
    lip = picture[bottom + 3, x].copy()
    for column in range(x + 1, int(points[291, 0])):  # ever more of it, towards the corner
        reach = (bottom - top) * min(0.8, (column - x) / 20)
        picture[int(bottom - reach) : bottom + 1, column] = lip
    edges = seen_edges(picture, points)
    assert np.ptp(edges[1] - edges[0]) < 1e-4
    assert np.ptp(edges[1]) <= 4 * 0.006 * 80 + 0.1


def test_teeth_below_a_tongue_belong_to_the_inside(drawn_person):
    """A tongue is as red as a lip: with the lower teeth left out the upper ones would be drawn out over the whole mouth."""
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame]
    picture = drawn_person.film.pictures[frame].copy()
    true = seen_edges(picture, points)
    inside = picture[..., 0] < 100
    down = (np.arange(len(picture))[:, None] - points[13, 1]) / (points[14, 1] - points[13, 1])
    lip = picture[int(points[14, 1]) + 3, int(points[14, 0])].copy()
    picture[inside & (down > 0.45) & (down <= 0.7)] = lip
    picture[inside & (down > 0.7)] = (225, 220, 210)
    np.testing.assert_allclose(seen_edges(picture, points)[1], true[1], atol=1.0)


def test_teeth_are_seen_below_an_upper_lip_that_a_smile_draws_thin(drawn_person):
    """Where the landmarks have the upper lip there is skin: teeth are no paler than that, but than the lower lip."""
    frame = int(np.argmax(drawn_person.coefs[:, 0]))
    points = drawn_person.track.landmarks[frame]
    picture = drawn_person.film.pictures[frame].copy()
    true = visible_gap(picture, points, 80.0)
    edges = seen_edges(picture, points)
    inside = picture[..., 0] < 100
    picture[inside] = (215, 195, 160)
    upper = np.arange(len(picture))[:, None] < points[13, 1] - 1
    picture[upper & ~inside] = (226, 196, 170)
    assert visible_gap(picture, points, 80.0).height > 0.8 * true.height
    np.testing.assert_allclose(seen_edges(picture, points)[1], edges[1], atol=1.5)
