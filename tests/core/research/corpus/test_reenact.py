import cv2
import numpy as np
import pytest

from core.adaptation.altered import Footage, Stretch
from core.base.errors import MediaError, ModelError
from core.motion.shape import shape_model
from core.own_mouth.head import find_heads
from core.own_mouth.regions import lip_gap
from core.research.corpus.build import PRESETS, chosen_files, plan
from core.research.corpus.reenact import Performer, still_in_motion, tooth_light
from core.research.corpus.reenacted import TrackedFile, rows_at_25, tracked_files
from core.research.corpus.splits import Item
from core.research.corpus.visemes import PARAMETERS
from tests.core.faces.drawn_face import talking


def visemes(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in PARAMETERS], np.float32)


@pytest.fixture(scope="module")
def performer(offscreen_opengl):
    frames = list(talking(10))
    pictures = [picture for picture, _ in frames]
    points = np.stack([landmarks for _, landmarks in frames]).astype(np.float32)
    stretch = Stretch(
        pictures, points, np.ones(10, np.float32), np.arange(10) / 25, np.zeros(6400, np.float32)
    )
    try:
        return Performer(Footage([stretch]), seed=1)
    except ModelError as error:
        pytest.skip(error.message)


def test_the_mouth_opens_as_far_as_the_curve_says_and_the_rest_stays(performer):
    opening = np.array([0.0, 0.0, 0.3, 0.6, 0.9, 0.9, 0.6, 0.3, 0.0, 0.0])
    values = np.stack([visemes(opening=float(v), jaw=float(v)) for v in opening])
    pictures, points = performer.play(0, values)
    gaps = lip_gap(find_heads(points, shape_model()).shape)
    assert np.corrcoef(gaps, opening)[0, 1] > 0.98
    assert gaps[4] > gaps[0] + 0.1
    source = performer.footage.tracks[0].landmarks
    eyes = [33, 133, 362, 263]
    assert np.abs(points[:, eyes] - source[:, eyes]).max() == 0
    above = int(source[:, eyes, 1].max())
    for made, shot in zip(pictures, performer.footage.stretches[0].pictures, strict=True):
        assert np.abs(made[:above].astype(int) - shot[:above]).mean() < 0.1
    again, _ = performer.play(0, values)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, again, strict=True))


def test_two_takes_differ_at_the_mouth_only(performer):
    shut, _ = performer.play(0, np.stack([visemes()] * 10))
    wide, points = performer.play(0, np.stack([visemes(opening=0.8, jaw=0.8)] * 10))
    changed = np.abs(shut[3].astype(int) - wide[3]).sum(axis=2) > 12
    rows, columns = np.nonzero(changed)
    assert changed.any()
    assert rows.min() > points[3, [33, 263], 1].max()
    assert columns.min() > points[3, :, 0].min() - 60


def test_footage_without_a_usable_mouth_is_refused():
    picture, landmarks = next(iter(talking(1)))
    points = np.asarray(landmarks, np.float32)[None]
    hidden = Stretch([picture], points, np.zeros(1, np.float32), np.zeros(1), np.zeros(0, np.float32))
    with pytest.raises(MediaError, match="No mouth of this footage"):
        Performer(Footage([hidden]), seed=1)


def test_a_still_moves_with_its_landmarks():
    picture, landmarks = next(iter(talking(1)))
    stretch = still_in_motion(picture, np.asarray(landmarks, np.float64), 12, seed=4)
    assert len(stretch.pictures) == 12
    eye = stretch.landmarks[:, 33, :2]
    assert np.ptp(eye, axis=0).max() > 0.5
    again = still_in_motion(picture, np.asarray(landmarks, np.float64), 12, seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(stretch.pictures, again.pictures, strict=True))


def test_a_still_blinks_with_its_landmarks():
    picture, landmarks = next(iter(talking(1)))
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    stretch = still_in_motion(small, np.asarray(landmarks, np.float64) * 0.5, 110, seed=2)
    lids = np.linalg.norm(stretch.landmarks[:, 159, :2] - stretch.landmarks[:, 145, :2], axis=1)
    assert lids.min() < 0.5 * np.median(lids)
    assert np.median(lids) == pytest.approx(lids[0], rel=0.2)


def test_teeth_are_as_bright_as_the_light_on_the_face():
    picture, landmarks = next(iter(talking(1)))
    dark = (picture * 0.5).astype(np.uint8)
    assert tooth_light(picture, landmarks).mean() > 2 * tooth_light(dark, landmarks).mean()


@pytest.mark.parametrize("rate", [23.976, 25.0, 29.97, 50.0])
def test_25_pictures_a_second_are_taken_in_order(rate):
    times = np.arange(int(4 * rate)) / rate
    rows = rows_at_25(times)
    assert 99 <= len(rows) <= 100
    assert (np.diff(rows) >= 0).all()
    assert np.abs(times[rows] - np.arange(len(rows)) / 25).max() <= 1 / rate + 0.02
    if rate == 25.0:
        assert np.array_equal(rows, np.arange(100))


def _write(folder, name, *, licence="MIT", allowed=True, yaw=0.0):
    picture, landmarks = next(iter(talking(1)))
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "picture.png"), picture)
    points = np.asarray(landmarks, np.float32)[None] * 2
    np.savez(
        folder / name,
        landmarks=points,
        pose=np.array([[yaw, 0, 0]], np.float32),
        quality=np.ones(1, np.float32),
        licence=licence,
        person=name,
        allowed=allowed,
    )


def test_only_allowed_footage_under_an_open_licence_is_reenacted(tmp_path):
    _write(tmp_path / "stills", "stills__free__0.npz")
    _write(tmp_path / "stills", "stills__unknown__0.npz", licence="unknown")
    _write(tmp_path / "stills", "stills__internal__0.npz", licence="internal training only")
    _write(tmp_path / "train", "single__forbidden__0.npz", allowed=False)
    _write(tmp_path / "train", "single__aside__0.npz", yaw=60)
    _write(tmp_path / "test", "single__held__0.npz")
    (only,) = tracked_files(tmp_path)
    assert only.item.id == "stills__free__0"
    assert only.is_still
    with pytest.raises(MediaError, match="no tracked footage"):
        tracked_files(tmp_path / "test")


def test_a_plan_takes_each_person_once_and_stills_and_films_by_halves(tmp_path):
    files = [
        TrackedFile(tmp_path / f"{i}", Item(f"{i}", f"person{i // 2}", "MIT", True), i < 20)
        for i in range(40)
    ]
    chosen = chosen_files(files, 10, 0)
    assert len({file.item.person for file in chosen}) == 10
    assert sum(file.is_still for file in chosen) == 5
    assert chosen == chosen_files(files, 10, 0)
    jobs = plan(PRESETS["tiny"], 0, files)
    assert sum(job.kind == "reenacted" for job in jobs) == 2
    assert jobs[-1].kind == "scene"
