"""``unisync probe`` as it is typed."""

import json

import pytest

from app.main import main
from tests.clips import ClipStore


def test_json_has_exact_numbers(clips: ClipStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "--json", str(clips("cfr2997")), str(clips("sound_only"))]) == 0
    film, sound = json.loads(capsys.readouterr().out)
    assert film["video"]["rate"] == "30000/1001"
    assert film["video"]["frames"] == 50
    assert film["video"]["colour"]["matrix"] == "bt709"
    assert film["audio"][0]["rate"] == 48000
    assert sound["video"] is None


def test_text_names_what_is_unusual(clips: ClipStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            [
                "probe",
                str(clips("rotated")),
                str(clips("timecode")),
                str(clips("vfr")),
                str(clips("chapters")),
            ]
        )
        == 0
    )
    text = capsys.readouterr().out
    for words in ("90° clockwise", "01:00:00;02", "variable", "Chapter: 00:00:01.000 Two"):
        assert words in text


def test_what_is_no_film_ends_with_2_and_one_sentence(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(b"")
    assert main(["probe", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "is empty" in shown.err
