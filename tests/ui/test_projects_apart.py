"""What was begun for one project never reaches the next, whose media have the same ids."""

import shutil

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from tests.ui import fake_engine
from tests.ui.drawn_analysis import write_analysis
from tests.ui.drops import drop_files


@pytest.fixture
def films(clips, tmp_path, home):
    """Two films; the engine finds two people in the first and one in the second, once it is let go."""
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    shutil.copy(clips("cfr25"), first)
    shutil.copy(clips("cfr25"), second)
    write_analysis(home / "faces" / "first", {"P1": 50, "P2": 20})
    write_analysis(home / "faces" / "second", {"P1": 25})
    return first, second


def test_people_of_a_closed_project_do_not_come_into_the_next(open_window, qtbot, films, home, request):
    window = open_window({"engine.analyse_on_import": True}, engine_target=fake_engine.main)
    request.addfinalizer(lambda: (home / "go").touch())  # the engine waits for it, also when this test fails
    document, board = window.document, window.board
    first, second = films
    drop_files(window.welcome, window.welcome.rect().center(), first)
    qtbot.waitUntil(lambda: any(job.kind == "analysis" for job in board.active))
    qtbot.waitUntil(lambda: any(job.kind == "analysis" and job.progress for job in board.active))
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    (box,) = [each for each in window.findChildren(QMessageBox) if each.isVisible()]
    discard = box.button(QMessageBox.StandardButton.Discard)
    QTest.mouseClick(discard, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.waitUntil(lambda: not document.project.media)
    assert not board.active, "a closed project's jobs are still shown"
    drop_files(window.welcome, window.welcome.rect().center(), second)
    qtbot.waitUntil(lambda: any(job.kind == "analysis" for job in board.active))
    assert document.project.media[0].id == "m1"
    (home / "go").touch()
    qtbot.waitUntil(lambda: bool(document.library.people(document.project.media[0].id)))
    assert [each.seconds_on_screen for each in document.library.people("m1")] == [pytest.approx(1.0)]
    assert len(document.project.people) == 1
    assert [card.person for card in window.people.cards] == [document.project.people[0].id]


def test_files_that_were_being_read_stay_with_their_project(open_window, qtbot, films):
    window = open_window()
    drop_files(window.welcome, window.welcome.rect().center(), films[0])
    window.keeper.new()
    qtbot.waitUntil(lambda: window.bridge.is_idle and not window.board.active)
    qtbot.wait(50)
    assert window.document.project.media == ()
    assert window.board.jobs == ()
