"""What lies before the face is taken off, and laid back unmoved."""

from dataclasses import replace

import cv2
import numpy as np

from core.face_geometry.cover import RECORD, Cover, record_of
from core.faces.occluders import CROP_PIXELS, crop_affine
from core.own_mouth.before_face import bare
from core.own_mouth.mouth_features import mouth_features_of
from tests.core.own_mouth.conftest import HEIGHT, SCALE, WIDTH, DrawnFilm

THING = (70, 130, 60)


def in_crop(landmarks, mask):
    """A record of a source-sized mask."""
    affine = crop_affine(landmarks)
    seen = cv2.warpAffine(mask.astype(np.float32), affine, (CROP_PIXELS, CROP_PIXELS))
    return affine, seen > 0.5


def covered_person(person, place, frames):
    """The film with a green bar at `place` (landmark -> box) before the face, known to the track."""
    pictures = [picture.copy() for picture in person.film.pictures]
    records, truth = [], {}
    for frame in frames:
        landmarks = person.track.landmarks[frame]
        x0, y0, x1, y1 = place(landmarks)
        pictures[frame][y0:y1, x0:x1] = THING
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[y0:y1, x0:x1] = True
        truth[frame] = mask
        records.append(record_of(frame, *in_crop(landmarks, mask)))
    track = replace(person.track, cover=Cover(np.array(records, RECORD)))
    return replace(person, film=DrawnFilm(pictures), track=track), truth


def before_chin(landmarks):
    x, y = landmarks[152, :2].round().astype(int)
    return x - 12, y - 14, x + 12, y + 40


def before_mouth(landmarks):
    x, y = landmarks[13, :2].round().astype(int)
    return x - 45, y - 40, x + 45, y + 45


def test_a_bare_picture_is_the_very_same(drawn_person):
    picture, points = drawn_person.film.pictures[0], drawn_person.track.landmarks[0]
    bared = bare(picture, points, SCALE, None)
    assert bared.film is picture
    assert bared.share is None


def test_a_cover_is_filled_with_what_is_around_it(drawn_person):
    person, truth = covered_person(drawn_person, before_chin, [0])
    picture = person.film.pictures[0]
    covered = person.track.cover.mask(0, (0, 0, WIDTH, HEIGHT))
    bared = bare(picture, person.track.landmarks[0], SCALE, covered)
    assert np.array_equal(bared.share, covered)
    there = truth[0]
    assert np.abs(bared.film[there].astype(int) - drawn_person.film.pictures[0][there]).mean() < 16
    far = cv2.dilate(there.astype(np.uint8), np.ones((31, 31))) == 0
    assert np.array_equal(bared.film[far], picture[far])


def test_a_thing_before_the_chin_stays_where_it_is_while_the_jaw_moves(drawn_person):
    person, truth = covered_person(drawn_person, before_chin, range(60))
    engine = person.engine(person.coefs[::-1])
    worst, moved = 0.0, 0.0
    chunk = next(engine.render(person.request(frames=range(25)), 0))
    for n, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
        left, top = affine[:, 2].astype(int)
        size = len(crop)
        inside = (
            cv2.erode(truth[n].astype(np.uint8), np.ones((5, 5)))[top : top + size, left : left + size] > 0
        )
        film = person.film.pictures[n][top : top + size, left : left + size].astype(int)
        crop = crop[: len(film), : film.shape[1]]
        worst = max(worst, np.abs(crop[inside] - film[inside]).max())
        moved = max(moved, np.abs(crop - film).mean())
    assert worst <= 1
    assert moved > 0.5  # while the face around it does


def test_no_colour_of_the_thing_is_carried_about_by_the_face(drawn_person):
    person, truth = covered_person(drawn_person, before_chin, range(60))
    chunk = next(person.engine(person.coefs[::-1]).render(person.request(frames=range(25)), 0))
    for n, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
        left, top = affine[:, 2].astype(int)
        near = (
            cv2.dilate(truth[n].astype(np.uint8), np.ones((9, 9)))[
                top : top + len(crop), left : left + len(crop)
            ]
            > 0
        )
        shown = crop[: near.shape[0], : near.shape[1]].astype(int)
        green = (shown[..., 1] > shown[..., 0] + 25) & ~near
        assert green.mean() < 0.001


def test_covered_mouths_are_not_borrowed(drawn_person):
    hidden = range(20, 40)
    person, _ = covered_person(drawn_person, before_mouth, hidden)
    seen = mouth_features_of(person.request().footage[0], person.model)
    assert not set(hidden) & set(seen.frame.tolist())
    assert set(range(20)) <= set(seen.frame.tolist())


def test_a_hidden_mouth_is_left_as_it_is_and_the_result_fades_to_it(drawn_person):
    hidden = range(20, 40)
    person, _ = covered_person(drawn_person, before_mouth, hidden)
    recipe = person.engine(person.coefs[::-1]).recipe(person.request())
    assert (recipe.weights[22:38] == 0).all()
    assert (recipe.weights[:10] == 1).all()
    assert ((recipe.weights > 0) & (recipe.weights < 1)).any()
    plain = drawn_person.engine(person.coefs[::-1]).recipe(drawn_person.request())
    assert (plain.weights == 1).all()
