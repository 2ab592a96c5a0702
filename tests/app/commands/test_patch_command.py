"""``unisync patch`` as users run it, and laid over the film by another program."""

import json
import shutil
import subprocess

import av
import numpy as np
import pytest

from app.main import main
from tests.talking import cut_dub, cut_film

FRAMES = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A film with timecode, its dub, and the dubbed film."""
    folder = tmp_path_factory.mktemp("patched")
    film, dub = cut_film(folder / "plain.mkv", FRAMES), cut_dub(folder / "dub.flac", 1.2)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", film, "-c", "copy", "-timecode", "01:00:00:00", folder / "film.mov"],
        check=True,
    )
    out = folder / "dubbed.mkv"
    assert (
        main(
            [
                "dub",
                str(folder / "film.mov"),
                "--audio",
                str(dub),
                "-o",
                str(out),
                "--preset",
                "draft",
                "--export",
                "ffv1",
            ]
        )
        == 0
    )
    return folder / "film.mov", dub, out


def frames(path, kind="rgb24"):
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format=kind) for frame in container.decode(video=0)]).astype(
            np.float32
        )


def far(a, b):
    """Largest, 99.99th percentile and mean difference in grey levels."""
    difference = np.abs(a - b)
    return difference.max(), np.percentile(difference, 99.99), difference.mean()


@pytest.mark.parametrize("kind", ["prores4444", "ffv1", "png"])
def test_the_patch_over_the_film_is_the_dubbed_film(made, kind, tmp_path, capsys):
    film, dub, dubbed = made
    out = tmp_path / "patch"
    capsys.readouterr()
    arguments = [
        "patch",
        str(film),
        "--audio",
        str(dub),
        "-o",
        str(out),
        "--preset",
        "draft",
        "--format",
        kind,
        "--json",
    ]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((out / "patch.json").read_text("utf-8"))
    assert said["version"] == 1
    (clip,) = said["stretches"]
    assert clip["timecode"] == "01:00:00:00"
    source, result = frames(film), frames(dubbed)
    if kind == "png":
        import cv2

        files = sorted((out / clip["file"]).iterdir())
        assert files[0].name.endswith("0090000.png")
        pictures = [
            cv2.cvtColor(cv2.imread(str(f), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA) for f in files
        ]
        patch = np.stack(pictures).astype(np.float32)
    else:
        patch = frames(out / clip["file"], "rgba")
    stretch = slice(clip["first_frame"], clip["first_frame"] + clip["frames"])
    alpha = patch[..., 3:] / 255
    over = source.copy()
    over[stretch] = source[stretch] * (1 - alpha) + patch[..., :3] * alpha
    largest, nearly_all, mean = far(over, result)
    # The dub blends at the film's own chroma size, an editing program at full size: edges of colour differ a little.
    assert (largest, nearly_all, mean) < (24, 24, 24)
    assert nearly_all <= 8
    assert mean <= 0.15
    assert far(over, source)[2] > 0.15  # and the film alone is further away
    untouched = np.broadcast_to(alpha == 0, over[stretch].shape)
    assert np.array_equal(over[stretch][untouched], source[stretch][untouched])


def test_melt_lays_it_over_the_film(made, tmp_path):
    melt = shutil.which("melt")
    if melt is None:
        pytest.skip("melt is not installed (Debian: melt)")
    film, dub, dubbed = made
    out = tmp_path / "patch"
    assert (
        main(
            ["patch", str(film), "--audio", str(dub), "-o", str(out), "--preset", "draft", "--format", "ffv1"]
        )
        == 0
    )
    rendered = tmp_path / "rendered.mkv"
    consumer = [f"avformat:{rendered}", "vcodec=ffv1", "pix_fmt=yuv420p", "acodec=pcm_s16le", "real_time=-1"]
    subprocess.run(
        [melt, out / "film.mlt", "-silent", "-consumer", *consumer], check=True, capture_output=True
    )
    got, wanted, source = frames(rendered), frames(dubbed), frames(film)
    assert len(got) == FRAMES
    largest, nearly_all, _ = far(got, wanted)
    assert largest < 32
    assert nearly_all <= 12
    changed = np.abs(wanted - source) > 16  # melt's own rounding of all colours must not count
    assert np.abs(got - wanted)[changed].mean() < 0.1 * np.abs(source - wanted)[changed].mean()


@pytest.mark.parametrize(
    ("options", "words"), [(["--handles", "-1"], "--handles -1"), (["--articulation", "9"], "articulation")]
)
def test_options_that_cannot_be_are_refused_and_leave_no_folder(made, tmp_path, capsys, options, words):
    film, dub, _ = made
    assert main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path / "p"), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_folder_with_something_in_it_is_never_written_into(made, tmp_path, capsys):
    film, dub, _ = made
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_film_of_varying_rate_is_refused(made, clips, tmp_path, capsys):
    assert main(["patch", str(clips("vfr")), "--audio", str(made[1]), "-o", str(tmp_path / "p")]) == 2
    assert "varying times" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_stopped_patch_leaves_an_empty_place(made, tmp_path, monkeypatch):
    import core.engine.patch as story

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(story, "write_sound", full)
    film, dub, _ = made
    with pytest.raises(OSError, match="No space"):
        main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path / "p"), "--preset", "draft"])
    assert list(tmp_path.iterdir()) == []
