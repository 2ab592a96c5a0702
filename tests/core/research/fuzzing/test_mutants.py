"""Changes to the program's own code."""

from pathlib import Path

import core.research.fuzzing.mutants as module
from core.research.fuzzing.mutants import drawn, survivors

CODE = '''"""A module."""


def least(a, b):
    """The lesser."""
    kept = a
    if b < a:
        kept = b
    return kept + 0


def unused(flag=True):
    """Nothing asks for it."""
    return flag
'''
TEST = "from code_ import least\ndef test_least():\n    assert least(1, 2) == 1 and least(2, 1) == 1\n"


def test_changes_that_a_test_sees_are_told_from_those_that_none_does(tmp_path, monkeypatch):
    root = tmp_path / "root"
    root.mkdir()
    (root / "code_.py").write_text(CODE)
    (root / "test_it.py").write_text(TEST)
    monkeypatch.setattr(module, "PROGRAM_ROOT", root)
    every = drawn([Path("code_.py")], 100, 0)
    found = {
        (m.before, m.after): outcome for m, outcome in survivors(every, ["test_it.py"], tmp_path / "copy")
    }
    assert found["b < a", "b <= a"] == "survived"  # equal ones: there is no difference
    assert found["True", "False"] == "survived"
    assert found["if b < a:", "if not b < a:"] == "killed"
    assert found["0", "1"] == "killed"
    assert found["kept = a", "pass"] == "killed"
    assert (tmp_path / "copy/code_.py").read_text() == CODE
    assert [m.source for m in drawn([Path("code_.py")], 3, 1)] == [
        m.source for m in drawn([Path("code_.py")], 3, 1)
    ]


def test_the_tests_named_for_the_changed_file_are_asked_first(tmp_path, monkeypatch):
    root, asked = tmp_path / "root", tmp_path / "asked"
    (root / "tests").mkdir(parents=True)
    (root / "code_.py").write_text(CODE)
    (root / "tests/test_code_.py").write_text(TEST)
    (root / "tests/test_another.py").write_text(
        f"def test_it():\n    open({str(asked)!r}, 'a').write('asked ')\n"
    )
    monkeypatch.setattr(module, "PROGRAM_ROOT", root)
    monkeypatch.setenv("PYTHONPATH", ".")
    seen = [m for m in drawn([Path("code_.py")], 100, 0) if m.before == "0"]
    assert [outcome for _, outcome in survivors(seen, ["tests"], tmp_path / "copy")] == ["killed"]
    assert asked.read_text() == "asked "  # before anything was changed
