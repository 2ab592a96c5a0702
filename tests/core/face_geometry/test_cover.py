import numpy as np
import pytest

from core.face_geometry.cover import PIXELS, RECORD, Cover, record_of, steadied, unpacked

TWICE = np.array(
    [[0.5, 0, -10.0], [0, 0.5, -20.0]]
)  # crop pixels are two source pixels; crop (0, 0) is source (20, 40)


def square(x0=30, y0=40, side=20):
    mask = np.zeros((PIXELS, PIXELS), bool)
    mask[y0 : y0 + side, x0 : x0 + side] = True
    return mask


def records(*rows, mask=None):
    return np.array([record_of(row, TWICE, square() if mask is None else mask) for row in rows], RECORD)


def test_a_cover_lies_where_it_was_found():
    cover = Cover(records(3))
    seen = cover.mask(3, (60, 100, 160, 200))
    rows, columns = np.nonzero(seen > 0.5)
    # The square's edges 30..50 and 40..60 of the crop are 80..120 and 120..160 of the source.
    assert np.allclose([columns.min() + 60, columns.max() + 60], [79, 119], atol=2)
    assert np.allclose([rows.min() + 100, rows.max() + 100], [119, 159], atol=2)
    assert seen[40, 40] == 1
    assert seen[0, 0] == 0


def test_its_edge_is_soft():
    seen = Cover(records(0)).mask(0, (60, 100, 160, 200))
    assert 0.2 < (np.sort(seen[40])[::-1] > 0).mean() < 0.6
    assert ((seen[40] > 0.05) & (seen[40] < 0.95)).any()


def test_uncovered_frames_and_places_have_no_mask():
    cover = Cover(records(3))
    assert cover.mask(2, (60, 100, 160, 200)) is None
    assert cover.mask(3, (500, 500, 600, 600)) is None


def test_a_part_of_the_film_sees_the_same_cover():
    cover = Cover(records(3, 4))
    part = cover.part(1, (10, 20))
    assert np.array_equal(part.mask(2, (50, 80, 150, 180)), cover.mask(3, (60, 100, 160, 200)))
    assert part.part(2).mask(0, (50, 80, 150, 180)) is not None
    assert part.mask(0, (50, 80, 150, 180)) is None


def test_how_much_of_a_mouth_is_covered():
    cover = Cover(records(0))
    inside = np.array([[84, 124], [116, 124], [116, 156], [84, 156]])
    assert cover.share(0, inside) == pytest.approx(1)
    assert cover.share(0, inside + np.array([20, 0])) == pytest.approx(0.5, abs=0.06)
    assert cover.share(1, inside) == 0
    landmarks = np.full((468, 3), 100.0)
    from core.face_geometry.landmark_sets import LIPS_OUTER

    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    landmarks[list(LIPS_OUTER), :2] = (100, 140) + 15 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    assert cover.mouth_share(0, landmarks) == pytest.approx(1)
    assert cover.mouth_share(0, landmarks, grow=3) < 0.7


def test_what_flashes_up_is_dropped_and_what_stays_is_kept():
    kept = steadied(records(0, 5, 6, 7, 8, 20, 21))
    assert list(kept["row"]) == [5, 6, 7, 8]
    assert np.array_equal(unpacked(kept["bits"][1]), square())
    assert len(steadied(records())) == 0


def test_a_gap_of_one_frame_is_closed():
    kept = steadied(records(5, 6, 8, 9))
    assert list(kept["row"]) == [5, 6, 7, 8, 9]
    assert np.array_equal(unpacked(kept["bits"][2]), square())


def test_a_flash_elsewhere_in_a_covered_frame_is_dropped():
    found = records(0, 1, 2, 3)
    both = square() | square(90, 90, 10)
    found[2] = record_of(2, TWICE, both)
    kept = steadied(found)
    assert np.array_equal(unpacked(kept["bits"][2]), square())


def test_a_thing_that_moves_keeps_its_own_outline():
    found = np.array([record_of(n, TWICE, square(30 + 4 * n)) for n in range(5)], RECORD)
    kept = steadied(found)
    assert np.array_equal(unpacked(kept["bits"][2]), square(38))
