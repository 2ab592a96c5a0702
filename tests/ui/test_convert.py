"""The offer to convert a film of variable rate, with the real engine."""

from fractions import Fraction as F
from pathlib import Path

import pytest

from core.base.timing import FrameRate, TimeRange
from core.media.reader import VideoReader
from core.project import content_edits
from core.project.edits import EditRefused
from core.project.segments import FaceIdentity, TakePiece
from tests.clips import number_in
from tests.ui.conftest import project_with
from ui.jobs.convert_work import nearest_rate


def test_the_nearest_usual_rate():
    assert [str(nearest_rate(FrameRate(F(x)))) for x in ("29.4", "29.99", "24.9", "58")] == [
        "29.97",
        "30",
        "25",
        "59.94",
    ]


def test_a_film_of_variable_rate_is_converted_on_offer_and_undo_brings_it_back(
    window, clips, qtbot, tmp_path
):
    film = tmp_path / "phone.mp4"
    film.write_bytes(Path(clips("vfr")).read_bytes())
    window.commands.import_files((film,))
    qtbot.waitUntil(lambda: bool(window.document.project.video_clips))
    card = window.stack._cards[-1]
    assert "variable frame rate" in card.message.text
    old = window.document.project
    card.message.action[1]()
    qtbot.waitUntil(lambda: window.document.undo_label == "Convert to a constant rate", timeout=60_000)
    project = window.document.project
    (medium,) = project.media
    rate = nearest_rate(old.media[0].facts.rate)
    assert medium.name == f"phone {rate} fps.mp4"
    assert not medium.facts.is_variable_rate
    assert medium.facts.rate == rate
    assert [(clip.range, clip.media) for clip in project.clips] == [(old.clips[0].range, medium.id)]
    with VideoReader(film) as before, VideoReader(medium.path) as after:
        for number in range(after.frame_count):
            assert number_in(after.rgb(number)) == before.index.number_at(rate.time_of(number))
    window.document.undo()
    assert window.document.project.media == old.media


def test_takes_keep_the_old_film_and_unused_cards_go(qapp):
    project = project_with((1, 3))
    film = project.media[0]
    project = content_edits.add_media(project, "video", "/nowhere/copy.mp4", "copy.mp4", film.facts).project
    new = project.media[-1].id
    anna, ben = (person.id for person in project.people)
    for person, face in ((anna, "P1"), (ben, "P2")):
        project = content_edits.set_person(project, person, faces=(FaceIdentity(film.id, face),)).project
    bare = content_edits.exchange_film(project, film.id, new).project
    assert [person.id for person in bare.people] == [anna]  # she speaks a segment
    assert bare.medium(film.id) is None
    piece = TakePiece(film.id, TimeRange(F(1), F(3)), F(1), 25, 75, 0, "key")
    segment = project.segments[0]
    made = content_edits.add_take(project, segment.id, "auto", segment.lips, (piece,)).project
    kept = content_edits.exchange_film(made, film.id, new).project
    assert kept.medium(film.id) is not None
    assert kept.people == made.people
    assert kept.take_coverage(kept.segments[0], kept.segments[0].takes[0]) == ()
    with pytest.raises(EditRefused):
        content_edits.exchange_film(project, film.id, "m99")
