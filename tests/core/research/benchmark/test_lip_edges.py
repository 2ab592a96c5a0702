import cv2
import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import OUTER_LIP
from core.research.benchmark.lip_edges import ROUGHER, ragged_share, raggedness

SCALE = 120.0
POINTS = canonical_face().points[:, :2] * SCALE + (160, 20)


def lips(drip: float = 0.0, colour=(170, 70, 75)) -> np.ndarray:
    """Red lips on skin; `drip` eye-corner distances hang from the lower one."""
    picture = np.full((320, 320, 3), (190, 150, 130), np.uint8)
    outline = POINTS[list(OUTER_LIP)]
    cv2.fillPoly(picture, [np.round(outline * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    x, y = (int(v) for v in POINTS[17])
    if drip:
        cv2.ellipse(picture, (x + 4, y), (5, int(drip * SCALE)), 0, 0, 360, colour, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 1.2)


def test_a_drip_on_a_lip_makes_its_edge_rough_and_a_smooth_one_is_not():
    smooth, rough = (raggedness(lips(drip), POINTS, SCALE) for drip in (0.0, 0.06))
    assert rough > ROUGHER * smooth


def test_size_does_not_matter_and_lips_as_pale_as_skin_are_not_told():
    small = cv2.resize(lips(0.06), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    whole, half = raggedness(lips(0.06), POINTS, SCALE), raggedness(small, POINTS / 2, SCALE / 2)
    assert half == pytest.approx(whole, rel=0.3)
    assert np.isnan(raggedness(lips(colour=(190, 150, 130)), POINTS, SCALE))


def test_frames_count_that_are_rougher_than_the_films_own_usually_are():
    own = np.array([1.0, 1.0, 1.0, np.nan])
    ragged = np.array([1.0, 2.0, np.nan, 5.0])
    assert ragged_share(ragged, own, np.ones(4, bool)) == pytest.approx(2 / 3)
    assert ragged_share(ragged, own, np.array([True, False, True, False])) == 0
    assert np.isnan(ragged_share(ragged, own, np.array([False, False, True, False])))
    assert np.isnan(ragged_share(np.zeros(0), own, np.ones(4, bool)))
    assert np.isnan(ragged_share(ragged, np.full(4, np.nan), np.ones(4, bool)))
