"""The strip of takes, and looking at two of them in turn."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.ui.fake_engine import DOUBTED
from tests.ui.test_work_in_background import done, dubbing  # noqa: F401 - a fixture

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def two_takes(dubbing, qtbot):  # noqa: F811
    for _ in range(2):
        dubbing.actions["segment.generate"].trigger()
        qtbot.waitUntil(done(dubbing), timeout=60_000)
    takes = dubbing.document.project.segments[0].takes
    library = dubbing.document.library
    qtbot.waitUntil(lambda: all(library.take_state(take.id).doubtful for take in takes), timeout=20_000)
    return dubbing


def segment(window):
    return window.document.project.segments[0]


def test_each_take_has_its_picture_and_facts(two_takes):
    window = two_takes
    first, second = window.inspector.lips.strip.cards
    assert first.title.text() == "Take 1"
    for card, take in zip((first, second), segment(window).takes, strict=True):
        assert f"lips {take.mean_sync:.2f}" in card.facts.text()
        assert f"{len(DOUBTED)} doubtful frames" in card.facts.text()
        assert not card._picture.pixmap().isNull()
        assert card.property("selected") == ("true" if segment(window).chosen == take.id else "false")


def test_a_click_uses_a_take_and_the_bin_deletes_it(two_takes):
    window = two_takes
    first, second = (card.take for card in window.inspector.lips.strip.cards)
    other = first if segment(window).chosen == second else second
    card = next(card for card in window.inspector.lips.strip.cards if card.take == other)
    QTest.mouseClick(card, LEFT, pos=QPoint(8, card.height() // 2))
    assert segment(window).chosen == other
    QTest.mouseClick(card.delete, LEFT)
    assert [take.id for take in segment(window).takes] == [first if other == second else second]
    assert len(window.inspector.lips.strip.cards) == 1
    window.document.undo()
    assert len(window.inspector.lips.strip.cards) == 2


def test_a_take_is_named(two_takes):
    window = two_takes
    card = window.inspector.lips.strip.cards[0]
    window.inspector.lips.strip.name(card.take, " softer ")
    assert segment(window).takes[0].note == "softer"
    assert window.inspector.lips.strip.cards[0].title.text() == "Take 1 · softer"
    assert [action.text() for action in card.build_menu().actions()] == [
        "Use", "Play", "Compare with what is shown", "Name…", "Delete",
    ]  # fmt: skip


def test_one_key_looks_at_the_other_take_and_back_and_changes_nothing(two_takes):
    window = two_takes
    session, before = window.document.session, window.document.project
    window.viewer.setFocus()
    QTest.keyClick(window, Qt.Key.Key_A)
    assert session.is_rival_shown
    assert session.rivals[segment(window).id] != segment(window).chosen
    QTest.keyClick(window, Qt.Key.Key_A)
    assert not session.is_rival_shown
    assert window.document.project is before
    card = next(card for card in window.inspector.lips.strip.cards if card.compare.isChecked())
    QTest.mouseClick(card.compare, LEFT)
    assert session.rivals == {}


def test_without_a_second_take_it_says_so(dubbing, qtbot):  # noqa: F811
    dubbing.actions["view.take_ab"].trigger()
    assert any("no other take" in text for text in dubbing.stack.texts)


def test_play_shows_a_take_from_the_segments_beginning(two_takes):
    window = two_takes
    other = next(card for card in window.inspector.lips.strip.cards if card.take != segment(window).chosen)
    QTest.mouseClick(other.play, LEFT)
    session = window.document.session
    assert session.rivals == {segment(window).id: other.take}
    assert session.is_rival_shown
    assert session.playhead >= segment(window).range.start
    window.viewer.stop()
    window.document.replace(window.document.project, None)
    assert session.rivals == {}


def test_what_is_seen_is_the_other_takes_picture(two_takes, qtbot):
    """The compositor lays the rival's crops in, not the chosen ones."""
    import numpy as np

    from core.project.ids import MediaId
    from ui.state.pictures import Picture

    window = two_takes
    found = segment(window)
    rival = next(take for take in found.takes if take.id != found.chosen)
    window.document.session.set_rival(found.id, rival.id)
    clip = window.document.project.video_clips[0]
    start = found.range.start
    picture = Picture(MediaId(clip.media), 25, clip.id, start, start + 1)
    pictures = window.workshop.pictures
    source = np.zeros((360, 640, 3), np.uint8)
    pictures.result_rgb(picture, source)
    pictures.result_rgb(picture, source, rivals=True)
    keys = [pictures._last[rivals][2].layers[0].key for rivals in (False, True)]
    chosen = found.take(found.chosen)
    assert keys == [chosen.pieces[0].key, rival.pieces[0].key]
