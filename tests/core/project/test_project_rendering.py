"""What is heard, what is proposed, what the engine is asked for."""

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from core.base.errors import SettingsError
from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.planning.pieces import plan_pieces
from core.project import content_edits, edits
from core.project.edits import SegmentDraft
from core.project.proposals import FilmFaces, lines_of, propose_segments
from core.project.rendering import film_time, segment_jobs, take_pieces
from core.project.segments import FaceIdentity
from core.project.sound import original_sound, sound_plan
from tests.core.project.conftest import base_project


def span(start, end):
    return TimeRange(F(start), F(end))


def with_segments(*ranges, offset=0):
    project = base_project()
    anna, dub = project.people[0].id, project.media[2].id
    drafts = [SegmentDraft(span(*r), dub, F(r[0]) + offset, anna) for r in ranges]
    return edits.add_segments(project, drafts).project


def track(first, count, person="P1", number=0, size=100):
    boxes = np.tile(np.array([0, 0, size, size], np.float32), (count, 1))
    return FaceTrack(
        TrackId(number), PersonId(person), 0, first, boxes, np.zeros((count, 468, 3), np.float32),
        np.zeros((count, 3), np.float32), np.ones(count, np.float32),
    )  # fmt: skip


def faces(*tracks, cuts=(), speaking=None):
    return FilmFaces(tuple(tracks), np.arange(1500) / 25, tuple(map(F, cuts)), speaking or {})


def heard(project):
    return [(s.range.start, s.range.end, s.media, s.offset) for s in sound_plan(project)]


def test_an_untouched_dub_is_heard_without_a_seam_in_time():
    project = with_segments((1, 2), (4, 5))
    dub = project.media[2].id
    assert heard(project) == [(a, b, dub, a) for a, b in ((0, 1), (1, 2), (2, 4), (4, 5), (5, 60))]


def test_a_moved_line_is_heard_once_and_only_at_its_new_place():
    project = with_segments((1, 2))
    moved = edits.move_items(project, [project.segments[0].id], F(9)).project
    dub = project.media[2].id
    assert heard(moved) == [(0, 1, dub, 0), (2, 10, dub, 2), (10, 11, dub, 1), (11, 60, dub, 11)]


def test_a_muted_line_is_silent_and_the_film_does_not_come_through():
    project = with_segments((1, 2))
    muted = content_edits.set_segments(project, [project.segments[0].id], muted=True).project
    assert all(not TimeRange(a, b).overlaps(span(1, 2)) for a, b, _, _ in heard(muted))


def test_the_film_is_heard_where_no_dub_lies_unless_switched_off():
    project = with_segments((1, 2))
    film = project.media[0].id
    without = edits.delete_items(project, [c.id for c in project.clips if c.lane == "A2"]).project
    assert [(a, b) for a, b, media, _ in heard(without) if media == film] == [(0, 1), (2, 60)]
    silent = replace(without, settings=replace(without.settings, keep_original_sound=False))
    assert film not in [media for _, _, media, _ in heard(silent)]
    assert [(s.range.start, s.range.end) for s in original_sound(project)] == [(0, 60)]


def test_breaths_inside_a_line_do_not_cut_it_and_lips_get_room():
    lines = lines_of([span(1, 2), TimeRange(F("2.3"), F(3)), span(5, 6)], span(0, 60))
    assert lines == (TimeRange(F("0.88"), F("3.16")), TimeRange(F("4.88"), F("6.16")))


def test_lines_never_leave_the_dub():
    assert lines_of([span(0, 5)], span(0, 5)) == (span(0, 5),)


def test_segments_are_proposed_where_the_dub_speaks_and_somebody_is_seen():
    project = base_project()
    dub_clip = next(clip for clip in project.clips if clip.lane == "A2")
    found = {project.media[0].id: faces(track(0, 500))}
    drafts = propose_segments(project, dub_clip, [span(1, 3), span(30, 33)], found)
    assert [(d.range.start, d.range.end, d.offset, d.person) for d in drafts] == [
        (F("0.88"), F("3.16"), F("0.88"), project.people[0].id)
    ]
    edits.add_segments(project, drafts)


def test_a_cut_to_somebody_else_splits_the_line_and_one_to_the_same_person_does_not():
    project = base_project()
    film = project.media[0].id
    ben = project.people[1]
    project = content_edits.set_person(project, ben.id, faces=(FaceIdentity(film, PersonId("P2")),)).project
    dub_clip = next(clip for clip in project.clips if clip.lane == "A2")
    found = {film: faces(track(0, 50), track(50, 25, number=1), track(75, 100, "P2", 2), cuts=(2, 3))}
    drafts = propose_segments(project, dub_clip, [span(1, 5)], found)
    assert [(d.range.end, project.person(d.person).name) for d in drafts] == [(3, "Anna"), (F("5.16"), "Ben")]


def test_who_was_heard_speaking_beats_the_larger_face():
    project = base_project()
    film = project.media[0].id
    project = content_edits.set_person(
        project, project.people[1].id, faces=(FaceIdentity(film, PersonId("P2")),)
    ).project
    dub_clip = next(clip for clip in project.clips if clip.lane == "A2")
    both = (track(0, 500, size=150), track(0, 500, "P2", 1, size=100))
    silent, talking = np.full(1500, 0.1, np.float32), np.full(1500, 0.9, np.float32)
    larger = propose_segments(project, dub_clip, [span(1, 3)], {film: faces(*both)})
    judged = faces(*both, speaking={PersonId("P1"): silent, PersonId("P2"): talking})
    speaking = propose_segments(project, dub_clip, [span(1, 3)], {film: judged})
    assert [project.person(d[0].person).name for d in (larger, speaking)] == ["Anna", "Ben"]


def test_nothing_is_proposed_over_what_somebody_made():
    project = with_segments((1, 2))
    dub_clip = next(clip for clip in project.clips if clip.lane == "A2")
    assert (
        propose_segments(project, dub_clip, [span(1, 3)], {project.media[0].id: faces(track(0, 500))}) == ()
    )


def test_a_segments_request_says_where_the_dub_begins_on_the_films_clock():
    project = with_segments((2, 4), offset=F(-1))
    (job,) = segment_jobs(project, project.segments[0])
    assert job.spec.voice_start == 1
    assert job.spec.person == "P1"
    assert (job.spec.video, job.spec.voice) == (Path("/media/film"), Path("/media/dub"))


def test_mouths_may_come_from_every_film_the_persons_card_holds():
    project = with_segments((2, 4))
    anna, (film, other) = project.people[0], [m.id for m in project.media[:2]]
    assert segment_jobs(project, project.segments[0])[0].spec.footage == ()
    faces = (FaceIdentity(other, PersonId("P3")), *anna.faces, FaceIdentity(film, PersonId("P9")))
    project = content_edits.set_person(project, anna.id, faces=faces).project
    jobs = segment_jobs(project, project.segments[0])
    path = {medium.id: Path(medium.path) for medium in project.media}
    assert [(o.video, o.person) for o in jobs[0].spec.footage if o.person != "P1"] == [
        pair for pair in ((path[film], "P9"), (path[other], "P3")) if pair[1] != jobs[0].spec.person
    ]
    assert all(o.is_optional for o in jobs[0].spec.footage)
    assert all((o.video, o.person) != (jobs[0].spec.video, jobs[0].spec.person) for o in jobs[0].spec.footage)


@pytest.mark.parametrize("rounding", [F(1), F(1, 1000), F(1, 90000)])
def test_frames_of_a_request_are_those_of_the_timeline_whatever_the_containers_ticks(rounding):
    project = base_project(F(30000, 1001))
    rate = project.sequence.rate
    draft = SegmentDraft(
        TimeRange(rate.time_of(31), rate.time_of(77)), project.media[2].id, F(0), project.people[0].id
    )
    project = edits.add_segments(project, [draft]).project
    (job,) = segment_jobs(project, project.segments[0])
    exact = [rate.time_of(n) for n in range(200)]
    times = np.array([float(round(t / rounding) * rounding) if rounding < 1 else float(t) for t in exact])
    (piece,) = plan_pieces(job.spec, [track(0, 200)], times)
    assert piece.frames == range(31, 77)
    (taken,) = take_pieces(project, project.segments[0], job, [track(0, 200)], times)
    assert (taken.first_frame, taken.end_frame) == (31, 77)
    assert taken.film_range == project.segments[0].range
    assert taken.dub_offset == 0


def test_frame_times_of_a_variable_rate_are_the_files_own():
    film = base_project().media[0]
    uneven = replace(film, facts=replace(film.facts, is_variable_rate=True))
    times = np.array([0.0, 0.1, 0.15])
    assert [film_time(uneven, times, n) for n in range(4)] == [0, F(1, 10), F(3, 20), 60]


def test_a_segment_of_nobody_or_over_no_film_is_refused():
    project = with_segments((1, 2))
    nobody = content_edits.assign_person(project, [project.segments[0].id], None).project
    with pytest.raises(SettingsError, match="Nobody was named"):
        segment_jobs(nobody, nobody.segments[0])
    bare = edits.delete_items(project, [c.id for c in project.video_clips]).project
    with pytest.raises(SettingsError, match="in no film"):
        segment_jobs(bare, bare.segments[0])
