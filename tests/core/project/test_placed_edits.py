from dataclasses import replace
from fractions import Fraction as F

import pytest

from core.base.errors import ProjectError
from core.base.timing import TimeRange
from core.lip_engine import LipSettings
from core.planning.placed_faces import FaceMark, PlacedFace
from core.project import content_edits, edits, placed_edits
from core.project.export_plan import export_request
from core.project.file import dumps, loads
from core.project.invariants import invariant_errors
from core.project.placing import EditRefused
from core.project.rendering import segment_jobs
from core.project.segments import FaceIdentity, FilmFace, TakePiece
from tests.core.project.conftest import base_project

MOUTH = ((100, 100), (140, 100), (120, 95), (120, 110))
BOX = ((80, 40), (160, 140))


@pytest.fixture
def project():
    return base_project()


def film_of(project):
    return project.media[0].id


def test_a_mouth_of_nobody_known_makes_a_person_and_corrections_join_it(project):
    film = film_of(project)
    made = placed_edits.place_face(project, film, "mouth", 10, MOUTH, person=None, name="Fox").project
    fox = made.people[-1]
    assert (fox.name, fox.faces) == ("Fox", (FaceIdentity(film, "M1"),))
    again = placed_edits.place_face(made, film, "mouth", 5, MOUTH, person=fox.id).project
    again = placed_edits.place_face(again, film, "mouth", 10, BOX[:1] * 4, person=fox.id).project
    ((placed),) = again.placed
    assert [mark.frame for mark in placed.face.marks] == [5, 10]
    assert placed.face.marks[1].points == (BOX[0],) * 4
    other = placed_edits.place_face(again, film, "mouth", 0, MOUTH, person=None, name="Crow").project
    assert other.people[-1].faces[0].analysis_person == "M2"
    assert invariant_errors(other) == ()
    assert loads(dumps(other)) == other


def test_a_box_for_somebody_found_is_that_identitys(project):
    anna, ben = project.people
    made = placed_edits.place_face(project, film_of(project), "face", 3, BOX, person=anna.id).project
    assert made.placed[0].face.person == "P1"
    assert made.people == project.people
    made = placed_edits.place_face(made, film_of(project), "face", 3, BOX, person=ben.id).project
    assert made.person(ben.id).faces == (FaceIdentity(film_of(project), "M1"),)


def test_what_was_placed_is_taken_back_frame_by_frame_or_as_a_whole(project):
    film, anna = film_of(project), project.people[0]
    made = placed_edits.place_face(project, film, "face", 3, BOX, person=anna.id).project
    made = placed_edits.place_face(made, film, "face", 9, BOX, person=anna.id).project
    one = placed_edits.remove_mark(made, film, "P1", 3).project
    assert [mark.frame for mark in one.placed[0].face.marks] == [9]
    assert placed_edits.remove_mark(one, film, "P1", 9).project.placed == ()
    assert placed_edits.remove_placed(made, film, "P1").project.placed == ()
    with pytest.raises(EditRefused, match="Nothing was placed"):
        placed_edits.remove_mark(one, film, "P1", 4)
    gone = content_edits.remove_media(made, [film]).project
    assert gone.placed == ()


def test_merged_people_are_split_again(project):
    anna, ben = project.people
    film = film_of(project)
    project = content_edits.set_person(project, ben.id, faces=(FaceIdentity(film, "P2"),)).project
    merged = content_edits.merge_people(project, anna.id, ben.id).project
    assert len(merged.person(anna.id).faces) == 2
    split = placed_edits.split_person(merged, anna.id, ["Ben"]).project
    assert [person.faces for person in split.people] == [(FaceIdentity(film, "P1"),), (FaceIdentity(film, "P2"),)]
    with pytest.raises(EditRefused, match="one only"):
        placed_edits.split_person(split, anna.id, [])


@pytest.mark.parametrize(
    "marks",
    [(), (FaceMark(4, MOUTH), FaceMark(4, MOUTH)), (FaceMark(-1, MOUTH),), (FaceMark(1, BOX),)],
)
def test_damaged_marks_are_refused_in_one_sentence(project, marks):
    damaged = replace(project, placed=(FilmFace(film_of(project), PlacedFace("M1", "mouth", marks)),))
    with pytest.raises(ProjectError, match="placed by hand"):
        loads(dumps(damaged))


def test_the_engine_and_the_export_follow_what_was_placed(project, tmp_path):
    film, anna = film_of(project), project.people[0]
    draft = edits.SegmentDraft(TimeRange(F(10), F(14)), project.media[2].id, F(20), anna.id)
    made = edits.add_segments(project, [draft]).project
    made = placed_edits.place_face(made, film, "face", 260, BOX, person=anna.id).project
    (job,) = segment_jobs(made, made.segments[0])
    assert job.spec.placed == (made.placed[0].face,)
    piece = TakePiece(film, TimeRange(F(10), F(14)), F(20), 250, 350, 0, "a" * 64)
    taken = content_edits.add_take(
        made, made.segments[0].id, "own-mouth", LipSettings(), (piece,), placed=made.placed
    ).project
    later = placed_edits.remove_placed(taken, film, "P1").project  # the take stays what it was made from
    placed = export_request(later, tmp_path / "out.mp4", "h264").takes[0]
    assert placed.spec.placed == (made.placed[0].face,)
