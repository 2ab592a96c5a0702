"""The set-up script, as far as it can be tried without installing anything."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "installer" / "studio.py"


@pytest.fixture
def studio():
    spec = importlib.util.spec_from_file_location("studio_under_test", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_needs_only_the_standard_library():
    code = "import sys; sys.path.clear(); import runpy"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(SCRIPT), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "dub the sample clip" in done.stdout


def test_an_unknown_verb_is_refused_before_anything_is_installed(studio, capsys, monkeypatch):
    monkeypatch.setattr(studio, "install", lambda lock: pytest.fail("must not install"))
    assert studio.main(["dup"]) == 2
    assert "dup" in capsys.readouterr().err


def test_both_locks_are_pinned_and_hold_one_onnxruntime_per_system(studio):
    lines = [
        line
        for lock in (studio.LOCK, studio.DEV_LOCK)
        for line in lock.read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all("==" in line for line in lines)
    names = [line.split("==")[0] for line in lines]
    assert len(names) == len(set(names)), "a package is locked twice"
    runtimes = [line for line in lines if line.startswith("onnxruntime")]
    assert sorted("darwin'" in line and "== 'darwin'" in line for line in runtimes) == [False, True]


def test_every_direct_dependency_is_locked(studio):
    import tomllib

    project = tomllib.loads((SCRIPT.parents[1] / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *project["optional-dependencies"]["train"],
        *project["optional-dependencies"]["quality"],
    ]
    locked = (studio.LOCK.read_text() + studio.DEV_LOCK.read_text()).lower()
    for requirement in wanted:
        name = requirement.split(">")[0].split("=")[0].split(";")[0].strip().lower()
        assert f"\n{name}==" in locked, name


def test_a_changed_lock_installs_again(studio, tmp_path, monkeypatch):
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1\n")
    monkeypatch.setattr(studio, "LOCK", lock)
    before = studio.fingerprint(lock)
    assert studio.fingerprint(lock) == before
    lock.write_text("a==2\n")
    assert studio.fingerprint(lock) != before


def test_nothing_is_installed_twice(studio, tmp_path, monkeypatch):
    lock = tmp_path / "lock.txt"
    lock.write_text("torch==1\n")
    monkeypatch.setattr(studio, "LOCK", lock)
    monkeypatch.setattr(studio, "VENV", tmp_path)
    monkeypatch.setattr(studio, "UNISYNC", tmp_path)
    monkeypatch.setattr(studio, "pip", lambda *arguments: pytest.fail("must not install"))
    (tmp_path / "installed-lock").write_text(studio.fingerprint(lock))
    studio.install(lock)


def test_missing_system_packages_are_named_where_they_may_not_be_installed(studio, capsys, monkeypatch):
    monkeypatch.setattr(studio.platform, "system", lambda: "Linux")
    monkeypatch.setattr(studio, "missing_packages", lambda *, programs: ["libegl1"])
    monkeypatch.setattr(studio.os, "geteuid", lambda: 1000)
    studio.install_system(programs=False)
    assert "sudo apt-get install -y --no-install-recommends libegl1" in capsys.readouterr().out
