"""A disk that fills up at any place: one sentence, nothing half-written, and the same command goes on when there is room.

Real small disks are mounted, which takes the rights of the administrator.
"""

import os
import subprocess
import sys

import pytest

from tests.app.same_film import as_command, bare_home, film_digest, left_over, toy_dub

MOUNTS = sys.platform == "linux" and os.geteuid() == 0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MOUNTS, reason="only the administrator of a Linux system can mount a small disk"),
]


@pytest.fixture
def disk(tmp_path):
    """Mounts a disk of so many KiB at a folder, or gives the one that is there more room; unmounted at the end."""
    mounted = []

    def mount(folder, size):
        folder.mkdir(exist_ok=True)
        again = "remount," if folder in mounted else ""
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"{again}size={size}k", "tmpfs", str(folder)],
            capture_output=True,
            timeout=300,
        )
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
        mounted.append(folder)

    yield mount
    for folder in set(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=300)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """(options, digest of the finished film)"""
    folder = tmp_path_factory.mktemp("toy")
    options = toy_dub(folder)
    home = bare_home(folder / "home")
    run([*options, "-o", str(folder / "out.mkv")], home)
    return options, film_digest(folder / "out.mkv")


def run(options, home):
    environment = {**os.environ, "UNISYNC_HOME": str(home)}
    return subprocess.run(
        as_command(options), env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def is_one_sentence(done):
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("unisync: ")
    assert "full" in last, last
    return last


# A voice takes 96 KiB, the landmarks 200, a chunk 1 to 2.5 MiB: each of these fills up at another one.
@pytest.mark.parametrize("size", [64, 300, 2600])
def test_the_caches_disk_is_full(toy, disk, tmp_path, size):
    options, digest = toy
    home = bare_home(tmp_path / "home")
    disk(home / "cache", size)
    output = tmp_path / "out.mkv"
    command = [*options, "-o", str(output), "--report", str(tmp_path / "r.json")]
    assert "cache" in is_one_sentence(run(command, home))
    assert not output.exists()
    assert left_over(home / "cache", tmp_path) == []
    disk(home / "cache", 64 << 10)
    done = run(command, home)
    assert done.returncode == 0, done.stderr
    assert film_digest(output) == digest


def test_the_films_disk_is_full(toy, disk, tmp_path):
    options, digest = toy
    home = bare_home(tmp_path / "home")
    disk(tmp_path / "films", 400)
    output = tmp_path / "films" / "out.mkv"
    assert str(output) in is_one_sentence(run([*options, "-o", str(output)], home))
    assert list((tmp_path / "films").iterdir()) == []
    disk(tmp_path / "films", 64 << 10)
    done = run([*options, "-o", str(output)], home)
    assert done.returncode == 0, done.stderr
    assert film_digest(output) == digest


def test_the_disk_of_report_and_sheet_is_full(toy, disk, tmp_path):
    options, digest = toy
    home = bare_home(tmp_path / "home")
    disk(tmp_path / "papers", 8)
    (tmp_path / "papers" / "filler").write_bytes(bytes(8 << 10))
    for option, name in (("--report", "r.json"), ("--sheet", "s.png")):
        command = [*options, "-o", str(tmp_path / "out.mkv"), option, str(tmp_path / "papers" / name)]
        assert name in is_one_sentence(run(command, home))
        assert [path.name for path in (tmp_path / "papers").iterdir()] == ["filler"]
    assert film_digest(tmp_path / "out.mkv") == digest
