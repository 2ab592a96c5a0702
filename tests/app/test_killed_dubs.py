"""Dubs that are killed again and again, anywhere: the same command finishes them, and the film is as if nothing had been.

Six kills here; `UNISYNC_KILLS=20` in the environment asks for as many as that.
"""

import os
import random
import signal
import subprocess
import sys

import pytest

from tests.app.same_film import as_command, bare_home, film_digest, left_over, toy_dub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="nothing here ends a process as hard as SIGKILL does"),
]
KILLS = int(os.environ.get("UNISYNC_KILLS", "6"))

# Ends itself a moment after so many events: in the middle of what follows, however fast the machine is.
KILLED = """
import os, signal, sys, threading, time
import app.progress as progress
from app.main import main

events, moment = int(sys.argv[1]), float(sys.argv[2])
show = progress.show_progress

def killing(steps):
    def with_result():
        iterator = iter(steps)
        count = 0
        while True:
            try:
                step = next(iterator)
            except StopIteration as end:
                return end.value
            count += 1
            if count == events:
                threading.Timer(moment, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
            yield step
    return show(with_result())

progress.show_progress = killing
sys.exit(main(sys.argv[3:]))
"""


def test_a_dub_killed_again_and_again_ends_as_one_that_was_left_alone(tmp_path):
    options = toy_dub(tmp_path)
    alone = bare_home(tmp_path / "alone")
    run(as_command([*options, "-o", str(tmp_path / "alone.mkv")]), alone)

    home, output = bare_home(tmp_path / "home"), tmp_path / "out.mkv"
    chance = random.Random(14)
    killed = 0
    for _ in range(KILLS):
        script = [sys.executable, "-c", KILLED, str(chance.randrange(1, 16)), f"{chance.uniform(0, 0.1):.3f}"]
        done = run([*script, *options, "-o", str(output)], home, codes=(0, -signal.SIGKILL))
        killed += done.returncode != 0
    assert killed >= KILLS // 2, "most of the kills hit the work"
    run(as_command([*options, "-o", str(output)]), home)
    assert film_digest(output) == film_digest(tmp_path / "alone.mkv")
    assert left_over(home, tmp_path) == []


def run(command, home, codes=(0,)):
    environment = {**os.environ, "UNISYNC_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in codes, done.stderr
    return done
