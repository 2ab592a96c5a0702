"""torch comes when it is asked for: told how far it is, cancelled, and said why it did not come."""

import sys

import pytest

from core.base import torch_library
from core.base.errors import Cancelled, ModelError
from core.base.torch_library import TorchMissingError, add_user_libraries, user_libraries
from core.engine import torch_install, worker
from core.engine.torch_install import install_command, install_torch
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Failed, JobId, Progress

JOB = JobId("t")


def says(*lines, code=0):
    return [sys.executable, "-u", "-c", f"import sys\nfor line in {lines!r}: print(line)\nsys.exit({code})"]


def test_downloads_are_told_as_one_progress_that_only_rises(monkeypatch):
    monkeypatch.setattr(torch_install, "is_torch_here", lambda: True)
    command = says(
        "Collecting a", "Progress 0 of 100", "Progress 100 of 100", "Progress 10 of 900000000", "Progress 900000000 of 900000000"
    )  # fmt: skip
    *told, last = install_torch(JOB, CancelToken(), command)
    assert isinstance(last, Done)
    assert [event.done for event in told] == [0, 100, 110, 900000100]
    assert all(isinstance(event, Progress) and event.done <= event.total for event in told)
    assert told[-1].done == told[-1].total


def test_what_went_wrong_is_said_in_pips_last_words(monkeypatch):
    with pytest.raises(ModelError, match="no such host"):
        list(install_torch(JOB, CancelToken(), says("Collecting a", "ERROR: no such host", code=1)))
    monkeypatch.setattr(torch_install, "is_torch_here", lambda: False)
    with pytest.raises(ModelError, match="not installed: all well"):
        list(install_torch(JOB, CancelToken(), says("all well")))


def test_it_can_be_cancelled_while_it_waits():
    token = CancelToken()
    command = [sys.executable, "-u", "-c", "import time\nprint('Progress 1 of 2')\ntime.sleep(600)"]
    events = install_torch(JOB, token, command)
    assert isinstance(next(events), Progress)
    token.cancel()
    with pytest.raises(Cancelled):
        list(events)


def test_a_source_tree_uses_its_set_up_and_a_package_the_users_folder(monkeypatch, tmp_path):
    assert install_command()[1:] == [str(torch_install._SET_UP), "torch"]
    monkeypatch.setattr(torch_install, "_SET_UP", tmp_path / "none")
    with pytest.raises(ModelError, match="cannot install torch"):
        install_command()
    lock = tmp_path / "lock-torch.txt"
    lock.write_text("")
    monkeypatch.setattr(torch_install, "_PACKAGED_LOCK", lock)
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    command = install_command()
    assert command[command.index("--target") + 1] == str(user_libraries())
    assert "--require-hashes" in command
    assert str(user_libraries()).startswith(str(tmp_path))


def test_later_libraries_lie_behind_the_programs_own(monkeypatch, tmp_path):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = [*sys.path]
    add_user_libraries()
    assert sys.path == before
    user_libraries().mkdir(parents=True)
    add_user_libraries()
    add_user_libraries()
    assert sys.path == [*before, str(user_libraries())]


def test_the_window_is_told_that_torch_is_what_is_missing(monkeypatch):
    monkeypatch.setattr(torch_library, "is_torch_here", lambda: False)

    def needing():
        torch_library.require_torch("hybrid")
        yield

    event = worker._step(needing(), JOB)
    assert isinstance(event, Failed)
    assert event.needs_torch
    assert issubclass(TorchMissingError, ModelError)
