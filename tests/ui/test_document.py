from fractions import Fraction as F

import pytest

from core.base.timing import TimeRange
from core.project import content_edits, edits
from core.project.changes import Changes
from core.project.segments import TakePiece
from tests.ui.conftest import project_with
from ui.state.document import Document
from ui.state.library import TakeState


@pytest.fixture
def document(qtbot):
    return Document(project_with((1, 2), (4, 5)))


def starts(document):
    return [segment.range.start for segment in document.project.segments]


def test_apply_tells_what_changed_and_undo_tells_the_same(document, qtbot):
    first = document.project.segments[0].id
    with qtbot.waitSignal(document.changed) as done:
        assert document.apply("Move", edits.move_items, [first], F(1))
    with qtbot.waitSignal(document.changed) as undone:
        document.undo()
    assert done.args == undone.args == [Changes(items=frozenset({first}), layout=True)]
    assert starts(document) == [1, 4]


def test_refused_edit_is_told_and_changes_nothing(document, qtbot):
    before = document.project
    with qtbot.waitSignal(document.refused) as refused:
        assert not document.apply("Move", edits.move_items, [before.segments[0].id], F(3))
    assert "overlap" in refused.args[0].message
    assert document.project is before
    assert document.undo_label is None


def test_a_drag_is_one_step_measured_from_its_start(document):
    first = document.project.segments[0].id
    drag = document.drag("Move")
    for by in (1, 2, F(1, 2)):
        drag.update(edits.move_items, [first], F(by))
    assert not drag.update(edits.move_items, [first], F(3))
    assert drag.commit()
    assert starts(document) == [F(38, 25), 4]
    assert document.undo_label == "Move"
    document.undo()
    assert starts(document) == [1, 4]
    assert document.undo_label is None


def test_a_cancelled_drag_leaves_nothing(document, qtbot):
    before = document.project
    drag = document.drag("Move")
    drag.update(edits.move_items, [before.segments[0].id], F(1))
    assert document.item(before.segments[0].id).range.start == 2
    with qtbot.waitSignal(document.changed):
        drag.cancel()
    assert document.project is before
    assert document.item(before.segments[0].id).range.start == 1
    assert not document.is_modified


def test_an_edit_during_a_drag_ends_the_drag(document):
    drag = document.drag("Move")
    drag.update(edits.move_items, [document.project.segments[0].id], F(1))
    document.apply("Mark in", content_edits.set_in, F(3))
    assert starts(document) == [1, 4]
    assert not drag.commit()


def test_merged_edits_are_one_step_until_settled(document):
    ids = [document.project.segments[0].id]
    for value in (0.1, 0.2, 0.3):
        document.apply_merged("feather", "Feather", content_edits.set_blend, ids, feather=value)
    document.end_merging()
    document.apply_merged("feather", "Feather", content_edits.set_blend, ids, feather=0.4)
    document.undo()
    assert document.project.segments[0].blend.feather == 0.3
    document.undo()
    assert document.undo_label is None


def test_deleted_items_leave_the_selection(document):
    first, second = (segment.id for segment in document.project.segments)
    document.session.select([first, second])
    document.apply("Delete", edits.delete_items, [first])
    assert document.session.selection == {second}


def test_amending_leaves_no_step_and_survives_undo(document):
    first = document.project.segments[0]
    piece = TakePiece(document.project.media[0].id, TimeRange(F(1), F(2)), F(1), 25, 50, 0)
    document.apply("Generate", content_edits.add_take, first.id, "auto", first.lips, (piece,))
    take = document.project.segments[0].takes[0].id
    document.apply("Mark in", content_edits.set_in, F(3))
    assert document.amend(content_edits.set_take, take, mean_sync=0.7)
    assert document.undo_label == "Mark in"
    document.undo()
    assert document.project.segments[0].takes[0].mean_sync == 0.7
    document.undo()
    assert document.project.segments[0].takes == ()
    document.redo()
    assert document.project.segments[0].takes[0].mean_sync == 0.7


def test_found_people_stay_when_the_film_stays(document):
    film = document.project.media[0].id
    document.apply("Mark in", content_edits.set_in, F(3))
    document.amend(content_edits.add_found_person, film, "P1", "Person 1", "#ffffff")
    document.undo()
    assert document.project.people[-1].name == "Person 1"
    assert document.undo_label is None


def test_take_coverage_is_what_fits_and_is_ready(document):
    segment = document.project.segments[0]
    film = document.project.media[0].id
    piece = TakePiece(film, TimeRange(F(1), F(2)), F(1), 25, 50, 0, "key")
    document.apply("Generate", content_edits.add_take, segment.id, "auto", segment.lips, (piece,))
    segment = document.project.segments[0]
    take = segment.takes[0]
    assert document.take_coverage(segment, take) == ()
    document.library.put_take_state(take.id, TakeState("running", ((film, TimeRange(F(1), F(3, 2))),), 0.5))
    assert document.take_coverage(segment, take) == (TimeRange(F(1), F(3, 2)),)


def test_group_is_one_step_and_failing_takes_all_back(document):
    with document.group("Both"):
        document.apply("In", content_edits.set_in, F(1))
        document.apply("Out", content_edits.set_out, F(2))
    assert document.undo_label == "Both"
    document.undo()
    before = document.project

    def half_done():
        with document.group("Both"):
            document.apply("In", content_edits.set_in, F(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert document.project == before


def test_saved_state_is_known_again_after_undoing_back_to_it(document, tmp_path):
    document.mark_saved(document.project, tmp_path / "a.unisync")
    document.apply("In", content_edits.set_in, F(1))
    assert document.is_modified
    document.undo()
    assert not document.is_modified
