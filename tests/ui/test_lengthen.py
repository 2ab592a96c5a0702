"""A dub that outlasts the film, and the offer to make the picture longer, with the real engine."""

from fractions import Fraction as F
from pathlib import Path

import pytest

from app.lab.editor_figures import film_project
from core.base.timing import TimeRange
from core.media.reader import VideoReader
from core.project import content_edits, edits
from core.project.media_items import MediaFacts
from tests.clips import number_in


@pytest.fixture
def outlasted(window, clips, tmp_path):
    """A film of numbered pictures, and a segment that goes on for 5 frames after it."""
    film = tmp_path / "film.mp4"
    film.write_bytes(Path(clips("cfr25")).read_bytes())
    project = film_project(film)
    end = project.duration
    dub = MediaFacts(end + 2, audio_channels=1, sample_rate=48000)
    project = content_edits.add_media(project, "audio", "/nowhere/dub.wav", "dub.wav", dub).project
    project = content_edits.add_person(project, "Anna").project
    span = TimeRange(end - F(10, 25), end + F(5, 25))
    draft = edits.SegmentDraft(span, project.media[1].id, F(0), project.people[0].id)
    window.document.replace(edits.add_segments(project, [draft]).project, None)
    window.document.session.select([window.document.project.segments[0].id])
    return window


def test_the_picture_goes_there_and_back_to_the_dubs_end_and_undo_brings_it_back(outlasted, qtbot):
    window, button = outlasted, outlasted.inspector.lips.lengthen
    assert button.isVisible()
    assert "0.20 s" in button.toolTip()
    old = window.document.project
    next(each for each in button.menu().actions() if each.text() == "Play there and back").trigger()
    qtbot.waitUntil(lambda: window.document.undo_label == "Lengthen the picture")
    project = window.document.project
    (clip,) = project.video_clips
    assert clip.range.end == project.segments[0].range.end
    assert not button.isVisible()
    count = old.media[0].facts.frame_count
    with VideoReader(project.medium(clip.media).path) as made:
        assert made.frame_count == count + 5
        assert [number_in(made.rgb(n)) for n in range(count - 1, count + 5)] == [count - 1, *range(count - 2, count - 7, -1)]
    window.document.undo()
    assert window.document.project.video_clips == old.video_clips


def test_nothing_is_offered_where_there_is_a_picture(outlasted):
    window = outlasted
    segment = window.document.project.segments[0]
    window.document.apply("Trim", edits.trim_end, segment.id, window.document.project.video_clips[0].range.end)
    assert not window.inspector.lips.lengthen.isVisible()
