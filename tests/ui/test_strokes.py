"""Strokes painted on the picture with the mouse."""

from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.lab.editor_figures import film_project
from core.base.timing import TimeRange
from core.face_geometry.face_plane import to_picture
from core.face_geometry.track import FaceTrack
from core.project import content_edits, edits
from core.project.segments import FaceIdentity
from tests.core.faces.drawn_face import face_points
from tests.ui.test_placing import at_frame, drag, seen

FRAMES = 50


@pytest.fixture
def painting(open_window, qtbot, clips):
    """A window on a clip with one segment, whose person's face moves 2 pixels to the right with each frame."""
    window = open_window()
    window.resize(1500, 950)
    project = film_project(Path(clips("cfr25")))
    film = project.media[0]
    project = content_edits.add_person(project, "Anna", (FaceIdentity(film.id, "P1"),)).project
    draft = edits.SegmentDraft(TimeRange(F(0), F(1)), film.id, F(0), project.people[0].id)
    project = edits.add_segments(project, [draft]).project
    window.document.replace(project, None)
    width, height = film.facts.width, film.facts.height
    still = face_points((width / 2 - 40, height / 2 - 20), height / 3).astype(np.float32)
    landmarks = np.stack([still + np.float32([2 * n, 0, 0]) for n in range(FRAMES)])
    boxes = np.concatenate([landmarks[:, :, :2].min(1), landmarks[:, :, :2].max(1)], axis=1)
    track = FaceTrack(
        0, "P1", 0, 0, boxes, landmarks, np.zeros((FRAMES, 3), np.float32), np.ones(FRAMES, np.float32)
    )
    window.document.library.put_faces(film.id, (track,), np.arange(FRAMES) / 25, ())
    window.document.session.select([project.segments[0].id])
    at_frame(window, qtbot, 0)
    return window, landmarks


def strokes(window):
    return window.document.project.segments[0].strokes


def test_a_stroke_lies_where_it_was_painted_and_moves_with_the_face(painting, qtbot):
    window, landmarks = painting
    start, end = landmarks[0, 61, :2], landmarks[0, 291, :2]
    window.viewer.setFocus()
    QTest.keyClick(window.viewer, Qt.Key.Key_D)
    drag(window, seen(window, *start), seen(window, *end))
    (stroke,) = strokes(window)
    assert stroke.kind == "include"
    assert stroke.span is None
    way = to_picture(np.array(stroke.points), landmarks[0])
    np.testing.assert_allclose(way[[0, -1]], [start, end], atol=2)
    later = to_picture(np.array(stroke.points), landmarks[20])
    np.testing.assert_allclose(later - way, np.tile([40, 0], (len(way), 1)), atol=0.5)
    assert window.document.undo_label == "Paint in"
    window.document.undo()
    assert strokes(window) == ()


def test_each_brush_its_size_and_softness_and_the_marked_range(painting, qtbot):
    window, landmarks = painting
    place = seen(window, *landmarks[0, 13, :2])
    window.document.apply("In", content_edits.set_in, F(0))
    window.document.apply("Out", content_edits.set_out, F(2, 5))
    for tool, kind in (("include", "include"), ("exclude", "exclude"), ("erase", "erase")):
        QTest.mouseClick(window.viewer.strip.buttons[f"picture.{tool}"], Qt.MouseButton.LeftButton)
        QTest.mouseClick(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=place)
        assert strokes(window)[-1].kind == kind
        assert strokes(window)[-1].span == TimeRange(F(0), F(2, 5))
    assert "marked range" in window.viewer._tools["erase"].hint
    QTest.keyClick(window.viewer, Qt.Key.Key_BracketRight)
    QTest.keyClick(window.viewer, Qt.Key.Key_BraceRight, Qt.KeyboardModifier.ShiftModifier)
    QTest.mouseClick(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert strokes(window)[-1].width == pytest.approx(0.3)
    assert strokes(window)[-1].softness == pytest.approx(0.6)
    QTest.keyClick(window.viewer, Qt.Key.Key_BracketLeft)
    QTest.keyClick(window.viewer, Qt.Key.Key_BraceLeft, Qt.KeyboardModifier.ShiftModifier)
    assert window.document.session.brush_width == pytest.approx(0.25)


def test_strokes_are_softened_and_removed_from_the_menu(painting):
    window, landmarks = painting
    place = seen(window, *landmarks[0, 13, :2])
    window.document.session.set_viewer_tool("exclude")
    for at in (place, place + QPoint(0, 200)):
        QTest.mouseClick(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert len(strokes(window)) == 2

    def choose(text):
        menu = QMenu()
        canvas = window.viewer.canvas
        canvas._menu_place = canvas._place(QPointF(place))
        canvas.add_tool_entries(menu)
        next(action for action in menu.actions() if action.text() == text).trigger()

    choose("Softer strokes")
    assert [each.softness for each in strokes(window)] == pytest.approx([0.7, 0.7])
    choose("Remove this stroke")
    assert len(strokes(window)) == 1
    choose("Remove all strokes of the segment")
    assert strokes(window) == ()
    for _ in range(3):
        window.document.undo()
    assert [each.softness for each in strokes(window)] == [0.5, 0.5]


def test_without_a_segment_nothing_is_painted_and_the_hint_says_why(painting):
    window, landmarks = painting
    window.document.session.select(())
    window.document.session.set_playhead(F(3, 2))
    window.document.session.set_viewer_tool("include")
    assert "Go to a segment" in window.viewer._tools["include"].hint
    QTest.mouseClick(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=seen(window, *landmarks[0, 13, :2]))
    assert strokes(window) == ()


def test_the_brush_is_seen_in_the_picture(painting):
    window, landmarks = painting
    window.document.session.set_viewer_tool("include")
    place = seen(window, *landmarks[0, 13, :2])
    before = window.viewer.canvas.grab().toImage()
    QTest.mousePress(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseMove(window.viewer.canvas, place + QPoint(30, 0))
    during = window.viewer.canvas.grab().toImage()
    at = place + QPoint(15, 0)
    assert during.pixelColor(at) != before.pixelColor(at)
    QTest.mouseRelease(window.viewer.canvas, Qt.MouseButton.LeftButton, pos=place + QPoint(30, 0))
