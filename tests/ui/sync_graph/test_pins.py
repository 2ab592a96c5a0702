"""Pins in the graph, with the mouse."""

from fractions import Fraction as F

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from tests.ui.conftest import project_with

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dubbed(window):
    window.resize(1500, 950)
    window.document.replace(project_with((1, 5)), None)
    window.document.session.select([window.document.project.segments[0].id])
    window.document.session.set_playhead(F(2))
    window.timeline.axis.set_range(0, 10)
    window.sync_graph.rebuild()
    return window


def pins(window):
    return [(float(pin.time), pin.opening) for pin in window.document.project.segments[0].pins]


def choose(window, text):
    menu = window.sync_graph.build_menu()
    next(action for action in menu.actions() if action.text() == text).trigger()
    window.sync_graph.rebuild()


def place(window, seconds, opening):
    graph = window.sync_graph
    at = graph._top.mapViewToScene(QPointF(seconds, opening))
    return QPoint(round(at.x()), round(at.y()))


def test_the_menu_pins_the_mouth_at_the_playhead(dubbed):
    choose(dubbed, "Mouth shut here")
    assert pins(dubbed) == [(2.0, 0.0)]
    choose(dubbed, "Mouth wide open here")
    assert pins(dubbed) == [(2.0, 1.0)]
    choose(dubbed, "Remove the pin here")
    assert pins(dubbed) == []
    dubbed.document.undo()
    assert pins(dubbed) == [(2.0, 1.0)]


def test_a_pin_is_dragged_in_time_and_height_as_one_step(dubbed):
    choose(dubbed, "Mouth half open here")
    plot = dubbed.sync_graph.plot.viewport()
    start, end = place(dubbed, 2, 0.5), place(dubbed, 3, 0.9)
    QTest.mousePress(plot, LEFT, pos=start)
    for step in range(1, 5):
        QTest.mouseMove(plot, start + (end - start) * step / 4)
    QTest.mouseRelease(plot, LEFT, pos=end)
    ((time, opening),) = pins(dubbed)
    assert time == pytest.approx(3.0, abs=0.05)
    assert opening == pytest.approx(0.9, abs=0.06)
    assert dubbed.document.undo_label == "Move pin"
    assert dubbed.document.session.playhead == 2  # the drag did not seek
    dubbed.document.undo()
    assert pins(dubbed) == [(2.0, 0.5)]


def test_beside_a_pin_a_click_seeks(dubbed):
    choose(dubbed, "Mouth shut here")
    QTest.mouseClick(dubbed.sync_graph.plot.viewport(), LEFT, pos=place(dubbed, 4, 0.5))
    assert float(dubbed.document.session.playhead) == pytest.approx(4, abs=0.05)
    assert pins(dubbed) == [(2.0, 0.0)]
