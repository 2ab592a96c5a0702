"""No command writes over what it reads: every option that names a file says which of the two it does."""

import argparse
import hashlib
from pathlib import Path

import pytest

from app.main import build_parser, main
from app.paths import input_path, output_folder, output_path
from tests.clips import ClipStore

KINDS = (input_path, output_path, output_folder)
FILE_WORDS = (
    "OUT",
    "FILE",
    "FOLDER",
    "VIDEO",
    "FILM",
    "JSON",
    "DUB",
    "AUDIO",
    ".json",
    ".png",
    "WEIGHTS",
    "WHEEL",
)


def actions(parser, name=""):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, sub in action.choices.items():
                yield from actions(sub, f"{name} {verb}")
        else:
            yield name, action


def test_every_option_that_names_a_file_is_known_to_read_or_to_write_it():
    unknown = []
    for name, action in actions(build_parser()):
        metavar = " ".join(action.metavar) if isinstance(action.metavar, tuple) else str(action.metavar or "")
        is_file = action.type in (Path, *KINDS) or (
            action.type is None and any(word in metavar for word in FILE_WORDS)
        )
        if is_file and action.type not in KINDS and not name.startswith(" lab"):
            unknown.append(f"{name} {action.dest}")
    assert unknown == []


COMMANDS = [
    ["dub", "{film}", "--audio", "{voice}", "-o", "{out}.mp4", "--report", "{film}"],
    ["dub", "{film}", "--audio", "{voice}", "-o", "{out}.mp4", "--report", "{voice}"],
    ["dub", "{film}", "--audio", "{voice}", "-o", "{out}.mp4", "--sheet", "{film}"],
    ["dub", "{film}", "--audio", "{voice}", "-o", "{film}"],
    ["dub", "{film}", "--audio", "{voice}", "-o", "{voice}"],
    ["dub", "{film}", "--audio", "{voice}", "--footage", "{other}", "-o", "{other}"],
    ["dub", "{film}", "--audio", "{voice}", "-o", "{out}.mp4", "--report", "{out}.mp4"],
    ["dub", "{film}", "--audio", "{voice}", "-o", "{out}.mp4", "--report", "{out}.x", "--sheet", "{out}.x"],
    ["analyse", "{film}", "--json", "{film}"],
    ["analyse", "{film}", "--preview", "{film}"],
    ["analyse", "{film}", "--sheet", "{film}"],
    ["analyse", "{film}", "--sheet", "{out}.png", "--json", "{out}.png"],
    ["score", "{film}", "--json", "{film}"],
    ["score", "{film}", "--audio", "{voice}", "--png", "{voice}"],
    ["score", "{film}", "--json", "{out}.x", "--png", "{out}.x"],
    ["adapt", "{film}", "-o", "{film}"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_would_write_over_a_file_is_refused_before_any_work(
    command, clips: ClipStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {}
    for name in ("film", "voice", "other"):
        files[name] = tmp_path / f"{name}.mp4"
        files[name].write_bytes(clips("cfr25").read_bytes())
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert main([part.format(**files, out=tmp_path / "out") for part in command]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()} == before
