"""Files that are there whole or not at all, and what killed processes leave."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from core.base.errors import MediaError
from core.base.whole_file import beside_name, sweep, whole_file, written_whole

WRITES_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from core.base.whole_file import whole_file
with whole_file(Path(sys.argv[1])) as beside:
    beside.write_text("half")
    print("writing", flush=True)
    time.sleep(600)
"""


def test_the_file_appears_when_the_block_ends_and_keeps_its_rights(tmp_path):
    path = tmp_path / "r.json"
    path.write_text("old")
    path.chmod(0o640)
    with whole_file(path) as beside:
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_exception_the_old_content_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "r.json"
    path.write_text("old")

    def fail():
        with whole_file(path) as beside:
            beside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_sentence(tmp_path):
    with (
        pytest.raises(MediaError, match="The disk is full"),
        written_whole(tmp_path / "r.json", "The report"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(MediaError, match=r"The report .*r\.json. cannot be written"),
        written_whole(tmp_path / "r.json", "The report"),
    ):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_what_a_killed_process_left_is_swept_by_the_next_one_that_writes_there(tmp_path):
    script = [sys.executable, "-c", WRITES_UNTIL_KILLED, str(tmp_path / "film.mp4")]
    process = subprocess.Popen(script, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    (left,) = tmp_path.iterdir()
    assert sweep(tmp_path) == []  # it is still being written
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=300)
    process.stdout.close()
    with whole_file(tmp_path / "other.json") as beside:
        beside.write_text("{}")
    assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


def test_a_process_that_has_the_number_of_a_dead_one_does_not_keep_its_files(tmp_path):
    left = beside_name(tmp_path / "film.mp4")
    left.write_text("half")
    assert sweep(tmp_path) == []  # this very process
    long_ago = 1_000_000_000.0  # before this process began
    os.utime(left, (long_ago, long_ago))
    assert sweep(tmp_path) == [left]


def test_files_of_another_computer_and_of_the_user_stay(tmp_path):
    names = [
        ".unisync-000000-4194304-0123abcd.mp4",
        ".unisync-notes.mp4",
        "unisync-1.mp4",
        ".unisync-0123456789ab.mp4",
    ]
    for name in names:
        (tmp_path / name).touch()
    assert sweep(tmp_path) == []
    a_week_ago = time.time() - 7 * 86400  # as earlier versions named them
    os.utime(tmp_path / names[-1], (a_week_ago, a_week_ago))
    assert [path.name for path in sweep(tmp_path)] == names[-1:]
