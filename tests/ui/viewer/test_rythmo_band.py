"""The script's words running under the picture."""

from fractions import Fraction as F

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.base.timing import TimeRange
from core.project import line_edits
from core.project.line_edits import LineDraft
from tests.ui.conftest import project_with

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def reading(window, qtbot):
    window.resize(1500, 950)
    window.document.replace(project_with((1, 5)), None)
    drafts = [
        LineDraft("Anna", "First line", TimeRange(F(1), F(2))),
        LineDraft("Ben", "At the same time", TimeRange(F(3, 2), F(3))),
        LineDraft("Anna", "Much later", TimeRange(F(40), F(42))),
        LineDraft("Anna", "Without a time", None),
    ]
    window.document.apply("Script", line_edits.set_script, drafts)
    window.actions["view.rythmo"].trigger()
    qtbot.waitUntil(window.viewer.band.isVisible)
    return window


def column(window, x):
    """Whether anything but the ground stands in a pixel column of the band."""
    picture = window.viewer.band.grab().toImage()
    ground = picture.pixel(2, 2)
    return any(picture.pixel(x, y) != ground for y in range(4, picture.height() - 4))


def test_lines_run_to_the_playhead(reading):
    band, session = reading.viewer.band, reading.document.session
    assert [line.text for line in band.shown()] == ["First line", "At the same time"]
    assert band.x_of(1) - band.x_of(0) == pytest.approx(band.speed), "a second is as long everywhere"
    before = band.x_of(1)
    assert column(reading, round(before) + 1)
    session.set_playhead(F(1, 2))
    assert band.x_of(1) == pytest.approx(before - band.speed / 2)
    session.set_playhead(F(41))
    assert [line.text for line in band.shown()] == ["Much later"]


def test_lines_spoken_at_once_have_rows_of_their_own(reading):
    band = reading.viewer.band
    assert band.sizeHint().height() > 60
    one = [LineDraft("Anna", "Alone", TimeRange(F(1), F(2)))]
    reading.document.apply("Script", line_edits.set_script, one)
    assert band.sizeHint().height() < 60


def test_the_band_is_dragged_and_runs_faster(reading):
    band, session = reading.viewer.band, reading.document.session
    session.set_playhead(F(2))
    QTest.mousePress(band, LEFT, pos=QPoint(400, 10))
    QTest.mouseMove(band, QPoint(400 - round(band.speed), 10))
    QTest.mouseRelease(band, LEFT, pos=QPoint(400 - round(band.speed), 10))
    assert float(session.playhead) == pytest.approx(3, abs=0.05)


def test_it_is_off_at_first_and_remembered(open_window):
    first = open_window()
    assert not first.viewer.band.isVisible()
    first.actions["view.rythmo"].trigger()
    first.close_now()
    second = open_window(dict(first.options._values))
    second.document.replace(project_with((1, 5)), None)
    assert second.viewer.band.isVisible()
    assert second.actions["view.rythmo"].isChecked()
