"""When what guards unsaved work cannot do its part: it says so, or stays out of the way, and loses nothing."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.base.errors import ProjectError
from core.project import backups, relink
from core.project.autosave import AutosaveStore, Recovery
from core.project.file import save_project
from core.project.lock import ProjectLock, this_process
from core.project.media_facts import probe_media
from core.project.model import Project
from tests.clips import ClipStore
from tests.core.project.conftest import base_project

NOW = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


def test_an_autosave_whose_folder_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be made"):
        AutosaveStore(tmp_path / "file" / "autosaves").write(Project(), None, NOW)
    assert (tmp_path / "file").read_text() == "in the way"


def test_an_autosave_that_cannot_be_removed_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = AutosaveStore(tmp_path)
    store.own_path.mkdir()
    with caplog.at_level(logging.WARNING):
        store.clear()
    assert "cannot be removed" in caplog.text


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"{}\n\xff\xfe", "not text in UTF-8")])
def test_an_autosave_that_is_gone_or_damaged_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "1-2.autosave"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProjectError, match=said):
        AutosaveStore(tmp_path).read(Recovery(path, None, NOW, "film"))


def test_an_accepted_autosave_is_offered_no_more(tmp_path: Path) -> None:
    dead = replace(this_process(), pid=2**22 + 1)  # above every number that Linux gives
    AutosaveStore(tmp_path, dead).write(base_project(), None, NOW)
    store = AutosaveStore(tmp_path)
    (recovery,) = store.recoverable()
    assert store.read(recovery) == base_project()
    store.accept(recovery)
    assert store.recoverable() == ()


def test_a_backup_that_cannot_be_made_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    project = tmp_path / "film.unisync"
    save_project(base_project(), project)
    (tmp_path / "backups").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert backups.add_backup(project, tmp_path / "backups", NOW) is None
    assert "no backup of" in caplog.text
    assert (tmp_path / "backups").read_text() == "in the way"


def test_files_among_backups_that_are_none_are_left_alone(tmp_path: Path) -> None:
    project = tmp_path / "film.unisync"
    save_project(base_project(), project)
    backup = backups.add_backup(project, tmp_path / "backups", NOW)
    assert backup is not None
    (backup.path.parent / "notes.unisync").write_text("mine")
    assert [each.path for each in backups.list_backups(project, tmp_path / "backups")] == [backup.path]


@pytest.mark.parametrize("content", ["", "not JSON", "[]", json.dumps({"host": "x"}), json.dumps({"host": "x", "pid": "y", "started": 0})])
def test_a_lock_that_says_nothing_is_nobodys(tmp_path: Path, content: str) -> None:
    lock = ProjectLock(tmp_path / "film.unisync")
    lock.path.write_text(content)
    assert lock.holder() is None
    assert lock.acquire() is None
    assert lock.is_ours


def test_a_lock_that_was_taken_over_is_not_taken_away_again(tmp_path: Path) -> None:
    lock = ProjectLock(tmp_path / "film.unisync")
    lock.acquire()
    other = {"host": "another-machine", "pid": 1, "started": 0.0}
    lock.path.write_text(json.dumps(other))
    assert not lock.is_ours
    lock.release()
    assert json.loads(lock.path.read_text()) == other


def test_a_project_is_exported_from_where_its_media_lie_now(tmp_path: Path, clips: ClipStore) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(clips("cfr25").read_bytes())
    found = probe_media(film)
    project = base_project()
    medium = replace(project.media[0], path="/gone/film.mp4", relative_path="film.mp4", size=found.size, quick_hash=found.quick_hash)
    project = replace(project, media=(medium,), clips=(), segments=())
    assert relink.with_found_media(project, tmp_path).media[0].path == str(film)
    film.write_bytes(b"another file")
    with pytest.raises(ProjectError, match=r"missing or changed: “/gone/film\.mp4”"):
        relink.with_found_media(project, tmp_path)
    film.unlink()
    with pytest.raises(ProjectError, match=r"missing or changed: “/gone/film\.mp4”"):
        relink.with_found_media(project, tmp_path)
