from fractions import Fraction

import numpy as np

from core.faces.tracker import FaceTracker
from tests.core.faces.drawn_face import background, draw_face, face_points

RATE = Fraction(25)


def follow(backend, folder, pictures, hints=()):
    tracker = FaceTracker(backend, folder, RATE, lambda _rgb, _points: None, lambda *_: None)
    for number, picture in enumerate(pictures):
        tracker.add(picture, may_be_new_shot=number in hints)
    return sorted(tracker.finish(), key=lambda raw: (raw.first_frame, raw.id))


def scene(*faces, size=(480, 270)):
    picture = background(*size)
    for points in faces:
        draw_face(picture, points)
    return picture


def test_two_faces_are_followed_apart(backend, tmp_path):
    def at(n):
        return face_points((120 + n, 110), 50), face_points((350 - n, 120), 56)

    tracks = follow(backend, tmp_path, (scene(*at(n)) for n in range(12)))
    assert [(t.first_frame, t.end_frame) for t in tracks] == [(0, 12), (0, 12)]
    for track in tracks:
        noses = track.landmarks()[:, 4, 0]
        expected = 120 + np.arange(12) if noses[0] < 240 else 350 - np.arange(12)
        assert np.abs(noses - expected).max() < 5


def test_a_face_that_enters_is_followed_back_to_its_first_frame(backend, tmp_path):
    # It comes at an odd frame, in a picture so large that a look at every place takes many frames.
    big = (1920, 1080)
    empty = background(*big)
    with_face = empty.copy()
    draw_face(with_face, face_points((1500, 700), 52))
    tracks = follow(backend, tmp_path, [empty if n < 5 else with_face for n in range(26)])
    assert [(t.first_frame, t.end_frame) for t in tracks] == [(5, 26)]


def test_a_small_face_that_enters_beside_another_is_followed_back_too(backend, tmp_path):
    alone = background(1280, 720)
    draw_face(alone, face_points((300, 250), 110))
    both = alone.copy()
    draw_face(both, face_points((1000, 400), 40))
    tracks = follow(backend, tmp_path, [alone if n < 3 else both for n in range(30)])
    assert [(t.first_frame, t.end_frame) for t in tracks] == [(0, 30), (3, 30)]


def test_a_face_that_leaves_ends_with_its_last_frame(backend, tmp_path):
    face = face_points((240, 110), 52)
    tracks = follow(backend, tmp_path, [scene(face) if n < 10 else scene() for n in range(30)])
    assert len(tracks) == 1
    assert (tracks[0].first_frame, tracks[0].end_frame) == (0, 10)


def test_a_short_gap_is_bridged_with_quality_zero(backend, tmp_path):
    def at(n):
        return face_points((200 + 3 * n, 110), 52)

    tracks = follow(backend, tmp_path, [scene() if n in (8, 9, 10) else scene(at(n)) for n in range(20)])
    assert len(tracks) == 1
    quality = np.array(tracks[0].quality)
    assert len(quality) == 20
    assert np.flatnonzero(quality == 0).tolist() == [8, 9, 10]
    noses = tracks[0].landmarks()[:, 4, 0]
    assert np.abs(noses - (200 + 3 * np.arange(20))).max() < 5


def test_a_cut_to_another_place_starts_another_track(backend, tmp_path):
    left, right = scene(face_points((120, 110), 50)), scene(face_points((360, 110), 50))
    tracks = follow(backend, tmp_path, [left] * 6 + [right] * 6, hints={6})
    assert [(t.first_frame, t.end_frame) for t in tracks] == [(0, 6), (6, 12)]


def test_a_flash_does_not_end_a_track(backend, tmp_path):
    face = scene(face_points((240, 110), 52))
    tracks = follow(backend, tmp_path, [face] * 12, hints={6})
    assert [(t.first_frame, t.end_frame) for t in tracks] == [(0, 12)]
