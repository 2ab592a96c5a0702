"""The fuzzer finds what it is there to find."""

import random

import pytest

from core.research.fuzzing.mutations import damaged
from core.research.fuzzing.runner import fuzz

TARGET = """
import os, signal
from core.research.fuzzing.runner import Fault
def seeds(folder):
    (folder / "seed").write_text("x")
    return 7
def case(folder, draw, seeds):
    n = int((folder.parent / "now").read_text())
    (folder / "case.txt").write_text(str(n))
    if n == 1: raise ValueError("unexpected")
    if n == 2: os.kill(os.getpid(), signal.SIGSEGV)
    if n == 3: raise Fault("left", "litter")
    while n == 4: pass
    if n == 5: os._exit(3)
    return f"fine {seeds}"
"""


def test_tracebacks_signals_litter_hangs_and_exits_are_found_and_the_rest_goes_on(tmp_path, monkeypatch):
    (tmp_path / "a_target.py").write_text(TARGET)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = fuzz("a_target", tmp_path / "out", seed=1, cases=8, hang_seconds=3)
    assert [(fault["kind"], fault["case"]) for fault in found.faults] == [
        ("traceback", 1), ("signal", 2), ("left", 3), ("hang", 4), ("broken", 5),
    ]  # fmt: skip
    assert found.cases == 8
    assert found.outcomes["fine 7"] == 3
    assert {path.name for path in (tmp_path / "out" / "kept").iterdir()} == set("12345")
    assert (tmp_path / "out/kept/2/case.txt").read_text() == "2"


def test_a_target_that_cannot_begin_ends_the_run(tmp_path, monkeypatch):
    (tmp_path / "no_target.py").write_text("def seeds(folder):\n    raise OSError('no seeds')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = fuzz("no_target", tmp_path / "out", seed=1, cases=8)
    assert [fault["kind"] for fault in found.faults] == ["broken"]
    assert "no seeds" in found.faults[0]["text"]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"a": [1, "x", {"b": 2.5}]}', b"a b\n1 2\n", bytes(range(256))]
)
def test_the_same_seed_does_the_same_damage_and_another_does_other(content):
    def made(seed):
        draw = random.Random(seed)
        return [damaged(content, draw, [b"other"]) for _ in range(50)]

    assert made(1) == made(1)
    assert max(map(len, made(1))) <= 2**20
    assert made(1) != made(2)
    assert len(set(made(1))) > 5
