"""Vanished disks, folders that may not be written, full disks, two windows: real ones, not made-up exceptions."""

import json
import os
import resource
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction as F
from pathlib import Path

import pytest

from core.base.errors import ProjectError
from core.project import content_edits
from core.project.autosave import AutosaveStore, Recovery
from core.project.file import load_project, save_project
from core.project.model import Project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights and limits as POSIX has them")
NOBODY = 65534


def rename(window, name):
    window.document.apply("Name", content_edits.set_project, name=name)


def told(window, words):
    return lambda: any(words in text for text in window.stack.texts)


def keep_aside(window, qtbot):
    """Keeps the unsaved state aside, and waits until the window knows it: before that it does not start another."""
    window.keeper.autosave()
    qtbot.waitUntil(lambda: window.keeper._autosaves.own_path.is_file() and not window.keeper._is_writing)


@contextmanager
def no_more_than(size):
    """No file may grow beyond `size` bytes: what a full disk does to a writer, without filling one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def ordinary_user():
    """The administrator may write anywhere: what is inside is done as somebody else."""
    is_administrator = os.geteuid() == 0
    if is_administrator:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_administrator:
            os.seteuid(0)


@pytest.fixture
def place():
    """A folder that belongs to an ordinary user."""
    folder = Path(tempfile.mkdtemp(prefix="unisync-test-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    yield folder
    folder.chmod(0o755)
    for each in folder.rglob("*"):
        each.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def home(place, monkeypatch):
    """The user's folder, which stays theirs."""
    folder = place / "home"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    monkeypatch.setenv("UNISYNC_HOME", str(folder))
    return folder


def test_full_disk_while_autosaving_keeps_the_last_state_and_goes_on(window, qtbot):
    rename(window, "First")
    keep_aside(window, qtbot)
    aside = window.keeper._autosaves.own_path
    kept = aside.read_text()
    with no_more_than(200):
        rename(window, "Second " + "x" * 500)
        window.keeper.autosave()
        qtbot.waitUntil(told(window, "The unsaved state could not be kept"))
    assert aside.read_text() == kept
    assert [path.name for path in aside.parent.iterdir()] == [aside.name]
    rename(window, "Third")
    window.keeper.autosave()
    qtbot.waitUntil(lambda: "Third" in aside.read_text())


def test_full_disk_while_saving_keeps_the_file(window, qtbot, tmp_path):
    path = tmp_path / "film.unisync"
    rename(window, "First")
    window.keeper.save_as(path)
    qtbot.waitUntil(lambda: not window.document.is_modified)
    rename(window, "Second " + "x" * 500)
    with no_more_than(300):
        assert window.keeper.save()
        qtbot.waitUntil(told(window, "cannot be written"))
    assert load_project(path).name == "First"
    assert window.document.is_modified
    assert not list(tmp_path.glob("*.tmp"))
    assert window.keeper.save()
    qtbot.waitUntil(lambda: not window.document.is_modified)


def test_save_as_onto_a_full_disk_changes_nothing(window, qtbot, tmp_path):
    first, second = tmp_path / "first.unisync", tmp_path / "second.unisync"
    rename(window, "x" * 500)
    window.keeper.save_as(first)
    qtbot.waitUntil(lambda: not window.document.is_modified)
    rename(window, "y" * 500)
    keep_aside(window, qtbot)
    with no_more_than(300):
        window.keeper.save_as(second)
        qtbot.waitUntil(told(window, "cannot be written"))
    assert window.document.path == first
    assert window.keeper._autosaves.own_path.is_file(), "what is unsaved stays aside"
    assert (tmp_path / ".first.unisync.lock").exists()
    assert not (tmp_path / ".second.unisync.lock").exists()
    assert window.keeper.save()
    qtbot.waitUntil(lambda: load_project(first).name == "y" * 500)


def test_a_lock_that_cannot_be_written_leaves_nothing(window, tmp_path):
    path = tmp_path / "film.unisync"
    save_project(Project(name="Shared"), path)
    with no_more_than(0):
        window.keeper.open(path)
    assert window.document.is_read_only
    assert not (tmp_path / ".film.unisync.lock").exists()


def test_project_in_a_folder_that_may_not_be_written(window, place):
    path = place / "film.unisync"
    save_project(Project(name="Theirs"), path)
    place.chmod(0o555)
    with ordinary_user():
        assert window.keeper.open(path)
    assert window.document.is_read_only
    assert window.tool_bar._read_only_action.isVisible()
    assert told(window, "cannot be written")()
    rename(window, "Mine")
    assert not window.keeper.save()
    assert load_project(path).name == "Theirs"


def test_project_file_that_may_not_be_written(window, qtbot, place):
    path = place / "film.unisync"
    save_project(Project(name="Theirs"), path)
    path.chmod(0o444)
    with ordinary_user():
        assert window.keeper.open(path)
        assert window.document.is_read_only
        assert told(window, "may not be changed")()
        rename(window, "Mine")
        assert not window.keeper.save()
        window.keeper.save_as(place / "mine.unisync")
        qtbot.waitUntil(lambda: not window.document.is_modified)
    assert not window.document.is_read_only
    assert not window.tool_bar._read_only_action.isVisible()
    assert (load_project(path).name, load_project(place / "mine.unisync").name) == ("Theirs", "Mine")


def test_autosaves_in_a_folder_that_may_not_be_written_stop_nothing(place):
    store = AutosaveStore(place / "autosave")
    with ordinary_user():
        store.write(Project(name="Kept"), None, datetime.now(UTC))
        (place / "autosave").chmod(0o555)
        store.clear()  # logged, and no more
        assert store.own_path.is_file()
        with pytest.raises(ProjectError, match="cannot be written"):
            store.write(Project(name="More"), None, datetime.now(UTC))
        with pytest.raises(ProjectError, match="cannot be put aside"):
            store.decline(Recovery(store.own_path, None, datetime.now(UTC), "Kept"))


def test_a_project_taken_over_by_another_window_is_not_overwritten(window, qtbot, tmp_path):
    path = tmp_path / "film.unisync"
    save_project(Project(name="Shared"), path)
    window.keeper.open(path)
    rename(window, "Mine")
    lock = path.with_name(f".{path.name}.lock")
    lock.write_text(json.dumps({"host": "another-machine", "pid": 1, "started": 0.0}))
    save_project(Project(name="Theirs"), path)
    assert not window.keeper.save()
    assert told(window, "was taken over by another window")()
    assert window.document.is_read_only
    assert load_project(path).name == "Theirs"
    window.keeper.save_as(tmp_path / "mine.unisync")
    qtbot.waitUntil(lambda: not window.document.is_modified)
    assert "another-machine" in lock.read_text(), "the other's lock is not ours to give back"


def test_a_vanished_disk_is_noticed_and_its_return_too(window, qtbot, clips, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    shutil.copy(clips("cfr25"), disk / "film.mp4")
    window.keeper._look_again.setInterval(50)
    window.commands.import_files((disk / "film.mp4",))
    qtbot.waitUntil(lambda: bool(window.document.project.video_clips))
    window.keeper.save_as(disk / "film.unisync")
    qtbot.waitUntil(lambda: not window.document.is_modified)
    film, library = window.document.project.media[0].id, window.document.library
    disk.rename(tmp_path / "away")
    rename(window, "Still here")
    assert window.keeper.save()
    qtbot.waitUntil(told(window, "cannot be written"))
    window.viewer.player._decoder.forget(film)
    window.viewer.player._frames._readers.clear()  # as after a while: the file is opened anew
    window.document.session.set_playhead(F(1))
    qtbot.waitUntil(lambda: library.is_missing(film))
    assert told(window, "were not found")()
    (tmp_path / "away").rename(disk)
    window.keeper.check_media()
    qtbot.waitUntil(lambda: not library.is_missing(film))
    assert told(window, "missing files are back")()
    shown = window.viewer.canvas
    qtbot.waitUntil(lambda: shown._rendered is not None and shown._rendered.error is None)
    assert window.keeper.save()
    qtbot.waitUntil(lambda: load_project(disk / "film.unisync").name == "Still here")
