"""Kills editing windows at random moments: ``python -m tests.ui.kill_editor COUNT FOLDER`` prints what was lost."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.project.autosave import AutosaveStore
from core.project.invariants import invariant_errors
from tests.ui.killed_editor import digest

ROOT = Path(__file__).resolve().parents[2]
MOST_LOST_SECONDS = 10.0


def kill_once(folder: Path, seed: int, autosave_seconds: float = 5.0) -> float:
    """Kills an editing window at a random moment; returns how many seconds of editing the recovery lacks."""
    home, log = folder / f"home{seed}", folder / f"log{seed}"
    home.mkdir()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.ui.killed_editor", str(home), str(log), str(seed)]
    with subprocess.Popen(
        [*command, str(autosave_seconds)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as editor:
        while not list((home / "autosave").glob("*.autosave")):
            assert editor.poll() is None, "the editor ended by itself"
            time.sleep(0.02)
        time.sleep(random.Random(seed).uniform(0, 2 * autosave_seconds))
        killed = time.time()
        editor.send_signal(signal.SIGKILL)
    lines = [line.split() for line in log.read_text().splitlines()]
    states = [(float(line[0]), line[1]) for line in lines if len(line) == 2 and len(line[1]) == 16]  # the last may be half written
    store = AutosaveStore(home / "autosave")
    (recovery,) = store.recoverable()
    project = store.read(recovery)
    assert invariant_errors(project) == ()
    kept, known = digest(project), [state for _, state in states]
    assert kept in known, "not one keyframe, stroke, pin or word is lost of the state that was kept"
    after = len(known) - known[::-1].index(kept)  # the first change that is not in it
    return killed - states[after][0] if after < len(states) else 0.0


def main(count: int, folder: Path) -> int:
    """Kills `count` windows; 1 when any lost more than it may (a corrupt recovery raises)."""
    folder.mkdir(parents=True)
    lost = []
    for seed in range(count):
        lost.append(kill_once(folder, seed))
        print(f"{seed + 1:3d}  lost {lost[-1]:.2f} s", flush=True)
    print(
        f"{count} kills, all recovered; at most {max(lost):.2f} s lost, {sum(lost) / count:.2f} s on average"
    )
    return int(max(lost) > MOST_LOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
