import hashlib
import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from core.base.errors import Cancelled, MediaError, SettingsError
from core.face_geometry.canonical_face import CANONICAL_FACE_FILE
from core.faces.analysis import ANALYSIS_VERSION, analyse, analysis_key, load_analysis
from core.own_mouth.mouth_features import FEATURES_VERSION
from core.takes import placed_faces
from tests.core.faces.drawn_face import background, talking, write_film

PALE = {"skin": np.array((225, 185, 165)), "lip": np.array((190, 90, 95))}
DARK = {"skin": np.array((105, 70, 58)), "lip": np.array((90, 48, 52)), "length": 1.15, "beard": True}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three shots: a pale face, a dark one elsewhere, the pale one again; then nobody."""
    path = tmp_path_factory.mktemp("films") / "three shots “ü”.mp4"
    pictures = [
        *(p for p, _ in talking(14, seed=1, centre=(110, 95), **PALE)),
        *(p for p, _ in talking(14, seed=2, centre=(210, 100), **DARK)),
        *(p for p, _ in talking(14, seed=3, centre=(200, 95), unit=46, **PALE)),
        *([background(320, 240, 9)] * 8),
    ]
    return write_film(path, pictures)


@pytest.fixture(scope="module")
def analysis(film, backend, tmp_path_factory):
    return analyse(film, backend=backend.name, cache=tmp_path_factory.mktemp("cache"))


def test_shots_tracks_and_people_are_found(analysis):
    assert analysis.frame_count == 50
    assert (analysis.width, analysis.height) == (320, 240)
    assert [(s.first_frame, s.end_frame) for s in analysis.shots] == [(0, 14), (14, 28), (28, 42), (42, 50)]
    assert [(t.shot, t.first_frame, t.end_frame) for t in analysis.tracks] == [
        (0, 0, 14),
        (1, 14, 28),
        (2, 28, 42),
    ]
    people = [t.person for t in analysis.tracks]
    assert people[0] == people[2] == "P1"
    assert people[1] == "P2"
    assert analysis.frames_with_face() == 42
    assert analysis.times == pytest.approx(np.arange(50) / 25)


def test_tracks_keep_their_promises(analysis):
    for track in analysis.tracks:
        count = track.frame_count
        assert track.landmarks.shape == (count, 468, 3)
        assert track.landmarks.dtype == np.float32
        assert (track.boxes.shape, track.pose.shape, track.quality.shape) == (
            (count, 4),
            (count, 3),
            (count,),
        )
        assert isinstance(track.landmarks, np.memmap)
        assert ((track.quality >= 0) & (track.quality <= 1)).all()
        points = np.asarray(track.landmarks)[:, :, :2]
        assert np.allclose(track.boxes[:, :2], points.min(axis=1))
        assert np.allclose(track.boxes[:, 2:], points.max(axis=1))


def test_landmarks_follow_the_drawn_lips(analysis):
    truth = np.stack([points for _, points in talking(14, centre=(110, 95))])
    found = np.asarray(analysis.tracks[0].landmarks)

    def gap(points):
        return points[:, 14, 1] - points[:, 13, 1]

    assert np.corrcoef(gap(truth), gap(found))[0, 1] > 0.9
    assert np.linalg.norm(found[:, :, :2] - truth[:, :, :2], axis=2).mean() < 0.08 * 52


def test_the_second_time_comes_from_the_folder(film, analysis):
    calls = []
    again = analyse(
        film, backend=analysis.backend, cache=analysis.folder.parent, progress=lambda *a: calls.append(a)
    )
    assert calls == []
    assert again.folder == analysis.folder
    assert np.array_equal(again.tracks[0].landmarks, analysis.tracks[0].landmarks)


def test_a_copy_of_the_film_has_the_same_key_and_another_film_has_not(film, tmp_path):
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(film.read_bytes())
    assert analysis_key(copy, "x") == analysis_key(film, "x")
    copy.write_bytes(film.read_bytes() + b"0")
    assert analysis_key(copy, "x") != analysis_key(film, "x")
    assert analysis_key(film, "y") != analysis_key(film, "x")


def test_cancelling_leaves_nothing(film, backend, tmp_path):
    asked = []

    def is_cancelled():
        asked.append(1)
        return len(asked) > 5

    with pytest.raises(Cancelled):
        analyse(film, backend=backend.name, cache=tmp_path, is_cancelled=is_cancelled)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_analysis_left_is_removed_and_what_another_makes_is_not(film, backend, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(timeout=300)
    left, in_work = tmp_path / f"abc.{dead.pid}-x1", tmp_path / f"abc.{os.getpid()}-x2"
    for folder in (left, in_work):
        folder.mkdir()
    analyse(film, backend=backend.name, cache=tmp_path)
    assert not left.exists()
    assert in_work.exists()


def test_a_film_without_faces_has_no_tracks(backend, tmp_path):
    film = write_film(tmp_path / "empty.mp4", [background(320, 240)] * 6)
    analysis = analyse(film, backend=backend.name, cache=tmp_path / "cache")
    assert analysis.tracks == ()
    assert analysis.frames_with_face() == 0


def test_a_film_of_one_frame_has_no_track_and_no_failure(backend, tmp_path):
    film = write_film(tmp_path / "one.mp4", [p for p, _ in talking(1)])
    assert analyse(film, backend=backend.name, cache=tmp_path / "cache").frame_count == 1


def test_missing_films_and_unknown_backends_are_refused_in_words(tmp_path, film):
    with pytest.raises(MediaError, match="nowhere"):
        analyse(tmp_path / "nowhere.mp4", backend="mediapipe", cache=tmp_path)
    with pytest.raises(SettingsError, match="dlib"):
        analyse(film, backend="dlib", cache=tmp_path)


def test_the_command_writes_json_preview_and_sheet(film, analysis, tmp_path, capsys):
    from app.main import main

    options = ["--cache", str(analysis.folder.parent), "--backend", analysis.backend]
    outputs = [tmp_path / name for name in ("t.json", "p.mp4", "s.png")]
    asked = ["--json", str(outputs[0]), "--preview", str(outputs[1]), "--sheet", str(outputs[2])]
    assert main(["analyse", str(film), *options, *asked]) == 0
    said = capsys.readouterr().out
    assert "4 shots" in said
    assert "P1: 2 tracks" in said
    report = json.loads(outputs[0].read_text("utf-8"))
    assert [t["person"] for t in report["tracks"]] == ["P1", "P2", "P1"]
    assert len(report["tracks"][0]["boxes"]) == 14
    assert all(path.stat().st_size > 1000 for path in outputs)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.mp4", "s.png", "t.json"]
    assert load_analysis(analysis.folder).key == analysis.key


def test_what_lies_before_a_face_is_kept_with_its_track(backend, tmp_path):
    pictures, places = [], []
    for number, (picture, points) in enumerate(talking(16, size=(480, 360), centre=(240, 140), unit=90)):
        if number >= 6:  # a microphone comes into the picture
            x, y = points[152, :2].round().astype(int)
            cv2.circle(picture, (x, y - 16), 28, (28, 28, 33), -1, cv2.LINE_AA)
            cv2.rectangle(picture, (x - 13, y + 6), (x + 13, 359), (45, 45, 50), -1)
            places.append((x, y - 16))
        pictures.append(picture)
    film = write_film(tmp_path / "microphone.mp4", pictures)
    (track,) = analyse(film, backend=backend.name, cache=tmp_path / "cache").tracks
    box = (0, 0, 480, 360)
    covered = [track.cover.mask(row, box) for row in range(16)]
    assert all(mask is None or mask.mean() < 0.01 for mask in covered[:6])
    for mask, (x, y) in zip(covered[6:], places, strict=True):
        assert mask[y, x] == 1
        assert mask[60, 240] == 0  # the forehead
    assert not any(path.suffix == ".cover" for path in (tmp_path / "cache").rglob("*"))


def test_an_uncovered_face_has_no_cover(analysis):
    for track in analysis.tracks:
        assert track.cover is None or all(
            track.cover.mouth_share(row, track.landmarks[row]) < 0.05 for row in range(track.frame_count)
        )


def test_kept_analyses_are_of_the_mean_face_that_ships():
    found = hashlib.sha256(CANONICAL_FACE_FILE.read_bytes()).hexdigest()[:12]
    versions = (ANALYSIS_VERSION, placed_faces.VERSION, FEATURES_VERSION)
    assert (found, versions) == ("29d45f758378", (11, 2, 10)), "another mean face gives other tracks: raise all three"
