"""The program as it is first installed: torch comes when something that needs it is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.device import CPU
from core.base.errors import ModelError
from core.base.models import PROGRAM_ROOT
from core.takes.lips import load_engine

HIDE = """
import sys

class Hiding:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        hidden = name.partition(".")[0] in ("torch", "diffusers", "transformers", "peft", "accelerate")
        return None if hidden else self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
"""


@pytest.fixture
def python(tmp_path: Path):
    """Runs a Python in which torch and its company are not installed."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(HIDE)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path / 'hide'}{os.pathsep}{PROGRAM_ROOT}"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def test_own_mouth_and_everything_up_to_it_loads(python):
    code = (
        "from core.base.device import resolve_device; from core.takes.lips import load_engine; "
        "import core.takes.takes, core.engine.runner, core.delivery.export, app.window; "
        "print(type(load_engine('own-mouth', resolve_device('auto'))).__name__)"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "OwnMouthEngine"


def test_a_command_that_needs_it_says_how_to_get_it(python, tmp_path):
    done = python("-m", "app.main", "adapt", "film.mp4", "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "unisync torch" in done.stderr.replace("’", "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["hybrid", "diffusion"])
def test_an_engine_that_needs_it_says_so(monkeypatch, name):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="needs torch, which is not installed yet"):
        load_engine(name, CPU)
