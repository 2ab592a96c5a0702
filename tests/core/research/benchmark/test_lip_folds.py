import cv2
import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.research.benchmark.lip_folds import FOLDED, folded_share, least_scale, skin_below

SIDE = 96
POINTS = canonical_face().points[:, :2] * 107 + (150, 60)
AFFINE = np.array([[1.0, 0, POINTS[13, 0] - SIDE / 2], [0, 1.0, POINTS[13, 1] - 0.35 * SIDE]])


@pytest.fixture(scope="module")
def film():
    """Skin as cameras see it: shading, pores and a beard's shadow."""
    rng = np.random.default_rng(3)
    fine, coarse = (cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), soft) for soft in (1.2, 4))
    grey = 130 + 60 * fine / np.abs(fine).max() + 40 * coarse / np.abs(coarse).max()
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


@pytest.fixture(scope="module")
def skin():
    return skin_below(POINTS, AFFINE, SIDE)


def moved(picture, down):
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    return cv2.remap(
        picture, columns, rows + down.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def folded(picture, skin):
    """A stretch of the chin is run through there and back."""
    rows = np.mgrid[0:SIDE, 0:SIDE][0].astype(np.float32)
    at = np.nonzero(skin)[0].min() + 6
    return moved(picture, -2.2 * np.clip(rows - at, 0, 12) * np.exp(-np.maximum(rows - at - 12, 0) / 12))


def lowered(picture, skin):
    """The jaw goes down by a few pixels, as it does in speech."""
    rows = np.mgrid[0:SIDE, 0:SIDE][0].astype(np.float32)
    return moved(picture, -4 / (1 + np.exp(-(rows - np.nonzero(skin)[0].min()) / 6)))


def test_the_skin_lies_below_the_lips(skin):
    rows, columns = np.nonzero(skin)
    lips = cv2.transform(POINTS[None], cv2.invertAffineTransform(AFFINE))[0]
    assert rows.min() >= lips[17, 1]
    assert lips[61, 0] - 1 <= columns.min() < columns.max() <= lips[291, 0] + 1


def test_skin_that_is_seen_twice_is_folded_and_a_jaw_that_moved_is_not(film, skin):
    assert least_scale(film, film, skin) == pytest.approx(1, abs=0.02)
    assert least_scale(lowered(film, skin), film, skin) > 2 * FOLDED
    assert least_scale(folded(film, skin), film, skin) < FOLDED


def test_the_share_counts_changed_frames_that_can_be_told(film, skin):
    films = np.stack([film] * 4)
    patches = np.stack([folded(film, skin), film, film, folded(film, skin)])
    skins = np.stack([skin, skin, np.zeros_like(skin), skin])
    assert folded_share(patches, films, skins, np.ones(4, bool)) == pytest.approx(2 / 3)
    assert folded_share(patches, films, skins, np.array([True, True, True, False])) == 0.5
    assert np.isnan(folded_share(patches, films, skins, np.array([False, False, True, False])))
    assert np.isnan(folded_share(patches, films, skins[:0], np.ones(4, bool)))
