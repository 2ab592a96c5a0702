"""``unisync timeline`` by the command line."""

import json

import opentimelineio as otio
import pytest

from app.main import main
from core.project import file
from tests.core.project.conftest import base_project


@pytest.fixture
def project_path(tmp_path):
    path = tmp_path / "cut.unisync"
    file.save_project(base_project(), path)
    return path


@pytest.mark.parametrize("ending", ["otio", "edl", "xml"])
def test_out_and_in_again(tmp_path, project_path, capsys, ending):
    written = tmp_path / f"out.{ending}"
    assert main(["timeline", "export", str(project_path), "-o", str(written)]) == 0
    rate = ["--rate", "25"] if ending == "edl" else []
    assert main(["timeline", "import", str(written), "-o", str(tmp_path / "back.unisync"), *rate]) == 0
    said = capsys.readouterr().out
    assert "25 frames a second, from 00:00:00:00" in said
    assert "note: Files that were not found are kept as missing" in said
    back, before = file.load_project(tmp_path / "back.unisync"), file.load_project(project_path)
    assert [(c.range, c.offset) for c in back.video_clips] == [
        (c.range, c.offset) for c in before.video_clips
    ]


def test_a_list_says_what_is_there_and_what_is_not_taken(tmp_path, capsys):
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(50, 25))
    timeline = otio.schema.Timeline("Theirs")
    clips = [
        otio.schema.Clip(url, otio.schema.ExternalReference(url, span), span)
        for url in ("a.mp4", "still.png")
    ]
    timeline.tracks.append(otio.schema.Track("V1", clips, kind="Video"))
    otio.adapters.write_to_file(timeline, str(tmp_path / "x.otio"))
    assert main(["timeline", "list", str(tmp_path / "x.otio")]) == 0
    said = capsys.readouterr().out
    assert "00:00:00:00 – 00:00:02:00  a.mp4 from 0.000 s  (missing)" in said
    assert "note: Still pictures are left out (V1 00:00:02:00 “still.png”, 2.00 s)." in said
    assert main(["timeline", "list", str(tmp_path / "x.otio"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [clip["seconds"] for clip in told["clips"]] == [["0", "2"]]
    assert len(told["notes"]) == 2


def test_a_project_is_listed_too(project_path, capsys):
    assert main(["timeline", "list", str(project_path)]) == 0
    assert "film from 0.000 s  (missing)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "{tmp}/none.otio"], "no such file"),
        (["list", "{tmp}/x.txt"], "no timeline format"),
        (["import", "{tmp}/bad.otio", "-o", "{tmp}/x.unisync"], "no timeline that can be read"),
        (["import", "{tmp}/bad.otio", "-o", "{tmp}/x.mp4"], "no name for a project"),
        (["import", "{tmp}/bad.otio", "-o", "{tmp}/bad.otio"], "is also an input"),
        (["list", "{tmp}/bad.otio", "--rate", "zero"], "no frame rate"),
        (["list", "{tmp}/bad.otio", "--rate", "1/0"], "no frame rate"),
        (["list", "{tmp}/bad.otio", "--rate", "inf"], "no frame rate"),
        (["list", "{tmp}/bad.otio", "--media", "{tmp}/bad.otio"], "not a video or sound"),
        (["export", "{tmp}/bad.unisync", "-o", "{tmp}/x.otio"], "not valid JSON"),
        (["export", "{tmp}/cut.unisync", "-o", "{tmp}/x.fcpxml"], "cannot be written as"),
        (["export", "{tmp}/cut.unisync", "-o", "{tmp}/gone/x.otio"], "cannot be written|no folder|does not exist"),
    ],
)  # fmt: skip
def test_everything_wrong_is_one_sentence_and_nothing_is_written(
    tmp_path, project_path, capsys, arguments, words
):
    import re

    (tmp_path / "bad.otio").write_text("{")
    (tmp_path / "bad.unisync").write_text("{")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["timeline", *(each.replace("{tmp}", str(tmp_path)) for each in arguments)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert re.search(words, said)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
