import argparse
import json
import math
import re
from pathlib import Path

import cv2
import pytest

from app.commands import score
from core.base.errors import ModelError, SettingsError
from core.scorer.plot import bands_for
from tests.talking import cut_film

FILM = Path(__file__).resolve().parents[3] / "../shared/media/test/official_in_suit.mp4"
VOICE = Path(__file__).resolve().parents[3] / "resources/samples/dub.wav"


def _arguments(*words):
    parser = argparse.ArgumentParser()
    score.add_parser(parser.add_subparsers())
    return parser.parse_args(["score", *map(str, words)])


def test_options_are_understood():
    args = _arguments("film.mp4", "--audio", "dub.wav", "--face", "P2", "--json", "-", "--png", "out.png")

    assert (args.video, args.audio, args.face) == (Path("film.mp4"), Path("dub.wav"), "P2")
    assert args.run is score.run


@pytest.mark.media
@pytest.mark.slow
def test_a_real_film_gives_json_a_picture_and_a_sentence(tmp_path, monkeypatch, capsys):
    if not FILM.is_file():
        pytest.skip("the folder of real test footage is absent")
    args = _arguments(FILM, "--json", tmp_path / "o.json", "--png", tmp_path / "o.png")

    assert score.run(args) == 0

    report = json.loads((tmp_path / "o.json").read_text())
    assert set(report) >= {
        "mean",
        "share_above_half",
        "offset_ms",
        "offset_confidence",
        "drift_ms_per_min",
        "curve",
    }
    assert len(report["curve"]) > 100
    for entry in report["curve"]:
        assert (entry["p"] is None) == bool(entry["why_unknown"])
        assert entry["p"] is None or 0 <= entry["p"] <= 1
    assert cv2.imread(str(tmp_path / "o.png")).shape[1] > 800
    printed = capsys.readouterr().out
    assert "P1" in printed
    # This film's sound runs ahead: its score is low as it stands, and the user is told why and what it would be.
    assert "early" in printed
    moved = float(re.search(r"moved into place, the mean would be (\d\.\d+)", printed)[1])
    assert moved > report["mean"] + 0.2
    assert not math.isnan(report["offset_ms"])
    with pytest.raises(SettingsError, match="P9"):
        score.run(_arguments(FILM, "--face", "P9"))


def test_another_voice_is_seen_beside_the_films_own(tmp_path, capsys):
    film = cut_film(tmp_path / "film.mp4", 60)

    assert score.run(_arguments(film, "--json", tmp_path / "own.json")) == 0
    assert score.run(_arguments(film, "--audio", VOICE, "--json", tmp_path / "other.json")) == 0

    own, other = (
        json.loads((tmp_path / name).read_text())["faces"][0] for name in ("own.json", "other.json")
    )
    # So short a film may seem to be a frame off; its own voice is judged moved into place then.
    assert own["own_voice_mean"] >= own["mean"]
    assert other["own_voice_mean"] == own["own_voice_mean"]
    assert other["mean"] < own["mean"]
    assert capsys.readouterr().out.count("The film's own voice has a mean of") == 1


def test_bands_count_from_the_own_voice_where_that_says_anything():
    assert bands_for(0.8) == pytest.approx((0.28, 0.52))
    assert bands_for(None) == bands_for(0.3) == bands_for(math.nan) == (0.35, 0.65)


def test_lse_is_printed_by_our_network_and_by_weights_of_the_users(tmp_path, capsys):
    import torch

    from core.scorer.syncnet import SyncNet

    torch.manual_seed(0)
    film, weights = cut_film(tmp_path / "film.mp4", 14), tmp_path / "syncnet_v2.model"
    torch.save(SyncNet().state_dict(), weights)

    assert score.run(_arguments(film, "--lse", "--json", tmp_path / "own.json")) == 0
    assert score.run(_arguments(film, "--syncnet", weights, "--json", tmp_path / "theirs.json")) == 0

    own, theirs = (
        json.loads((tmp_path / name).read_text())["faces"][0]["lse"] for name in ("own.json", "theirs.json")
    )
    assert own["network"] == "our own network of scorer A"
    assert theirs["network"] == "SyncNet"
    assert 0 <= own["distance"] <= 2**0.5  # embeddings of length one
    assert -15 <= theirs["offset"] <= 15
    assert (tmp_path / "syncnet_v2.safetensors").is_file()
    assert capsys.readouterr().out.count("LSE-D") == 2
    with pytest.raises(ModelError, match="cannot be read"):
        score.run(_arguments(film, "--syncnet", tmp_path / "none.model"))
