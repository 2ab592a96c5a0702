"""The export queue on the disk: order, copies of projects, ends of every kind, and other windows."""

import multiprocessing
import os
import signal
import time
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest

from core.base.errors import ProjectError
from core.base.timing import TimeRange
from core.planning.requests import Encoding
from core.project import content_edits
from core.project.export_order import ExportOrder, ExportPreset, ExportPresets, free_output, of_preset
from core.project.export_queue import ExportQueue
from tests.core.project.conftest import base_project


def order(name, **values):
    return ExportOrder(Path(f"/films/{name}.mp4"), "h264", **values)


def names(queue):
    return [entry.order.output.stem for entry in queue.entries]


@pytest.fixture
def queue(tmp_path):
    queue = ExportQueue(tmp_path)
    yield queue
    queue.close()


def test_entries_keep_order_settings_and_their_project_as_it_was(queue, tmp_path):
    project = base_project()
    full = order(
        "b", span=TimeRange(F(1), F(7, 3)), with_report=True, credentials=False, audio_tracks="add",
        encoding=Encoding(bit_rate=8000, height=720, audio_codec="flac", audio_layout="mono"),
    )  # fmt: skip
    queue.add(project, order("a"))
    added = queue.add(project, full)
    first = queue.add(content_edits.set_project(project, name="Other").project, order("c"), first=True)
    assert names(queue) == ["c", "a", "b"]
    queue.move(added.id, -1)
    queue.move(first.id, 5)
    assert names(queue) == ["b", "a", "c"]
    queue.close()
    again = ExportQueue(tmp_path)
    assert names(again) == ["b", "a", "c"]
    assert again.entries[0].order == full
    assert again.project(first.id).name == "Other"
    assert again.project(added.id).segments == project.segments
    again.remove(added.id)
    assert names(again) == ["a", "c"]
    assert len(list((tmp_path / "exports").glob("*.unisync"))) == 2
    again.close()


def test_what_ran_when_the_program_ended_waits_again_and_the_rest_is_as_it_was(queue, tmp_path):
    ids = [queue.add(base_project(), order(name)).id for name in "abcd"]
    for entry, state in zip(ids, ("done", "running", "paused", "failed"), strict=True):
        queue.change(entry, state=state, error="It broke." if state == "failed" else "")
    queue.close()
    again = ExportQueue(tmp_path)
    assert [entry.state for entry in again.entries] == ["done", "waiting", "waiting", "failed"]
    assert again.entries[3].error == "It broke."
    again.close()


def _add_for_ever(home, started):
    queue = ExportQueue(home)
    number = 0
    while True:
        queue.add(base_project(), order(f"n{number}"))
        queue.move(queue.entries[-1].id, -1)
        number += 1
        started.set()


def test_killed_at_any_moment_the_queue_is_whole(tmp_path):
    context = multiprocessing.get_context("fork")
    for attempt in range(3):
        started = context.Event()
        process = context.Process(target=_add_for_ever, args=(tmp_path, started))
        process.start()
        assert started.wait(60)
        time.sleep(0.01 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        process.join(timeout=300)
        queue = ExportQueue(tmp_path)
        assert queue.problem == ""
        assert queue.entries
        for entry in queue.entries:
            assert queue.project(entry.id).name == "Base"
        assert {path.stem for path in (tmp_path / "exports").glob("*.unisync")} == {e.id for e in queue.entries}
        queue.close()


def test_a_damaged_queue_is_put_aside_and_said(queue, tmp_path):
    queue.add(base_project(), order("a"))
    queue.close()
    path = tmp_path / "exports" / "queue.json"
    path.write_text(path.read_text()[:40])
    again = ExportQueue(tmp_path)
    assert again.entries == ()
    assert "damaged" in again.problem
    assert list((tmp_path / "exports").glob("damaged-*.json"))
    again.close()


def test_an_id_that_leads_elsewhere_is_left_out(queue, tmp_path):
    entry = queue.add(base_project(), order("a"))
    queue.close()
    path = tmp_path / "exports" / "queue.json"
    (tmp_path / "x.unisync").write_text("not mine")
    path.write_text(path.read_text().replace(entry.id, "../x"))
    again = ExportQueue(tmp_path)
    assert again.entries == ()
    assert (tmp_path / "x.unisync").read_text() == "not mine"
    again.close()


def _hold_a_queue(home, ready, done):
    queue = ExportQueue(home)
    queue.add(base_project(), order("other"))
    ready.set()
    done.wait(60)
    os._exit(0)  # as a crash: nothing is closed


def test_a_second_window_has_its_own_and_the_next_takes_over_what_it_left(tmp_path):
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=_hold_a_queue, args=(tmp_path, ready, done))
    process.start()
    assert ready.wait(60)
    queue = ExportQueue(tmp_path)
    queue.add(base_project(), order("mine"))
    assert names(queue) == ["mine"]
    done.set()
    process.join(timeout=300)
    queue.close()
    again = ExportQueue(tmp_path)
    assert sorted(names(again)) == ["mine", "other"]
    for entry in again.entries:
        assert again.project(entry.id).name == "Base"
    again.close()


def test_presets_are_kept_by_name_and_applied(tmp_path):
    path = tmp_path / "presets.json"
    presets = ExportPresets(path)
    web = ExportPreset("Web", "hevc", Encoding(quality=24, height=720), "only-dub", "all", True, False)
    presets.save(web)
    presets.save(ExportPreset("archive", "ffv1"))
    presets.save(replace(web, encoding=Encoding(quality=26)))
    again = ExportPresets(path)
    assert [preset.name for preset in again.presets] == ["archive", "Web"]
    assert again.find("Web").encoding == Encoding(quality=26)
    marked = TimeRange(F(1), F(2))
    made = of_preset(again.find("archive"), tmp_path / "x.mp4", marked)
    assert (made.output, made.span) == (tmp_path / "x.mkv", marked)
    assert of_preset(again.find("Web"), tmp_path / "x.mov", marked).span is None
    again.remove("Web")
    assert [preset.name for preset in ExportPresets(path).presets] == ["archive"]


def test_damaged_presets_are_said_and_not_lost(tmp_path):
    path = tmp_path / "presets.json"
    path.write_text("{")
    presets = ExportPresets(path)
    assert "cannot be read" in presets.problem
    presets.save(ExportPreset("a"))
    assert (tmp_path / "presets.damaged.json").read_text() == "{"
    assert [preset.name for preset in ExportPresets(path).presets] == ["a"]


def test_a_name_is_found_that_nobody_has(tmp_path):
    (tmp_path / "a.mp4").touch()
    assert free_output(tmp_path / "a.mp4", {tmp_path / "a_2.mp4"}) == tmp_path / "a_3.mp4"


def test_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    queue = ExportQueue(tmp_path / "file")
    assert "cannot be kept" in queue.problem
    with pytest.raises(ProjectError, match="export queue cannot be made"):
        queue.add(base_project(), order("a"))
