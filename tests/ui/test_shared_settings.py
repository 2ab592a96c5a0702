"""Settings of one segment used for all of a person or of the project, with their keyframes, from the inspector."""

from fractions import Fraction as F

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from core.base.timing import TimeRange
from core.project import content_edits, edits, key_edits
from core.project.edits import SegmentDraft
from core.project.file import dumps, loads
from core.project.invariants import invariant_errors
from tests.ui.conftest import project_with


@pytest.fixture
def cast(window):
    """Two segments of Anna, one of Ben; the first has keyframes, a feather and an articulation of its own."""
    project = project_with((1, 4), (10, 14), (20, 24))
    first, _, last = (segment.id for segment in project.segments)
    ben = project.people[1].id
    project = content_edits.assign_person(project, [last], ben).project
    first = next(segment.id for segment in project.segments if segment.range.start == 1)
    project = key_edits.set_key(project, [first], "strength", F(1), 0.2).project
    project = key_edits.set_key(project, [first], "strength", F(3), 0.8, "smooth").project
    project = content_edits.set_blend(project, [first], feather=0.3).project
    project = content_edits.set_lips(project, [first], articulation=1.4).project
    window.document.replace(project, None)
    window.document.session.select([first])
    return window


def segments(window):
    return sorted(window.document.project.segments, key=lambda segment: segment.range.start)


def strengths(segment):
    return [round(key_edits.setting_at(segment, "strength", segment.range.start + t), 3) for t in (0, 1, 2)]


def choose(window, name, text):
    row = window.inspector.row(name)
    at = QPoint(4, 4)
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, row.mapToGlobal(at)))
    menu = next(each for each in row.findChildren(QMenu) if each.isVisible())
    next(action for action in menu.actions() if text in action.text()).trigger()
    menu.close()


def new_segment(window, person):
    project = window.document.project
    draft = SegmentDraft(TimeRange(F(40), F(43)), project.media[1].id, F(40), person)
    window.document.apply("New", edits.add_segments, [draft])
    return next(segment for segment in segments(window) if segment.range.start == 40)


def test_a_setting_with_its_keyframes_becomes_the_persons(cast):
    anna, ben = (person.id for person in cast.document.project.people)
    choose(cast, "strength", "Anna")
    first, second, other = segments(cast)
    assert strengths(second) == strengths(first) == [0.2, pytest.approx(0.5), 0.8]
    assert not other.curves
    assert second.blend.feather != 0.3, "only what was asked for"
    assert strengths(new_segment(cast, anna)) == strengths(first)
    cast.document.undo()
    assert not new_segment(cast, ben).curves
    cast.document.undo()
    cast.document.undo()
    assert not segments(cast)[1].curves


def test_a_section_becomes_the_projects_and_people_keep_what_is_theirs(cast):
    choose(cast, "articulation", "Anna")
    button = cast.inspector.sharing.button("blend")
    menu = cast.inspector.sharing.menu(("feather", "strength"), button)
    next(action for action in menu.actions() if "project" in action.text()).trigger()
    first, second, other = segments(cast)
    assert other.blend.feather == second.blend.feather == 0.3
    assert strengths(other) == strengths(first)
    assert other.lips.articulation == 1.0
    anna, ben = (person.id for person in cast.document.project.people)
    made = new_segment(cast, anna)
    assert (made.lips.articulation, made.blend.feather) == (1.4, 0.3)
    cast.document.undo()
    made = new_segment(cast, ben)
    assert (made.lips.articulation, made.blend.feather) == (1.0, 0.3)


def test_they_are_kept_in_the_file(cast):
    choose(cast, "strength", "Anna")
    choose(cast, "feather", "project")
    project = cast.document.project
    again = loads(dumps(project))
    assert again == project
    assert invariant_errors(again) == ()
    assert again.people[0].defaults.curves == project.people[0].defaults.curves != ()


def test_without_a_person_there_is_only_the_project(cast):
    project = content_edits.assign_person(cast.document.project, [segments(cast)[0].id], None).project
    cast.document.replace(project, None)
    cast.document.session.select([segments(cast)[0].id])
    menu = cast.inspector.sharing.menu(("feather",), cast.inspector.row("feather"))
    assert [action.isEnabled() for action in menu.actions()] == [False, True]
