from dataclasses import replace
from fractions import Fraction as F

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.timing import TimeRange
from core.project import content_edits, edits
from core.project.edits import EditRefused, SegmentDraft
from core.project.history import History
from core.project.ids import VIDEO_LANE, person_lane
from core.project.invariants import invariant_errors
from core.project.model import Project
from core.project.segments import TakePiece
from tests.core.project.conftest import base_project, edit_steps, projects

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def span(start, end):
    return TimeRange(F(start), F(end))


def with_segments(*ranges, person=0):
    project = base_project()
    who = project.people[person].id if person is not None else None
    drafts = [SegmentDraft(span(*r), project.media[2].id, F(r[0]), who) for r in ranges]
    return edits.add_segments(project, drafts).project


def ranges(project):
    return [(s.range.start, s.range.end, s.offset) for s in project.segments]


@SLOW
@given(st.data())
def test_random_edits_keep_the_invariants_and_undo_and_redo_exactly(data):
    history = History(base_project())
    states = [history.project]
    for _ in range(12):
        edit, arguments, options = data.draw(edit_steps(history.project))
        before = history.project
        try:
            edited = edit(before, *arguments, **options)
        except EditRefused:
            assert history.project is before
            continue
        history.push("edit", edited)
        assert invariant_errors(history.project) == ()
        if history.project is not before:
            states.append(history.project)
    for state in reversed(states[:-1]):
        history.undo()
        assert history.project is state
    assert history.undo() is None
    for state in states[1:]:
        history.redo()
        assert history.project is state
    assert history.redo() is None


@SLOW
@given(st.data())
def test_changes_name_every_item_that_differs(data):
    project = data.draw(projects())
    edit, arguments, options = data.draw(edit_steps(project))
    try:
        edited = edit(project, *arguments, **options)
    except EditRefused:
        return
    before = {item.id: item for item in (*project.clips, *project.segments)}
    after = {item.id: item for item in (*edited.project.clips, *edited.project.segments)}
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert differing <= edited.changes.items
    places = {key: (i.range, i.lane) for key, i in before.items()} != {
        key: (i.range, i.lane) for key, i in after.items()
    }
    assert edited.changes.layout or not places
    assert edited.changes.markers or edited.project.markers == project.markers
    assert edited.changes.sequence or edited.project.sequence == project.sequence
    marks = (project.in_point, project.out_point) != (edited.project.in_point, edited.project.out_point)
    assert edited.changes.in_out or not marks


def test_first_film_sets_the_rate():
    project = base_project(F(30000, 1001))
    assert project.sequence.rate.value == F(30000, 1001)
    assert project.sequence.drop_frame


def test_second_film_of_another_rate_leaves_the_rate():
    project = base_project(F(30000, 1001))
    edited = edits.add_clip(project, project.media[1].id, F(70))
    assert edited.project.sequence == project.sequence
    clip = edited.project.video_clips[1]
    assert (clip.range.duration * project.sequence.rate.value).denominator == 1


def test_sound_on_v1_is_refused():
    project = base_project()
    with pytest.raises(EditRefused, match="no picture"):
        edits.add_clip(project, project.media[2].id, F(100))


def test_move_onto_another_segment_is_refused_and_nearest_free_shift_stops_before_it():
    project = with_segments((1, 2), (4, 5))
    first = project.segments[0].id
    with pytest.raises(EditRefused, match="overlap at 00:00:04"):
        edits.move_items(project, [first], F(5, 2))
    free = edits.shift_limits(project, [first]).nearest(F(12, 5))
    assert free == 2
    assert edits.shift_limits(project, [first]).nearest(F(4)) == 4
    assert edits.shift_limits(project, [first]).nearest(F(-3)) == -1
    moved = edits.move_items(project, [first], free).project
    assert ranges(moved) == [(3, 4, 1), (4, 5, 4)]


@SLOW
@given(st.data())
def test_nearest_free_shift_is_always_possible_for_segments(data):
    project = data.draw(projects())
    if not project.segments:
        return
    chosen = data.draw(st.lists(st.sampled_from([s.id for s in project.segments]), min_size=1, unique=True))
    by = edits.shift_limits(project, chosen).nearest(F(data.draw(st.integers(-2000, 2000)), 25))
    edits.move_items(project, chosen, by)


def test_move_to_a_persons_lane_assigns_the_person():
    project = with_segments((1, 2))
    ben = project.people[1].id
    moved = edits.move_items(project, [project.segments[0].id], F(0), lane=person_lane(ben)).project
    assert moved.segments[0].person == ben
    nobody = edits.move_items(moved, [moved.segments[0].id], F(0), lane=person_lane(None)).project
    assert nobody.segments[0].person is None


def test_trims_keep_what_is_heard_at_each_time():
    project = with_segments((1, 3))
    only = project.segments[0].id
    project = edits.trim_start(project, only, F(2)).project
    assert ranges(project) == [(2, 3, 2)]
    project = edits.trim_end(project, only, F(4)).project
    assert ranges(project) == [(2, 4, 2)]
    project = edits.trim_start(project, only, F(1)).project
    assert ranges(project) == [(1, 4, 1)]
    with pytest.raises(EditRefused, match="one frame"):
        edits.trim_end(project, only, F(1))
    with pytest.raises(EditRefused, match="ends at 00:01:00"):
        edits.trim_end(project, only, F(61))


def test_trim_snaps_to_frames():
    project = with_segments((1, 3))
    trimmed = edits.trim_end(project, project.segments[0].id, F("2.51")).project
    assert trimmed.segments[0].range.end == F(63, 25)


def test_ripple_trims_on_a_persons_lane_move_only_that_lane():
    project = with_segments((1, 3), (4, 5))
    first = project.segments[0].id
    assert ranges(edits.ripple_trim_end(project, first, F(2)).project) == [(1, 2, 1), (3, 4, 4)]
    assert ranges(edits.ripple_trim_end(project, first, F(4)).project) == [(1, 4, 1), (5, 6, 4)]
    shorter = edits.ripple_trim_start(project, first, F(2)).project
    assert ranges(shorter) == [(1, 2, 2), (3, 4, 4)]
    assert shorter.clips == project.clips


def test_ripple_delete_on_v1_closes_the_gap_on_every_lane():
    project = with_segments((1, 3), (10, 12), (30, 31))
    project = edits.split_items(project, [c.id for c in project.video_clips], F(2)).project
    project = edits.split_items(project, [project.video_clips[1].id], F(11)).project
    project = content_edits.add_marker(project, F(40)).project
    project = content_edits.add_marker(project, F(5)).project
    gone = project.video_clips[1]
    after = edits.ripple_delete(project, [gone.id]).project
    assert [(c.range.start, c.range.end, c.offset) for c in after.video_clips] == [(0, 2, 0), (2, 51, 11)]
    assert ranges(after) == [(1, 2, 1), (2, 3, 11), (21, 22, 30)]
    assert [marker.time for marker in after.markers] == [31]


def test_ripple_trim_of_v1_opens_room_on_every_lane():
    project = with_segments((10, 12))
    clip = project.video_clips[0].id
    project = edits.trim_end(project, clip, F(5)).project
    longer = edits.ripple_trim_end(project, clip, F(7)).project
    assert longer.video_clips[0].range == span(0, 7)
    assert ranges(longer) == [(12, 14, 10)]


def test_roll_moves_the_shared_edge():
    project = with_segments((1, 3), (3, 5))
    a, b = (s.id for s in project.segments)
    assert ranges(edits.roll(project, a, b, F(2)).project) == [(1, 2, 1), (2, 5, 2)]
    with pytest.raises(EditRefused, match="one frame"):
        edits.roll(project, a, b, F(5))
    with pytest.raises(EditRefused, match="touch"):
        edits.roll(project, b, a, F(2))


def test_slip_keeps_the_place_and_may_be_finer_than_a_frame():
    project = with_segments((1, 3))
    slipped = edits.slip(project, [project.segments[0].id], F(7, 1000)).project
    assert ranges(slipped) == [(1, 3, F(1007, 1000))]
    with pytest.raises(EditRefused, match="nothing before"):
        edits.slip(project, [project.segments[0].id], F(-2))


def test_split_keeps_takes_on_both_halves():
    project = with_segments((1, 3))
    only = project.segments[0]
    piece = TakePiece(project.media[0].id, span(1, 3), F(1))
    project = content_edits.add_take(project, only.id, "own_mouth", only.lips, (piece,)).project
    split = edits.split_items(project, [only.id], F(2)).project
    assert [s.takes for s in split.segments] == [project.segments[0].takes] * 2
    left, right = split.segments
    assert split.take_coverage(left, left.takes[0]) == (span(1, 2),)
    assert split.take_coverage(right, right.takes[0]) == (span(2, 3),)
    with pytest.raises(EditRefused, match="split"):
        edits.split_items(split, [only.id], F(2))


def test_a_take_survives_moving_with_the_picture_and_not_against_it():
    project = with_segments((1, 3))
    only = project.segments[0]
    piece = TakePiece(project.media[0].id, span(1, 3), F(1))
    project = content_edits.add_take(project, only.id, "own_mouth", only.lips, (piece,)).project
    take = project.segments[0].takes[0]
    alone = edits.move_items(project, [only.id], F(1)).project
    assert alone.take_coverage(alone.segments[0], take) == ()
    both = edits.move_items(project, [only.id, project.video_clips[0].id], F(1)).project
    assert both.take_coverage(both.segments[0], take) == (span(2, 4),)


def test_take_choice_for_a_range_cuts_earlier_choices():
    project = with_segments((0, 10))
    only = project.segments[0]
    for key in ("a", "b"):
        project = content_edits.add_take(project, only.id, "own_mouth", only.lips, (), note=key).project
    one, two = (take.id for take in project.segments[0].takes)
    project = content_edits.choose_take(project, only.id, one).project
    project = content_edits.choose_take(project, only.id, two, dub_range=span(2, 8)).project
    project = content_edits.choose_take(project, only.id, one, dub_range=span(4, 5)).project
    segment = project.segments[0]
    assert [segment.take_at(F(t)).id for t in (1, 3, 4, 6, 9)] == [one, two, one, two, one]
    without = content_edits.remove_take(project, only.id, two).project.segments[0]
    assert {without.take_at(F(t)).id for t in (1, 3, 4, 6, 9)} == {one}


def test_copy_and_paste_keep_distances_and_make_new_ids():
    project = with_segments((1, 2), (3, 4))
    clipboard = edits.copy_items(project, [s.id for s in project.segments])
    pasted = edits.paste_items(project, clipboard, F(10)).project
    assert ranges(pasted)[2:] == [(10, 11, 1), (12, 13, 3)]
    assert len({s.id for s in pasted.segments}) == 4
    with pytest.raises(EditRefused, match="overlap"):
        edits.paste_items(project, clipboard, F(1))


def test_merging_people_moves_faces_and_segments():
    project = with_segments((1, 2))
    anna, ben = project.people
    merged = content_edits.merge_people(project, ben.id, anna.id).project
    assert [p.id for p in merged.people] == [ben.id]
    assert merged.people[0].faces == anna.faces
    assert merged.segments[0].person == ben.id


def test_removing_a_medium_takes_its_items_along():
    project = with_segments((1, 2))
    without = content_edits.remove_media(project, [project.media[2].id]).project
    assert without.segments == ()
    assert [clip.lane for clip in without.clips] == [VIDEO_LANE]


def test_in_behind_out_drops_the_out_mark():
    project = content_edits.set_out(content_edits.set_in(Project(), F(1)).project, F(4)).project
    assert project.in_out == span(1, 4)
    assert content_edits.set_in(project, F(5)).project.out_point is None


def test_new_segments_take_the_projects_defaults():
    project = base_project()
    lips = replace(project.settings.lips, silence="original")
    project = replace(project, settings=replace(project.settings, lips=lips, engine="generator"))
    draft = SegmentDraft(span(1, 2), project.media[2].id, F(0))
    segment = edits.add_segments(project, [draft]).project.segments[0]
    assert (segment.lips.silence, segment.engine) == ("original", "generator")


def test_an_edit_refused_names_the_place():
    project = with_segments((1, 2))
    with pytest.raises(EditRefused, match="not in the media bin"):
        edits.add_segments(project, [SegmentDraft(span(5, 6), "m99", F(0))])
    with pytest.raises(EditRefused, match="Nothing is selected"):
        edits.delete_items(project, [])


def test_an_item_cannot_be_trimmed_to_nothing_from_either_side():
    project = with_segments((1, 3))
    for trim, to in ((edits.trim_start, 3), (edits.trim_end, 1)):
        with pytest.raises(EditRefused, match="at least one frame"):
            trim(project, project.segments[0].id, F(to))
