from fractions import Fraction

import pytest

from core.base.errors import AppError, SettingsError
from core.base.timing import TimeRange
from core.jobs.cancel import CancelToken
from core.planning.pieces import OtherFilm, SegmentSpec
from core.takes.chunk_cache import ChunkCache
from core.takes.donors import open_donor, open_donors
from core.takes.film import open_film
from core.takes.takes import TakeMaker
from tests.talking import cut_dub, cut_film


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lenders")
    return cut_film(folder / "film.mp4", 30), cut_film(folder / "more.mp4", 50), cut_dub(folder / "d.flac", 1)


def test_mouths_are_borrowed_from_another_film_of_the_person(films, tmp_path):
    film = open_film(films[0], CancelToken())
    span = TimeRange(Fraction(0), Fraction(1))
    keys, sizes = [], []
    for footage in ((), (OtherFilm(films[1]),)):
        spec = SegmentSpec(films[0], films[2], span, Fraction(0), "P1", footage=footage)
        maker = TakeMaker(film, spec, ChunkCache(tmp_path))
        recipe = maker._engine.recipe(maker.pieces[0].request)
        keys.append(maker.pieces[0].key)
        sizes.append(len(recipe.library))
        maker.close()
    assert sizes[1] > sizes[0] + 30
    assert keys[0] != keys[1]
    assert maker.donors[0].why == "the only face"


def test_a_film_without_faces_lends_nothing(films, clips):
    with pytest.raises(SettingsError, match="was to lend mouths"):
        open_donor(OtherFilm(clips("cfr25")), open_film(films[0], CancelToken()), "P1", CancelToken())


def test_a_named_person_is_taken_at_the_users_word_and_must_be_there(films):
    film = open_film(films[0], CancelToken())
    donor = open_donor(OtherFilm(films[1], "P1"), film, "P1", CancelToken())
    donor.reader.close()
    assert donor.why == "named as the same person"
    with pytest.raises(SettingsError, match=r"no person “P7” in “more\.mp4”"):
        open_donor(OtherFilm(films[1], "P7"), film, "P1", CancelToken())


def test_an_optional_film_that_is_gone_or_shows_somebody_else_is_left_out(films, tmp_path):
    film = open_film(films[0], CancelToken())
    wishes = [
        OtherFilm(tmp_path / "gone.mp4", "P1", is_optional=True),
        OtherFilm(films[1], "P7", is_optional=True),
        OtherFilm(films[1], "P1", is_optional=True),
    ]
    (donor,) = open_donors(wishes, film, "P1", CancelToken())
    donor.reader.close()
    assert donor.film.info.path == films[1]
    with pytest.raises(AppError):
        open_donors([OtherFilm(tmp_path / "gone.mp4", "P1")], film, "P1", CancelToken())
