from fractions import Fraction as F

import pytest

from core.project import content_edits
from core.project.changes import Changes
from core.project.history import History
from core.project.model import Project


def marked(history, time):
    return content_edits.add_marker(history.project, F(time))


def test_steps_beyond_the_limit_are_forgotten_oldest_first():
    history = History(Project(), max_steps=3)
    for n in range(5):
        history.push(f"marker {n}", marked(history, n))
    assert history.labels == ("marker 2", "marker 3", "marker 4")


def test_bytes_are_bounded_and_the_newest_step_always_stays():
    history = History(Project(), max_bytes=1)
    for n in range(3):
        history.push(f"{n}", content_edits.set_project(history.project, name="x" * 1000 * (n + 1)))
    assert history.labels == ("2",)


def test_shared_parts_cost_nothing():
    history = History(Project())
    for n in range(100):
        history.push("marker", marked(history, n))
    before = history.held_bytes
    history.push("in", content_edits.set_in(history.project, F(1)))
    assert history.held_bytes - before < 100


def test_same_merge_key_is_one_step():
    history = History(Project())
    for n in range(5):
        history.push("Name", content_edits.set_project(history.project, name=str(n)), merge_key="name")
    assert len(history.labels) == 1
    history.undo()
    assert history.project.name == ""


def test_end_merging_starts_a_new_step():
    history = History(Project())
    history.push("Name", content_edits.set_project(history.project, name="a"), merge_key="name")
    history.end_merging()
    history.push("Name", content_edits.set_project(history.project, name="b"), merge_key="name")
    assert len(history.labels) == 2


def test_merging_never_swallows_the_saved_state():
    history = History(Project())
    history.push("Name", content_edits.set_project(history.project, name="a"), merge_key="name")
    history.mark_clean()
    history.push("Name", content_edits.set_project(history.project, name="b"), merge_key="name")
    assert not history.is_clean
    history.undo()
    assert history.is_clean


def test_a_drag_back_to_its_start_leaves_no_step():
    history = History(Project(name="a"))
    history.push("Name", content_edits.set_project(history.project, name="b"), merge_key="name")
    history.push("Name", content_edits.set_project(history.project, name="a"), merge_key="name")
    assert history.labels == ()
    assert history.is_clean


def test_group_is_one_step_and_names_all_changes():
    history = History(Project())
    with history.group("Both"):
        history.push("x", marked(history, 1))
        history.push("y", content_edits.set_in(history.project, F(1)))
    assert history.labels == ("Both",)
    assert history.undo() == Changes(markers=True, in_out=True)
    assert history.project == Project()


def test_failing_group_changes_nothing():
    history = History(Project())

    def half_done():
        with history.group("Both"):
            history.push("x", marked(history, 1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert history.project == Project()
    assert history.labels == ()


def test_a_new_edit_forgets_what_was_undone():
    history = History(Project())
    history.push("a", marked(history, 1))
    history.undo()
    history.push("b", marked(history, 2))
    assert history.redo_label is None
    assert [marker.time for marker in history.project.markers] == [2]


def test_edit_without_effect_leaves_no_step():
    history = History(Project(name="a"))
    assert history.push("Name", content_edits.set_project(history.project, name="a")) == Changes()
    assert history.undo_label is None


def test_only_looks_changed_when_nothing_else_did():
    """Lanes, curves and lines are not drawn anew then; what also moved something must be."""
    one = frozenset({"S1"})
    assert Changes(items=one, blend=one, defaults=True).is_only_blend
    assert not Changes(items=one, blend=one, layout=True).is_only_blend
    assert not Changes(items=one | {"S2"}, blend=one).is_only_blend
    assert not Changes().is_only_blend
