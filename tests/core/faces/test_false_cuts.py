"""Shots are cut where the film is, and a face in a short shot is a face."""

import numpy as np
import pytest

from core.faces.analysis import analyse
from core.faces.false_cuts import without_false_cuts
from core.faces.shots import Shot
from core.faces.tracker import RawTrack
from tests.core.faces.drawn_face import background, face_points, talking, write_film


def track_of(tmp_path, places, quality=None):
    """A raw track of a face whose middle is at `places` (F, 2)."""
    points = np.stack([face_points(place, 90) for place in places]).astype(np.float32)
    path = tmp_path / "raw0.f32"
    points.tofile(path)
    track = RawTrack(0, 0, path)
    track.quality.extend(np.ones(len(places)) if quality is None else quality)
    return track


def swaying(count):
    return np.stack([200 + 8 * np.sin(np.arange(count) / 5), np.full(count, 150.0)], axis=1)


def cut_at(frame, opening="cut"):
    return (Shot(0, 0, frame, "start"), Shot(1, frame, 40, opening))


@pytest.mark.parametrize("opening", ["cut", "dissolve"])
@pytest.mark.parametrize("frame", [2, 6, 20, 37])
def test_a_border_over_which_a_face_sways_on_is_none(tmp_path, frame, opening):
    track = track_of(tmp_path, swaying(40))
    assert without_false_cuts(cut_at(frame, opening), [track]) == (Shot(0, 0, 40, "start"),)


def test_a_jump_a_lost_face_and_another_face_are_borders(tmp_path):
    jumped = swaying(40)
    jumped[20:] += (14, 3)
    assert len(without_false_cuts(cut_at(20), [track_of(tmp_path, jumped)])) == 2
    quality = np.ones(40)
    quality[19] = 0
    assert len(without_false_cuts(cut_at(20), [track_of(tmp_path, swaying(40), quality)])) == 2
    assert len(without_false_cuts(cut_at(20), [track_of(tmp_path, swaying(20))])) == 2
    assert len(without_false_cuts(cut_at(20), [])) == 2


def test_shots_after_a_joined_one_keep_their_order(tmp_path):
    shots = (Shot(0, 0, 10, "start"), Shot(1, 10, 30, "cut"), Shot(2, 30, 40, "cut"))
    track = track_of(tmp_path, swaying(30))
    assert without_false_cuts(shots, [track]) == (Shot(0, 0, 30, "start"), Shot(1, 30, 40, "cut"))


def test_a_background_that_changes_behind_a_steady_head_cuts_no_face(backend, tmp_path):
    def behind(number):
        return 11 if number < 6 else 12 if number < 30 else 13

    pictures = []
    for number, (picture, _) in enumerate(talking(40, seed=11)):
        new, old = background(320, 240, behind(number)), background(320, 240, 11)
        unseen = (picture == old).all(axis=2)
        # A face does not fill the picture of a steady talking head: what is behind it rules what a cut detector sees.
        pictures.append(np.where(unseen[..., None], 255 - new if behind(number) == 12 else new, picture))
    found = analyse(
        write_film(tmp_path / "head.mp4", pictures), backend=backend.name, cache=tmp_path / "cache"
    )
    assert [(s.first_frame, s.end_frame) for s in found.shots] == [(0, 40)]
    assert [(t.first_frame, t.end_frame) for t in found.tracks] == [(0, 40)]


@pytest.mark.parametrize("kind", ["flashes", "exposure"])
def test_neither_flashes_nor_a_jump_of_exposure_cut_a_steady_head(backend, tmp_path, kind):
    pictures = []
    for number, (picture, _) in enumerate(talking(40, seed=11)):
        light = picture.astype(float)
        if kind == "flashes":
            light = light * 1.6 + 70 if number in (6, 19, 20) else light
        else:
            light = light * (1.0 if number < 12 else 1.5 if number < 26 else 0.55)
        pictures.append(np.clip(light, 0, 255).astype(np.uint8))
    found = analyse(
        write_film(tmp_path / "head.mp4", pictures), backend=backend.name, cache=tmp_path / "cache"
    )
    assert [(s.first_frame, s.end_frame) for s in found.shots] == [(0, 40)]
    assert [(t.first_frame, t.end_frame) for t in found.tracks] == [(0, 40)]


def test_a_face_in_a_shot_of_a_fifth_of_a_second_is_found(backend, tmp_path):
    pictures = [
        *(p for p, _ in talking(15, seed=1, centre=(90, 95))),
        *(p for p, _ in talking(5, seed=2, centre=(230, 110))),
        *(p for p, _ in talking(15, seed=3, centre=(100, 95))),
    ]
    found = analyse(
        write_film(tmp_path / "short.mp4", pictures), backend=backend.name, cache=tmp_path / "cache"
    )
    assert [(t.first_frame, t.end_frame) for t in found.tracks] == [(0, 15), (15, 20), (20, 35)]
