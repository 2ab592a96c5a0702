"""A dub of a part of a long film looks for faces about that part only, and says so."""

import json

import pytest

from app.main import main
from core.faces import part_of_film
from tests.app.same_film import bare_home
from tests.app.test_memory import repeated
from tests.talking import cut_dub, cut_film


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    return repeated(cut_film(folder / "short.mp4", 25, height=180), 6, folder / "long.mp4")


@pytest.fixture
def dubbed(long_film, tmp_path, monkeypatch):
    """The report of a dub of a third of a second in the middle; a part reaches half a second."""
    monkeypatch.setattr(part_of_film, "REACH", 0.5)
    monkeypatch.setattr(part_of_film, "GRID", 0.5)
    monkeypatch.setenv("UNISYNC_HOME", str(bare_home(tmp_path / "home")))
    sound = cut_dub(tmp_path / "dub.flac", 0.3)

    def run(*options):
        report = tmp_path / "report.json"
        command = ["dub", long_film, "--audio", sound, "--range", "2.5-2.8", "-o", tmp_path / "out.mp4"]
        assert main([*map(str, command), "--report", str(report), *options]) == 0
        return json.loads(report.read_text("utf-8"))

    return run


def test_what_was_looked_at_is_told(dubbed, capsys):
    report = dubbed()
    (note,) = [note for note in report["notes"] if "Faces were looked for" in note]
    assert "from 00:00:02.000 to 00:00:03.520 of the film only" in note
    assert note in capsys.readouterr().err
    assert report["output"]["frames"] == 150
    (segment,) = report["segments"]
    assert segment["person"] == "P1"
    assert segment["frames_without_face"] == 0
    assert segment["frames"] in (7, 8)  # of 25 a second


def test_all_of_a_film_is_looked_at_when_a_person_is_named(dubbed):
    report = dubbed("--face", "P1")
    assert not any("Faces were looked for" in note for note in report["notes"])


def test_a_part_without_a_face_is_not_taken_for_the_film(clips, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(part_of_film, "REACH", 0.1)
    monkeypatch.setattr(part_of_film, "GRID", 0.1)
    monkeypatch.setenv("UNISYNC_HOME", str(bare_home(tmp_path / "home")))
    sound, film = cut_dub(tmp_path / "dub.flac", 0.3), clips("cfr25")
    command = ["dub", film, "--audio", sound, "--range", "0.6-0.9", "-o", tmp_path / "out.mp4"]
    assert main([*map(str, command)]) == 2
    assert f"No face was found in “{film.name}” in this range." in capsys.readouterr().err
