"""Pins dragged on the mouth in the picture."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tests.ui.test_placing import at_frame, seen
from tests.ui.test_strokes import painting  # noqa: F401 - a fixture
from ui.viewer.pin_tool import WIDEST

LEFT = Qt.MouseButton.LeftButton


def pins(window):
    return [(float(pin.time), pin.opening) for pin in window.document.project.segments[0].pins]


def lip(window, landmarks, frame, opening):
    """Where the lower lip's handle stands at an opening, in the canvas."""
    left, right, top = (landmarks[frame, n, :2] for n in (61, 291, 13))
    width = float(np.hypot(*(right - left)))
    down = np.array([-(right - left)[1], (right - left)[0]]) / width
    return seen(window, *(top + down * width * WIDEST * opening))


def drag(window, start, end):
    canvas = window.viewer.canvas
    QTest.mousePress(canvas, LEFT, pos=start)
    for step in range(1, 5):
        QTest.mouseMove(canvas, start + QPoint(*(round(v * step / 4) for v in (end - start).toTuple())))
    QTest.mouseRelease(canvas, LEFT, pos=end)


def test_the_lip_is_dragged_open_and_shut_as_one_step_each(painting, qtbot):  # noqa: F811
    window, landmarks = painting
    window.viewer.setFocus()
    QTest.keyClick(window.viewer, Qt.Key.Key_P)
    assert window.document.session.viewer_tool == "pin"
    drag(window, lip(window, landmarks, 0, 0.2), lip(window, landmarks, 0, 0.7))
    ((time, opening),) = pins(window)
    assert time == 0
    assert opening == pytest.approx(0.7, abs=0.06)
    assert window.document.undo_label == "Pin the mouth"
    at_frame(window, qtbot, 10)
    drag(window, lip(window, landmarks, 10, 0.5), lip(window, landmarks, 10, -0.3))
    assert [time for time, _ in pins(window)] == [0, pytest.approx(0.4)]
    assert pins(window)[1][1] == 0.0, "shut is as far as it goes"
    window.document.undo()
    assert len(pins(window)) == 1
    window.document.undo()
    assert pins(window) == []


def test_far_from_the_mouth_nothing_is_pinned_and_escape_puts_it_back(painting):  # noqa: F811
    window, landmarks = painting
    window.document.session.set_viewer_tool("pin")
    drag(window, QPoint(5, 5), QPoint(5, 60))
    assert pins(window) == []
    canvas = window.viewer.canvas
    QTest.mousePress(canvas, LEFT, pos=lip(window, landmarks, 0, 0.2))
    QTest.mouseMove(canvas, lip(window, landmarks, 0, 0.9))
    assert pins(window)
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert pins(window) == []
    QTest.mouseRelease(canvas, LEFT, pos=lip(window, landmarks, 0, 0.9))
    assert pins(window) == []


def test_the_menu_pins_and_unpins(painting):  # noqa: F811
    window, landmarks = painting
    window.document.session.set_viewer_tool("pin")

    def choose(text):
        canvas, at = window.viewer.canvas, lip(window, landmarks, 0, 0.1)
        QApplication.sendEvent(canvas, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at)))
        menu = [each for each in window.viewer.findChildren(QMenu) if each.isVisible()][-1]
        next(action for action in menu.actions() if action.text() == text).trigger()
        menu.close()

    choose("Mouth shut here")
    assert pins(window) == [(0.0, 0.0)]
    choose("Mouth wide open here")
    assert pins(window) == [(0.0, 1.0)]
    choose("Remove the pin here")
    assert pins(window) == []
