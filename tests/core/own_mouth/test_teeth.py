import numpy as np
import pytest

from core.own_mouth import teeth
from core.own_mouth.head import Plane
from core.own_mouth.warp import Window

SIDE = 200
PLANE = Plane(np.eye(2) * 100.0, np.array([100.0, 100.0]))
LIPS = np.array([200.0, 100.0, 100.0], np.float32)
X = np.linspace(-0.3, 0.3, 11)


def opening(upper, lower, *, width=1.0, chin=0.5):
    bulge = np.sin(np.linspace(0, np.pi, 11))
    return teeth.Opening(X * width, upper * bulge, lower * bulge, chin)


@pytest.fixture(scope="module")
def picture():
    """Two rows of teeth with a dark gap: columns and rows that tell where a pixel comes from."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    blue = np.where((rows >= 98) & (rows < 101), 0, 90)
    return np.stack([columns, rows, blue], axis=-1).astype(np.uint8)


def set_in(picture, new, borrowed):
    return set_in_and_painted(picture, new, borrowed)[0]


def set_in_and_painted(picture, new, borrowed):
    lips = np.zeros((SIDE, SIDE, 3), np.float32)
    return teeth.set_in(lips, picture, (0, 0), (new, PLANE), (borrowed, PLANE), Window(0, 0, SIDE), lips=LIPS)


def test_closing_and_narrowing_lips_slide_over_teeth_that_stay_in_the_head(picture):
    made = set_in(picture, opening(-0.05, 0.1, width=0.8, chin=0.45), opening(-0.1, 0.15))
    for x, y in ((100, 97), (108, 98), (92, 99)):
        np.testing.assert_allclose(made[y, x], picture[y, x], atol=1.5)


def test_lower_teeth_go_with_the_chin(picture):
    made = set_in(picture, opening(-0.1, 0.1, chin=0.4), opening(-0.1, 0.25, chin=0.5))
    assert made[107, 100, 1] == pytest.approx(117, abs=1.5)
    assert made[92, 100, 1] == pytest.approx(92, abs=1.5)


def test_a_wider_mouth_shows_the_ends_at_their_own_size(picture):
    bright = picture.copy()
    bright[..., 2] = np.where(picture[..., 2] == 0, 0, 255)  # a gap so dark is between two rows
    made = set_in(bright, opening(-0.1, 0.14, chin=0.54), opening(-0.1, 0.1, chin=0.5))
    steps = np.diff(made[93:112, 100, 1])
    assert steps[:4] == pytest.approx(np.ones(4), abs=0.1)
    assert steps[-4:] == pytest.approx(np.ones(4), abs=0.1)
    assert (steps > -0.1).all()


def test_a_row_of_teeth_that_fills_the_mouth_is_not_drawn_apart(picture):
    """The upper lip's shadow on it is no gap either: what a wider mouth lacks comes below the teeth."""
    whole = picture.copy()
    whole[..., 2] = 90
    whole[88:93, :, 2] = 0  # the shadow
    made = set_in(whole, opening(-0.1, 0.14, chin=0.54), opening(-0.1, 0.1, chin=0.5))
    steps = np.diff(made[93:106, 100, 1])
    np.testing.assert_allclose(steps, 1, atol=0.1)


def test_gaps_between_teeth_are_not_drawn_out_to_blots():
    """The darkest line through a few grey pixels between bright teeth is no dark between two rows."""
    mouth = np.full((SIDE, SIDE, 3), 180, np.uint8)
    for x in range(74, 130, 8):
        mouth[98:102, x : x + 4] = 90
    made = set_in(mouth, opening(-0.1, 0.12, chin=0.52), opening(-0.1, 0.1, chin=0.5))[..., 0]
    heights = (180 - made[92:110, 98:102]).sum(axis=0) / 90  # pixels of dark, four in the borrowed mouth
    assert 3.5 < heights.max() < 4.8


def test_a_lip_that_stands_where_a_wider_mouth_has_its_corner_is_not_borrowed():
    """The mesh puts the corners of a rounded mouth into its lips; the lips' own inside is shown there."""
    mouth = np.full((SIDE, SIDE, 3), 20, np.uint8)
    mouth[:, :82] = mouth[:, 119:] = LIPS
    mouth[97:104, 95:105] = LIPS  # a tongue
    lips = np.full((SIDE, SIDE, 3), 60.0, np.float32)
    wide = opening(-0.1, 0.1)
    window = Window(0, 0, SIDE)
    own, borrowed = (
        teeth.set_in(lips.copy(), mouth, (0, 0), (wide, PLANE), (wide, PLANE), window, lips=LIPS, gain=gain)[
            0
        ][100]
        for gain in (None, np.ones(3, np.float32))
    )
    np.testing.assert_allclose(borrowed[[75, 125]], 60, atol=8)
    np.testing.assert_allclose(own[[75, 125]], [LIPS, LIPS], atol=8)  # a mouth's own corners are its own
    np.testing.assert_allclose(borrowed[[88, 100, 112]], own[[88, 100, 112]], atol=1)


def test_a_tooth_that_reaches_across_the_gap_is_no_rib():
    """What is missing is drawn out of the dark; in the column of a tooth it is painted."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    shade = np.where(np.abs(rows - 100) < 4, 15, 200)
    shade = np.where(np.abs(columns - 100) < 4, 200, shade)
    mouth = np.repeat(shade[..., None], 3, axis=2).astype(np.uint8)
    made = set_in(mouth, opening(-0.12, 0.16, chin=0.6), opening(-0.1, 0.1, chin=0.5))
    gap = made[96:112]
    assert (gap[:, 100, 0] < 120).sum() > 3
    assert (gap[:, 90, 0] < 60).sum() > 6


def test_outside_the_lips_and_in_a_shut_mouth_nothing_changes(picture):
    made = set_in(picture, opening(-0.1, 0.1), opening(-0.1, 0.1))
    assert not made[60:80].any()
    assert not set_in(picture, opening(0, 0.001), opening(-0.1, 0.1)).any()


def test_what_a_narrow_mouth_cannot_show_is_dark_and_no_stretched_tooth(picture):
    bright = picture.copy()
    bright[..., 2] = 90
    made = set_in(bright, opening(-0.1, 0.25, chin=0.65), opening(-0.1, 0.0, chin=0.4))
    column = made[91:124, 100]
    painted = np.flatnonzero(column[:, 2] < 85)  # the borrowed mouth's blue is 90
    assert len(painted) > 12  # of 35, where the borrowed mouth has 10
    assert (column[painted] < 0.8 * LIPS).all()
    assert column[painted[-1], 0] > column[painted[0], 0]  # the tongue below


def test_paint_counts_as_far_as_it_is_seen(picture):
    """A black band through teeth is; the dark of a mouth drawn out by more dark hardly."""
    wide, narrow, full = (opening(-0.1, low, chin=0.55) for low in (0.25, 0.1, 0.25))
    teeth_all_over, dark = (np.full_like(picture, level) for level in (230, 12))
    _, band = set_in_and_painted(teeth_all_over, wide, narrow)
    _, unseen = set_in_and_painted(dark, wide, narrow)
    _, whole = set_in_and_painted(teeth_all_over, wide, full)
    assert whole == 0
    assert band > 0.004
    assert unseen < 0.25 * band


def test_a_corner_is_not_painted_dark_where_the_middle_is_not(picture):
    wide, borrowed = opening(-0.1, 0.1), opening(-0.1, 0.1)
    narrow = np.where(np.abs(X) > 0.15, 0.0, 1.0)  # the borrowed mouth is shut towards its corners
    borrowed = teeth.Opening(X, borrowed.upper * narrow, borrowed.lower * narrow, borrowed.chin)
    bright = picture.copy()
    bright[..., 2] = 90
    made = set_in(bright, wide, borrowed)
    beside = made[98:102, 78]  # open in the new mouth
    assert (beside[:, 2] > 85).all()  # the borrowed mouth's blue is 90; painted dark has less


def test_rows_that_part_aslant_are_cut_where_they_part():
    """A straight cut would leave tips of teeth standing on the other row."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    below = rows - (100 + 0.35 * (columns - 100))
    shade = np.where(np.abs(below) < 1.5, 20, np.where(below < 0, 200, 60 + 3 * below))
    mouth = np.repeat(shade[..., None], 3, axis=2).astype(np.uint8)
    made = set_in(mouth, opening(-0.1, 0.06, chin=0.36), opening(-0.1, 0.2, chin=0.5))
    for x in (90, 95, 100, 105):
        column = made[93 : int(100 + 4 * np.sin((x - 70) / 60 * np.pi)), x, 1]
        dark = int(np.argmin(column))
        assert (column[: dark - 2] > 190).all(), x  # the upper row, whole
        after = column[dark + 3 :]
        assert (np.abs(np.diff(after) - 3) < 1.5).all(), x  # the lower one goes under it without a break


def test_where_the_dark_between_two_rows_is_cut_out_they_meet_without_steps():
    """The rows run slantwise: cut pixel by pixel the line between them would be a zigzag."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    from_line = rows - 100 - 0.15 * (columns - 100)
    dark = np.clip(4.5 - np.abs(from_line), 0, 1)  # as a lens draws it, without steps
    mouth = np.repeat((200 - 190 * dark)[..., None], 3, axis=2).astype(np.uint8)
    made = set_in(mouth, opening(-0.1, 0.06, chin=0.34), opening(-0.1, 0.16, chin=0.5))[..., 0]
    left = np.clip((200 - made[92:110, 88:113]) / 190, 0, 1).sum(axis=0)  # pixels of dark above the lower row
    assert 0.5 < left.mean() < 8
    assert np.abs(np.diff(left)).max() < 0.4
