"""Each person's curve in the person's colour, explained beside the plot, and saved for other programs."""

import csv
from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from core.base.timing import TimeRange
from core.project import content_edits
from core.project.edits import SegmentDraft, add_segments
from core.project.segments import TakePiece
from tests.ui.conftest import project_with
from ui.state.library import CurveKey, SyncCurve


@pytest.fixture
def judged(window, qtbot):
    """Anna speaks from 1 s well, Ben from 4 s badly."""
    project = project_with((1, 3))
    film, dub = (medium.id for medium in project.media)
    ben = project.people[1].id
    project = add_segments(project, [SegmentDraft(TimeRange(F(4), F(6)), dub, F(4), ben)]).project
    for segment in project.segments:
        frames = [round(float(t) * 25) for t in (segment.range.start, segment.range.end)]
        piece = TakePiece(film, segment.range, segment.offset, *frames, 0, f"key {segment.id}")
        project = content_edits.add_take(project, segment.id, "auto", segment.lips, (piece,)).project
    window.document.replace(project, None)
    for segment, p in zip(project.segments, (0.9, 0.3), strict=True):
        times = np.arange(float(segment.range.start), float(segment.range.end), 0.2)
        values = np.full(len(times), p, np.float32)
        values[0] = np.nan
        curve = SyncCurve(film, times, values, np.zeros(len(times), np.float32))
        window.document.library.put_curve(CurveKey("take", segment.chosen), curve)
    window.timeline.axis.set_range(0, 10)
    qtbot.waitUntil(lambda: len(window.sync_graph.chosen_line) > 15)
    return window


def colours_in(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 1)}


def test_two_people_have_two_colours_and_the_words_hide_nothing(judged, qtbot):
    graph = judged.sync_graph
    anna, ben = judged.document.project.people
    assert anna.colour != ben.colour
    qtbot.waitUntil(lambda: {anna.colour, ben.colour} <= colours_in(graph.plot))
    assert "Anna" in graph._legend.text()
    plot = graph.plot.viewport()
    QTest.mouseMove(plot, QPoint(round(judged.timeline.axis.to_x(F(5))), plot.height() // 2))
    qtbot.waitUntil(lambda: "Ben, take 1: 0.30" in graph._words.text())
    words = graph._words.rect().translated(graph._words.mapTo(graph, QPoint(0, 0)))
    assert not words.intersects(graph.plot.geometry())


def menu_of(graph, text):
    plot = graph.plot.viewport()
    at = plot.rect().center()
    QApplication.sendEvent(plot, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, plot.mapToGlobal(at)))
    menu = [each for each in graph.findChildren(QMenu) if each.isVisible()][-1]
    (action,) = [each for each in menu.actions() if each.text() == text]
    action.trigger()
    menu.close()


def test_curves_are_saved_as_a_table_and_as_a_picture(judged, qtbot, tmp_path):
    graph = judged.sync_graph
    for text, name in (("Save the curves as a table…", "c.csv"), ("Save the graph as a picture…", "g.png")):
        menu_of(graph, text)
        dialog = next(each for each in judged.findChildren(QFileDialog) if each.isVisible())
        dialog.fileSelected.emit(str(tmp_path / name))
        dialog.close()
        qtbot.waitUntil(lambda name=name: (tmp_path / name).is_file())
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["person"] for row in rows} == {"Anna", "Ben"}
    first = next(row for row in rows if row["person"] == "Anna")
    assert (first["timecode"], first["sync"]) == ("00:00:01:00", ""), "what is not known stays empty"
    assert {row["sync"] for row in rows if row["person"] == "Ben"} == {"", "0.3000"}
    picture = QImage(str(tmp_path / "g.png"))
    assert picture.width() >= graph.width()


def test_the_menu_goes_to_weak_stretches_and_hides_curves(judged, qtbot):
    graph = judged.sync_graph
    menu_of(graph, "Next weak or doubtful stretch")
    assert 4 <= judged.document.session.playhead < 5
    film = judged.document.project.media[0].id
    times = np.arange(0, 10, 0.2)
    curve = SyncCurve(film, times, np.full(50, 0.7, np.float32), np.zeros(50, np.float32))
    judged.document.library.put_curve(CurveKey("source", film), curve)
    qtbot.waitUntil(lambda: graph._lines["source"].getData()[0] is not None)
    qtbot.waitUntil(lambda: len(graph._lines["source"].getData()[0]) > 10)
    menu_of(graph, "Show the film with its own voice")
    qtbot.waitUntil(lambda: not len(graph._lines["source"].getData()[0] if graph._lines["source"].getData()[0] is not None else ()))
