"""A saved project with one segment of the sample's person and one take, made from short cuts of the sample."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from core.base.timing import TimeRange
from core.jobs.cancel import CancelToken
from core.lip_engine import LipSettings
from core.project import content_edits, edits, placed_edits
from core.project.media_facts import probe_media
from core.project.model import Project
from core.project.rendering import segment_jobs, take_pieces
from core.project.segments import FaceIdentity
from core.takes.film import open_film
from core.takes.placed_faces import with_placed
from tests.core.takes.test_mouth_points import Creature
from tests.creature import write_creature
from tests.talking import cut_dub, cut_film

DRAFT = LipSettings(preset="draft")


def talking_project(folder: Path, frames: int = 30) -> Project:
    """The project before it has a take: the film, its dub over all of it, its one person, who speaks all of the dub."""
    film_path = cut_film(folder / "film.mkv", frames)
    project = _with_dub(film_path, cut_dub(folder / "dub.flac", frames / 25 + 0.2))
    opened = open_film(film_path, CancelToken())
    name = opened.analysis.tracks[0].person
    face = FaceIdentity(project.media[0].id, name)
    return _spoken_by(content_edits.add_person(project, "Anna", (face,)).project)


def creature_project(folder: Path, frames: int = 30) -> Project:
    """As `talking_project`, of a creature in which no face is found, its mouth placed by hand on the first frame."""
    film_path = write_creature(folder / "creature.mkv", frames)
    project = _with_dub(film_path, cut_dub(folder / "dub.flac", frames / 25 + 0.2))
    marks = tuple((float(x), float(y)) for x, y in Creature().marks(0))
    placed = placed_edits.place_face(project, project.media[0].id, "mouth", 0, marks, person=None, name="Fox")
    return _spoken_by(placed.project)


def _with_dub(film_path: Path, dub_path: Path) -> Project:
    project = Project(name="Talking")
    for kind, path in (("video", film_path), ("audio", dub_path)):
        facts = probe_media(path)
        project = content_edits.add_media(project, kind, str(path), path.name, facts.facts).project
    film = project.media[0]
    project = replace(project, sequence=replace(project.sequence, rate=film.facts.rate))
    return edits.add_clip(project, film.id, Fraction(0)).project


def _spoken_by(project: Project) -> Project:
    """The project's only person speaks all of its dub."""
    dub = project.media[1]
    whole = TimeRange(Fraction(0), project.clips[0].range.end)
    draft = edits.SegmentDraft(whole, dub.id, Fraction(0), project.people[0].id)
    project = edits.add_segments(project, [draft]).project
    return content_edits.set_lips(project, [project.segments[0].id], preset="draft").project


def with_take(project: Project) -> Project:
    """The project with a take of its segment's settings as they are; its pictures are made when they are asked for."""
    (segment,) = project.segments
    (job,) = segment_jobs(project, segment)
    opened = with_placed(open_film(job.spec.video, CancelToken()), job.spec.placed)
    pieces = take_pieces(project, segment, job, opened.analysis.tracks, opened.times)
    return content_edits.add_take(
        project, segment.id, "own-mouth", job.spec.lips, pieces, curves=job.spec.curves, placed=project.placed,
        pins=segment.pins,
    ).project  # fmt: skip
