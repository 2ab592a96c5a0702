"""A short run of every fuzzer, always with the same damage: nothing may come of it."""

import json
from pathlib import Path

import pytest

from app.lab.fuzz_targets.door import ask
from app.main import main
from core.research.fuzzing.runner import Fault

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("target", "cases"),
    [("projects", 120), ("timelines", 12), ("models", 24), ("keys", 60), ("caches", 40), ("media", 30)],
)
def test_damaged_files_cost_a_sentence_each(target, cases, tmp_path, capsys):
    code = main(["lab", "fuzz", target, "--cases", str(cases), "--seed", "2026", "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert code == 0, said
    assert json.loads(said.splitlines()[0])["cases"] == cases
    assert not (tmp_path / target / "kept").exists()


def test_the_door_sees_litter_changed_inputs_and_long_answers(tmp_path, monkeypatch):
    (tmp_path / "in.txt").write_text("x")

    def run(code, *, write=None, said="unisync: no.\n"):
        def command(_arguments):
            import sys

            if write is not None:
                (tmp_path / write).write_text("new")
            sys.stderr.write(said)
            return code

        monkeypatch.setattr("app.lab.fuzz_targets.door.main", command)
        return ask(tmp_path, [], [tmp_path / "out.txt"])

    assert run(2) == 2
    for case in (
        {"code": 1},
        {"code": 2, "said": "one\ntwo\n"},
        {"code": 2, "write": "in.txt"},
        {"code": 2, "write": "out.txt"},
        {"code": 0, "write": "litter.part"},
    ):
        with pytest.raises(Fault):
            run(**case)
        for name in ("out.txt", "litter.part"):
            Path(tmp_path / name).unlink(missing_ok=True)
    assert run(0, write="out.txt", said="") == 0
