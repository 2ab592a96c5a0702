"""Saved projects as jobs: their films count as read, too."""

from core.batch.jobs import BatchJob, ProjectJob, problems_of
from core.project.content_edits import add_media
from core.project.file import save_project
from core.project.media_facts import probe_media
from core.project.model import Project
from tests.talking import cut_film


def with_film(folder):
    film = cut_film(folder / "film.mkv", 5)
    project = add_media(Project(), "video", str(film), film.name, probe_media(film).facts).project
    save_project(project, folder / "p.unisync")
    return film


def job(folder, output):
    return BatchJob(output.stem, "p.unisync", "", ProjectJob(folder / "p.unisync", output))


def test_no_line_may_make_a_film_that_a_project_reads(tmp_path):
    film = with_film(tmp_path)
    (problem, *_) = problems_of([job(tmp_path, film)])
    assert f"{film} is also an input" in problem


def test_another_film_under_the_same_name_is_another_job(tmp_path):
    film = with_film(tmp_path)
    once = job(tmp_path, tmp_path / "o.mkv")
    before = once.key()
    assert once.key() == before
    cut_film(film, 7)
    assert once.key() != before
