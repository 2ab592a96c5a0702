"""Faces placed by hand: followed as found ones are, and other tracks of the same person give way."""

from dataclasses import replace

import numpy as np
import pytest

from core.base.errors import SettingsError
from core.jobs.cancel import CancelToken
from core.planning.placed_faces import FaceMark, PlacedFace
from core.takes import placed_faces
from core.takes.film import open_film
from core.takes.mouth_points import follow_mouth
from core.takes.placed_faces import follow, with_placed
from tests.core.takes.test_mouth_points import FRAMES, Creature, placed
from tests.talking import cut_film

COUNT = 12


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return open_film(cut_film(tmp_path_factory.mktemp("placed") / "film.mkv", COUNT), CancelToken())


def box_of(track, frame):
    x0, y0, x1, y1 = (float(v) for v in track.boxes[track.index_of(frame)])
    return ((x0, y0), (x1, y1))


def test_a_mouth_placed_twice_runs_from_one_placing_into_the_next():
    creature = Creature()
    first, second = placed(creature, 5), placed(creature, 30)
    moved = replace(second, points=tuple((x + 10, y) for x, y in second.points))
    both = follow_mouth(creature, range(FRAMES), first, moved)
    alone, other = follow_mouth(creature, range(FRAMES), first), follow_mouth(creature, range(FRAMES), moved)
    left = [track.landmarks[:, 61, 0] for track in (both, alone, other)]
    assert left[0][5] == pytest.approx(first.points[0][0], abs=0.01)
    assert left[0][30] == pytest.approx(moved.points[0][0], abs=0.01)
    np.testing.assert_allclose(left[0][:5], left[1][:5], atol=0.01)
    np.testing.assert_allclose(left[0][30:], left[2][30:], atol=0.01)
    shares = (left[0][6:30] - left[1][6:30]) / 10
    assert shares[2] < 0.4
    assert shares[-3] > 0.6
    assert both.quality.min() > 0.9


def test_a_face_in_a_box_is_followed_as_one_that_was_found(film):
    (track,) = film.analysis.tracks
    face = PlacedFace("M1", "face", (FaceMark(6, box_of(track, 6)),))
    found = follow(film, face)
    (made,) = found.tracks
    assert (made.first_frame, made.end_frame, made.person) == (0, COUNT, "M1")
    width = track.boxes[6][2] - track.boxes[6][0]
    assert np.abs(made.landmarks[..., :2] - track.landmarks[..., :2]).max() < 0.05 * width
    assert made.id != track.id


def test_where_no_face_is_it_says_so(film):
    face = PlacedFace("M1", "face", (FaceMark(0, ((2, 2), (20, 20))),))
    with pytest.raises(SettingsError, match="No face is seen in the box on frame 0"):
        follow(film, face)
    with pytest.raises(SettingsError, match="Frame 99 is not in the film"):
        follow(film, PlacedFace("M1", "mouth", (FaceMark(99, ((0, 0),) * 4),)))


def test_it_is_followed_once_and_kept(film, monkeypatch):
    (track,) = film.analysis.tracks
    face = PlacedFace("M7", "face", (FaceMark(2, box_of(track, 2)),))
    first = follow(film, face)
    monkeypatch.setattr(placed_faces, "FaceMesh", None)  # it would be needed to follow again
    again = follow(film, face)
    np.testing.assert_array_equal(first.tracks[0].landmarks, again.tracks[0].landmarks)


def test_the_persons_own_track_gives_way_from_there_on(film):
    (track,) = film.analysis.tracks
    later = FaceMark(8, box_of(track, 8))
    face = PlacedFace(track.person, "mouth", (replace(later, points=((10, 10), (60, 10), (35, 2), (35, 30))),))
    opened = with_placed(film, (face,))
    (made,) = [each for each in opened.analysis.tracks if each.id != track.id]
    assert made.frames == range(COUNT)  # a mouth is followed through the whole shot
    assert all(each.id == made.id for each in opened.analysis.tracks_of(track.person))
    assert opened.analysis.key != film.analysis.key
    other = with_placed(film, (replace(face, person="M1"),))
    assert {each.person for each in other.analysis.tracks} == {track.person, "M1"}
    assert with_placed(film, ()) is film
