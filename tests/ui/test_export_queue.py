"""The export queue in the window, by its buttons: a real engine process that writes no real film behind it."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from core.base.timing import TimeRange
from core.planning.requests import Encoding
from core.project import content_edits
from core.project.export_order import ExportOrder, ExportPreset
from core.project.file import save_project
from tests.fields import woven
from tests.ui import fake_engine
from tests.ui.conftest import project_with
from ui.dialogs.export import ExportDialog
from ui.jobs.jobs_panel import JobRow


@pytest.fixture
def make_window(open_window, home):
    def make():
        window = open_window(engine_target=fake_engine.main)
        window.document.replace(project_with((1, 3)), None)
        window.show_exports()
        return window

    return make


def states(window):
    return [entry.state for entry in window.workshop.exports.queue.entries]


def names(window):
    return [entry.order.output.stem for entry in window.workshop.exports.queue.entries]


def press(qtbot, window, place, button):
    entry = window.workshop.exports.queue.entries[place]
    found = window.exports_panel.rows[entry.id].buttons[button]
    qtbot.waitUntil(lambda: found.isVisibleTo(window.exports_panel))
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def queue_three(window, folder):
    for name in "abc":
        assert window.workshop.exports.enqueue(ExportOrder(folder / f"{name}.mp4", "h264"))


def test_three_are_queued_reordered_and_made_in_order(make_window, qtbot, tmp_path):
    window = make_window()
    queue_three(window, tmp_path)
    assert states(window) == ["waiting"] * 3
    assert window.exports_panel.start.text() == "Export 3"
    press(qtbot, window, 2, "up")
    press(qtbot, window, 0, "down")
    assert names(window) == ["c", "a", "b"]
    made = []
    window.workshop.exports.finished.connect(lambda path, _written: made.append(path.stem))
    said = []
    window.workshop.exports.notifier.told.connect(lambda *words: said.append(words))
    qtbot.mouseClick(window.exports_panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: states(window) == ["done"] * 3, timeout=60_000)
    assert made == ["c", "a", "b"]
    assert said[0][0] == "3 films exported"
    assert not window.workshop.exports.is_running
    assert all((tmp_path / f"{name}.mp4").read_bytes() == b"film" for name in "abc")
    press(qtbot, window, 0, "remove")
    assert names(window) == ["a", "b"]
    qtbot.mouseClick(window.exports_panel.clear, Qt.MouseButton.LeftButton)
    assert names(window) == []


def test_a_running_one_is_paused_goes_on_is_cancelled_and_tried_again(make_window, qtbot, home, tmp_path):
    (home / "hold").touch()
    window = make_window()
    queue_three(window, tmp_path)
    exports = window.workshop.exports
    exports.start()
    qtbot.waitUntil(lambda: exports.progress == 0.6, timeout=60_000)
    assert states(window) == ["running", "waiting", "waiting"]
    press(qtbot, window, 0, "pause")
    assert states(window)[0] == "paused"
    press(qtbot, window, 0, "resume")
    assert states(window)[0] == "running"
    (row,) = [row for row in window.jobs_panel.findChildren(JobRow) if row._pause.isVisibleTo(row)]
    for state in ("paused", "running"):  # the panel of jobs holds it, too
        row._pause.click()
        assert states(window)[0] == state
    qtbot.mouseClick(window.exports_panel.start, Qt.MouseButton.LeftButton)  # “Stop after this one”
    press(qtbot, window, 0, "cancel")
    qtbot.waitUntil(lambda: states(window) == ["cancelled", "waiting", "waiting"], timeout=60_000)
    (home / "hold").unlink()
    press(qtbot, window, 0, "retry")
    assert states(window) == ["waiting"] * 3
    exports.start()
    qtbot.waitUntil(lambda: states(window) == ["done"] * 3, timeout=60_000)


def test_one_that_fails_says_why_and_does_not_stop_the_others(make_window, qtbot, home, tmp_path):
    (home / "full").touch()
    window = make_window()
    queue_three(window, tmp_path)
    exports = window.workshop.exports
    said = []
    exports.notifier.told.connect(lambda *words: said.append(words))
    exports.start()
    qtbot.waitUntil(lambda: states(window) == ["failed"] * 3, timeout=60_000)
    first = exports.queue.entries[0]
    assert (first.error, first.hint) == ("The disk is full.", "Free some space.")
    assert "The disk is full." in window.exports_panel.rows[first.id].state.text()
    assert said[0][1] == "3 exports failed."
    (home / "full").unlink()
    press(qtbot, window, 1, "retry")
    exports.start()
    qtbot.waitUntil(lambda: states(window) == ["failed", "done", "failed"], timeout=60_000)


def test_the_queue_outlives_the_window_and_asks_before_it_goes_on(make_window, qtbot, home, tmp_path):
    (home / "hold").touch()
    window = make_window()
    queue_three(window, tmp_path)
    window.workshop.exports.start()
    qtbot.waitUntil(lambda: states(window)[0] == "running", timeout=60_000)
    window.close_now()
    (home / "hold").unlink()
    again = make_window()
    assert states(again) == ["waiting"] * 3
    again.workshop.exports.offer_to_go_on()
    assert any("3 exports wait" in text for text in again.stack.texts)
    text, go_on = again.stack._cards[-1].message.action
    assert text == "Go on"
    go_on()
    qtbot.waitUntil(lambda: states(again) == ["done"] * 3, timeout=60_000)


def test_what_is_edited_later_does_not_change_what_was_ordered(make_window, qtbot, tmp_path):
    window = make_window()
    window.workshop.exports.enqueue(ExportOrder(tmp_path / "a.mp4", "h264", with_report=True))
    window.document.replace(project_with(), None)
    window.workshop.exports.start()
    qtbot.waitUntil(lambda: states(window) == ["done"], timeout=60_000)
    assert '"person": "Anna"' in (tmp_path / "a.json").read_text()


def test_two_exports_never_write_one_file(make_window, tmp_path):
    window = make_window()
    assert window.workshop.exports.enqueue(ExportOrder(tmp_path / "a.mp4", "h264"))
    assert not window.workshop.exports.enqueue(ExportOrder(tmp_path / "a.mp4", "hevc"))
    assert any("in the queue writes a.mp4" in text for text in window.stack.texts)


def test_other_projects_come_in_with_a_preset(make_window, qtbot, tmp_path):
    window = make_window()
    project = project_with((1, 3))


    media = []
    for medium in project.media:
        (tmp_path / medium.name).write_bytes(b"x")
        media.append(replace(medium, path=str(tmp_path / medium.name)))
    project = content_edits.set_out(content_edits.set_in(replace(project, media=tuple(media)), F(2)).project, F(4))
    save_project(project.project, tmp_path / "episode.unisync")
    window.workshop.exports.presets.save(ExportPreset("Web", "hevc", Encoding(quality=24)))
    (tmp_path / "episode_dubbed.mp4").touch()
    window.commands.exports._ask_preset([tmp_path / "episode.unisync", tmp_path / "gone.unisync"])
    (dialog,) = [each for each in window.findChildren(QInputDialog) if each.isVisible()]
    assert dialog.comboBoxItems()[0] == "Web"
    dialog.setTextValue("Web")
    dialog.accept()
    qtbot.waitUntil(lambda: len(states(window)) == 1)
    (entry,) = window.workshop.exports.queue.entries
    assert entry.order.output == tmp_path / "episode_dubbed_2.mp4"
    assert (entry.order.picture, entry.order.encoding, entry.order.span) == (
        "hevc", Encoding(quality=24), TimeRange(F(2), F(4)),
    )  # fmt: skip
    qtbot.waitUntil(lambda: any("gone.unisync" in text for text in window.stack.texts))


def open_dialog(window):
    window.actions["file.export"].trigger()
    (dialog,) = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
    return dialog


def test_a_project_without_a_name_is_exported_beside_its_film_under_the_films_name(window, tmp_path):
    film = tmp_path / "scene 4.mov"
    film.touch()
    project = project_with()
    medium = replace(project.media[0], path=str(film))
    window.document.replace(replace(project, name="", media=(medium, *project.media[1:])), None)
    assert open_dialog(window)._path.text() == str(tmp_path / "scene 4_dubbed.mp4")


def test_the_dialog_sets_every_part_of_an_order_and_puts_it_into_the_queue(make_window, tmp_path):
    window = make_window()
    dialog = open_dialog(window)
    dialog.choose(tmp_path / "a.mkv", "hevc")
    dialog._size.setCurrentIndex(dialog._size.findData(720))
    dialog._rule.setCurrentIndex(dialog._rule.findData("bit_rate"))
    dialog._bit_rate.setValue(5)
    dialog._codec.setCurrentIndex(dialog._codec.findData("flac"))
    dialog._layout.setCurrentIndex(dialog._layout.findData("mono"))
    dialog._sounds.setCurrentIndex(dialog._sounds.findData("only-dub"))
    dialog._deinterlace.click()
    dialog._queue.click()
    (entry,) = window.workshop.exports.queue.entries
    assert entry.order.encoding == Encoding(None, 5000, 720, "flac", "mono", deinterlace=True)
    assert entry.order.audio_tracks == "only-dub"
    assert entry.state == "waiting"
    assert window.docks["exports"].isVisible()
    request = window.workshop.exports._request(window.document.project, entry.order)
    assert request.encoding == entry.order.encoding
    assert request.audio_tracks == "only-dub"


def test_quality_is_offered_where_the_codec_has_one(make_window, tmp_path):
    window = make_window()
    dialog = open_dialog(window)
    dialog._rule.setCurrentIndex(dialog._rule.findData("quality"))
    dialog._quality.setValue(23)
    assert dialog.order.encoding.quality == 23
    dialog.choose(tmp_path / "a.mov", "prores")
    assert not dialog._rule.isEnabled()
    assert dialog.order.encoding.quality is None
    dialog._codec.setCurrentIndex(dialog._codec.findData("flac"))
    assert "FLAC sound does not go into .mov" in dialog._problem.text()
    assert not dialog._queue.isEnabled()
    dialog.close()


def test_own_presets_are_saved_chosen_and_deleted(make_window, tmp_path):
    window = make_window()
    dialog = open_dialog(window)
    dialog._rule.setCurrentIndex(dialog._rule.findData("quality"))
    dialog._quality.setValue(23)
    dialog._deinterlace.click()
    dialog._keep.click()
    (ask,) = [each for each in dialog.findChildren(QInputDialog) if each.isVisible()]
    ask.setTextValue("Web")
    ask.accept()
    assert dialog._own.currentData() == "Web"
    dialog._quality.setValue(30)
    assert dialog._own.currentData() == ""  # no longer what the preset says
    dialog.close()
    dialog = open_dialog(window)
    dialog._own.setCurrentIndex(dialog._own.findData("Web"))
    dialog._own.activated.emit(dialog._own.currentIndex())
    assert dialog.order.encoding == Encoding(quality=23, deinterlace=True)
    dialog._drop.click()
    assert window.workshop.exports.presets.presets == ()
    assert dialog._own.count() == 1
    dialog.close()


def test_what_is_not_kept_is_told_before(make_window, qtbot, clips):
    window = make_window()
    project = window.document.project


    film = replace(project.media[0], path=str(clips("odd_size")))
    window.document.replace(replace(project, media=(film, *project.media[1:])), None)
    dialog = open_dialog(window)
    qtbot.waitUntil(lambda: "no odd sizes" in dialog.lost)
    dialog._preset.setCurrentIndex(dialog._preset.findData("ffv1"))
    qtbot.waitUntil(lambda: dialog.lost == "Everything in the film is kept.")
    dialog.close()


def test_muted_lanes_are_told_before(make_window):
    window = make_window()
    window.document.apply(
        "mute", content_edits.set_lane_sound, window.document.project.segments[0].lane, muted=True
    )
    dialog = open_dialog(window)
    assert "Not all lanes are heard: Anna muted." in dialog.plan
    dialog.close()


def test_an_interlaced_film_is_named_before_it_is_exported_and_deinterlaced_when_ticked(make_window, qtbot, tmp_path):
    window = make_window()
    project = window.document.project
    film = replace(project.media[0], path=str(woven(tmp_path / "fields.mov")))
    window.document.replace(replace(project, media=(film, *project.media[1:])), None)
    dialog = open_dialog(window)
    dialog._preset.setCurrentIndex(dialog._preset.findData("hevc"))
    qtbot.waitUntil(lambda: "edges that move are combs" in dialog.lost)
    dialog._deinterlace.click()
    qtbot.waitUntil(lambda: "a whole picture is made of the first field of each" in dialog.lost)
    dialog.close()
