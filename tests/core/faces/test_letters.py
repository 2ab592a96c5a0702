import cv2
import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import INNER_LIP, OUTER_LIP
from core.faces.letters import letters, without_letters

SCALE = 120.0
LANDMARKS = canonical_face().points[:, :2] * SCALE + (150, 110)
CHIN = tuple(int(v) for v in LANDMARKS[152])


@pytest.fixture(scope="module")
def face():
    """Skin, lips, and teeth before a dark mouth."""
    picture = np.full((320, 300, 3), (190, 150, 130), np.uint8)
    for ring, colour in ((OUTER_LIP, (170, 80, 80)), (INNER_LIP, (20, 10, 10))):
        cv2.fillPoly(picture, [np.round(LANDMARKS[list(ring)] * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    x, y = (int(v) for v in LANDMARKS[13])
    cv2.rectangle(picture, (x - 12, y), (x + 12, y + 4), (230, 225, 215), -1)
    return picture


def write(picture, at, text="WE GO"):
    strokes = np.zeros(picture.shape[:2], np.uint8)
    cv2.putText(strokes, text, at, cv2.FONT_HERSHEY_DUPLEX, 0.9, 255, 2)
    written = picture.copy()
    written[cv2.dilate(strokes, np.ones((5, 5))) > 128] = (10, 10, 10)
    written[strokes > 128] = (245, 245, 240)
    return written


@pytest.mark.parametrize("below", [-4, 20])
def test_a_subtitle_over_and_under_the_chin_is_found_with_its_outline(face, below):
    written = write(face, (CHIN[0] - 40, CHIN[1] + below))
    mask = letters(written, LANDMARKS, SCALE)
    changed = np.abs(written.astype(int) - face).max(axis=2) > 40
    assert (mask[changed] > 0).mean() > 0.98
    assert (mask > 0).mean() < 3 * changed.mean()
    cleaned = without_letters(written, mask)
    assert np.abs(cleaned.astype(int) - face).mean() < 0.1 * np.abs(written.astype(int) - face).mean()


def test_teeth_are_no_letters(face):
    assert letters(face, LANDMARKS, SCALE) is None
    mask = letters(write(face, (CHIN[0] - 40, CHIN[1])), LANDMARKS, SCALE)
    x, y = (int(v) for v in LANDMARKS[13])
    assert not mask[y + 1, x - 8 : x + 8].any()


def test_letters_far_from_the_face_and_a_white_collar_do_not_count(face):
    assert letters(write(face, (5, 30), "TOP"), LANDMARKS, SCALE) is None
    dressed = face.copy()
    dressed[CHIN[1] + 10 :] = 20
    cv2.rectangle(dressed, (CHIN[0] - 40, CHIN[1] + 10), (CHIN[0] + 40, 319), (240, 240, 240), -1)
    assert letters(dressed, LANDMARKS, SCALE) is None


def test_a_glossy_chin_above_its_shadow_a_glint_of_the_eye_and_an_earring_are_no_letters(face):
    """Taken for letters they were laid back over the new mouth: a block of old chin on the lower lip."""
    lit = face.copy()
    x, y = (int(v) for v in LANDMARKS[17])
    cv2.ellipse(lit, (x, y + 4), (18, 4), 0, 0, 360, (40, 25, 20), -1)
    cv2.rectangle(lit, (x - 6, y + 9), (x + 6, y + 15), (235, 215, 200), -1)
    for point in (33, 263, 4):
        x, y = (int(v) for v in LANDMARKS[point])
        cv2.circle(lit, (x, y), 6, (20, 15, 15), -1)
        cv2.circle(lit, (x, y), 2, (240, 240, 240), -1)
    x, y = (int(v) for v in LANDMARKS[361])
    cv2.circle(lit, (x, y + 10), 7, (20, 20, 20), -1)
    cv2.circle(lit, (x, y + 10), 4, (240, 240, 240), -1)
    assert letters(lit, LANDMARKS, SCALE) is None


def test_a_drawing_in_ink_is_no_lettering(face):
    drawn = np.full_like(face, 215)
    rng = np.random.default_rng(0)
    for x, y in rng.integers(0, 300, (900, 2)):
        cv2.rectangle(drawn, (x, y), (x + 3, y + 3), (10, 10, 10), -1)
    assert letters(drawn, LANDMARKS, SCALE) is None
