from pathlib import Path

from core.batch.jobs import BatchJob, ProjectJob
from core.batch.schedule import Deliverable, Schedule
from core.batch.tasks import AnalyseFilm, Finish, JoinTracks, MakeLips
from core.engine.dub import DubJob


def dub(film: str, language: str) -> BatchJob:
    work = DubJob(Path(f"/{film}.mp4"), Path(f"/{film}.{language}.wav"), Path(f"/out/{film}.{language}.mp4"))
    return BatchJob(f"{film}.{language}", "line 1", language, work)


def all_ready(schedule: Schedule) -> list:
    found = []
    while (task := schedule.next_task()) is not None:
        found.append(task)
    return found


def test_a_film_is_looked_at_once_and_its_first_part_goes_alone():
    schedule = Schedule([dub("a", "de"), dub("a", "fr")], workers=3)
    ((look, task),) = all_ready(schedule)
    assert task == AnalyseFilm(Path("/a.mp4"))

    schedule.done(look, tracks=2)
    ((first, pioneer),) = all_ready(schedule)
    assert (pioneer.part, pioneer.parts) == (0, 2)  # no more parts than faces

    schedule.done(first)
    rest = all_ready(schedule)
    assert [(t.work.dub.name, t.part) for _, t in rest] == [("a.de.wav", 1), ("a.fr.wav", 0), ("a.fr.wav", 1)]

    schedule.done(rest[0][0])
    ((write, finish),) = all_ready(schedule)
    assert isinstance(finish, Finish)
    assert finish.job.name == "a.de"
    schedule.done(write)
    assert schedule.progress["a.de"].state == "done"
    assert schedule.progress["a.fr"].state == "running"


def test_finished_lips_are_written_before_other_films_are_begun():
    schedule = Schedule([dub("a", "de"), dub("b", "de")], workers=1)
    look, _ = schedule.next_task()
    schedule.done(look, tracks=1)
    lips, task = schedule.next_task()
    assert isinstance(task, MakeLips)
    schedule.done(lips)
    assert isinstance(schedule.next_task()[1], Finish)
    assert schedule.next_task()[1] == AnalyseFilm(Path("/b.mp4"))


def test_a_failure_stops_its_own_jobs_alone():
    schedule = Schedule([dub("a", "de"), dub("a", "fr"), dub("b", "de")], workers=2)
    (look_a, _), (look_b, _) = all_ready(schedule)
    schedule.failed(look_b, "b cannot be read")
    schedule.done(look_a, tracks=1)
    ((pioneer, _),) = all_ready(schedule)
    schedule.failed(pioneer, "no such person")

    ((second, task),) = all_ready(schedule)
    assert task.work.dub.name == "a.fr.wav"  # the next one goes ahead
    schedule.done(second)
    ((write, _),) = all_ready(schedule)
    schedule.done(write)

    assert schedule.is_finished
    states = {name: (each.state, each.error) for name, each in schedule.progress.items()}
    assert states == {
        "a.de": ("failed", "no such person"), "a.fr": ("done", ""), "b.de": ("failed", "b cannot be read")
    }  # fmt: skip


def test_what_an_earlier_run_finished_is_not_begun():
    schedule = Schedule([dub("a", "de"), dub("b", "de")], workers=2)
    schedule.skip("a.de")
    assert [task for _, task in all_ready(schedule)] == [AnalyseFilm(Path("/b.mp4"))]


def test_tracks_are_joined_when_every_dub_is_there():
    deliverable = Deliverable(Path("/out/a.tracks.mp4"), ("a.de", "a.fr"), "a.fr")
    schedule = Schedule([dub("a", "de"), dub("a", "fr")], workers=2, deliverables=[deliverable])
    schedule.skip("a.de")
    schedule.skip("a.fr")
    ((join, task),) = all_ready(schedule)
    assert isinstance(task, JoinTracks)
    assert task.picture == Path("/out/a.fr.mp4")
    assert [sound.language for sound in task.sounds] == ["de", "fr"]
    schedule.failed(join, "the disk is full")
    assert schedule.deliveries_failed == {deliverable.output: "the disk is full"}


def test_tracks_of_a_failed_dub_are_told_not_joined():
    deliverable = Deliverable(Path("/out/a.tracks.mp4"), ("a.de", "a.fr"), "a.fr")
    schedule = Schedule([dub("a", "de"), dub("a", "fr")], workers=2, deliverables=[deliverable])
    schedule.skip("a.de")
    look, _ = schedule.next_task()
    schedule.failed(look, "unreadable")
    assert schedule.is_finished
    assert schedule.deliveries_failed == {deliverable.output: "a.fr failed."}


def test_a_project_begins_at_once():
    job = BatchJob("p", "p.unisync", "", ProjectJob(Path("/p.unisync"), Path("/out/p.mp4")))
    schedule = Schedule([job], workers=1)
    assert schedule.next_task()[1] == Finish(job)
