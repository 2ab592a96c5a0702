"""torch comes when it is asked for: told how far it is, cancelled, and said why it did not come."""

import functools
import hashlib
import importlib.util
import os
import shutil
import sys
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from core.base import torch_library
from core.base.errors import Cancelled, ModelError
from core.base.torch_library import TorchMissingError, add_user_libraries, user_libraries
from core.engine import torch_install, worker
from core.engine.torch_install import install_command, install_torch
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, Failed, JobId, Progress

pytestmark = pytest.mark.slow

JOB = JobId("t")


def says(*lines, code=0):
    return [sys.executable, "-u", "-c", f"import sys\nfor line in {lines!r}: print(line)\nsys.exit({code})"]


def test_downloads_are_told_as_one_progress_that_only_rises(monkeypatch):
    monkeypatch.setattr(torch_install, "is_torch_here", lambda: True)
    monkeypatch.setattr(torch_install, "_load_problem", lambda: "")
    command = says(
        "Collecting a", "Progress 0 of 100", "Progress 100 of 100", "Progress 10 of 900000000", "Progress 900000000 of 900000000"
    )  # fmt: skip
    *told, last = install_torch(JOB, CancelToken(), command)
    assert isinstance(last, Done)
    assert [event.done for event in told] == [0, 100, 110, 900000100]
    assert all(isinstance(event, Progress) and event.done <= event.total for event in told)
    assert told[-1].done == told[-1].total


def test_what_is_unpacked_is_told_without_an_end(monkeypatch):
    monkeypatch.setattr(torch_install, "is_torch_here", lambda: True)
    monkeypatch.setattr(torch_install, "_load_problem", lambda: "")
    command = says("Progress 0 of 100", "Progress 100 of 100", "Installing collected packages: a, b", "Progress 5 of 50")
    *told, _ = install_torch(JOB, CancelToken(), command)
    assert [(event.stage, event.done) for event in told] == [("fetch", 0), ("fetch", 100), ("unpack", 0), ("fetch", 105)]
    assert told[2].total == 0


def test_what_went_wrong_is_said_in_pips_last_words(monkeypatch):
    with pytest.raises(ModelError, match="no such host"):
        list(install_torch(JOB, CancelToken(), says("Collecting a", "ERROR: no such host", code=1)))
    monkeypatch.setattr(torch_install, "is_torch_here", lambda: False)
    with pytest.raises(ModelError, match="not installed: all well"):
        list(install_torch(JOB, CancelToken(), says("all well")))


NAMES = ("torch", "diffusers")


@pytest.fixture
def index(tmp_path):
    """A folder of wheels that hold nothing, served over http; and a lock of them with their hashes."""
    folder, lock = tmp_path / "index", tmp_path / "lock.txt"
    folder.mkdir()
    lines = []
    for name in NAMES:
        wheel = folder / f"{name}-1.0-py3-none-any.whl"
        about = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{name}.py", "")
            archive.writestr(f"{name}.bin", os.urandom(600_000))  # pip tells how far it is from 512 KiB on
            archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "")
        lines.append(f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    lock.write_text("\n".join(lines))
    return folder, lock


@pytest.fixture
def serve():
    """Serves a folder; of a file named by `broken` only the beginning comes."""
    servers = []

    def begin(folder, broken=""):
        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self):
                if not broken or broken not in self.path:
                    super().do_GET()
                    return
                data = (folder / self.path.lstrip("/")).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[:20])
                self.close_connection = True

            def log_message(self, *_words):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def packaged(monkeypatch, tmp_path, lock, links):
    """As in an installed program: the real pip, a lock of the package's, the user's own folder."""
    monkeypatch.setattr(torch_install, "_SET_UP", tmp_path / "none")
    monkeypatch.setattr(torch_install, "_PACKAGED_LOCK", lock)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": links, "RETRIES": "0", "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)


def test_a_package_installs_what_its_lock_names_into_the_users_folder(monkeypatch, tmp_path, index, serve):
    folder, lock = index
    packaged(monkeypatch, tmp_path, lock, serve(folder))
    *told, last = install_torch(JOB, CancelToken())
    assert isinstance(last, Done)
    assert told
    assert {f"{name}.py" for name in NAMES} <= {path.name for path in user_libraries().iterdir()}


def test_where_there_is_no_room_nothing_is_fetched(monkeypatch, tmp_path, index, serve):
    folder, lock = index
    packaged(monkeypatch, tmp_path, lock, serve(folder))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage._replace(free=1_200_000_000))
    with pytest.raises(ModelError, match=r"1\.5 GB are needed in .*, and 1\.2 GB are free\."):
        list(install_torch(JOB, CancelToken()))
    assert not user_libraries().exists()


def test_another_content_than_the_locks_is_thrown_away_and_named(monkeypatch, tmp_path, index, serve):
    folder, lock = index
    second = lock.read_text().splitlines()[1]
    lock.write_text(f"torch==1.0 --hash=sha256:{'0' * 64}\n{second}")
    packaged(monkeypatch, tmp_path, lock, serve(folder))
    with pytest.raises(ModelError) as error:
        list(install_torch(JOB, CancelToken()))
    assert "torch==1.0" in str(error.value)
    assert "its hash differs" in str(error.value)
    assert not user_libraries().exists() or not list(user_libraries().glob("*.py"))


def test_a_connection_that_breaks_off_is_said_in_a_sentence(monkeypatch, tmp_path, index, serve):
    folder, lock = index
    packaged(monkeypatch, tmp_path, lock, serve(folder, broken="torch"))
    with pytest.raises(ModelError, match=r"torch was not installed: the connection broke off\."):
        list(install_torch(JOB, CancelToken()))
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody answers there
    with pytest.raises(ModelError, match=r"torch was not installed: the connection broke off\."):
        list(install_torch(JOB, CancelToken()))


def test_libraries_of_cards_come_with_a_build_that_needs_them(monkeypatch, tmp_path, index, serve):
    folder, lock = index
    cards = tmp_path / "cards.txt"
    first, second = lock.read_text().splitlines()
    lock.write_text(first)
    cards.write_text(second)
    packaged(monkeypatch, tmp_path, lock, serve(folder))
    monkeypatch.setattr(torch_install, "_CUDA_LOCK", cards)
    for asked, there in (((), False), (("nvidia-cublas==1; sys_platform == 'none'",), False), (("nvidia-cublas==1",), True)):
        monkeypatch.setattr(torch_install, "requires", lambda _name, asked=asked: asked)
        list(install_torch(JOB, CancelToken()))
        assert (user_libraries() / "diffusers.py").exists() == there


def test_what_came_and_does_not_load_is_not_called_installed(monkeypatch, tmp_path, index, serve):
    folder, lock = index
    packaged(monkeypatch, tmp_path, lock, serve(folder))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "torch.py").write_text("raise ImportError('libcudart.so.13 is not there')")
    monkeypatch.setenv("PYTHONPATH", str(broken))  # before what is installed, for the process that tries it
    with pytest.raises(ModelError, match="does not load here: ImportError: libcudart"):
        list(install_torch(JOB, CancelToken()))


def test_it_can_be_cancelled_while_it_waits():
    token = CancelToken()
    command = [sys.executable, "-u", "-c", "import time\nprint('Progress 1 of 2')\ntime.sleep(600)"]
    events = install_torch(JOB, token, command)
    assert isinstance(next(events), Progress)
    token.cancel()
    with pytest.raises(Cancelled):
        list(events)


def test_a_half_of_it_counts_as_missing(monkeypatch):
    """Cancelled between torch and what comes after it."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "diffusers" else find(name))
    with pytest.raises(TorchMissingError):
        torch_library.require_torch("hybrid")


def test_cancelled_nothing_goes_on_behind_it():
    """Set-up runs pip as a process of its own."""
    token = CancelToken()
    child = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print('Progress', p.pid, 'of', 2**40); time.sleep(600)"
    events = install_torch(JOB, token, [sys.executable, "-u", "-c", child])
    process = psutil.Process(next(events).done)
    token.cancel()
    with pytest.raises(Cancelled):
        list(events)
    psutil.wait_procs([process], timeout=60)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


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
