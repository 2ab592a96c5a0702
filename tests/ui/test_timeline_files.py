"""Timelines written and read by the window."""

from fractions import Fraction as F

import pytest

from core.base.timing import TimeRange
from core.project import edits
from tests.ui.conftest import project_with
from tests.ui.drops import drop_files


def told(window, words):
    return lambda: any(words in text for text in window.stack.texts)


def test_a_timeline_is_written_and_read_again(window, qtbot, clips, tmp_path):
    assert not window.actions["file.export_timeline"].isEnabled()
    window.commands.import_files((clips("cfr25"),))
    qtbot.waitUntil(lambda: bool(window.document.project.video_clips))
    clip = window.document.project.video_clips[0].id
    window.document.apply("Trim", edits.trim_start, clip, F(1))
    window.commands.interchange.write(tmp_path / "cut.edl")
    qtbot.waitUntil(told(window, "The timeline was written to cut.edl."))
    before = window.document.project
    window.document.mark_saved(before, tmp_path / "film.unisync")
    window.commands.interchange.read(tmp_path / "cut.edl")
    qtbot.waitUntil(told(window, "cut.edl was read: 1 clips."))
    after = window.document.project
    assert [(c.range, c.offset) for c in after.clips] == [(c.range, c.offset) for c in before.clips]
    assert after.media[0].facts == before.media[0].facts
    assert window.document.path is None
    assert window.document.is_modified


def test_a_timeline_that_cannot_be_read_changes_nothing(window, qtbot, tmp_path):
    window.document.replace(project_with((1, 3)), None)
    before = window.document.project
    (tmp_path / "bad.otio").write_text("{")
    window.commands.interchange.read(tmp_path / "bad.otio")
    qtbot.waitUntil(told(window, "no timeline that can be read"))
    assert window.document.project is before


def test_files_are_asked_for(window, qtbot):
    from PySide6.QtWidgets import QFileDialog

    window.document.replace(project_with((1, 3)), None)
    for action in ("file.import_timeline", "file.export_timeline"):
        window.actions[action].trigger()
        (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
        assert "*.otio *.edl *.xml" in dialog.nameFilters()[0]
        dialog.close()
        qtbot.waitUntil(lambda: not [d for d in window.findChildren(QFileDialog) if d.isVisible()])


def kdenlive_of(film, folder):
    """A Kdenlive project with the film's frames 10 to 29 from frame 5 on, as `tests.core.timelines.test_kdenlive` writes them."""
    path = folder / "cut.kdenlive"
    path.write_text(
        '<mlt><profile width="320" height="180" frame_rate_num="25" frame_rate_den="1"/><playlist id="main_bin"/>'
        '<producer id="black_track"/>'
        f'<producer id="film"><property name="resource">{film}</property><property name="mlt_service">avformat</property></producer>'
        '<playlist id="pictures"><blank length="5"/><entry producer="film" in="10" out="29"/></playlist>'
        '<tractor id="v1"><track hide="audio" producer="pictures"/></tractor>'
        '<tractor id="main" global_feed="1"><track producer="black_track"/><track producer="v1"/></tractor></mlt>'
    )
    return path


def choose_in_dialog(window, qtbot, path):
    """File → Open by its keys, the path pasted into the dialog, its button clicked."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit

    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    assert "*.unisync *.otio *.edl *.xml *.fcpxml *.kdenlive" in dialog.nameFilters()[0]
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    line.clear()
    QApplication.clipboard().setText(str(path))  # typed, each letter would be completed by the dialog
    qtbot.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    accept = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Open)
    qtbot.waitUntil(accept.isEnabled)
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)


def drop_on_window(window, _qtbot, path):
    drop_files(window.centre, window.centre.rect().center(), path)


def drop_on_bin(window, _qtbot, path):
    drop_files(window.bin, window.bin.rect().center(), path)


def drop_on_timeline(window, _qtbot, path):
    drop_files(window.timeline, window.timeline.rect().center(), path)


@pytest.mark.parametrize("door", [choose_in_dialog, drop_on_window, drop_on_bin, drop_on_timeline])
def test_a_kdenlive_project_is_opened_like_one_of_ours(window, qtbot, clips, tmp_path, door):
    from app.main import main
    from core.project.file import load_project

    film = clips("cfr25")
    cut = kdenlive_of(film, tmp_path)
    door(window, qtbot, cut)
    qtbot.waitUntil(told(window, "cut.kdenlive was read: 1 clips."))
    project = window.document.project
    (clip,) = project.video_clips
    assert (clip.range, clip.offset) == (TimeRange(F(1, 5), F(1)), F(2, 5))
    assert [medium.path for medium in project.media] == [str(film)]
    assert (window.document.path, window.document.is_modified) == (None, True)
    assert main(["timeline", "import", str(cut), "-o", str(tmp_path / "cut.unisync")]) == 0
    read = load_project(tmp_path / "cut.unisync")
    assert [(c.range, c.offset, c.lane) for c in read.clips] == [(c.range, c.offset, c.lane) for c in project.clips]


def test_xml_that_is_no_timeline_is_not_taken_for_one(window, qtbot, tmp_path):
    (tmp_path / "words.xml").write_text("<tt/>")
    drop_on_window(window, qtbot, tmp_path / "words.xml")
    qtbot.waitUntil(lambda: bool(window.stack.texts))
    assert not any("no timeline" in text for text in window.stack.texts)
    (tmp_path / "cut.xml").write_text('<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4"/>')
    drop_on_window(window, qtbot, tmp_path / "cut.xml")
    qtbot.waitUntil(told(window, "cut.xml"))
    assert any("no timeline" in text for text in window.stack.texts)


def test_damaged_kdenlive_projects_change_nothing(window, qtbot, tmp_path):
    window.document.replace(project_with((1, 3)), None)
    before = window.document.project
    (tmp_path / "bad.kdenlive").write_text("<mlt>")
    drop_on_window(window, qtbot, tmp_path / "bad.kdenlive")
    qtbot.waitUntil(told(window, "no timeline that can be read"))
    assert window.document.project is before
