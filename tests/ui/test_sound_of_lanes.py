"""Mute, solo, gain and meters in the lane headers, and gain and fades in the inspector, by mouse and keys."""

from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from core.project import content_edits
from core.project.ids import LaneId
from core.project.sound import sound_plan
from tests.ui.conftest import project_with
from ui.state.library import Waveform
from ui.timeline.lane_headers import gain_text, places
from ui.timeline.menus import ask_gain, lane_menu

A1, A2 = LaneId("A1"), LaneId("A2")


@pytest.fixture
def shown(window, qtbot):
    window.document.replace(project_with((1, 3), (5, 7)), None)
    qtbot.wait(1)
    return window


def spot_of(window, lane, control):
    headers = window.timeline.headers
    found = window.timeline.scene.lanes.lane(lane)
    rect = getattr(places(found, window.timeline.scene.top, headers.width()), control)
    return rect.center().toPoint()


def click(qtbot, window, lane, control):
    qtbot.mouseClick(window.timeline.headers, Qt.MouseButton.LeftButton, pos=spot_of(window, lane, control))


def heard_lanes(window):
    return {each.lane for each in sound_plan(window.document.project)}


def test_mute_and_solo_are_clicked_in_the_header_and_undone(shown, qtbot):
    person = shown.document.project.segments[0].lane
    everything = heard_lanes(shown)
    assert person in everything
    click(qtbot, shown, person, "mute")
    assert heard_lanes(shown) == everything - {person}
    assert shown.document.undo_label == "Mute lane"
    shown.document.undo()
    assert heard_lanes(shown) == everything
    click(qtbot, shown, person, "solo")
    assert heard_lanes(shown) == {person}
    click(qtbot, shown, person, "solo")
    assert heard_lanes(shown) == everything


def test_gain_is_dragged_as_one_step_and_double_clicked_back(shown, qtbot):
    shown.timeline.scene.set_lane_scale(1.0)  # lower lanes have no room for it
    headers, start = shown.timeline.headers, spot_of(shown, A1, "gain")
    qtbot.mousePress(headers, Qt.MouseButton.LeftButton, pos=start)
    for by in (-10, -20, -30):
        qtbot.mouseMove(headers, start + QPoint(by, 0))
    qtbot.mouseRelease(headers, Qt.MouseButton.LeftButton, pos=start + QPoint(-30, 0))
    assert shown.document.project.lane_sound(A1).gain_db == -6.0
    shown.document.undo()
    assert shown.document.project.lane_sound(A1).gain_db == 0
    shown.document.redo()
    qtbot.mouseDClick(headers, Qt.MouseButton.LeftButton, pos=start)
    assert shown.document.project.lane_sound(A1).gain_db == 0
    assert (gain_text(0.0), gain_text(-6.0), gain_text(2.5)) == ("0 dB", "−6 dB", "+2.5 dB")


def test_a_lanes_menu_makes_it_background_and_lowers_the_film_under_the_dub(shown):
    def entry(lane, *names):
        menu = lane_menu(shown, shown.timeline.commands, shown.timeline.scene.lanes.lane(lane))
        for name in names[:-1]:
            menu = next(each for each in menu.findChildren(QMenu) if each.title() == name)
        return next(action for action in menu.actions() if action.text() == names[-1])

    entry(A2, "Background (music and effects)").trigger()
    assert shown.document.project.lane_sound(A2).role == "background"
    assert shown.timeline.scene.lanes.lane(A2).subtitle == "Background"
    assert entry(A2, "Background (music and effects)").isChecked()
    entry(A1, "Under the dub", "Lowered by 12 dB").trigger()
    assert shown.document.project.settings.under_dub_db == -12.0
    assert entry(A1, "Under the dub", "Lowered by 12 dB").isChecked()
    dialog = ask_gain(shown, shown.timeline.commands, shown.timeline.scene.lanes.lane(A2))
    dialog.setDoubleValue(-4.5)
    dialog.accept()
    assert shown.document.project.lane_sound(A2).gain_db == -4.5


def test_the_meter_shows_the_lanes_peak_after_its_gain(shown, qtbot):
    project = shown.document.project
    half = np.full(60 * 200, 0.5, np.float32)
    for medium in project.media:
        shown.document.library.put_waveform(medium.id, Waveform(200, -half, half))
    person = project.segments[0].lane
    shown.document.session.set_playhead(F(2))
    qtbot.waitUntil(lambda: person in shown.timeline.headers.peaks)
    assert shown.timeline.headers.peaks[person] == pytest.approx(0.5, abs=1e-3)
    assert A1 not in shown.timeline.headers.peaks  # under the dub nothing of the film is heard
    shown.document.apply("gain", content_edits.set_lane_sound, person, gain_db=-20.0)
    qtbot.waitUntil(lambda: shown.timeline.headers.peaks.get(person, 1) == pytest.approx(0.05, abs=1e-3))
    shown.document.apply("duck", content_edits.set_under_dub, -6.0)
    qtbot.waitUntil(lambda: shown.timeline.headers.peaks.get(A1, 0) == pytest.approx(0.25, abs=2e-3))
    shown.document.apply("mute", content_edits.set_lane_sound, person, muted=True)
    qtbot.waitUntil(lambda: person not in shown.timeline.headers.peaks)


def test_a_sound_clip_has_a_page_with_gain_fades_and_its_lanes_role(shown, qtbot):
    dub = next(clip for clip in shown.document.project.clips if clip.lane == A2)
    shown.document.session.select([dub.id])
    page = shown.inspector.audio
    assert page.isVisible()
    page.rows.rows["gain_db"]._number.setValue(-7.5)
    page.rows.rows["fade_in"]._number.setValue(1.25)
    clip = shown.document.project.clip(dub.id)
    assert (clip.gain_db, clip.fade_in) == (-7.5, F(5, 4))
    shown.document.undo()
    assert shown.document.project.clip(dub.id).fade_in == 0
    assert page.rows.rows["fade_in"]._number.value() == 0
    assert page.role.isVisible()
    assert not page.under.isVisible()
    page.role.setCurrentIndex(1)
    page.role.activated.emit(1)
    assert shown.document.project.lane_sound(A2).role == "background"


def test_the_films_clip_has_its_sound_under_the_dub(shown):
    film = shown.document.project.video_clips[0]
    shown.document.session.select([film.id])
    page = shown.inspector.audio
    assert page.under.isVisible()
    page.under.setCurrentIndex(2)
    page.under.activated.emit(2)
    assert shown.document.project.settings.under_dub_db == -12.0


def test_a_segments_gain_and_fades_are_set_beside_its_lips(shown):
    segment = shown.document.project.segments[0]
    shown.document.session.select([segment.id])
    shown.inspector.audio.rows.rows["gain_db"]._number.setValue(3.0)
    shown.inspector.audio.rows.rows["fade_out"]._number.setValue(0.5)
    changed = shown.document.project.segment(segment.id)
    assert (changed.gain_db, changed.fade_out) == (3.0, F(1, 2))


def test_sound_changed_while_playing_is_heard_at_once(shown, qtbot):
    player = shown.viewer.player
    begun = []
    player.sound.prepare = lambda project, side, plan: begun.append(project.lane_sounds)
    player.play()
    assert begun == [()]
    shown.document.apply("mute", content_edits.set_lane_sound, A1, muted=True)
    qtbot.waitUntil(lambda: len(begun) == 2)
    assert begun[1][0].muted
    player.stop()
    shown.document.apply("mute", content_edits.set_lane_sound, A1, muted=False)
    assert len(begun) == 2
