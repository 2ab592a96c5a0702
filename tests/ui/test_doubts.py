"""Frames that the engine doubts: in the graph, in the table of lines, and on the way of N."""

from fractions import Fraction as F

from PySide6.QtCore import Qt

from core.base.timing import TimeRange
from core.project import line_edits
from core.project.line_edits import LineDraft
from tests.ui.fake_engine import DOUBTED
from tests.ui.test_work_in_background import done, dubbing  # noqa: F401 - a fixture


def generated(window, qtbot):
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    take = window.document.project.segments[0].takes[0]
    qtbot.waitUntil(lambda: bool(window.document.library.take_state(take.id).doubtful), timeout=20_000)
    return take


def test_doubtful_frames_are_hatched_and_said(dubbing, qtbot):  # noqa: F811
    window = dubbing
    window.timeline.axis.set_range(0, 10)
    generated(window, qtbot)
    window.sync_graph.rebuild()
    (span,) = window.sync_graph.doubted
    assert span == (1 + DOUBTED.start / 25, 1 + DOUBTED.stop / 25)
    assert "may not pass for real" in window.sync_graph.words_at(F(DOUBTED.start, 25) + 1)
    assert "may not pass" not in window.sync_graph.words_at(F(1))


def test_n_walks_through_weak_and_doubtful_stretches(dubbing, qtbot):  # noqa: F811
    window = dubbing
    generated(window, qtbot)
    session = window.document.session
    session.set_playhead(F(0))
    walked = []
    for _ in range(2):
        window.actions["segment.next_weak"].trigger()
        walked.append(session.playhead - 1)
    assert walked == [F(DOUBTED.start, 25), F(40, 25)]  # doubtful pictures, then a bad fit
    window.actions["segment.previous_weak"].trigger()
    assert session.playhead - 1 == F(DOUBTED.start, 25)


def test_a_line_counts_its_doubtful_frames(dubbing, qtbot):  # noqa: F811
    window = dubbing
    generated(window, qtbot)
    drafts = [LineDraft("Anna", "Hello", TimeRange(F(1), F(2))), LineDraft("Anna", "there", TimeRange(F(2), F(3)))]
    window.document.apply("Script", line_edits.set_script, drafts)
    table = window.lines.table
    table.reload()
    titles = [table.headerData(n, Qt.Orientation.Horizontal) for n in range(table.columnCount())]
    place = titles.index("Doubtful")
    shown = [table.index(row, place).data() for row in range(table.rowCount())]
    assert shown == [str(len(DOUBTED)), ""]


def test_an_opened_project_knows_the_doubts_of_its_takes(dubbing, qtbot):  # noqa: F811
    window = dubbing
    take = generated(window, qtbot)
    window.document.replace(window.document.project, None)
    qtbot.waitUntil(lambda: bool(window.document.library.take_state(take.id).doubtful), timeout=20_000)
