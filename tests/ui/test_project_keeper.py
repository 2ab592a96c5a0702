import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QMessageBox

from core.project import content_edits
from core.project.autosave import AutosaveStore
from core.project.file import load_project, save_project
from core.project.lock import Holder, this_process
from core.project.model import Project
from tests.ui.conftest import project_with
from ui.dialogs.project_dialogs import RecoveryDialog, RelinkDialog


def rename(window, name):
    window.document.apply("Name", content_edits.set_project, name=name)


def save_as(window, qtbot, path):
    with qtbot.waitSignal(window.document.path_changed):
        window.keeper.save_as(path)


def test_save_open_and_undo_back_to_clean(window, qtbot, tmp_path):
    path = tmp_path / "film.unisync"
    rename(window, "One")
    assert window.isWindowModified()
    save_as(window, qtbot, path)
    assert not window.isWindowModified()
    rename(window, "Two")
    window.document.undo()
    assert not window.document.is_modified
    assert window.keeper.open(path)
    assert window.document.project.name == "One"
    assert window.keeper.recent == (path,)
    assert "One" in window.windowTitle()


def test_saving_makes_a_backup(window, qtbot, tmp_path):
    rename(window, "One")
    save_as(window, qtbot, tmp_path / "film.unisync")
    qtbot.waitUntil(lambda: len(window.keeper.backups) == 1)
    assert load_project(window.keeper.backups[0].path).name == "One"


def test_a_change_is_kept_aside_and_saving_clears_it(open_window, qtbot, tmp_path):
    window = open_window({"saving.autosave_seconds": 1})
    aside = window.keeper._autosaves.own_path
    rename(window, "Precious")
    qtbot.waitUntil(aside.is_file)
    assert "Precious" in aside.read_text()
    save_as(window, qtbot, tmp_path / "film.unisync")
    qtbot.waitUntil(lambda: not aside.exists())


def test_a_dead_windows_work_is_offered_and_opened(window, qtbot, home):
    dead = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    owner = replace(this_process(), pid=dead.pid, started=psutil.Process(dead.pid).create_time())
    dead.communicate(b"", timeout=300)
    from datetime import UTC, datetime

    AutosaveStore(home / "autosave", owner).write(project_with((1, 2)), None, datetime.now(UTC))
    window.commands.offer_recovery()
    (dialog,) = window.findChildren(RecoveryDialog)
    dialog._on_open()
    assert len(window.document.project.segments) == 1
    assert window.document.is_modified
    assert window.keeper.recoverable == ()
    qtbot.waitUntil(lambda: window.keeper._autosaves.own_path.is_file())


def test_stopped_from_outside_the_work_is_kept_and_saved_work_leaves_nothing(open_window, home):
    window = open_window()
    aside = window.keeper._autosaves.own_path
    rename(window, "Interrupted")
    window.close_for_later()
    assert "Interrupted" in aside.read_text()
    second = open_window()
    second.close_for_later()
    assert not [each for each in (home / "autosave").glob("*.autosave") if each != aside]


def test_declined_work_is_not_offered_again(window, home):
    folder = home / "autosave"
    folder.mkdir(exist_ok=True)
    header = {"pid": 1, "started": 0.0, "project": None, "time": "2026-01-01T00:00:00+00:00", "name": "x"}
    (folder / "1-0.autosave").write_text(json.dumps(header) + "\n{}")
    (recovery,) = window.keeper.recoverable
    window.keeper.decline(recovery)
    assert window.keeper.recoverable == ()


def test_project_open_elsewhere_is_read_only_until_taken_over(window, qtbot, tmp_path):
    path = tmp_path / "film.unisync"
    save_project(Project(name="Shared"), path)
    other = Holder("another-machine", 1, 0.0)
    lock = path.with_name(f".{path.name}.lock")
    lock.write_text(json.dumps({"host": other.host, "pid": other.pid, "started": other.started}))
    window.keeper.open(path)
    assert window.document.is_read_only
    assert not window.keeper.save()
    (box,) = window.findChildren(QMessageBox)
    next(b for b in box.buttons() if box.buttonRole(b) == QMessageBox.ButtonRole.DestructiveRole).click()
    assert not window.document.is_read_only
    assert json.loads(lock.read_text())["pid"] == this_process().pid


def test_two_windows_on_one_project_of_one_process_give_the_lock_back(window, qtbot, tmp_path):
    path = tmp_path / "film.unisync"
    save_project(Project(name="Shared"), path)
    window.keeper.open(path)
    assert path.with_name(f".{path.name}.lock").exists()
    window.keeper.new()
    assert not path.with_name(f".{path.name}.lock").exists()


def test_damaged_project_is_told_and_the_open_one_stays(window, tmp_path):
    path = tmp_path / "bad.unisync"
    path.write_text("{")
    rename(window, "Mine")
    assert not window.keeper.open(path)
    assert window.document.project.name == "Mine"
    assert "not valid JSON" in window.stack.texts[-1]


def test_full_disk_while_saving_is_told_and_work_goes_on(window, qtbot, tmp_path):
    window.keeper.save_as(tmp_path / "gone" / "film.unisync")
    qtbot.waitUntil(lambda: any("cannot be written" in text for text in window.stack.texts))
    assert window.document.path is None


def test_missing_media_are_marked_and_found_with_their_siblings(window, qtbot, tmp_path, clips):
    old = tmp_path / "old"
    old.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (old / name).write_bytes(clips("cfr25").read_bytes() if callable(clips) else b"")
    window.workshop.media.add_files([old / "a.mp4", old / "b.mp4"])
    qtbot.waitUntil(lambda: len(window.document.project.media) == 2)
    save_as(window, qtbot, tmp_path / "film.unisync")
    old.rename(tmp_path / "new")
    window.keeper.open(tmp_path / "film.unisync")
    media = window.document.project.media
    qtbot.waitUntil(lambda: all(window.document.library.is_missing(m.id) for m in media))
    assert "not found" in window.stack.texts[-1]
    assert all("file not found" in title for title in window.bin.titles)
    window.commands.show_relink()
    dialog = window.findChild(RelinkDialog)
    assert dialog.listed == tuple(m.id for m in media)
    dialog.file_chosen.emit(media[0].id, tmp_path / "new" / "a.mp4")
    qtbot.waitUntil(lambda: not any(window.document.library.is_missing(m.id) for m in media))
    assert [Path(m.path).parent.name for m in window.document.project.media] == ["new", "new"]
    assert window.document.undo_label == "Find media"


def test_template_gives_people_and_settings_without_media(window, tmp_path):
    window.document.replace(project_with((1, 2)), None)
    window.keeper.save_template("Series")
    assert [path.stem for path in window.keeper.templates] == ["Series"]
    window.commands.new_from_template(window.keeper.templates[0])
    project = window.document.project
    assert [person.name for person in project.people] == ["Anna", "Ben"]
    assert (project.media, project.segments) == ((), ())


@pytest.mark.parametrize("content", ["[]", '{"general.theme": "light"}', "nonsense"])
def test_settings_file_never_stops_the_start(content, home):
    from app.settings import load_settings

    path = home / "settings.json"
    path.write_text(content)
    values = load_settings(path)
    assert values == ({"general.theme": "light"} if "light" in content else {})
