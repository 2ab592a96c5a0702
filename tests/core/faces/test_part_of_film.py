"""A part of a long film alone is looked at, with the same faces in it."""

from fractions import Fraction as F

import numpy as np
import pytest

from core.base.timing import TimeRange
from core.faces import part_of_film
from core.faces.analysis import analyse, load_analysis
from core.faces.part_of_film import frames_about
from tests.core.faces.drawn_face import talking, write_film


def span(start, end):
    return TimeRange(F(start), F(end))


TIMES = np.arange(3600 * 25) / 25  # an hour


def test_the_frames_around_a_part_are_looked_at_on_a_grid():
    assert frames_about(span(1801, 1804), TIMES, []) == range(1770 * 25, 1860 * 25)
    assert frames_about(span(3, 5), TIMES, []) == range(60 * 25)
    assert frames_about(span(3595, 3600), TIMES, []) == range(3540 * 25, 3600 * 25)


def test_a_neighbouring_part_is_looked_at_together_with_the_one_before():
    before = [frames_about(span(1801, 1804), TIMES, [])]
    assert frames_about(span(1810, 1813), TIMES, before) == before[0]
    assert frames_about(span(1835, 1838), TIMES, before) != before[0]


def test_a_film_most_of_which_would_be_looked_at_is_looked_at_as_a_whole():
    minutes = np.arange(170 * 25) / 25
    assert len(frames_about(span(60, 63), minutes, [])) == len(minutes)
    before = [range(n * 2250, n * 2250 + 2250) for n in range(20)]
    assert len(frames_about(span(3000, 3003), TIMES, before)) == len(TIMES)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Six seconds of a head at ten frames a second, in three shots."""
    pictures = [p for seed in (1, 2, 3) for p, _ in talking(20, seed=seed, centre=(100 + 20 * seed, 95))]
    return write_film(tmp_path_factory.mktemp("films") / "long.mp4", pictures, rate=10)


@pytest.fixture
def near(monkeypatch):
    """Parts that reach half a second."""
    monkeypatch.setattr(part_of_film, "REACH", 0.5)
    monkeypatch.setattr(part_of_film, "GRID", 0.5)


def test_a_part_shows_the_faces_that_the_whole_film_shows(film, backend, near, tmp_path):
    told = []
    part = analyse(
        film,
        backend=backend.name,
        cache=tmp_path / "part",
        around=span(F("2.6"), F("3.4")),
        progress=lambda *each: told.append(each),
    )
    whole = analyse(film, backend=backend.name, cache=tmp_path / "whole")
    assert part.looked_at == range(20, 40)
    assert told[-1] == (20, 20)
    assert len(part.times) == part.frame_count == 60
    assert [(s.first_frame, s.end_frame) for s in part.shots] == [(20, 40)]
    (mine,) = part.tracks
    (other,) = whole.tracks_at(30)
    assert (mine.first_frame, mine.end_frame) == (other.first_frame, other.end_frame) == (20, 40)
    rows = slice(6, 14)
    apart = np.linalg.norm(mine.landmarks[rows, :, :2] - other.landmarks[rows, :, :2], axis=2)
    assert apart.mean() < 0.2  # pixels
    assert load_analysis(part.folder).looked_at == part.looked_at


def test_a_whole_film_looked_at_before_serves_its_parts(film, backend, near, tmp_path):
    whole = analyse(film, backend=backend.name, cache=tmp_path)
    assert whole.looked_at == range(60)
    assert analyse(film, backend=backend.name, cache=tmp_path, around=span(2, 3)).folder == whole.folder


def test_a_part_is_taken_from_the_cache_and_made_again_when_damaged(film, backend, near, tmp_path):
    def made(start):
        told = []
        found = analyse(
            film,
            backend=backend.name,
            cache=tmp_path,
            around=span(start, start + F(1, 2)),
            progress=lambda *each: told.append(each),
        )
        return found, len(told)

    first, frames = made(F("2.6"))
    assert frames == 20
    again, frames = made(F("2.7"))
    assert (again.folder, frames) == (first.folder, 0)
    (first.folder / "times.npy").write_bytes(b"")
    again, frames = made(F("2.6"))
    assert (again.folder, frames) == (first.folder, 20)
    _, frames = made(F("4.6"))  # with it more than half of the film would have been looked at
    assert frames == 60
