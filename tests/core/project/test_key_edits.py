from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest

from core.base.errors import ProjectError
from core.base.keyframes import Curve, Keyframe
from core.base.timing import TimeRange
from core.lip_engine import LipSettings
from core.project import content_edits, edits, key_edits
from core.project.export_plan import export_request
from core.project.file import dumps, loads
from core.project.placing import EditRefused
from core.project.rendering import segment_jobs
from core.project.segments import TakePiece
from tests.core.project.conftest import base_project


@pytest.fixture
def project():
    """One segment of Anna from 10 s to 14 s that speaks the dub from 20 s on."""
    base = base_project()
    draft = edits.SegmentDraft(TimeRange(F(10), F(14)), base.media[2].id, F(20), base.people[0].id)
    return edits.add_segments(base, [draft]).project


def segment_of(project):
    return project.segments[0]


def keyed(project, setting, *pairs, ease=None):
    for t, value in pairs:
        project = key_edits.set_key(project, [segment_of(project).id], setting, F(t), value, ease).project
    return project


def value(project, setting, t):
    return key_edits.setting_at(segment_of(project), setting, F(t))


def test_between_keys_a_setting_runs_evenly_or_starts_and_ends_slowly(project):
    linear = keyed(project, "feather", (11, 0.1), (13, 0.5))
    assert [value(linear, "feather", t) for t in (10, 11, 12, 13, 14)] == pytest.approx([0.1, 0.1, 0.3, 0.5, 0.5])
    assert value(linear, "feather", F(23, 2)) == pytest.approx(0.2)
    smooth = keyed(project, "feather", (11, 0.1), (13, 0.5), ease="smooth")
    assert value(smooth, "feather", 12) == pytest.approx(0.3)
    assert value(smooth, "feather", F(23, 2)) == pytest.approx(0.1 + 0.4 * 0.15625, abs=1e-5)


def test_keys_stay_with_the_words_when_a_segment_moves_is_trimmed_or_split(project):
    made = keyed(project, "strength", (11, 0.0), (13, 1.0))
    item = segment_of(made).id
    moved = edits.move_items(made, [item], F(5)).project
    assert value(moved, "strength", 17) == pytest.approx(0.5)
    trimmed = edits.trim_start(made, item, F(12)).project
    assert value(trimmed, "strength", 12) == pytest.approx(0.5)
    split = edits.split_items(made, [item], F(12)).project
    assert len(split.segments) == 2
    assert [key_edits.setting_at(s, "strength", F(25, 2)) for s in split.segments] == pytest.approx([0.75, 0.75])


def test_a_key_on_a_key_takes_its_place_and_keeps_how_it_goes_on(project):
    made = keyed(keyed(project, "grow", (11, 0.1), ease="smooth"), "grow", (11, 0.4), (12, 0.5))
    (curve,) = segment_of(made).curves
    assert [(key.time, key.value, key.ease) for key in curve.keys] == [
        (F(21), 0.4, "smooth"),
        (F(22), 0.5, "smooth"),  # as the one before it
    ]


def test_removing_keys_ends_with_a_setting_that_stays(project):
    made = keyed(project, "max_yaw", (11, 20.0), (12, 60.0))
    item = segment_of(made).id
    one = key_edits.remove_key(made, [item], "max_yaw", F(11)).project
    assert value(one, "max_yaw", 10) == 60.0
    none = key_edits.remove_key(one, [item], "max_yaw", F(12)).project
    assert segment_of(none).curves == ()
    assert segment_of(none).lips.max_yaw == 60.0
    with pytest.raises(EditRefused, match="no keyframe"):
        key_edits.remove_key(none, [item], "max_yaw", F(12))
    cleared = key_edits.clear_keys(made, [item], "max_yaw", F(23, 2)).project
    assert segment_of(cleared).curves == ()
    assert segment_of(cleared).lips.max_yaw == 40.0


def test_keys_move_between_their_neighbours_and_inside_the_segment(project):
    made = keyed(project, "chin", (11, 0.0), (12, 0.2), (13, 0.4))
    item = segment_of(made).id
    moved = key_edits.move_keys(made, item, F(22), F(1, 2)).project
    assert [key.time for key in segment_of(moved).curves[0].keys] == [21, F(45, 2), 23]
    stopped = key_edits.move_keys(made, item, F(22), F(9)).project
    assert segment_of(stopped).curves[0].keys[1].time == 23 - F(1, 25)
    first = key_edits.move_keys(made, item, F(21), F(-9)).project
    assert segment_of(first).curves[0].keys[0].time == 20


def test_copied_keys_count_from_the_segments_beginning(project):
    base = segment_of(project)
    draft = edits.SegmentDraft(TimeRange(F(20), F(24)), base.dub, F(40), base.person)
    two = edits.add_segments(keyed(project, "feather", (11, 0.1), (12, 0.3)), [draft]).project
    first, second = two.segments
    pasted = key_edits.paste_keys(two, [second.id], key_edits.copied_keys(first, "feather")).project
    assert [key.time for key in pasted.segments[1].curves[0].keys] == [41, 42]
    with pytest.raises(EditRefused, match="no keyframes to paste"):
        key_edits.paste_keys(two, [second.id], ())


@pytest.mark.parametrize("setting", ["seed", "colour_match", "nonsense"])
def test_what_is_no_amount_cannot_have_keys(project, setting):
    with pytest.raises(EditRefused, match="cannot have keyframes"):
        key_edits.set_key(project, [segment_of(project).id], setting, F(11), 1.0)


def test_keys_are_saved_and_come_back(project):
    made = keyed(project, "articulation", (11, 0.7), (13, 1.3), ease="smooth")
    assert loads(dumps(made)) == made


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        (Curve("feather", (Keyframe(F(2), 0.1), Keyframe(F(1), 0.1))), "not in order"),
        (Curve("feather", ()), "are none"),
        (Curve("seed", (Keyframe(F(1), 3.0),)), "cannot have keyframes"),
    ],
)
def test_damaged_keys_are_refused_in_one_sentence(project, curve, words):
    damaged = replace(project, segments=(replace(segment_of(project), curves=(curve,)),))
    with pytest.raises(ProjectError, match=words):
        loads(dumps(damaged))


def test_a_key_of_a_file_is_brought_within_its_limits(project):
    wild = Curve("feather", (Keyframe(F(21), 99.0),))
    damaged = replace(project, segments=(replace(segment_of(project), curves=(wild,)),))
    assert value(loads(dumps(damaged)), "feather", 11) == 0.5


def test_what_is_asked_of_the_engine_and_of_the_export_moves_too(project, tmp_path):
    made = keyed(project, "articulation", (11, 0.7), (13, 1.3))
    made = keyed(made, "feather", (11, 0.1), (13, 0.5))
    (job,) = segment_jobs(made, segment_of(made))
    assert [curve.setting for curve in job.spec.curves] == ["articulation"]
    np.testing.assert_allclose(job.spec.curves[0].at(22.0), [1.0])
    piece = TakePiece(made.media[0].id, TimeRange(F(10), F(14)), F(20), 250, 350, 0, "a" * 64)
    made = content_edits.add_take(
        made, segment_of(made).id, "own-mouth", LipSettings(), (piece,), curves=job.spec.curves
    ).project
    placed = export_request(made, tmp_path / "out.mp4", "h264").takes[0]
    assert [curve.setting for curve in placed.spec.curves] == ["articulation"]
    at = float(F(12) - placed.spec.voice_start)
    assert placed.mask.at(at, placed.curves).feather == pytest.approx(0.3)
