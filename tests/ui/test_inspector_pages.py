"""The inspector's pages, and for whom a change on the blend page is, by mouse and keys."""

from fractions import Fraction as F

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.base.timing import TimeRange
from core.project import content_edits, edits, key_edits
from core.project.edits import SegmentDraft
from tests.ui.conftest import project_with

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SEGMENT, PERSON, PROJECT = range(3)


@pytest.fixture
def cast(window):
    """Two segments of Anna, one of Ben, and nothing from 5 to 10 s."""
    window.resize(1500, 950)
    project = project_with((1, 4), (10, 14), (20, 24))
    project = content_edits.assign_person(project, [project.segments[-1].id], project.people[1].id).project
    window.document.replace(project, None)
    window.timeline.axis.set_range(0, 30)
    return window


def segments(window):
    return sorted(window.document.project.segments, key=lambda segment: segment.range.start)


def select(window, number):
    window.document.session.select([segments(window)[number].id])


def click_tab(window, title):
    tabs = window.inspector.tabs
    number = next(n for n in range(tabs.count()) if tabs.tabText(n) == title)
    QTest.mouseClick(tabs, LEFT, NONE, tabs.tabRect(number).center())


def shown_pages(window):
    inspector = window.inspector
    return [page for page in (inspector.lips, inspector.blend, inspector.audio) if page.isVisible()]


def seek(window, t):
    ruler = window.timeline.ruler
    QTest.mouseClick(ruler, LEFT, NONE, QPoint(round(window.timeline.axis.to_x(F(t))), 10))


def choose_scope(window, scope):
    """With the mouse and, in the list, by keys."""
    choice = window.inspector.blend.scope
    QTest.mouseClick(choice, LEFT)
    entries = choice.view()
    QTest.keyClick(entries, Qt.Key.Key_Home)
    while entries.currentIndex().row() < scope:
        before = entries.currentIndex().row()
        QTest.keyClick(entries, Qt.Key.Key_Down)
        assert entries.currentIndex().row() > before, "there is no such choice"
    QTest.keyClick(entries, Qt.Key.Key_Return)


def type_value(row, text):
    number = row._number
    number.selectAll()
    QTest.keyClicks(number, text)
    QTest.keyClick(number, Qt.Key.Key_Return)


def feathers(window):
    return [round(segment.blend.feather, 2) for segment in segments(window)]


def new_segment(window, person, at=40):
    project = window.document.project
    draft = SegmentDraft(TimeRange(F(at), F(at + 3)), project.media[1].id, F(at), person)
    window.document.apply("New", edits.add_segments, [draft])
    return next(segment for segment in segments(window) if segment.range.start == at)


def test_a_click_on_a_tab_opens_its_page_and_it_stays(cast):
    inspector = cast.inspector
    select(cast, 0)
    assert shown_pages(cast) == [inspector.lips]
    click_tab(cast, "Blend")
    assert shown_pages(cast) == [inspector.blend]
    select(cast, 1)
    assert shown_pages(cast) == [inspector.blend]
    click_tab(cast, "Audio")
    assert shown_pages(cast) == [inspector.audio]
    assert inspector.generate.isVisible(), "what everything leads to is on every page"


def test_with_nothing_selected_the_clip_under_the_playhead_is_shown(cast):
    inspector, document = cast.inspector, cast.document
    seek(cast, 2)
    assert shown_pages(cast) == [inspector.lips]
    seek(cast, 7)
    assert inspector.title.text() == "film.mp4"
    assert shown_pages(cast) == [inspector.audio]
    assert not inspector.generate.isVisible()
    click_tab(cast, "Lips")
    assert shown_pages(cast) == [inspector.audio], "a clip has no lips"
    type_value(inspector.audio.rows.rows["gain_db"], "-6")
    assert document.project.video_clips[0].gain_db == -6
    assert inspector.audio.under.isVisible()
    seek(cast, 2)
    assert shown_pages(cast) == [inspector.lips], "it comes back with the next segment"


def test_the_list_of_scopes_names_the_person(cast):
    scope = cast.inspector.blend.scope
    select(cast, 0)
    assert [scope.itemText(n) for n in range(3)] == ["This segment", "All of Anna", "The whole project"]
    select(cast, 2)
    assert scope.itemText(PERSON) == "All of Ben"


def test_a_change_for_a_person_reaches_all_of_theirs_and_new_ones(cast):
    anna, ben = (person.id for person in cast.document.project.people)
    before = feathers(cast)
    select(cast, 0)
    click_tab(cast, "Blend")
    choose_scope(cast, PERSON)
    assert "2" in cast.inspector.blend.note.text()
    type_value(cast.inspector.row("feather"), "30")
    assert feathers(cast) == [0.3, 0.3, before[2]]
    assert new_segment(cast, anna).blend.feather == 0.3
    assert new_segment(cast, ben, 45).blend.feather == before[2]
    for _ in range(3):
        cast.document.undo()
    assert feathers(cast) == before, "it was one step"


def test_a_change_for_the_project_reaches_people_with_settings_of_their_own(cast):
    anna = cast.document.project.people[0].id
    select(cast, 0)
    click_tab(cast, "Blend")
    choose_scope(cast, PERSON)
    type_value(cast.inspector.row("feather"), "30")
    choose_scope(cast, PROJECT)
    type_value(cast.inspector.row("feather"), "5")
    assert feathers(cast) == [0.05] * 3
    assert new_segment(cast, anna).blend.feather == 0.05


def test_the_scope_of_one_segment_changes_one(cast):
    before = feathers(cast)
    select(cast, 1)
    click_tab(cast, "Blend")
    type_value(cast.inspector.row("feather"), "30")
    assert feathers(cast) == [before[0], 0.3, before[2]]


def test_keyframes_stay_where_a_change_is_for_all(cast):
    first = segments(cast)[0]
    cast.document.apply("Key", key_edits.set_key, [first.id], "feather", F(2), 0.4)
    kept = segments(cast)[0]
    select(cast, 1)
    click_tab(cast, "Blend")
    row = cast.inspector.row("feather")
    assert row._key.isEnabled()
    choose_scope(cast, PROJECT)
    assert "Keyframes stay" in cast.inspector.blend.note.text()
    assert not row._key.isEnabled(), "keyframes belong to a segment"
    type_value(row, "5")
    assert segments(cast)[0] == kept
    assert feathers(cast)[1:] == [0.05, 0.05]


def test_without_a_segment_nothing_changes_unless_one_asks_for_more(cast):
    seek(cast, 7)
    click_tab(cast, "Blend")
    row = cast.inspector.row("feather")
    assert not row.isEnabled()
    assert "No segment" in cast.inspector.blend.note.text()
    choose_scope(cast, PROJECT)
    type_value(row, "25")
    assert feathers(cast) == [0.25] * 3
    assert row._number.value() == 25
    cast.document.undo()
    assert row._number.value() != 25, "what is undone is shown"


def test_a_scope_that_is_no_longer_possible_becomes_narrower(cast):
    select(cast, 0)
    click_tab(cast, "Blend")
    choose_scope(cast, PERSON)
    cast.document.session.select([segment.id for segment in segments(cast)])
    scope = cast.inspector.blend.scope
    assert scope.currentIndex() == SEGMENT
    assert scope.currentText() == "3 segments"
    assert not scope.model().item(PERSON).isEnabled(), "two people were selected"


def test_a_slider_dragged_for_all_is_one_step(cast):
    before = feathers(cast)
    select(cast, 0)
    click_tab(cast, "Blend")
    choose_scope(cast, PROJECT)
    slider = cast.inspector.row("feather")._slider
    slider.setSliderDown(True)
    for step in (10, 14, 18):
        slider.setValue(step)
    slider.setSliderDown(False)
    assert len(set(feathers(cast))) == 1
    assert feathers(cast) != before
    cast.document.undo()
    assert feathers(cast) == before
