"""The master level in the timeline's corner, and the count of pictures that playback left out."""

import time
from fractions import Fraction as F

import numpy as np
import pytest

from core.project import content_edits
from core.project.ids import LaneId
from tests.ui.conftest import project_with
from tests.ui.viewer.test_playback_frames import film_project
from ui.state.library import Waveform


def test_the_master_level_is_that_of_everything_heard(window, qtbot):
    window.document.replace(project_with((1, 3)), None)
    film, dub = window.document.project.media
    for medium, peak in ((film, 0.5), (dub, 0.25)):
        low, high = (np.full(6000, value, np.float32) for value in (-peak, peak))
        window.document.library.put_waveform(medium.id, Waveform(100, low, high))
    master = window.timeline.master
    window.document.session.set_playhead(F(2))  # the dub alone: the film's own sound gives way to it
    qtbot.waitUntil(lambda: master.level == pytest.approx(-12.04, abs=0.1))
    assert master.text == "−12 dB"
    window.document.apply("under", content_edits.set_under_dub, 0.0)
    qtbot.waitUntil(lambda: master.level == pytest.approx(-2.5, abs=0.1))
    assert not master.is_over
    window.document.apply("loud", content_edits.set_lane_sound, LaneId("A1"), gain_db=12.0)
    qtbot.waitUntil(lambda: master.is_over)
    for lane in ("A1", window.document.project.segments[0].lane):
        window.document.apply("mute", content_edits.set_lane_sound, LaneId(lane), muted=True)
    qtbot.waitUntil(lambda: master.text == "−∞ dB")


def test_pictures_that_came_too_late_are_counted_in_the_status_bar(window, clips, qtbot):
    window.document.replace(film_project(clips("cfr25")), None)
    player, told = window.viewer.player, window.status.dropped
    qtbot.waitUntil(lambda: player.film_facts(window.document.project.media[0].id) is not None)
    assert not told.isVisible(), "nothing was played yet"
    player.play()
    qtbot.waitUntil(lambda: player.shown_count >= 2)
    time.sleep(0.4)  # the window's thread is held up for ten pictures
    qtbot.waitUntil(lambda: not player.is_playing)
    assert player.dropped_count >= 1
    assert told.text() == f"Dropped: {player.dropped_count} of {player.dropped_count + player.shown_count}"
    assert told.property("level") == "warning"
