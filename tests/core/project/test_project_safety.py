"""Backups, autosave, lock and relinking."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from core.base.errors import ProjectError
from core.project import backups, relink
from core.project.autosave import AutosaveStore
from core.project.file import save_project
from core.project.lock import Holder, ProjectLock, this_process
from core.project.model import Project
from tests.core.project.conftest import base_project, facts

NOW = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def dead_holder():
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    holder = replace(this_process(), pid=process.pid, started=psutil.Process(process.pid).create_time())
    process.communicate(b"", timeout=300)
    return holder


def test_backups_thin_out_to_hours_days_and_weeks():
    times = [NOW - timedelta(minutes=10 * n) for n in range(6 * 24 * 90)]
    kept = backups.kept_times(times, NOW)
    assert NOW in kept
    assert 32 <= len(kept) <= 24 + 7 + 8
    assert max(NOW - time for time in kept) <= timedelta(weeks=8)
    last_hours = [time for time in kept if NOW - time < timedelta(hours=20)]
    assert len({time.hour for time in last_hours}) == len(last_hours)


def test_backups_hold_what_was_saved_then(tmp_path):
    path = tmp_path / "film.unisync"
    for hour, name in enumerate(("first", "second", "third")):
        save_project(Project(name=name), path)
        backups.add_backup(path, tmp_path / "backups", NOW + timedelta(hours=hour))
    found = backups.list_backups(path, tmp_path / "backups")
    assert [json.loads(b.path.read_text())["project"]["name"] for b in found] == ["third", "second", "first"]
    assert not list((tmp_path / "backups").rglob("*.tmp"))


def test_backups_of_projects_with_the_same_name_stay_apart(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save_project(Project(name=folder), tmp_path / folder / "film.unisync")
        backups.add_backup(tmp_path / folder / "film.unisync", tmp_path / "backups", NOW)
    assert len(backups.list_backups(tmp_path / "a" / "film.unisync", tmp_path / "backups")) == 1


def test_a_dead_windows_state_is_offered_and_a_live_ones_is_not(tmp_path, dead_holder):
    AutosaveStore(tmp_path).write(Project(name="mine"), None, NOW)
    AutosaveStore(tmp_path, dead_holder).write(base_project(), tmp_path / "film.unisync", NOW)
    store = AutosaveStore(tmp_path)
    (recovery,) = store.recoverable()
    assert (recovery.name, recovery.project_path, recovery.time) == ("Base", tmp_path / "film.unisync", NOW)
    assert store.read(recovery) == base_project()


def test_declined_state_is_not_offered_again_but_kept(tmp_path, dead_holder):
    AutosaveStore(tmp_path, dead_holder).write(Project(name="x"), None, NOW)
    store = AutosaveStore(tmp_path)
    aside = store.decline(store.recoverable()[0])
    assert aside.is_file()
    assert store.recoverable() == ()


def test_damaged_autosave_is_skipped(tmp_path, caplog):
    (tmp_path / "1-2.autosave").write_text("nonsense")
    assert AutosaveStore(tmp_path).recoverable() == ()
    assert "cannot be read" in caplog.text


def test_lock_is_held_by_one_and_taken_over_from_the_dead(tmp_path, dead_holder):
    path = tmp_path / "film.unisync"
    first = ProjectLock(path)
    assert first.acquire() is None
    first.release()
    assert not first.path.exists()
    first.path.write_text(
        json.dumps({"host": dead_holder.host, "pid": dead_holder.pid, "started": dead_holder.started})
    )
    assert ProjectLock(path).acquire() is None


def test_lock_of_a_living_process_or_another_machine_is_respected_until_stolen(tmp_path):
    path = tmp_path / "film.unisync"
    parent = psutil.Process(os.getppid())
    for holder in (
        Holder(this_process().host, parent.pid, parent.create_time()),
        Holder("elsewhere", 1, 0.0),
    ):
        lock = ProjectLock(path)
        lock.path.write_text(json.dumps({"host": holder.host, "pid": holder.pid, "started": holder.started}))
        assert lock.acquire() == holder
        lock.release()
        assert lock.path.exists()
        assert lock.acquire(steal=True) is None
        lock.release()


def test_lock_in_a_missing_folder_says_read_only(tmp_path):
    with pytest.raises(ProjectError, match="cannot be written"):
        ProjectLock(tmp_path / "gone" / "film.unisync").acquire()


def media_at(folder, *names):
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(name.encode() * 100_000)
    project = base_project()
    return tuple(
        replace(
            medium,
            path=str(folder / name),
            size=(folder / name).stat().st_size,
            quick_hash=relink.stored_hash(folder / name),
            facts=facts(60),
        )
        for medium, name in zip(project.media, names, strict=False)
    )


def test_media_moved_with_their_project_are_found(tmp_path):
    (film,) = media_at(tmp_path / "a" / "media", "film.mp4")
    project = Project(media=(film,))
    saved = save_project(project, tmp_path / "a" / "p.unisync")
    (tmp_path / "a").rename(tmp_path / "b")
    (located,) = relink.locate_all(saved, tmp_path / "b")
    assert located.path == tmp_path / "b" / "media" / "film.mp4"
    assert not located.is_changed


def test_a_changed_file_is_told_from_a_missing_one(tmp_path):
    film, other = media_at(tmp_path / "m", "film.mp4", "other.mp4")
    Path(film.path).write_bytes(b"something else")
    Path(other.path).unlink()
    assert relink.locate(film, None).is_changed
    assert relink.locate(other, None).path is None


def test_siblings_are_found_with_the_first(tmp_path):
    media = media_at(tmp_path / "old", "film.mp4", "other.mp4", "dub.wav")
    (tmp_path / "old").rename(tmp_path / "new")
    (tmp_path / "new" / "dub.wav").write_bytes(b"not the same")
    found = relink.find_siblings(media, media[0], tmp_path / "new" / "film.mp4")
    assert found == {media[1].id: tmp_path / "new" / "other.mp4"}


def test_quick_hash_sees_a_changed_tail(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(1_000_000))
    before = relink.stored_hash(path)
    path.write_bytes(bytes(999_999) + b"1")
    assert relink.stored_hash(path) != before
