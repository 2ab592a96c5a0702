"""What the engine is asked for when a timeline is exported."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from core.base.errors import SettingsError
from core.base.timing import FrameRate, TimeRange
from core.compositing.settings import MaskSettings
from core.face_geometry.track import PersonId
from core.jobs.events import JobId
from core.jobs.results import FilmWritten, SoundWritten
from core.planning.pieces import frames_in, plan_pieces
from core.planning.requests import ExportRequest, PatchSettings, TimelineRequest
from core.project import content_edits, edits
from core.project.edits import SegmentDraft
from core.project.export_plan import export_request, marked_range, patch_request
from core.project.export_report import export_report
from core.project.json_codec import decode, encode
from core.project.model import Project
from core.project.rendering import segment_jobs
from core.project.segments import FaceIdentity, TakePiece
from tests.core.project.conftest import base_project
from tests.core.project.test_project_rendering import span, track, with_segments

OUT = Path("/out.mp4")
TIMES = np.arange(1500) / 25


def with_take(project, index, start, end, note=""):
    segment = project.segments[index]
    piece = TakePiece(
        project.media[0].id,
        span(start, end),
        segment.media_time(F(start)),
        int(start * 25),
        int(end * 25),
        0,
        "key",
    )
    return content_edits.add_take(project, segment.id, "auto", segment.lips, (piece,), note=note).project


def shown_frames(placed):
    (piece,) = plan_pieces(placed.spec, [track(0, 1500)], TIMES)
    shown = frames_in(placed.shown, TIMES)
    return piece.frames, range(max(piece.frames.start, shown.start), min(piece.frames.stop, shown.stop))


def test_a_whole_film_carries_takes_masks_and_the_whole_sound():
    project = with_take(with_segments((1, 3), (5, 6)), 0, 1, 3)
    first = project.segments[0].id
    project = content_edits.set_blend(project, [first], feather=0.3).project
    request = export_request(project, OUT, "h264")
    assert isinstance(request, ExportRequest)
    (placed,) = request.takes
    assert placed.mask == MaskSettings(feather=0.3)
    assert placed.spec.voice_start == 0
    assert shown_frames(placed) == (range(25, 75), range(25, 75))
    assert [(part.range.start, part.range.end, part.fades) for part in request.sound] == [(0, 60, False)]
    kept = content_edits.set_segments(project, [first], keep_original=True).project
    assert export_request(kept, OUT, "h264").takes == ()


def test_parts_of_two_takes_are_shown_as_they_were_made():
    project = with_take(with_take(with_segments((1, 3)), 0, 1, 3, "a"), 0, 1, 3, "b")
    one = project.segments[0].takes[0].id
    project = content_edits.choose_take(project, project.segments[0].id, one, dub_range=span(1, 2)).project
    placed = export_request(project, OUT, "h264").takes
    assert [shown_frames(each) for each in placed] == [
        (range(25, 75), range(25, 50)),
        (range(25, 75), range(50, 75)),
    ]


def test_a_trimmed_segment_shows_the_part_of_the_take_that_was_seen():
    project = with_take(with_segments((1, 3)), 0, 1, 3)
    project = edits.trim_start(project, project.segments[0].id, F(2)).project
    (placed,) = export_request(project, OUT, "h264").takes
    assert shown_frames(placed) == (range(25, 75), range(50, 75))


def test_a_take_made_for_another_place_of_the_dub_is_not_shown():
    project = with_take(with_segments((1, 3)), 0, 1, 3)
    slipped = edits.slip(project, [project.segments[0].id], F(1, 25)).project
    assert export_request(slipped, OUT, "h264").takes == ()


def test_a_cut_film_becomes_stretches_with_what_lies_over_each():
    project = with_take(with_segments((1, 3)), 0, 1, 3)
    film = project.video_clips[0].id
    project = edits.split_items(project, [film], F(2)).project
    project = edits.delete_items(project, [project.video_clips[1].id]).project
    other = project.media[1].id
    project = edits.add_clip(project, other, F(4)).project
    request = export_request(project, OUT, "h264")
    assert isinstance(request, TimelineRequest)
    assert [(cut.video, cut.span, cut.at) for cut in request.cuts] == [
        (Path("/media/film"), span(0, 2), 0),
        (Path("/media/other"), span(0, 20), 4),
    ]
    assert request.duration == 24
    assert request.rate == project.sequence.rate
    assert shown_frames(request.cuts[0].takes[0]) == (range(25, 75), range(25, 50))
    assert request.cuts[1].takes == ()
    assert max(part.range.end for part in request.sound) == 24


def test_the_marked_range_alone():
    project = with_take(with_segments((1, 3)), 0, 1, 3)
    project = content_edits.set_in(project, F(2)).project
    project = content_edits.set_out(project, F(12, 5)).project
    request = export_request(project, OUT, "h264", span=marked_range(project))
    (cut,) = request.cuts
    assert (cut.span, cut.at, request.duration) == (span(2, "12/5"), 0, F(2, 5))
    assert shown_frames(cut.takes[0])[1] == range(50, 60)
    (sound,) = request.sound
    assert (sound.range, sound.offset) == (span(0, "2/5"), 2)
    assert request.start_timecode == "00:00:02:00"


def test_a_take_is_exported_from_the_films_it_was_made_from_whatever_the_card_holds_since():
    project = with_take(with_segments((1, 3)), 0, 1, 3)
    person, segment = project.people[0], project.segments[0]
    other = FaceIdentity(project.media[1].id, PersonId("P3"))
    borrowed = (*person.faces, other)
    merged = content_edits.set_person(project, person.id, faces=borrowed).project
    assert export_request(merged, OUT, "h264").takes[0].spec.footage == ()
    again = replace(segment.takes[0], donors=borrowed)
    merged = replace(merged, segments=(replace(segment, takes=(again,)), *project.segments[1:]))
    (wanted,) = segment_jobs(merged, merged.segments[0])
    (placed,) = export_request(merged, OUT, "h264").takes
    assert placed.spec.footage == wanted.spec.footage != ()
    back = decode(Project, json.loads(json.dumps(encode(merged))))
    assert back.segments[0].takes[0].donors == borrowed
    written = FilmWritten(
        JobId("j"),
        100,
        4.0,
        9,
        "h264",
        "yuv420p",
        (SoundWritten("aac", 48000, "stereo"),),
        "libx264",
        (),
        "signed",
    )
    report = export_report(merged, span(0, 5), written, OUT)
    assert report["output"]["audio"] == ({"codec": "aac", "rate": 48000, "layout": "stereo"},)
    assert report["segments"][0]["takes"][0]["mouths_from"] == sorted(m.path for m in project.media[:2])


def test_without_marks_there_is_no_range():
    assert marked_range(base_project()) is None


def test_one_film_counts_at_its_own_rate_and_several_at_the_timelines():
    project = base_project(F(30000, 1001))
    cut = edits.trim_end(project, project.video_clips[0].id, F(10)).project
    resampled = replace(cut, sequence=replace(cut.sequence, rate=project.media[1].facts.rate))
    assert export_request(resampled, OUT, "h264").rate == project.media[0].facts.rate
    both = edits.add_clip(resampled, project.media[1].id, F(12)).project
    assert export_request(both, OUT, "h264").rate == project.media[1].facts.rate


def test_a_cut_film_of_variable_rate_keeps_its_own_times():
    project = base_project()
    facts = project.media[0].facts
    uneven = type(facts)(**{**{n: getattr(facts, n) for n in facts.__slots__}, "is_variable_rate": True})
    project = content_edits.set_medium(project, project.media[0].id, facts=uneven).project
    cut = edits.trim_end(project, project.video_clips[0].id, F(10)).project
    assert export_request(cut, OUT, "h264").rate is None


def test_a_patch_is_refused_where_a_film_has_another_rate_than_the_timeline(tmp_path):
    project = with_segments((1, 3))
    with pytest.raises(SettingsError, match="No segment here has lips yet"):
        patch_request(project, tmp_path, "film", PatchSettings())
    cut = edits.trim_end(project, project.video_clips[0].id, F(10)).project
    other = project.media[0].facts
    uneven = replace(other, rate=FrameRate(F(24)))
    cut = content_edits.set_medium(cut, project.media[1].id, facts=uneven).project
    both = edits.add_clip(cut, project.media[1].id, F(12)).project
    with pytest.raises(SettingsError, match="has 24 frames a second and the timeline"):
        patch_request(both, tmp_path, "film", PatchSettings())


def test_two_voices_at_once_are_both_in_the_sound():
    project = with_segments((1, 3))
    line, ben = project.media[3].id, project.people[1].id
    project = edits.add_segments(project, [SegmentDraft(span(2, 4), line, F(0), ben)]).project
    parts = export_request(project, OUT, "h264").sound
    assert [p.path.name for p in parts if p.range.overlaps(TimeRange(F(2), F(3)))] == ["dub", "line"]


def test_nothing_to_export_is_said():
    project = base_project()
    with pytest.raises(SettingsError, match="no film in the marked range"):
        export_request(project, OUT, "h264", span=span(100, 101))
    bare = edits.delete_items(project, [c.id for c in project.video_clips]).project
    with pytest.raises(SettingsError, match="no film on the timeline"):
        export_request(bare, OUT, "h264")
