"""``unisync dub`` with a dub that is longer or shorter than the film: the picture is made to fit."""

import json
from fractions import Fraction as F

import numpy as np
import pytest

from app.main import main
from core.media.reader import VideoReader
from tests.talking import cut_dub, cut_film

FRAMES, RATE, HEIGHT = 12, 25, 180


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return cut_film(tmp_path_factory.mktemp("film") / "film.mp4", FRAMES, HEIGHT)


def frames(path):
    with VideoReader(path) as reader:
        return [reader.frame(n).frame.to_ndarray().copy() for n in range(reader.frame_count)]  # as they lie in the file


def dubbed(film, tmp_path, seconds, *options):
    dub = cut_dub(tmp_path / "dub.flac", seconds)
    output, report = tmp_path / "out.mkv", tmp_path / "report.json"
    words = ["--audio", str(dub), "-o", str(output), "--report", str(report), "--export", "ffv1", "--preset", "draft", *options]
    assert main(["dub", str(film), *words]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"dub.flac", "out.mkv", "report.json"}, "the copy is gone"
    return frames(output), json.loads(report.read_text())


def test_there_and_back_until_the_dub_ends_and_lips_are_made_there_too(film, tmp_path):
    made, report = dubbed(film, tmp_path, F(20, RATE), "--longer", "pingpong")
    own = frames(film)
    assert len(made) == 20
    order = [*range(FRAMES), *range(FRAMES - 2, FRAMES - 10, -1)]
    lips = slice(HEIGHT // 2, HEIGHT)  # of the luma rows, which come first
    for picture, number in zip(made, order, strict=True):
        assert np.array_equal(picture[: HEIGHT // 4], own[number][: HEIGHT // 4]), "above the face nothing is changed"
    assert any(np.any(made[n][lips] != own[order[n]][lips]) for n in range(FRAMES, 20))
    assert report["segments"][0]["frames"] == 20
    assert report["input"]["path"] == str(film)
    assert "shown backwards and forwards again" in report["notes"][0]


def test_a_film_is_cut_where_a_shorter_dub_ends(film, tmp_path):
    made, report = dubbed(film, tmp_path, F(8, RATE), "--shorter", "cut")
    assert len(made) == 8
    assert "the film was cut there" in report["notes"][0]


@pytest.mark.parametrize("options", [("--longer", "hold"), ("--shorter", "cut")])
def test_a_part_of_a_film_keeps_its_length(film, tmp_path, capsys, options):
    dub = cut_dub(tmp_path / "dub.flac", F(1))
    assert main(["dub", str(film), "--audio", str(dub), "-o", str(tmp_path / "o.mkv"), "--range", "0-0.2", *options]) == 2
    assert "--range dubs a part of the film" in capsys.readouterr().err
    assert main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path / "patch"), *options]) == 2
    assert "cannot change its length" in capsys.readouterr().err
