"""Timelines written and read by the window."""

from fractions import Fraction as F

from core.project import edits
from tests.ui.conftest import project_with


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
