"""Mouths and faces placed by hand in the picture, with the mouse, and followed by the real engine."""

from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.base.models import user_data_dir
from tests.core.takes.test_mouth_points import Creature
from tests.creature import write_creature
from tests.talking import cut_film
from tests.ui.drops import drop_files

FRAMES = 30
INSTALLED = user_data_dir() / "models"  # before a test has a home of its own


@pytest.fixture(autouse=True)
def models(home):
    """The installed models in the home of this test."""
    models = home / "models"
    models.symlink_to(INSTALLED, target_is_directory=True)


def opened(open_window, qtbot, path, *, analysed=True):
    window = open_window({"engine.analyse_on_import": analysed})
    window.resize(1500, 950)
    drop_files(window.welcome, window.welcome.rect().center(), path)
    library = window.document.library
    if analysed:
        qtbot.waitUntil(lambda: library.frame_times("m1") is not None, timeout=120_000)
    else:
        qtbot.waitUntil(lambda: bool(window.document.project.video_clips), timeout=30_000)
    at_frame(window, qtbot, 0)
    return window


def at_frame(window, qtbot, frame):
    window.document.session.set_playhead(F(frame, 25))
    canvas = window.viewer.canvas
    qtbot.waitUntil(
        lambda: canvas.rendered is not None
        and canvas.rendered.picture is not None
        and canvas.rendered.picture.frame == frame
        and canvas.rendered.image is not None,
        timeout=30_000,
    )


def seen(window, x, y):
    """Where on the canvas a point of the picture is."""
    return window.viewer.canvas._to_view(QPointF(float(x), float(y))).toPoint()


def drag(window, start, end):
    canvas = window.viewer.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 5):
        QTest.mouseMove(canvas, start + (end - start) * step / 4)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def followed(window):
    return window.document.library.tracks("m1")


def test_a_mouth_is_placed_followed_and_corrected(open_window, qtbot, tmp_path):
    window = opened(open_window, qtbot, write_creature(tmp_path / "creature.mkv", FRAMES))
    document, creature = window.document, Creature()
    assert followed(window) == ()
    window.viewer.setFocus()
    QTest.keyClick(window.viewer, Qt.Key.Key_Q)
    tool = window.viewer._tools["mouth"]
    assert "left" in tool.hint
    for number, (x, y) in enumerate(creature.marks(0)):
        QTest.mouseClick(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=seen(window, x, y))
        assert (number == 3) == bool(document.project.placed)
    (person,) = document.project.people
    assert document.session.person == person.id
    qtbot.waitUntil(lambda: len(followed(window)) == 1, timeout=120_000)
    (track,) = followed(window)
    assert track.frame_count == FRAMES
    at_frame(window, qtbot, 20)
    handles = tool._placed("m1", 20)[0][1]
    truth = creature.marks(20)
    assert np.hypot(handles[0].x() - truth[0][0], handles[0].y() - truth[0][1]) < 6
    drag(window, seen(window, handles[3].x(), handles[3].y()), seen(window, truth[3][0], truth[3][1] + 6))
    (placed,) = document.project.placed
    assert [mark.frame for mark in placed.face.marks] == [0, 20]
    assert placed.face.marks[1].points[3][1] == pytest.approx(truth[3][1] + 6, abs=1.5)
    qtbot.waitUntil(lambda: len(followed(window)) == 1 and followed(window)[0].id != track.id, timeout=120_000)
    new = followed(window)[0]
    assert new.landmarks[20, 17, 1] == pytest.approx(truth[3][1] + 6, abs=2)
    assert new.landmarks[0, 17, 1] == pytest.approx(track.landmarks[0, 17, 1], abs=1)
    document.undo()
    qtbot.waitUntil(lambda: followed(window)[0].id == track.id, timeout=30_000)
    document.undo()
    assert document.project.people == ()
    assert document.project.placed == ()
    assert followed(window) == ()


def test_escape_takes_back_points_and_then_the_tool(open_window, qtbot, tmp_path):
    window = opened(open_window, qtbot, write_creature(tmp_path / "creature.mkv", 6), analysed=False)
    QTest.mouseClick(window.viewer.strip.buttons["picture.mouth"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=seen(window, 100, 100))
    assert "right" in window.viewer._tools["mouth"].hint
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert "left" in window.viewer._tools["mouth"].hint
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert window.document.session.viewer_tool == "view"
    assert window.document.project.placed == ()


def test_a_face_is_boxed_moved_and_given_back(open_window, qtbot, tmp_path):
    window = opened(open_window, qtbot, cut_film(tmp_path / "film.mkv", 12))
    document = window.document
    (own,) = followed(window)
    x0, y0, x1, y1 = (float(v) for v in own.boxes[0])
    QTest.keyClick(window.viewer, Qt.Key.Key_F)
    drag(window, seen(window, x0, y0), seen(window, x1, y1))  # nobody is picked: somebody new
    new = document.project.people[-1]
    assert new.faces[0].analysis_person == "M1"
    qtbot.waitUntil(lambda: len(followed(window)) == 2, timeout=120_000)
    document.undo()
    document.session.set_person(document.project.people[0].id)
    middle = seen(window, (x0 + x1) / 2, (y0 + y1) / 2)
    drag(window, middle, middle + seen(window, 4, 0) - seen(window, 0, 0))  # the picked person's box is moved
    (placed,) = document.project.placed
    assert placed.face.person == own.person
    assert placed.face.marks[0].points[0][0] == pytest.approx(x0 + 4, abs=1.5)
    qtbot.waitUntil(lambda: [t.id for t in followed(window)] not in ([own.id], []), timeout=120_000)
    (track,) = followed(window)
    assert track.person == own.person
    menu = QMenu()
    window.viewer.canvas._menu_place = window.viewer.canvas._place(middle.toPointF())
    window.viewer.canvas.add_tool_entries(menu)
    next(action for action in menu.actions() if "on this frame" in action.text()).trigger()
    assert document.project.placed == ()
    assert [t.id for t in followed(window)] == [own.id]


def test_a_box_without_a_face_is_told(open_window, qtbot, tmp_path):
    window = opened(open_window, qtbot, write_creature(tmp_path / "creature.mkv", 6))
    QTest.keyClick(window.viewer, Qt.Key.Key_F)
    drag(window, seen(window, 10, 10), seen(window, 60, 60))
    qtbot.waitUntil(
        lambda: any("No face is seen in the box" in text for text in window.stack.texts), timeout=120_000
    )


def test_joined_cards_are_split_again(open_window):
    from core.project import content_edits
    from core.project.segments import FaceIdentity
    from tests.ui.conftest import project_with

    window = open_window()
    project = project_with((1, 3))
    film = project.media[0].id
    for number, person in enumerate(project.people, start=1):
        project = content_edits.set_person(
            project, person.id, faces=(FaceIdentity(film, f"P{number}"),)
        ).project
    window.document.replace(project, None)
    anna, ben = project.people
    window.people.merge(anna.id, ben.id)
    menu = window.people.build_menu(anna.id)
    next(action for action in menu.actions() if "Split" in action.text()).trigger()
    assert [len(person.faces) for person in window.document.project.people] == [1, 1]
