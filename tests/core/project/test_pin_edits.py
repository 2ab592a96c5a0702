from dataclasses import replace
from fractions import Fraction as F

import pytest

from core.base.errors import ProjectError
from core.base.timing import TimeRange
from core.lip_engine import LipSettings, MouthPin
from core.project import content_edits, edits, pin_edits
from core.project.export_plan import export_request
from core.project.file import dumps, loads
from core.project.placing import EditRefused
from core.project.rendering import segment_jobs
from core.project.segments import Pin, TakePiece
from tests.core.project.conftest import base_project


@pytest.fixture
def project():
    base = base_project()
    draft = edits.SegmentDraft(TimeRange(F(10), F(14)), base.media[2].id, F(20), base.people[0].id)
    return edits.add_segments(base, [draft]).project


def pins(project):
    return [(pin.time, pin.opening) for pin in project.segments[0].pins]


def test_pins_are_set_moved_and_removed(project):
    item = project.segments[0].id
    made = pin_edits.set_pin(project, item, F(12), 0.0).project
    made = pin_edits.set_pin(made, item, F(11), 1.0).project
    assert pins(made) == [(21, 1.0), (22, 0.0)]
    assert pins(pin_edits.set_pin(made, item, F(12), 0.5).project) == [(21, 1.0), (22, 0.5)]
    assert pins(pin_edits.move_pin(made, item, F(21), F(13), 2.0).project) == [(22, 0.0), (23, 1.0)]
    assert pins(pin_edits.move_pin(made, item, F(21), F(99), 0.2).project)[-1] == (F(24) - F(1, 25), 0.2)
    assert pins(pin_edits.move_pin(made, item, F(21), F(12), 0.7).project) == [(21, 0.7), (22, 0.0)]
    assert pins(pin_edits.remove_pin(made, item, F(12)).project) == [(21, 1.0)]
    for edit, arguments in ((pin_edits.set_pin, (F(20), 0.0)), (pin_edits.remove_pin, (F(13),))):
        with pytest.raises(EditRefused):
            edit(made, item, *arguments)
    assert loads(dumps(made)) == made
    moved = edits.move_items(made, [item], F(3)).project
    assert pin_edits.pin_at(moved, moved.segments[0], F(15)).opening == 0.0


def test_a_damaged_pin_is_refused_in_one_sentence(project):
    damaged = replace(project, segments=(replace(project.segments[0], pins=(Pin(F(21), 7.0),)),))
    with pytest.raises(ProjectError, match="a pin opens the mouth"):
        loads(dumps(damaged))


def test_the_engine_and_the_export_keep_to_the_pins(project, tmp_path):
    made = pin_edits.set_pin(project, project.segments[0].id, F(12), 0.0).project
    (job,) = segment_jobs(made, made.segments[0])
    assert job.spec.pins == (MouthPin(12.0, 0.0),)
    piece = TakePiece(made.media[0].id, TimeRange(F(10), F(14)), F(20), 250, 350, 0, "a" * 64)
    taken = content_edits.add_take(
        made, made.segments[0].id, "own-mouth", LipSettings(), (piece,), pins=made.segments[0].pins
    ).project
    later = pin_edits.remove_pin(taken, made.segments[0].id, F(12)).project
    assert export_request(later, tmp_path / "o.mp4", "h264").takes[0].spec.pins == (MouthPin(12.0, 0.0),)
