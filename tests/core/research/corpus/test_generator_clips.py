"""Drawn people on film, tracked by their own drawing: prepared clips must show the same mouth, another, and the same again."""

import cv2
import numpy as np
import pytest

from app.main import main
from core.adaptation.clips import load_clip
from core.base.errors import SettingsError
from core.face_geometry.pose import head_pose
from core.research.corpus.generator_clips import PrepareSettings, is_open, prepare
from tests.core.faces.drawn_face import draw_face, face_points, write_film

pytestmark = pytest.mark.slow

FRAMES, RATE = 50, 16000


def write_tracked(folder, name, seed, *, licence="MIT", allowed=True):
    rng = np.random.default_rng(seed)
    opening = 0.06 * (1 + np.sin(np.arange(FRAMES) * (0.5 + 0.1 * seed)))
    points = np.stack([face_points((80, 50 + 0.1 * i), 55, opening=o) for i, o in enumerate(opening)])
    pictures = []
    for face in points:
        picture = np.full((160, 160, 3), 90, np.uint8)
        draw_face(picture, face)
        pictures.append(picture)
    write_film(folder / f"{name}.mp4", pictures)
    np.savez(
        folder / f"single__{name}__0.npz",
        landmarks=points.astype(np.float32),
        times=np.arange(FRAMES) / 25,
        quality=np.ones(FRAMES, np.float32),
        pose=head_pose(points.astype(np.float32)),
        boxes=np.zeros((FRAMES, 4), np.float32),
        frame_numbers=np.arange(FRAMES),
        video_path=str(folder / f"{name}.mp4"),
        person=f"single:{name}",
        audio=(rng.normal(0, 3000, RATE * 3)).astype(np.int16),
        licence=licence,
        allowed=allowed,
    )
    return opening


@pytest.fixture(scope="module")
def tracked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    write_tracked(folder, "anna", 1)
    write_tracked(folder, "german_speaker", 2)  # a name the motion network never heard
    write_tracked(folder, "closed", 3, licence="internal training only")
    write_tracked(folder, "tester", 4, allowed=False)
    return folder


def lower_half(pictures):
    return pictures[:, 32:].astype(float)


def test_clips_get_other_words_and_their_own_again(tracked, tmp_path):
    settings = PrepareSettings(size=64, frames=25)
    report = prepare(tracked, tmp_path, settings)
    assert report.made == 4
    assert report.left_out == {"licence: internal training only": 1, "kept for tests": 1}
    files = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.npz")}
    assert files == {
        "train/single__anna__0_00000.npz",
        "train/single__anna__0_00025.npz",
        "val/single__german_speaker__0_00000.npz",
        "val/single__german_speaker__0_00025.npz",
    }
    clip = load_clip(tmp_path / "train/single__anna__0_00025.npz")
    assert (clip.words, clip.person, len(clip), clip.size) == (("other", "own"), "anna", 25, 64)
    frames = range(len(clip))
    true = clip.pictures(frames)
    other, own = (
        np.abs(lower_half(clip.pictures(frames, altered=i)) - lower_half(true)).mean() for i in (0, 1)
    )
    assert 0.2 < own < other
    upper = np.abs(clip.pictures(frames, altered=0)[:, :24].astype(int) - true[:, :24])
    assert upper.mean() < 1  # nothing but the lower face is another
    # Sound starts half a second before the second stretch's first frame.
    assert clip.times[0] == pytest.approx(0.5, abs=1e-6)
    assert len(clip.voice) == pytest.approx((25 / 25 + 1) * RATE, abs=RATE * 0.06)
    eyes = np.linalg.norm(clip.landmarks[:, 33] - clip.landmarks[:, 263], axis=1)
    assert eyes == pytest.approx(0.6 * 64, rel=0.1)


def test_the_same_footage_gives_the_same_files_and_a_second_call_goes_on(tracked, tmp_path):
    settings = PrepareSettings(size=64, frames=25)
    nothing = prepare(tracked, tmp_path / "a", PrepareSettings(size=64, frames=25, minutes=0))
    assert (nothing.made, nothing.finished) == (0, False)
    prepare(tracked, tmp_path / "a", settings)
    prepare(tracked, tmp_path / "b", settings)
    first, second = (sorted((tmp_path / name).rglob("*.npz")) for name in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    first[0].unlink()
    again = prepare(tracked, tmp_path / "a", settings)
    assert (again.made, again.kept) == (1, 3)
    assert first[0].read_bytes() == second[0].read_bytes()


def test_licences():
    assert is_open("CC BY 4.0 (verify)")
    assert not is_open("none")
    assert not is_open("internal training only")


def test_a_folder_without_tracked_clips_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="holds no tracked clips"):
        prepare(tmp_path, tmp_path / "out", PrepareSettings())


def test_one_person_alone_has_nobody_elses_words(tmp_path):
    write_tracked(tmp_path, "anna", 1)
    with pytest.raises(SettingsError, match="no voice but that of anna"):
        prepare(tmp_path, tmp_path / "out", PrepareSettings(size=64, frames=25))


def test_the_command_prepares_and_packs(tracked, tmp_path, capsys):
    command = ["lab", "train", "generator", "--data", str(tmp_path / "clips"), "--prepare", str(tracked)]
    command += ["--size", "64", "--clip-frames", "25", "--pack", str(tmp_path / "travel.npz")]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "4 clips made" in said
    assert "licence: internal training only: 1" in said
    assert (tmp_path / "travel.npz").is_file()
    assert (
        main(
            [
                "lab",
                "train",
                "generator",
                "--data",
                str(tmp_path / "back"),
                "--unpack",
                str(tmp_path / "travel.npz"),
            ]
        )
        == 0
    )
    assert len(list((tmp_path / "back").rglob("*.npz"))) == 2


def test_a_still_becomes_an_exact_pair_of_takes(tmp_path):
    (tmp_path / "stills").mkdir()
    points = face_points((256, 200), 150, opening=0.02)[None].astype(np.float32)
    picture = np.full((512, 512, 3), 90, np.uint8)
    draw_face(picture, points[0])
    cv2.imwrite(str(tmp_path / "anna.png"), picture[..., ::-1])
    np.savez(
        tmp_path / "stills" / "stills__anna__0.npz",
        landmarks=points,
        times=np.zeros(1),
        quality=np.ones(1, np.float32),
        pose=head_pose(points),
        boxes=np.zeros((1, 4), np.float32),
        frame_numbers=np.zeros(1, int),
        video_path=str(tmp_path / "anna.png"),
        person="stills:anna",
        audio=np.zeros(0, np.int16),
        licence="MIT",
        allowed=True,
    )
    settings = PrepareSettings(size=64, frames=12)
    report = prepare(None, tmp_path / "out", settings, stills=tmp_path)
    assert report.made == 2
    first, second = (load_clip(path) for path in sorted((tmp_path / "out").rglob("stills__anna__0-?.npz")))
    assert first.words == second.words == ("other", "own")
    assert first.person == second.person == "stills:anna"
    frames = range(len(first))
    # Head and light are the same in both takes, so the other take is what else could be said here.
    assert np.abs(first.pictures(frames)[:, :24].astype(int) - second.pictures(frames)[:, :24]).mean() < 1
    assert np.abs(first.pictures(frames, altered=0).astype(int) - second.pictures(frames)).mean() < 0.5
    assert prepare(None, tmp_path / "out", settings, stills=tmp_path).kept == 2
