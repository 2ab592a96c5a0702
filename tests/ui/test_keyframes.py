"""Keyframes through the inspector and the lane, with the mouse."""

from fractions import Fraction as F

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.base.keyframes import curve_of
from core.project.parameters import PARAMETERS
from tests.ui.conftest import project_with
from tests.ui.timeline.test_timeline_gestures import drag
from ui.inspector.sections import Page
from ui.timeline.hit import hit_at
from ui.timeline.key_marks import foot
from ui.timeline.menus import item_menu


@pytest.fixture
def dubbed(window):
    window.resize(1500, 950)
    window.document.replace(project_with((1, 5), (6, 8)), None)
    window.document.session.select([window.document.project.segments[0].id])
    window.timeline.axis.set_range(0, 10)
    window.timeline.set_snapping(False)
    return window


def go(window, t):
    window.document.session.set_playhead(F(t))


def click(row):
    page = row.parentWidget()
    while not isinstance(page, Page):
        page = page.parentWidget()
    inspector = row.window().inspector
    inspector.tabs.setCurrentIndex(inspector._pages.indexOf(page))
    QTest.mouseClick(row._key, Qt.MouseButton.LeftButton)


def keys(window, name="feather", segment=0):
    curve = curve_of(window.document.project.segments[segment].curves, name)
    return [(float(key.time), key.value, key.ease) for key in curve.keys] if curve is not None else []


def entry(window, row, text):
    name = row.parameter.name
    menu = window.inspector.moving.menu(window.document.worked_segments, name, window)
    (found,) = [action for action in menu.actions() if action.text() == text]
    return found


def key_point(window, t):
    canvas, scene = window.timeline.canvas, window.timeline._scene
    segment = window.document.project.segments[0]
    lane = scene.lanes.lane(segment.lane)
    return canvas, QPoint(round(scene.axis.to_x(F(t))), lane.bottom - scene.top - foot(lane.height))


def test_the_diamond_sets_a_key_and_the_slider_moves_from_there(dubbed):
    row = dubbed.inspector.row("feather")
    go(dubbed, 2)
    click(row)
    assert keys(dubbed) == [(2.0, 0.12, "linear")]
    go(dubbed, 4)
    row._number.setValue(32)
    assert keys(dubbed) == [(2.0, 0.12, "linear"), (4.0, 0.32, "linear")]
    go(dubbed, 3)
    assert row._number.value() == pytest.approx(22)
    assert row._key.text() == "◇"
    go(dubbed, 4)
    assert row._key.text() == "◆"
    click(row)  # on a key: it goes
    assert keys(dubbed) == [(2.0, 0.12, "linear")]
    for _ in range(3):
        dubbed.document.undo()
    assert keys(dubbed) == []
    assert dubbed.document.project.segments[0].blend.feather == 0.12


def test_a_slider_dragged_over_a_moving_setting_is_one_undo_step(dubbed):
    row = dubbed.inspector.row("grow")
    go(dubbed, 2)
    click(row)
    go(dubbed, 3)
    row._slider.setSliderDown(True)
    for position in (21, 25, 30):
        row._slider.setValue(position)
    row._slider.setSliderDown(False)
    assert keys(dubbed, "grow")[-1] == (3.0, 0.3, "linear")
    dubbed.document.undo()
    assert keys(dubbed, "grow") == [(2.0, 0.2, "linear")]


def lane_entry(window, t, text):
    """What the menu of the lane offers where the diamond at `t` is."""
    view = window.timeline
    _, at = key_point(window, t)
    lane = view._scene.lanes.lane(window.document.project.segments[0].lane)
    hit = hit_at(lane, at.x(), view.axis, at.y() + view._scene.top)
    menu = item_menu(view, view.commands, hit, F(t))
    (found,) = [action for action in menu.actions() if action.text() == text]
    return found


def test_the_lanes_menu_is_for_all_settings_that_have_a_key_there(dubbed):
    for name, times in (("feather", (2, 3)), ("grow", (2,)), ("strength", (3,))):
        for t in times:
            go(dubbed, t)
            click(dubbed.inspector.row(name))
    lane_entry(dubbed, 2, "Smooth from here").trigger()
    assert [key[2] for key in keys(dubbed)] == ["smooth", "linear"]
    lane_entry(dubbed, 2, "Remove keyframes").trigger()
    assert [[key[0] for key in keys(dubbed, name)] for name in ("feather", "grow", "strength")] == [[3], [], [3]]
    dubbed.document.undo()
    assert [key[0] for key in keys(dubbed, "grow")] == [2]


def test_settings_without_amounts_have_no_diamond(dubbed):
    have = {each.name for each in PARAMETERS if dubbed.inspector.row(each.name)._key is not None}
    assert have == {"strength", "grow", "feather", "chin", "upper_lip", "articulation", "max_yaw"}


def test_the_menu_walks_smooths_copies_pastes_and_clears(dubbed):
    row = dubbed.inspector.row("strength")
    for t, shown in ((2, 0), (4, 100)):
        go(dubbed, t)
        click(row) if t == 2 else None
        row._number.setValue(shown)
    entry(dubbed, row, "Previous keyframe").trigger()
    assert dubbed.document.session.playhead == 2
    entry(dubbed, row, "Smooth from here").trigger()
    assert keys(dubbed, "strength") == [(2.0, 0.0, "smooth"), (4.0, 1.0, "linear")]
    entry(dubbed, row, "Next keyframe").trigger()
    assert dubbed.document.session.playhead == 4
    entry(dubbed, row, "Copy keyframes").trigger()
    dubbed.document.session.select([dubbed.document.project.segments[1].id])
    entry(dubbed, row, "Paste keyframes").trigger()
    assert [key[0] for key in keys(dubbed, "strength", 1)] == [7.0, 9.0]  # 1 s and 3 s after its beginning
    go(dubbed, 7)
    entry(dubbed, row, "Remove all keyframes of this setting").trigger()
    assert keys(dubbed, "strength", 1) == []
    assert dubbed.document.project.segments[1].blend.strength == 0.0


def test_diamonds_in_the_lane_are_seen_dragged_and_clicked(dubbed, qtbot):
    row = dubbed.inspector.row("feather")
    canvas, at = key_point(dubbed, 3)
    before = canvas.grab().toImage()
    go(dubbed, 3)
    click(row)
    go(dubbed, 2)
    accent = canvas.grab().toImage().pixelColor(at)
    assert accent != before.pixelColor(at)

    _, to = key_point(dubbed, 4)
    drag(dubbed.timeline, at, to)
    assert keys(dubbed)[0][0] == pytest.approx(4.0, abs=0.04)
    assert dubbed.document.undo_label == "Move keyframes"
    dubbed.document.undo()
    assert keys(dubbed)[0][0] == 3.0
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert dubbed.document.session.playhead == 3


def test_the_lanes_menu_smooths_and_removes_keys(dubbed):
    from ui.timeline.menus import item_menu

    for name in ("feather", "grow"):
        go(dubbed, 3)
        click(dubbed.inspector.row(name))
    canvas, at = key_point(dubbed, 3)
    hit = canvas._hit(at.toPointF())
    assert hit.key == 3

    def choose(text):
        menu = item_menu(canvas, dubbed.timeline.commands, canvas._hit(at.toPointF()), F(3))
        next(action for action in menu.actions() if action.text() == text).trigger()

    choose("Smooth from here")
    assert keys(dubbed)[0][2] == keys(dubbed, "grow")[0][2] == "smooth"
    choose("Remove keyframes")
    assert keys(dubbed) == keys(dubbed, "grow") == []
    dubbed.document.undo()
    assert keys(dubbed)
    assert keys(dubbed, "grow")


def test_what_the_engine_is_asked_for_moves(dubbed):
    from core.project.rendering import lip_curves

    go(dubbed, 2)
    click(dubbed.inspector.row("articulation"))
    click(dubbed.inspector.row("feather"))
    assert [curve.setting for curve in lip_curves(dubbed.document.project.segments[0])] == ["articulation"]
