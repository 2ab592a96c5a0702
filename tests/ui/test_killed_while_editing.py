import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.project.autosave import AutosaveStore
from core.project.edits import invariant_errors

ROOT = Path(__file__).resolve().parents[2]
MOST_LOST_SECONDS = 10.0


def kill_once(folder: Path, seed: int, autosave_seconds: float = 5.0) -> float:
    """Kills an editing window at a random moment; returns how many seconds of editing the recovery lacks."""
    home, log = folder / f"home{seed}", folder / f"log{seed}"
    home.mkdir()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "tests.ui.killed_editor",
        str(home),
        str(log),
        str(seed),
        str(autosave_seconds),
    ]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as editor:
        while not list((home / "autosave").glob("*.autosave")):
            assert editor.poll() is None, "the editor ended by itself"
            time.sleep(0.02)
        time.sleep(random.Random(seed).uniform(0, 2 * autosave_seconds))
        killed = time.time()
        editor.send_signal(signal.SIGKILL)
    states = {
        int(line.split()[1]): (float(line.split()[0]), int(line.split()[2]))
        for line in log.read_text().splitlines()
        if len(line.split()) == 3
    }
    store = AutosaveStore(home / "autosave")
    (recovery,) = store.recoverable()
    project = store.read(recovery)
    assert invariant_errors(project) == ()
    count = int(project.name)
    assert len(project.segments) == states[count][1]
    return killed - states[count + 1][0] if count + 1 in states else 0.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_window_loses_at_most_the_last_seconds(tmp_path, seed):
    assert kill_once(tmp_path, seed, autosave_seconds=1.0) <= MOST_LOST_SECONDS
