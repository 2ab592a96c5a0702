"""The export dialog, and an export through the engine process."""

import json
from dataclasses import replace
from fractions import Fraction as F

import pytest

from core.base.timing import FrameRate, TimeRange
from core.face_geometry.track import PersonId
from core.planning.requests import PatchSettings
from core.project import content_edits, edits
from core.project.export_order import ExportOrder
from core.project.segments import FaceIdentity, TakePiece
from tests.ui import fake_engine
from tests.ui.conftest import project_with
from ui.dialogs.export import ExportDialog


@pytest.fixture
def dialog_for(open_window, qtbot):
    """The dialog over a project, as its action opens it."""
    window = open_window(engine_target=fake_engine.main)

    def open_dialog(project):
        window.document.replace(project, None)
        window.actions["file.export"].trigger()
        (dialog,) = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
        return dialog

    return open_dialog


def another_rate(project):
    facts = replace(project.media[0].facts, rate=FrameRate(F(30000, 1001)), frame_count=1798)
    project = content_edits.add_media(project, "video", "/nowhere/b.mp4", "b.mp4", facts).project
    return edits.add_clip(project, project.media[2].id, F(80)).project


def test_a_whole_film_keeps_every_frame(dialog_for):
    dialog = dialog_for(project_with((1, 3)))
    assert "Every frame of the film is kept" in dialog.plan
    assert "keep the lips of the film" in dialog.plan
    assert "0 of 1 segments" in dialog._summary.text()
    assert not dialog._span.isEnabled()
    assert dialog.order.span is None
    dialog.close()


def test_cuts_and_other_rates_are_told_before(dialog_for):
    dialog = dialog_for(another_rate(project_with((1, 3))))
    assert "2 pieces, at 25 frames a second; gaps are black." in dialog.plan
    assert "b.mp4 has 29.97 frames a second and is re-timed" in dialog.plan
    dialog.close()


def test_credentials_are_offered_where_the_file_has_a_place_for_them(dialog_for):
    dialog = dialog_for(project_with((1, 3)))
    assert dialog.order.credentials
    dialog._credentials.setChecked(False)
    assert not dialog.order.credentials
    dialog._credentials.setChecked(True)
    dialog.choose(dialog.order.output.with_suffix(".mkv"), "ffv1")
    assert not dialog._credentials.isEnabled()
    assert not dialog.order.credentials
    assert "Matroska" in dialog._credentials_help.text()
    dialog.choose(dialog.order.output.with_suffix(".mov"), "prores")
    assert dialog.order.credentials
    dialog.close()


def test_marks_offer_their_range(dialog_for):
    project = project_with((1, 3))
    project = content_edits.set_in(project, F(2)).project
    project = content_edits.set_out(project, F(10)).project
    dialog = dialog_for(project)
    assert dialog.order.span == TimeRange(F(2), F(10))
    assert "00:00:08.000" in dialog._summary.text()
    assert "One piece of a film, at 25 frames a second." in dialog.plan
    dialog._span.setCurrentIndex(0)
    assert dialog.order.span is None
    assert "Every frame" in dialog.plan
    dialog.close()


def test_a_range_without_film_and_a_missing_folder_are_said(dialog_for, tmp_path):
    project = content_edits.set_in(project_with(), F(100)).project
    dialog = dialog_for(content_edits.set_out(project, F(110)).project)
    assert "no film in the marked range" in dialog._problem.text()
    assert not dialog._export.isEnabled()
    dialog._span.setCurrentIndex(0)
    dialog.choose(tmp_path / "gone" / "film.mp4", "h264")
    assert "does not exist" in dialog._problem.text()
    (tmp_path / "there.mp4").touch()
    dialog.choose(tmp_path / "there.mp4", "h264")
    assert dialog._export.text() == "Replace"
    dialog.close()


def test_export_goes_through_the_engine_and_leaves_a_report(dialog_for, qtbot, tmp_path):
    dialog = dialog_for(another_rate(project_with((1, 3))))
    window = dialog.parent()
    dialog.choose(tmp_path / "out.mp4", "h264", with_report=True)
    with qtbot.waitSignal(window.workshop.exports.finished, timeout=60_000) as finished:
        dialog._export.click()
    path, written = finished.args
    assert (path, written.frames, written.notes) == (tmp_path / "out.mp4", 10, ("2 pieces",))
    assert any("Exported out.mp4" in text for text in window.stack.texts)
    assert "2 pieces" in window.stack._cards[-1].message.hint
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["output"]["frames"] == 10
    assert report["output"]["notes"] == ["2 pieces"]
    assert "job" not in report["output"]
    assert report["films"] == ["/nowhere/b.mp4", "/nowhere/film.mp4"]
    assert report["segments"][0]["person"] == "Anna"
    assert report["segments"][0]["takes"] == []


@pytest.mark.parametrize("project", [project_with((1, 3)), another_rate(project_with((1, 3)))], ids=["whole", "cut"])
def test_loudness_is_chosen_kept_in_a_preset_and_told(dialog_for, qtbot, tmp_path, project):
    dialog = dialog_for(project)
    window = dialog.parent()
    assert dialog.order.loudness == "off"
    dialog._loudness.setCurrentIndex(dialog._loudness.findData("ebu"))
    dialog.keep_preset("delivery")
    dialog._loudness.setCurrentIndex(0)
    assert dialog.order.loudness == "off"
    dialog.use(window.workshop.exports.presets.find("delivery"))
    dialog.choose(tmp_path / "out.mp4", "h264")
    with qtbot.waitSignal(window.workshop.exports.finished, timeout=60_000):
        dialog._export.click()
    assert "Loudness -23.0 LUFS, peak -1.2 dBTP." in window.stack._cards[-1].message.hint


def test_a_report_that_cannot_be_written_is_told(dialog_for, qtbot, tmp_path):
    dialog = dialog_for(project_with((1, 3)))
    window = dialog.parent()
    dialog.close()
    with qtbot.waitSignal(window.workshop.exports.finished, timeout=60_000):
        assert window.workshop.exports.export(ExportOrder(tmp_path / "out.mp4", "h264", with_report=True))
        (tmp_path / "out.json").mkdir()  # in the meantime
    assert any("its report is not" in text for text in window.stack.texts)


def test_nothing_of_the_project_is_written_over(open_window, qtbot, tmp_path):
    window = open_window(engine_target=fake_engine.main)
    film = tmp_path / "film.mp4"
    film.write_bytes(b"a film")
    project = project_with((1, 3))
    project = content_edits.add_media(project, "audio", str(tmp_path / "voice.json"), "voice", project.media[1].facts)
    window.document.replace(project.project, tmp_path / "work.unisync")
    begun = window.workshop.exports.export
    medium = replace(window.document.project.media[0], path=str(film))
    window.document.replace(
        replace(window.document.project, media=(medium, *window.document.project.media[1:])),
        tmp_path / "work.unisync",
    )
    assert not begun(ExportOrder(film, "h264"))
    assert not begun(ExportOrder(tmp_path / "work.unisync", "h264"))
    assert not begun(ExportOrder(tmp_path / "voice.mp4", "h264", with_report=True))
    assert film.read_bytes() == b"a film"
    assert sum("is also an input" in text for text in window.stack.texts) >= 1


def with_lips(project):
    face = FaceIdentity(project.media[0].id, PersonId("P1"))
    project = replace(project, people=(replace(project.people[0], faces=(face,)), *project.people[1:]))
    segment = project.segments[0]
    whole = TimeRange(F(1), F(3))
    piece = TakePiece(project.media[0].id, whole, segment.media_time(F(1)), 25, 75, 0, "ab" * 32)
    return content_edits.add_take(project, segment.id, "auto", segment.lips, (piece,)).project


def test_the_mouths_alone_go_into_a_folder_through_the_queue(dialog_for, qtbot, tmp_path):
    project = with_lips(project_with((1, 3)))
    dialog = dialog_for(replace(project, settings=replace(project.settings, sync_threshold=0.7)))
    window = dialog.parent()
    dialog._path.setText(str(tmp_path / "film_dubbed.mp4"))
    assert not dialog._patch.isVisible()
    dialog._preset.setCurrentIndex(dialog._preset.findData("patch-png"))
    assert dialog._patch.isVisible()
    assert dialog.order.output == tmp_path / "film_patch"
    assert not dialog._size.isEnabled()
    assert not dialog._credentials.isEnabled()
    assert "Only what changes is written" in dialog.plan
    qtbot.waitUntil(lambda: "numbered pictures" in dialog.lost)
    dialog._patch.crop.setChecked(True)
    dialog._patch.handles.setValue(12)
    assert dialog.order.patch == PatchSettings("png", 12, True)
    assert not dialog.order.with_report
    assert not dialog.order.credentials
    dialog._queue.click()
    (entry,) = window.workshop.exports.queue.entries
    assert entry.order.patch == PatchSettings("png", 12, True)
    with qtbot.waitSignal(window.workshop.exports.finished, timeout=60_000) as finished:
        window.workshop.exports.start()
    path, written = finished.args
    assert path == tmp_path / "film_patch"
    assert written.timelines == ("a.otio", "a.kdenlive")
    made = json.loads((path / "patch.json").read_text())
    assert made == {"asked": {"format": "png", "handles": 12, "crop": True}, "stem": "film_patch", "weak_below": 0.7}
    assert any("Exported film_patch" in text for text in window.stack.texts)


def test_a_patch_is_refused_before_the_work_where_it_cannot_be(dialog_for, tmp_path):
    bare = dialog_for(project_with((1, 3)))
    bare.choose(tmp_path / "patch", PatchSettings("ffv1"))
    assert "No segment here has lips yet" in bare._problem.text()
    assert not bare._export.isEnabled()
    bare.close()
    dialog = dialog_for(with_lips(project_with((1, 3))))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    dialog.choose(tmp_path / "full", PatchSettings("ffv1"))
    assert "is not empty" in dialog._problem.text()
    dialog.choose(tmp_path / "new", PatchSettings("ffv1"))
    assert dialog._problem.text() == ""
    assert dialog._export.text() == "Export"
    window = dialog.parent()
    dialog.close()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.txt").touch()  # in the meantime
    assert not window.workshop.exports.export(ExportOrder(tmp_path / "new", "ffv1", patch=PatchSettings()))
    two = dialog_for(another_rate(with_lips(project_with((1, 3)))))
    two.choose(tmp_path / "other", PatchSettings())
    assert "b.mp4" in two._problem.text()
    assert "29.97" in two._problem.text()
    two.close()


def test_the_name_follows_from_film_to_patch_and_back(dialog_for, tmp_path):
    dialog = dialog_for(with_lips(project_with((1, 3))))
    dialog._path.setText(str(tmp_path / "scene.v2_dubbed.mp4"))
    for key, name in (
        ("patch-exr", "scene.v2_patch"), ("patch-ffv1", "scene.v2_patch"), ("ffv1", "scene.v2_dubbed.mkv"), ("h264", "scene.v2_dubbed.mp4"),
    ):  # fmt: skip
        dialog._preset.setCurrentIndex(dialog._preset.findData(key))
        assert dialog.order.output == tmp_path / name
    dialog.close()


def test_a_preset_keeps_a_patch(dialog_for, tmp_path):
    dialog = dialog_for(with_lips(project_with((1, 3))))
    dialog.choose(tmp_path / "p", PatchSettings("exr", 5, True))
    dialog.keep_preset("Mouths")
    dialog.choose(tmp_path / "p.mp4", "h264")
    dialog._own.setCurrentIndex(dialog._own.findData("Mouths"))
    dialog._own.activated.emit(dialog._own.currentIndex())
    assert dialog.order.patch == PatchSettings("exr", 5, True)
    assert dialog._own.currentData() == "Mouths"
    dialog._patch.handles.setValue(6)
    assert not dialog._own.currentData()
    dialog.close()
