"""``unisync lab benchmark witness``: dubs judged by what a recogniser of phones hears, beside the same dubs made before."""

import json

import cv2
import pytest

from app.main import main
from core.research.benchmark.dub_witness import Witnessed, table
from tests.talking import cut_film


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return cut_film(tmp_path_factory.mktemp("film") / "film.mkv", 40)


def test_dubs_beside_those_before_give_a_table_and_strips(film, tmp_path, capsys):
    out, second = tmp_path / "out", tmp_path / "second.mkv"
    second.write_bytes(film.read_bytes())
    dubs = [str(film), str(second)]

    code = main(
        ["lab", "benchmark", "witness", *dubs, "--before", *dubs, "--cache", str(tmp_path), "-o", str(out)]
    )

    assert code == 0
    rows = json.loads((out / "witness.json").read_text())
    assert [row["film"] for row in rows] == ["film", "second"]
    for row in rows:
        assert row["now"] == row["before"] or row["now"] != row["now"]
        assert row["rule_now"] == row["rule_before"]
        assert cv2.imread(str(out / f"{row['film']}.jpg")).shape[0] == 2 * 132 + 26
    assert "second" in capsys.readouterr().out


def test_dubs_that_make_no_pairs_are_refused(film, tmp_path, capsys):
    code = main(
        [
            "lab",
            "benchmark",
            "witness",
            str(film),
            "--before",
            str(film),
            str(film),
            "-o",
            str(tmp_path / "out"),
        ]
    )

    assert code == 2
    assert "make no pairs" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_table_counts_only_dubs_whose_voice_has_both_kinds_of_sound():
    nothing = float("nan")
    text = table(
        [Witnessed("a", 0.9, 0.8, 0.6, 0.4), Witnessed("b", 0.7, 0.7, 0.3, 0.5), Witnessed("c", nothing, 0.5)]
    )

    assert "| **mean of those with both** | 0.750 | 0.800 | 0.450 | 0.450 |" in text
    assert "By the vowels better than before in 1, the same in 1 of 2." in text
    assert "By the rule better than before in 1, the same in 0 of 2." in text
