import argparse

import pytest

from app.lab import train
from core.base.errors import SettingsError


def test_a_frozen_audio_tower_needs_weights_to_come_from(tmp_path):
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    words = [
        "train",
        "scorer",
        "--config",
        "small-rgb-mel",
        "--data",
        tmp_path,
        "-o",
        tmp_path,
        "--minutes",
        "1",
    ]
    args = parser.parse_args([*map(str, words), "--frozen-audio", "--clock", "processor"])

    assert args.clock == "processor"
    with pytest.raises(SettingsError, match="no audio tower"):
        args.run(args)


@pytest.mark.parametrize(
    ("recipe", "more", "words"),
    [
        ("small-rgb-own", [], "does not hear log-mel"),
        ("small-rgb-mel", ["--initial", "weights.pt"], "both say where to start"),
    ],
)
def test_phones_are_taught_to_mel_towers_that_start_from_nothing(tmp_path, recipe, more, words):
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    basic = ["--config", recipe, "--data", tmp_path, "-o", tmp_path, "--minutes", "1"]
    args = parser.parse_args(["train", "scorer", *map(str, basic), "--teach-phones", "1", *more])

    with pytest.raises(SettingsError, match=words):
        args.run(args)
