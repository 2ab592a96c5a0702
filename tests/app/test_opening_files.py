"""``unisync FILE``: what a double click on a project does."""

import subprocess
import sys

import pytest

from app.main import _with_verb, main


@pytest.mark.parametrize("argv", [["film.unisync"], ["/a/b/film.mp4", "dub.wav"], ["./x"]])
def test_files_open_the_window(argv):
    assert _with_verb(argv) == ["gui", *argv]


@pytest.mark.parametrize("argv", [[], ["dub", "a.mp4"], ["-v", "probe", "a.mp4"], ["--help"], ["nonsense"]])
def test_commands_stay_commands(argv):
    assert _with_verb(argv) == argv


def test_a_file_that_is_not_there_is_told(capsys):
    assert main(["nowhere/film.unisync"]) == 2
    assert "film.unisync" in capsys.readouterr().err


SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.window as window_module

build = window_module.build_window
def watched(*args, **kwargs):
    window = build(*args, **kwargs)
    def look():
        if window.document.path is not None:
            print("opened", window.document.project.name, flush=True)
            window.close_now()
            QApplication.quit()
    timer = QTimer(window); timer.setInterval(20); timer.timeout.connect(look); timer.start()
    return window
window_module.build_window = watched
from app.main import main
sys.exit(main([sys.argv[1]]))
"""


def test_a_project_given_as_the_only_argument_is_opened(tmp_path, monkeypatch):
    from core.project.file import save_project
    from core.project.model import Project

    save_project(Project(name="Kept"), tmp_path / "kept.unisync")
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    script = tmp_path / "watch.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, str(tmp_path / "kept.unisync")], capture_output=True, text=True, check=False,
        env={**__import__("os").environ, "PYTHONPATH": str(__import__("pathlib").Path.cwd())}, timeout=300,
    )  # fmt: skip
    assert "opened Kept" in done.stdout, done.stderr
