from dataclasses import replace

import numpy as np
import pytest

from core.lip_engine import Footage
from core.own_mouth import mouth_features
from core.own_mouth.library import build_library
from core.own_mouth.motion_blur import velocities
from core.own_mouth.mouths import MouthCutter
from core.own_mouth.shutter import USUAL


def test_library_knows_the_shapes_of_the_footage(drawn_person):
    library = build_library([Footage(drawn_person.film, (drawn_person.track,))], drawn_person.model)
    assert len(library) == 60
    coefs = drawn_person.model.encode_local(library.shape)
    np.testing.assert_allclose(coefs, drawn_person.coefs[library.frame], atol=1e-3)
    assert np.all(np.diff(library.frame) == 1)


def test_lips_smear_as_far_as_they_move_while_the_shutter_is_open(drawn_person):
    library = build_library([Footage(drawn_person.film, (drawn_person.track,))], drawn_person.model)
    opening = drawn_person.coefs[library.frame, 0]
    assert np.corrcoef(library.smear, np.abs(np.gradient(opening)))[0, 1] > 0.8
    assert (
        library.smear.max() < np.abs(np.gradient(opening)).max() * 0.08
    )  # not all points, nor all of the time
    assert np.median(library.natural) == pytest.approx(0, abs=1e-5)


def test_badly_seen_frames_never_enter(drawn_person):
    quality = np.ones(60, np.float32)
    quality[10:20] = 0.2
    track = replace(drawn_person.track, quality=quality)
    library = build_library([Footage(drawn_person.film, (track,))], drawn_person.model)
    assert not set(range(10, 20)) & set(library.frame.tolist())
    assert library.rejected == 10


def test_a_hand_before_the_mouth_never_enters(drawn_person):
    pictures = list(drawn_person.film.pictures)
    for frame in (30, 31):
        pictures[frame] = pictures[frame].copy()
        pictures[frame][130:200, 100:220] = (60, 90, 160)
    library = build_library(
        [Footage(type(drawn_person.film)(pictures), (drawn_person.track,))], drawn_person.model
    )
    assert not {30, 31} & set(library.frame.tolist())
    assert len(library) == 58


def test_blurred_frames_never_enter(drawn_person):
    import cv2

    pictures = list(drawn_person.film.pictures)
    pictures[7] = cv2.GaussianBlur(pictures[7], (0, 0), 4)
    library = build_library(
        [Footage(type(drawn_person.film)(pictures), (drawn_person.track,))], drawn_person.model
    )
    assert 7 not in library.frame


def test_long_footage_is_thinned_to_whole_stretches(drawn_person, monkeypatch):
    monkeypatch.setattr(mouth_features, "MAX_FRAMES", 20)
    monkeypatch.setattr(mouth_features, "RUN_FRAMES", 10)
    film = type(drawn_person.film)(drawn_person.film.pictures)
    library = build_library([Footage(film, (drawn_person.track,))], drawn_person.model)
    assert len(library) == 20
    assert (np.diff(library.frame) == 1).sum() >= 18
    assert sorted(film.reads) == sorted(library.frame.tolist())


def test_no_usable_frame_gives_an_empty_library(drawn_person):
    track = replace(drawn_person.track, quality=np.zeros(60, np.float32))
    assert len(build_library([Footage(drawn_person.film, (track,))], drawn_person.model)) == 0


def test_very_long_footage_is_looked_at_in_spread_stretches(drawn_person, monkeypatch):
    monkeypatch.setattr(mouth_features, "MAX_CONSIDERED", 20)
    monkeypatch.setattr(mouth_features, "RUN_FRAMES", 5)
    (rows,) = mouth_features.considered_rows((drawn_person.track,))
    assert len(rows) == 20
    assert rows.max() > 40
    assert (np.diff(rows) == 1).sum() == 16
    film = type(drawn_person.film)(drawn_person.film.pictures)
    library = build_library([Footage(film, (drawn_person.track,))], drawn_person.model)
    assert set(library.frame.tolist()) <= set(rows.tolist())


def test_another_film_of_the_person_lends_its_mouths(drawn_person):
    half = replace(
        drawn_person.track,
        **{
            name: getattr(drawn_person.track, name)[:30] for name in ("boxes", "landmarks", "pose", "quality")
        },
    )
    extra = Footage(type(drawn_person.film)(drawn_person.film.pictures), (drawn_person.track,))
    library = build_library([Footage(drawn_person.film, (half,)), extra], drawn_person.model)
    assert (library.track == 0).sum() == 30
    assert (library.track == 1).sum() == 60
    np.testing.assert_array_equal(library.frame[30:], np.arange(60))


def test_what_was_seen_of_a_film_is_kept_and_a_new_film_costs_only_itself(drawn_person, tmp_path):
    films = [type(drawn_person.film)(drawn_person.film.pictures) for _ in range(3)]
    footage = [Footage(film, (drawn_person.track,), f"film {n % 2}") for n, film in enumerate(films)]
    first = build_library(footage[:1], drawn_person.model, cache=tmp_path)
    both = build_library([footage[2], footage[1]], drawn_person.model, cache=tmp_path)
    assert [len(film.reads) for film in films] == [60, 60, 0]
    np.testing.assert_array_equal(both.mesh_gap[:60], first.mesh_gap)
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(b"damaged")
    again = build_library(footage[:1], drawn_person.model, cache=tmp_path)
    np.testing.assert_array_equal(again.texture, first.texture)


def shaken(person, by=14.0):
    """The same film, the head jumping to and fro every few frames, unblurred: its shutter is hardly ever open."""
    import cv2

    shift = np.round(np.where(np.arange(60) // 8 % 2, by * np.sin(np.arange(60)), 0)).astype(np.float32)
    pictures = [
        cv2.warpAffine(p, np.float32([[1, 0, s], [0, 1, 0]]), p.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        for p, s in zip(person.film.pictures, shift, strict=True)
    ]
    landmarks = person.track.landmarks.copy()
    landmarks[:, :, 0] += shift[:, None]
    return Footage(type(person.film)(pictures), (replace(person.track, landmarks=landmarks),))


def test_the_shutter_of_each_film_is_known(drawn_person):
    footage = [Footage(drawn_person.film, (drawn_person.track,)), shaken(drawn_person)]
    library = build_library(footage, drawn_person.model)
    still, moving = library.open_share
    assert still == np.float32(USUAL)  # nothing moves fast enough to tell
    assert moving < 0.3


def test_lent_mouths_know_how_far_they_moved_while_the_shutter_was_open(drawn_person):
    footage = [shaken(drawn_person)]
    library = build_library(footage, drawn_person.model)
    row = int(np.flatnonzero(library.frame == 10)[0])
    track = footage[0].tracks[0]
    way = velocities(track.landmarks, range(10, 11))[0]
    for share in (0.0, 0.5):
        told = replace(library, open_share=np.array([share], np.float32))
        mouth = MouthCutter(footage, told, drawn_person.model).fetch([row])[row]
        np.testing.assert_allclose(mouth.movement, share * way, rtol=1e-5)
