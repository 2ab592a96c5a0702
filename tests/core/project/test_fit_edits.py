from dataclasses import replace
from fractions import Fraction as F

import pytest

from core.base.timing import TimeRange
from core.compositing.strokes import Stroke
from core.project import content_edits, edits, fit_edits, key_edits, pin_edits, stroke_edits
from core.project.invariants import invariant_errors
from core.project.media_items import MediaFacts
from core.project.placing import EditRefused
from tests.core.project.conftest import base_project


@pytest.fixture
def project():
    base = base_project()
    drafts = [
        edits.SegmentDraft(TimeRange(F(a), F(b)), base.media[2].id, F(a + 10), base.people[0].id)
        for a, b in ((10, 14), (15, 17))
    ]
    made = edits.add_segments(base, drafts).project
    facts = MediaFacts(F(22, 5), audio_channels=1, sample_rate=48000)
    return content_edits.add_media(made, "audio", "/media/longer.wav", "longer.wav", facts).project


def test_a_longer_line_keeps_what_was_set_at_its_words(project):
    first = project.segments[0]
    project = key_edits.set_key(project, [first.id], "feather", F(12), 0.3).project
    project = pin_edits.set_pin(project, first.id, F(13), 0.0).project
    stroke = Stroke("include", ((0.0, 0.5),))
    project = stroke_edits.add_stroke(project, first.id, stroke, TimeRange(F(10), F(11))).project
    made = fit_edits.stretch_segment(project, first.id, project.media[-1].id, F(10, 11)).project
    new = made.segments[0]
    assert new.range == TimeRange(F(10), F(10) + F(22, 5))
    assert (new.dub, new.offset) == (made.media[-1].id, 0)
    assert new.curves[0].keys[0].time == F(2) * F(11, 10)
    assert new.pins[0].time == F(3) * F(11, 10)
    assert new.strokes[0].span == TimeRange(F(0), F(11, 10))
    assert invariant_errors(made) == ()


def test_a_line_that_would_lie_over_the_next_is_refused(project):
    facts = MediaFacts(F(6), audio_channels=1, sample_rate=48000)
    project = content_edits.add_media(project, "audio", "/media/l.wav", "l.wav", facts).project
    segment = replace(project.segments[0], range=TimeRange(F(10), F(15)))
    project = replace(project, segments=(segment, project.segments[1]))
    with pytest.raises(EditRefused):
        fit_edits.stretch_segment(project, segment.id, project.media[-1].id, F(20, 23))


def test_lines_are_nudged_by_frames(project):
    made = fit_edits.nudge(project, [project.segments[0].id], -3).project
    assert made.segments[0].range.start == F(10) - F(3, 25)
    assert made.segments[0].offset == project.segments[0].offset
    with pytest.raises(EditRefused, match="Select"):
        fit_edits.nudge(project, [], 1)
