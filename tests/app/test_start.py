"""What every command waits for at its start, and what is loaded while faces are looked for."""

import subprocess
import sys

import core.takes.lips as lips
from core.base.errors import ModelError
from core.base.models import PROGRAM_ROOT
from core.motion.motion import motion_model
from core.scorer import score
from core.speech.whisper import whisper_ear


def test_the_command_line_begins_without_the_window_and_the_heavy_libraries():
    code = (
        "import sys; from app.main import build_parser; build_parser(); "
        "print(sorted({'PySide6', 'scipy', 'onnxruntime', 'torch', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROGRAM_ROOT, timeout=300
    )
    assert done.stdout.strip() == "[]"


def test_every_area_of_the_lab_is_a_verb():
    from app.commands.lab import AREAS

    for path in (PROGRAM_ROOT / "app" / "lab").glob("*.py"):
        assert (path.stem in AREAS) == ("\ndef add_parser(" in path.read_text("utf-8"))


def test_what_lips_and_scores_need_is_loaded_ahead():
    for each in (whisper_ear, motion_model, score._load):
        each.cache_clear()
    lips.load_ahead("hybrid")
    assert whisper_ear.cache_info().currsize == 0
    lips.load_ahead("auto")
    assert [each.cache_info().currsize for each in (whisper_ear, motion_model, score._load)] == [1, 1, 1]


def test_what_cannot_be_loaded_ahead_is_told_by_who_needs_it(monkeypatch):
    def damaged():
        raise ModelError("It is damaged.")

    monkeypatch.setattr(lips, "_own_mouth", damaged)
    lips.load_ahead("own-mouth")
