import argparse

import pytest

from app.commands import train
from core.errors import SettingsError


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
