from fractions import Fraction as F

import pytest

from core.base.timing import TimeRange
from core.project import content_edits, edits, line_edits
from core.project.edits import SegmentDraft
from core.project.file import dumps, load_project, loads, save_project
from core.project.line_edits import LineDraft
from core.project.media_items import MediaFacts
from core.project.model import Project
from core.project.placing import EditRefused
from tests.core.project.conftest import base_project


def span(a, b):
    return TimeRange(F(a), F(b))


@pytest.fixture
def project():
    facts = MediaFacts(F(20), audio_channels=1, sample_rate=48000)
    result = Project(name="Script")
    result = content_edits.add_media(result, "audio", "/a.wav", "a.wav", facts).project
    result = content_edits.add_media(result, "audio", "/b.wav", "b.wav", facts).project
    result = content_edits.add_person(result, "Anna").project
    result = content_edits.add_person(result, "Ben").project
    result = edits.add_clip(result, result.media[0].id, F(0), lane="A2").project
    result = edits.add_clip(result, result.media[1].id, F(2), lane="A3").project
    drafts = [
        LineDraft("GHOST", "Buh!", span(8, 9)),
        LineDraft("ANNA", "Hallo", span("1.001", 3), "leise", True),
        LineDraft("ANNA", "Später"),
    ]
    return line_edits.set_script(result, drafts).project


def test_lines_are_ordered_snapped_cast_by_name_and_kept_in_the_file(project, tmp_path):
    assert [line.text for line in project.lines] == ["Hallo", "Buh!", "Später"]
    assert project.lines[0].range == span(1, 3)
    anna, ben = project.people
    assert project.player_of("ANNA") == anna.id
    assert project.player_of("GHOST") is None
    cast = line_edits.cast_character(project, "GHOST", ben.id).project
    assert cast.player_of("GHOST") == ben.id
    save_project(cast, tmp_path / "p.unisync")
    again = load_project(tmp_path / "p.unisync")
    assert (again.lines, again.cast) == (cast.lines, cast.cast)
    assert line_edits.cast_character(cast, "GHOST", None).project.player_of("GHOST") is None


def test_lines_become_segments_of_the_loudest_dub(project):
    a, b = (clip.id for clip in project.clips)
    line = project.lines[0].id
    every = [each.id for each in project.lines]
    (draft,) = line_edits.segment_drafts(project, every, {a: {line: 0.1}, b: {line: 0.5}})
    assert draft == SegmentDraft(span(2, 3), project.media[1].id, F(0), project.people[0].id, "Hallo")
    (draft,) = line_edits.segment_drafts(project, every, {a: {line: 0.5}, b: {line: 0.1}})
    assert (draft.range, draft.dub) == (span(1, 3), project.media[0].id)
    made = edits.add_segments(project, [draft]).project
    assert made.segments[0].note == "Hallo"
    assert line_edits.segment_drafts(made, every, {}) == ()


def test_lines_are_edited_and_removed(project):
    line = project.lines[0]
    changed = line_edits.set_line(project, line.id, text="Servus", range=span(10, 11)).project
    assert [each.text for each in changed.lines] == ["Buh!", "Servus", "Später"]
    with pytest.raises(EditRefused):
        line_edits.set_line(project, line.id, range=span(4, 4))
    assert [each.text for each in line_edits.remove_lines(project, [line.id]).project.lines] == ["Buh!", "Später"]


def test_lips_that_a_script_saw_touch_become_pins_of_its_segments():
    project = base_project()
    drafts = [LineDraft("Anna", "Papa", TimeRange(F(10), F(12)), closures=(F(11), F(21, 2), F(30)))]
    scripted = line_edits.set_script(project, drafts).project
    (draft,) = line_edits.segment_drafts(scripted, [scripted.lines[0].id], {})
    made = edits.add_segments(scripted, [draft]).project
    assert [(pin.time, pin.opening) for pin in made.segments[0].pins] == [(F(21, 2), 0.0), (F(11), 0.0)]
    assert loads(dumps(made)) == made
