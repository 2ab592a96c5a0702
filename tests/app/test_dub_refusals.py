"""Bad input to ``unisync dub``: one clear sentence, exit code 2, and nothing left behind."""

import shutil

import pytest

from app.main import main


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A cache of this test's own, with the installed models in it."""
    from core.base.models import user_data_dir

    models = user_data_dir() / "models"
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(models, folder / "models")
    monkeypatch.setenv("UNISYNC_HOME", str(folder))


@pytest.fixture
def refused(capsys, tmp_path):
    """Runs ``unisync dub`` and gives its one sentence, after checking that nothing else happened."""

    def run(video, dub, *options, output=None):
        before = sorted(tmp_path.rglob("*"))
        target = output or tmp_path / "out.mp4"
        assert main(["dub", str(video), "--audio", str(dub), "-o", str(target), *map(str, options)]) == 2
        assert sorted(tmp_path.rglob("*")) == before
        printed = capsys.readouterr()
        assert printed.out == ""
        sentence = printed.err.strip().splitlines()[-1]
        assert sentence.startswith("unisync: ")
        return sentence

    return run


def test_a_missing_film_is_named(refused, clips, tmp_path):
    assert "nowhere.mp4" in refused(tmp_path / "nowhere.mp4", clips("cfr25"))


def test_a_file_that_is_no_film_is_refused(refused, clips, tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("These are notes, not a film. " * 50)
    assert "notes.mp4" in refused(text, clips("cfr25"))
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert "empty.mp4" in refused(empty, clips("cfr25"))


def test_a_film_without_a_picture_is_refused(refused, clips):
    assert "picture" in refused(clips("sound_only"), clips("cfr25")) or "video" in refused(
        clips("sound_only"), clips("cfr25")
    )


def test_a_dub_without_sound_is_refused(refused, clips):
    assert "no sound" in refused(clips("cfr25"), clips("silent"))


def test_the_output_may_not_be_an_input(refused, clips, tmp_path):
    film = shutil.copy(clips("cfr25"), tmp_path / "film.mp4")
    size = (tmp_path / "film.mp4").stat().st_size
    assert "film.mp4" in refused(film, clips("cfr25"), output=tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").stat().st_size == size


def test_a_missing_output_folder_is_named(refused, clips, tmp_path):
    assert "does not exist" in refused(
        clips("cfr25"), clips("cfr25"), output=tmp_path / "nowhere" / "out.mp4"
    )


def test_an_ending_that_does_not_fit_the_codec_is_refused(refused, clips, tmp_path):
    assert (
        "prores"
        in refused(clips("cfr25"), clips("cfr25"), "--export", "prores", output=tmp_path / "out.mp4").lower()
    )


def test_a_range_outside_the_film_is_refused(refused, clips):
    assert "outside the film" in refused(clips("cfr25"), clips("cfr25"), "--range", "00:10:00-00:10:05")
    assert "ends before" in refused(clips("cfr25"), clips("cfr25"), "--range", "3-2")
    assert "not a range" in refused(clips("cfr25"), clips("cfr25"), "--range", "soon")


def test_an_engine_that_is_not_installed_is_refused_before_faces_are_looked_for(refused, clips):
    """The film has none, which is not what is told."""
    told = refused(clips("cfr25"), clips("cfr25"), "--engine", "latentsync-1.5")
    assert "LatentSync 1.5 (256 pixels) is not installed" in told
    assert "unisync models install latentsync-1.5" in told


def test_a_film_without_a_face_is_refused(refused, clips):
    assert "No face was found" in refused(clips("cfr25"), clips("cfr25"))


def test_a_device_that_is_absent_is_refused(refused, clips):
    assert "cuda:97" in refused(clips("cfr25"), clips("cfr25"), "--device", "cuda:97")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--articulation", "9"),
        ("--style", "2"),
        ("--breath", "-1"),
        ("--pin", "3.2=wide"),
        ("--mouth-points", "0:1,2,3"),
        ("--mouth-points", "x:1,2,3,4,5,6,7,8"),
        ("--pin", "0.5"),
        ("--pin", "3=7"),
        ("--max-yaw", "-1"),
        ("--seed", "-1"),
        ("--takes", "0"),
        ("--language", "german"),
        ("--feather", "7"),
        ("--strength", "2"),
    ],
)
def test_options_out_of_range_are_refused(refused, clips, option, value):
    assert value in refused(clips("cfr25"), clips("cfr25"), f"{option}={value}")


def test_missing_models_are_named_with_the_way_out(refused, clips, monkeypatch, tmp_path_factory):
    from core.base import models

    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path_factory.mktemp("bare")))
    models.model_files.cache_clear()
    assert "unisync models install" in refused(clips("cfr25"), clips("cfr25"))
    models.model_files.cache_clear()


def test_a_damaged_model_is_named(refused, clips):
    from core.base import models

    broken = models.user_data_dir() / "models" / "face_landmark.tflite"
    broken.write_bytes(b"not a model")
    models.model_files.cache_clear()
    assert "face_landmark.tflite" in refused(clips("cfr25"), clips("cfr25"))
    models.model_files.cache_clear()


def test_names_that_are_hard_to_type_are_no_obstacle(refused, clips, tmp_path):
    film = tmp_path / ("Ünïcode “quotes” 'and' 🎬 " + "x" * 180 + ".mp4")
    shutil.copy(clips("cfr25"), film)
    assert "No face was found" in refused(film, clips("cfr25"))


@pytest.mark.parametrize(
    ("option", "value", "limits"),
    [
        ("--articulation", "1.6", "between 0.5 and 1.5"),
        ("--max-yaw", "91", "between 0 and 90"),
        ("--style", "nan", "between 0 and 1"),
        ("--seed", "-1", "between 0 and 2"),
        ("--feather", "0.6", "between 0 and 0.5"),
        ("--upper-lip", "-0.5", "between -0.4 and 0.4"),
    ],
)
def test_a_setting_beyond_its_limits_is_refused_by_its_options_name(refused, clips, option, value, limits):
    said = refused(clips("cfr25"), clips("cfr25"), f"{option}={value}")
    assert said.count(option) == 1
    assert limits in said
