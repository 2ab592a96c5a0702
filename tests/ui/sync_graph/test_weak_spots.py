"""The list of weak stretches beside the graph, and a range marked by dragging in it."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.project import content_edits
from tests.ui.conftest import project_with
from ui.state.library import CurveKey, SyncCurve

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def judged(window, qtbot):
    """Two segments, the second of which the film's lips do not fit between 13 and 14 s."""
    window.resize(1500, 950)
    window.document.replace(project_with((1, 5), (10, 18)), None)
    film = window.document.project.media[0].id
    times = np.arange(0, 20, 0.2)
    values = np.where((times > 12.9) & (times < 14), 0.21, 0.9).astype(np.float32)
    values[times < 4] = np.nan
    for segment in window.document.project.segments:
        curve = SyncCurve(film, times, values, np.zeros(len(times), np.float32))
        window.document.library.put_curve(CurveKey("dub", segment.id), curve)
    window.timeline.axis.set_range(0, 20)
    qtbot.waitUntil(lambda: bool(window.sync_graph.spots.spots))
    return window


def test_a_click_in_the_list_goes_to_the_weak_stretch(judged):
    spots = judged.sync_graph.spots
    (spot,) = spots.spots  # what is not known is not weak
    assert float(spot.start) == pytest.approx(13.0, abs=0.05)
    assert float(spot.end) == pytest.approx(13.9, abs=0.11)
    assert "0.21" in spots.item(0).text()
    assert "Anna" in spots.item(0).text()
    assert spots.isVisible()
    QTest.mouseClick(spots.viewport(), LEFT, pos=spots.visualItemRect(spots.item(0)).center())
    assert judged.document.session.playhead == spot.start
    assert judged.document.session.selection == {judged.document.project.segments[1].id}


def test_the_list_follows_what_is_judged_and_can_be_put_away(judged, open_window, qtbot):
    graph, document = judged.sync_graph, judged.document
    assert graph.list_button.text() == "Weak: 1"
    QTest.mouseClick(graph.list_button, LEFT)
    assert not graph.spots.isVisible()
    key = CurveKey("dub", document.project.segments[1].id)
    known = document.library.curve(key)
    document.library.put_curve(key, SyncCurve(known.film, known.times, np.full_like(known.p_sync, 0.8), known.offset_ms))
    qtbot.waitUntil(lambda: not graph.list_button.isEnabled())
    assert graph.list_button.text() == "Nothing weak"
    judged.close_now()
    assert not open_window(dict(judged.options._values)).sync_graph.list_button.isChecked(), "it stays put away"


def test_a_drag_in_the_graph_marks_a_range_as_one_step(judged):
    plot, axis = judged.sync_graph.plot.viewport(), judged.timeline.axis
    places = [QPoint(round(axis.to_x(t)), plot.height() // 3) for t in (6, 7, 8, 9)]
    QTest.mousePress(plot, LEFT, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(plot, place)
    QTest.mouseRelease(plot, LEFT, pos=places[-1])
    project = judged.document.project
    assert float(project.in_point) == pytest.approx(6, abs=0.05)
    assert float(project.out_point) == pytest.approx(9, abs=0.05)
    assert judged.sync_graph._marked.span == (float(project.in_point), float(project.out_point))
    assert float(judged.document.session.playhead) == pytest.approx(6, abs=0.05)
    judged.document.undo()
    assert judged.document.project.in_point is None
    assert judged.sync_graph._marked.span is None


def test_marks_are_a_frame_apart_and_in_order():
    project = project_with((1, 5))
    marked = content_edits.set_marks(project, project.segments[0].range.end, project.segments[0].range.start).project
    assert (marked.in_point, marked.out_point) == (1, 5)
    marked = content_edits.set_marks(project, marked.in_point, marked.in_point).project
    assert marked.out_point - marked.in_point == project.sequence.rate.frame_duration


def test_the_list_is_as_wide_as_its_rows(judged, qtbot):
    spots, person = judged.sync_graph.spots, judged.document.project.people[0]
    judged.document.apply("Name", content_edits.set_person, person.id, name="Anna of the Lighthouse")
    key = CurveKey("dub", judged.document.project.segments[0].id)
    known = judged.document.library.curve(key)
    low = SyncCurve(known.film, known.times, np.full_like(known.p_sync, 0.1), known.offset_ms)
    judged.document.library.put_curve(key, low)
    qtbot.waitUntil(lambda: "Lighthouse" in spots.item(0).text())
    assert spots.sizeHintForColumn(0) <= spots.viewport().width()
