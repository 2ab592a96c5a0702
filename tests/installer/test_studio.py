"""The set-up script, as far as it can be tried without installing anything."""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "installer" / "studio.py"


def loaded(script):
    spec = importlib.util.spec_from_file_location(f"{script.stem}_under_test", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def studio():
    return loaded(SCRIPT)


@pytest.fixture
def locking():
    return loaded(SCRIPT.with_name("locking.py"))


def test_it_needs_only_the_standard_library():
    code = "import sys; sys.path.clear(); import runpy"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=300).returncode == 0
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(SCRIPT), "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0
    assert "dub the sample clip" in done.stdout


def test_an_unknown_verb_is_refused_before_anything_is_installed(studio, capsys, monkeypatch):
    monkeypatch.setattr(studio, "install", lambda locks: pytest.fail("must not install"))
    assert studio.main(["dup"]) == 2
    assert "dup" in capsys.readouterr().err


def locked(studio, locking):
    """Every pin and its hashes, of all locks together."""
    locks = (studio.LOCK, studio.TORCH_LOCK, studio.CUDA_LOCK, studio.DEV_LOCK)
    return [block for lock in locks for block in locking.read_blocks(lock)]


def test_everything_locked_has_a_version_and_hashes_and_stands_in_one_lock(studio, locking):
    blocks = locked(studio, locking)
    assert [pin for pin, hashes in blocks if "==" not in pin or not hashes] == [], (
        "run installer/studio.py lock"
    )
    names = [locking.name_of(pin) for pin, _ in blocks]
    assert sorted(names) == sorted(set(names)), "a package is locked twice"
    runtimes = [pin for pin, _ in blocks if pin.startswith("onnxruntime")]
    assert sorted("== 'darwin'" in pin for pin in runtimes) == [False, True]
    assert all("darwin'" in pin for pin in runtimes), "one onnxruntime on every system"


def test_every_direct_dependency_is_locked(studio, locking):
    project = tomllib.loads((SCRIPT.parents[1] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    wanted += [requirement for extra, asked in extras.items() if extra != "cluster" for requirement in asked]
    names = {locking.name_of(pin) for pin, _ in locked(studio, locking)}
    for requirement in wanted:
        assert locking.canonical(re.split(r"[><=;\[]", requirement)[0]) in names, requirement


def test_what_the_program_asks_after_is_what_is_locked(studio, locking):
    from app.commands.doctor import PACKAGES
    from ui.dialogs.about import INCLUDED
    from ui.dialogs.crash_report import LIBRARIES

    names = {locking.name_of(pin) for pin, _ in locked(studio, locking)}
    asked = {*PACKAGES, *LIBRARIES, *(package for _, _, package in INCLUDED if "/" not in package)}
    assert {locking.canonical(name) for name in asked} <= names


def test_torch_and_what_only_it_needs_lie_apart(studio, locking):
    def names(lock):
        return {locking.name_of(pin) for pin, _ in locking.read_blocks(lock)}

    assert {"torch", "diffusers", "transformers"} <= names(studio.TORCH_LOCK)
    assert {"numpy", "pyside6-essentials", "av"} <= names(studio.LOCK)
    assert "pyside6-addons" not in names(studio.LOCK)  # 439 MB of WebEngine and its like
    assert all(re.match("nvidia-|cuda-|triton", name) for name in names(studio.CUDA_LOCK))


def test_a_file_that_is_not_the_locked_one_is_not_installed(studio, tmp_path, monkeypatch):
    right = stranger(tmp_path, "1.0")
    lock = tmp_path / "lock.txt"
    monkeypatch.setattr(studio, "PYTHON", Path(sys.executable))
    for name, value in (
        ("NO_INDEX", "1"),
        ("FIND_LINKS", str(tmp_path)),
        ("TARGET", str(tmp_path / "there")),
    ):
        monkeypatch.setenv(f"PIP_{name}", value)
    for hashes in ("", " --hash=sha256:" + "0" * 64):
        lock.write_text(f"stranger==1.0{hashes}\n")
        with pytest.raises(SystemExit):
            studio.install_lock(lock)
        assert not (tmp_path / "there").exists()
    lock.write_text(f"stranger==1.0 --hash=sha256:{right}\n")
    studio.install_lock(lock)
    assert (tmp_path / "there/stranger.py").is_file()


def stranger(folder, version):
    """A wheel of no use."""
    wheel = folder / f"stranger-{version}-py3-none-any.whl"
    facts = f"stranger-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("stranger.py", f"version = '{version}'")
        archive.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: stranger\nVersion: {version}\n")
        archive.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{facts}/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_of_several_allowed_builds_the_one_of_this_computer_is_installed(studio, tmp_path, monkeypatch):
    there = tmp_path / "there"
    (tmp_path / "builds").mkdir()
    plain, local = stranger(tmp_path / "builds", "1.0"), stranger(tmp_path / "builds", "1.0+cpu")
    monkeypatch.setattr(studio, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "builds"))
    pip = studio.pip
    monkeypatch.setattr(
        studio,
        "pip",
        lambda verb, *rest: pip(verb, *(["--target", str(there)] if verb == "install" else []), *rest),
    )
    lock = tmp_path / "lock.txt"
    lock.write_text(f"stranger==1.0 \\\n    --hash=sha256:{plain}\n")
    with pytest.raises(SystemExit):
        studio.install_chosen("stranger", lock)
    assert not there.exists()
    lock.write_text(f"stranger==1.0 \\\n    --hash=sha256:{plain} \\\n    --hash=sha256:{local}\n")
    studio.install_chosen("stranger", lock)
    assert "1.0+cpu" in (there / "stranger.py").read_text()


def test_a_lock_is_read_as_it_was_written(locking, tmp_path):
    blocks = [("a==1 ; sys_platform == 'linux'", ("1" * 64, "2" * 64)), ("b==2", ("3" * 64,))]
    locking.write_lock(tmp_path / "lock.txt", reversed(blocks))
    assert locking.read_blocks(tmp_path / "lock.txt") == blocks
    assert locking.read_blocks(tmp_path / "none.txt") == []


@pytest.fixture
def own_lock(studio, tmp_path, monkeypatch):
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1\n")
    monkeypatch.setattr(studio, "LOCK", lock)
    monkeypatch.setattr(studio, "VENV", tmp_path)
    monkeypatch.setattr(studio, "PYTHON", tmp_path)
    monkeypatch.setattr(studio, "UNISYNC", tmp_path)
    monkeypatch.setattr(studio, "install_pip", lambda lock: None)
    return lock


def test_what_is_installed_is_not_installed_twice_and_a_changed_lock_is(studio, own_lock, monkeypatch):
    asked = []
    monkeypatch.setattr(studio, "pip", lambda *arguments: asked.append(arguments[-1]))
    monkeypatch.setattr(studio, "run", lambda command, *, quiet=False: asked.append(command[-1]))
    studio.install((own_lock,))
    first = [str(own_lock), str(studio.ROOT), "install"]
    assert asked == first
    studio.install((own_lock,))
    assert asked == first
    own_lock.write_text("a==2\n")
    studio.install((own_lock,))
    assert asked == first * 2


def test_pip_is_brought_to_the_locks_version_before_it_installs_the_rest(studio, monkeypatch, tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text(f"a==1 \\\n    --hash=sha256:{'1' * 64}\npip==26.3 \\\n    --hash=sha256:{'2' * 64}\n")
    asked = []
    monkeypatch.setattr(
        studio, "pip", lambda *arguments: asked.append((arguments, Path(arguments[-1]).read_text()))
    )
    studio.install_pip(lock)
    ((arguments, read),) = asked
    assert "--require-hashes" in arguments
    assert read == f"pip==26.3 --hash=sha256:{'2' * 64}\n"
    assert any(line.startswith("pip==") for line in studio.requirements(studio.LOCK))


def test_what_was_asked_for_once_is_kept_in_step(studio, own_lock, monkeypatch):
    asked = []
    monkeypatch.setattr(studio, "install_lock", asked.append)
    monkeypatch.setattr(studio, "install_chosen", lambda name, lock: None)
    monkeypatch.setattr(studio, "pip", lambda *arguments: None)
    monkeypatch.setattr(studio, "run", lambda command, *, quiet=False: None)
    monkeypatch.setattr(studio, "wants_cuda", lambda: False)
    studio.install(studio.NEEDED["torch"][1:])
    own_lock.write_text("a==2\n")
    studio.install((own_lock,))
    assert asked == [studio.TORCH_LOCK, own_lock, studio.TORCH_LOCK]


def test_the_libraries_of_nvidia_cards_are_installed_only_beside_a_torch_that_asks_for_them(
    studio, own_lock, monkeypatch
):
    for asks in (False, True):
        asked = []
        monkeypatch.setattr(studio, "install_lock", asked.append)
        monkeypatch.setattr(studio, "install_chosen", lambda name, lock: None)
        monkeypatch.setattr(studio, "pip", lambda *arguments: None)
        monkeypatch.setattr(studio, "run", lambda command, *, quiet=False: None)
        monkeypatch.setattr(studio, "wants_cuda", lambda asks=asks: asks)
        own_lock.write_text(f"a=={asks}\n")
        studio.install((own_lock, studio.TORCH_LOCK))
        assert asked == [own_lock, studio.TORCH_LOCK, *([studio.CUDA_LOCK] if asks else [])]


def test_a_torch_for_processors_alone_asks_for_no_libraries_of_nvidia(studio, tmp_path, monkeypatch):
    monkeypatch.setattr(studio, "PYTHON", Path(sys.executable))
    facts = tmp_path / "torch-9.dist-info"
    facts.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for lines, expected in (
        (["filelock"], False),
        (["nvidia-cublas==13; sys_platform == 'win95'"], False),
        (["filelock", f"cuda-toolkit[cublas]==13.0; sys_platform == '{sys.platform}'"], True),
    ):
        asked = "".join(f"Requires-Dist: {line}\n" for line in lines)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: torch\nVersion: 9\n{asked}")
        assert studio.wants_cuda() is expected


@pytest.fixture
def checked(studio, tmp_path, monkeypatch):
    """Runs checks and tests that are scripts; gives the exit code and what ran."""

    def run(checks, **scripts):
        for name, script in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >> ran\n{script}\n")
            (tmp_path / name).chmod(0o755)
        (tmp_path / "checks").write_text(checks)
        code = studio.run_tests([])
        return code, (tmp_path / "ran").read_text().split()

    monkeypatch.setattr(studio, "CHECKS", tmp_path / "checks")
    monkeypatch.setattr(studio, "PYTHON", tmp_path / "python")  # runs pytest
    monkeypatch.setattr(studio, "ROOT", tmp_path)
    return run


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
def test_a_check_beside_the_tests_fails_the_command_and_says_why_at_the_end(checked, capfd):
    scripts = {"types": "while [ ! -e tested ]; do :; done; echo wrong type; exit 3", "style": ""}
    code, ran = checked("types &\nstyle\n", **scripts, python="touch tested; echo tests passed")
    assert code == 3
    assert sorted(ran) == ["python", "style", "types"]
    said = capfd.readouterr().out
    assert said.index("tests passed") < said.index("types:\nwrong type")


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
@pytest.mark.parametrize(("tests", "types", "wanted"), [(0, 0, 0), (1, 0, 1), (1, 3, 1)])
def test_tests_and_checks_must_all_be_well(checked, tests, types, wanted):
    assert checked("types &\n", types=f"exit {types}", python=f"exit {tests}")[0] == wanted


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
def test_a_check_before_the_tests_ends_everything(checked):
    code, ran = checked("types &\nstyle\n", types="exec sleep 1000", style="exit 4", python="")
    assert code == 4
    assert "python" not in ran


def test_missing_system_packages_are_named_where_they_may_not_be_installed(studio, capsys, monkeypatch):
    monkeypatch.setattr(studio.platform, "system", lambda: "Linux")
    monkeypatch.setattr(studio, "missing_packages", lambda *, programs: ["libegl1"])
    monkeypatch.setattr(studio.os, "geteuid", lambda: 1000)
    studio.install_system(programs=False)
    assert "sudo apt-get install -y --no-install-recommends libegl1" in capsys.readouterr().out


def test_what_tests_call_is_installed_with_them(studio, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {"espeak-ng", "flite", "festival", "ffmpeg", "xvfb"} <= set(studio.missing_packages(programs=True))
    assert "espeak-ng" not in studio.missing_packages(programs=False)
