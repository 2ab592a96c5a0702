from dataclasses import replace
from fractions import Fraction as F

import pytest

from core.base.errors import ProjectError
from core.base.timing import TimeRange
from core.compositing.strokes import Stroke, strokes_at
from core.project import edits, stroke_edits
from core.project.file import dumps, loads
from core.project.placing import EditRefused
from tests.core.project.conftest import base_project

STROKE = Stroke("include", ((0.0, 0.7), (0.1, 0.7)))


@pytest.fixture
def project():
    base = base_project()
    draft = edits.SegmentDraft(TimeRange(F(10), F(14)), base.media[2].id, F(20), base.people[0].id)
    return edits.add_segments(base, [draft]).project


def strokes(project):
    return project.segments[0].strokes


def test_strokes_hold_for_the_segment_or_the_marked_range_and_stay_with_the_words(project):
    item = project.segments[0].id
    made = stroke_edits.add_stroke(project, item, STROKE).project
    made = stroke_edits.add_stroke(made, item, replace(STROKE, kind="exclude"), TimeRange(F(11), F(12))).project
    assert [each.span for each in strokes(made)] == [None, TimeRange(F(21), F(22))]
    assert len(strokes_at(strokes(made), 21.5)) == 2
    assert len(strokes_at(strokes(made), 22.0)) == 1
    whole = stroke_edits.add_stroke(made, item, STROKE, TimeRange(F(0), F(60))).project
    assert strokes(whole)[-1].span is None
    with pytest.raises(EditRefused, match="does not touch"):
        stroke_edits.add_stroke(made, item, STROKE, TimeRange(F(30), F(31)))
    assert loads(dumps(made)) == made
    split = edits.split_items(made, [item], F(12)).project
    assert [segment.strokes for segment in split.segments] == [strokes(made)] * 2


def test_strokes_are_softened_and_taken_away(project):
    item = project.segments[0].id
    made = stroke_edits.add_stroke(project, item, STROKE).project
    made = stroke_edits.add_stroke(made, item, replace(STROKE, softness=0.9)).project
    softer = stroke_edits.soften_strokes(made, item, 0.2).project
    assert [each.softness for each in strokes(softer)] == pytest.approx([0.7, 1.0])
    assert len(strokes(stroke_edits.remove_stroke(made, item, 0).project)) == 1
    empty = stroke_edits.clear_strokes(made, item).project
    assert strokes(empty) == ()
    for edit, arguments in (
        (stroke_edits.clear_strokes, ()),
        (stroke_edits.soften_strokes, (0.1,)),
        (stroke_edits.remove_stroke, (0,)),
    ):
        with pytest.raises(EditRefused):
            edit(empty, item, *arguments)


@pytest.mark.parametrize(
    "wrong",
    [{"points": ()}, {"points": ((99.0, 0.0),)}, {"width": 9.0}, {"softness": -1.0}, {"points": ((0.0,),)}],
    ids=str,
)
def test_damaged_strokes_are_refused_in_one_sentence(project, wrong):
    damaged = replace(project, segments=(replace(project.segments[0], strokes=(replace(STROKE, **wrong),)),))
    with pytest.raises(ProjectError, match=r"stroke|brush"):
        loads(dumps(damaged))
