"""Working against a script: import, cast, segments, the table, export; through the window."""

import json
import re
import zlib
from contextlib import suppress
from fractions import Fraction as F

import numpy as np
import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog

from core.project import content_edits, edits
from core.project.media_items import MediaFacts
from core.script.reading import read_script
from tests.core.script.test_scripts import DETX
from tests.ui.conftest import project_with
from tests.ui.drops import drop_files
from ui.lines.import_dialog import ScriptDialog
from ui.state.library import Waveform

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SRT = (
    "1\n00:00:01,000 --> 00:00:03,000\nANNA: Hello there.\n\n2\n00:00:04,000 --> 00:00:05,000\nGHOST: Boo!\n\n"
    "3\n00:00:06,000 --> 00:00:07,000\nANNA: Who is it?\n"
)


@pytest.fixture
def dubbing(window):
    """A film and two dubs; the second is loud from 4 s to 5 s, the first elsewhere."""
    project = project_with()
    facts = MediaFacts(F(60), audio_channels=1, sample_rate=48000)
    project = content_edits.add_media(project, "audio", "/nowhere/ghost.wav", "ghost.wav", facts).project
    project = edits.add_clip(project, project.media[2].id, F(0), lane="A3").project
    window.document.replace(project, None)
    for medium, loud in ((project.media[1], 0.5), (project.media[2], 0.0)):
        high = np.full(600, loud, np.float32)
        high[40:50] = 0.5 - loud
        window.document.library.put_waveform(medium.id, Waveform(10, -high, high))
    return window


def letters_of_pdf(path):
    """The characters that a PDF's fonts say they draw: its words are numbers of glyphs, told apart by these tables alone."""
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    letters = set()
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        with suppress(zlib.error):
            packed = zlib.decompress(packed)
        if b"begincmap" in packed:
            table = packed.split(b"beginbf", 1)[1]
            letters |= {chr(int(code, 16)) for code in re.findall(rb"<([0-9a-fA-F]{4})>", table)}
    return letters


def shown(window):
    return next((each for each in window.findChildren(ScriptDialog) if each.isVisible()), None)


def accept(window, qtbot):
    qtbot.waitUntil(lambda: shown(window) is not None)
    dialog = shown(window)
    (button,) = [
        each
        for each in dialog.buttons.buttons()
        if dialog.buttons.buttonRole(each) == QDialogButtonBox.ButtonRole.AcceptRole
    ]
    QTest.mouseClick(button, LEFT, NONE, button.rect().center())


def cells(window, column):
    model = window.lines.view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def bring(window, qtbot, tmp_path):
    path = tmp_path / "script.srt"
    path.write_text(SRT, encoding="utf-8")
    drop_files(window.viewer, window.viewer.rect().center(), path)
    accept(window, qtbot)
    qtbot.waitUntil(lambda: len(cells(window, 5)) == 3)
    assert window.lines.isVisible()


def test_a_dropped_script_becomes_lines_cast_and_segments(dubbing, qtbot, tmp_path):
    window, document = dubbing, dubbing.document
    bring(window, qtbot, tmp_path)
    assert cells(window, 3) == ["ANNA", "GHOST", "ANNA"]
    assert cells(window, 4) == ["Anna", "", "Anna"], "a character named as a person is cast"
    assert cells(window, 6)[1] == "nobody plays this character yet"
    menu = window.lines.build_cast_menu()
    (ghost,) = [each for each in menu.actions() if each.text().startswith("GHOST")]
    next(each for each in ghost.menu().actions() if each.text() == "Ben").trigger()
    qtbot.waitUntil(lambda: cells(window, 4)[1] == "Ben")
    QTest.mouseClick(window.lines.make, LEFT, NONE, window.lines.make.rect().center())
    segments = document.project.segments
    assert {(s.note, s.dub) for s in segments} == {
        ("Hello there.", "m2"), ("Who is it?", "m2"), ("Boo!", document.project.media[2].id),
    }  # fmt: skip
    qtbot.waitUntil(lambda: cells(window, 6)[0].startswith("Not generated yet"))
    document.undo()
    assert document.project.segments == ()
    document.undo()
    document.undo()
    assert document.project.lines == ()


def test_the_table_selects_sorts_filters_edits_and_follows(dubbing, qtbot, tmp_path):
    window, document = dubbing, dubbing.document
    bring(window, qtbot, tmp_path)
    QTest.mouseClick(window.lines.make, LEFT, NONE, window.lines.make.rect().center())
    qtbot.waitUntil(lambda: cells(window, 6)[2].startswith("Not generated yet"))
    window.docks["lines"].raise_()
    view = window.lines.view
    QTest.mouseClick(view.viewport(), LEFT, NONE, view.visualRect(view.model().index(2, 5)).center())
    assert document.session.playhead == 6
    (segment,) = document.selected_segments
    assert segment.note == "Who is it?"
    assert window.inspector.title.text() == "Who is it?"
    window.lines.filter.setText("ghost")
    assert cells(window, 5) == ["Boo!"]
    window.lines.filter.setText("")
    view.sortByColumn(5, Qt.SortOrder.AscendingOrder)
    assert cells(window, 5) == ["Boo!", "Hello there.", "Who is it?"]
    view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    model = view.model()
    assert model.setData(model.index(0, 5), "Hello you.")
    assert document.project.lines[0].text == "Hello you."
    assert model.setData(model.index(0, 1), "00:00:00:12")
    assert document.project.lines[0].range.start == F(12, 25)
    assert not model.setData(model.index(0, 1), "soon")
    assert any("soon" in text for text in window.stack.texts)
    view.selectRow(2)
    (delete,) = view.actions()
    delete.trigger()
    qtbot.waitUntil(lambda: len(cells(window, 5)) == 2)
    assert [line.text for line in document.project.lines] == ["Hello you.", "Boo!"]
    document.undo()
    qtbot.waitUntil(lambda: len(cells(window, 5)) == 3)
    document.session.set_playhead(F(9, 2))
    qtbot.waitUntil(lambda: model.index(1, 5).data(Qt.ItemDataRole.FontRole) is not None)
    assert model.index(1, 5).data(Qt.ItemDataRole.FontRole).bold()


def test_a_table_s_columns_are_assigned_and_previewed(dubbing, qtbot, tmp_path):
    window = dubbing
    book = openpyxl.Workbook()
    for row in (("Who", "From", "Until", "Speech"), ("ANNA", "1", "2", "Ja"), ("BEN", "3", "4", "Nein")):
        book.active.append(row)
    book.save(tmp_path / "table.xlsx")
    window.line_commands.read(tmp_path / "table.xlsx")
    qtbot.waitUntil(lambda: shown(window) is not None)
    dialog = shown(window)
    assert "No column holds the text" in dialog.words.text()
    dialog.choices["text"].setCurrentText("Speech")
    dialog.choices["character"].setCurrentText("Who")
    dialog.choices["end"].setCurrentText("Until")
    assert dialog.preview.item(1, 3).text() == "Nein"
    assert dialog.words.text().startswith("2 lines, 2 characters")
    accept(window, qtbot)
    qtbot.waitUntil(lambda: len(window.document.project.lines) == 2)
    ja = window.document.project.lines[0]
    assert (ja.character, ja.text, float(ja.range.start), float(ja.range.end)) == ("ANNA", "Ja", 1.0, 2.0)


def test_a_dropped_ttal_file_is_a_table(dubbing, qtbot, tmp_path):
    path = tmp_path / "script.ttal"
    events = [
        {"character": "ANNA", "start": "00:00:01:00", "end": "00:00:02:00", "text": "Ja"},
        {"character": "BEN", "start": "00:00:03:00", "end": "00:00:04:00", "text": "Nein"},
    ]
    path.write_text(json.dumps({"language": "de", "events": events}), encoding="utf-8")
    drop_files(dubbing.viewer, dubbing.viewer.rect().center(), path)
    qtbot.waitUntil(lambda: shown(dubbing) is not None)
    assert shown(dubbing).choices["character"].currentText() == "character", "its columns can be assigned"
    accept(dubbing, qtbot)
    qtbot.waitUntil(lambda: [line.text for line in dubbing.document.project.lines] == ["Ja", "Nein"])


def test_lines_are_written_for_others(dubbing, qtbot, tmp_path):
    window = dubbing
    bring(window, qtbot, tmp_path)
    for ending in ("csv", "srt", "dapt", "html", "pdf"):
        window.actions["file.export_script"].trigger()
        dialog = next(each for each in window.findChildren(QFileDialog) if each.isVisible())
        dialog.fileSelected.emit(str(tmp_path / f"out.{ending}"))
        dialog.close()
        qtbot.waitUntil(lambda ending=ending: (tmp_path / f"out.{ending}").is_file())
    rate = window.document.project.sequence.rate
    for ending in ("csv", "srt", "dapt"):
        found = read_script(tmp_path / f"out.{ending}", rate)
        assert [(line.character, line.text) for line in found.lines] == [
            ("ANNA", "Hello there."), ("GHOST", "Boo!"), ("ANNA", "Who is it?"),
        ]  # fmt: skip
    assert "Who is it?" in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert set("Whoisit?") <= letters_of_pdf(tmp_path / "out.pdf")


def test_what_is_no_script_is_told(dubbing, qtbot, tmp_path):
    (tmp_path / "bad.srt").write_text("nothing here")
    dubbing.line_commands.read(tmp_path / "bad.srt")
    qtbot.waitUntil(lambda: any("subtitles" in text for text in dubbing.stack.texts))
    assert dubbing.document.project.lines == ()


def test_lip_marks_of_a_script_shut_the_mouth_of_its_segments(dubbing, qtbot, tmp_path):
    path = tmp_path / "a.detx"
    path.write_text(DETX.replace('voiceoff="true"', ""), encoding="utf-8")
    drop_files(dubbing.viewer, dubbing.viewer.rect().center(), path)
    accept(dubbing, qtbot)
    qtbot.waitUntil(lambda: len(dubbing.document.project.lines) == 1)
    qtbot.waitUntil(dubbing.lines.make.isEnabled)
    QTest.mouseClick(dubbing.lines.make, LEFT)
    (segment,) = dubbing.document.project.segments
    assert [segment.timeline_time(pin.time) for pin in segment.pins] == [F(239, 25)]
