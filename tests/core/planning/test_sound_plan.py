from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from core.base.errors import SettingsError
from core.base.timing import TimeRange
from core.planning.sound_plan import Bed, plan_sound

FILM, DUB = Path("film.mp4"), Path("dub.wav")


def plan(
    dub_duration,
    *,
    span=None,
    start=None,
    longer="keep",
    shorter="silence",
    has_sound=True,
    sound_end=None,
    bed=Bed(),
):
    return plan_sound(
        film=FILM,
        film_duration=Fraction(10),
        film_has_sound=has_sound,
        dub=DUB,
        dub_duration=Fraction(dub_duration),
        span=TimeRange(*map(Fraction, span)) if span else None,
        dub_start=None if start is None else Fraction(start),
        longer=longer,
        shorter=shorter,
        film_sound_end=None if sound_end is None else Fraction(sound_end),
        bed=bed,
    )


def layout(sound):
    return [(float(p.range.start), float(p.range.end), p.path, float(p.offset)) for p in sound.parts]


def test_a_dub_of_the_films_length_replaces_its_sound_without_a_word():
    sound = plan(10)
    assert layout(sound) == [(0, 10, DUB, 0)]
    assert sound.notes == ()


def test_a_longer_dub_is_kept_cut_or_refused_as_asked_and_never_silently():
    assert layout(plan(12)) == [(0, 12, DUB, 0)]
    assert "2.00 s longer" in plan(12).notes[0]
    assert layout(plan(12, longer="cut")) == [(0, 10, DUB, 0)]
    with pytest.raises(SettingsError, match=r"2\.00 s longer"):
        plan(12, longer="refuse")


def test_after_a_shorter_dub_comes_what_was_asked_for():
    assert layout(plan(7)) == [(0, 7, DUB, 0), (7, 10, None, 0)]
    assert layout(plan(7, shorter="original")) == [(0, 7, DUB, 0), (7, 10, FILM, 7)]
    assert "the film's own sound follows" in plan(7, shorter="original").notes[0]
    assert "silence follows" in plan(7, shorter="original", has_sound=False).notes[0]
    with pytest.raises(SettingsError, match=r"3\.00 s shorter"):
        plan(7, shorter="refuse")


def test_outside_a_range_the_film_keeps_its_sound():
    assert layout(plan(3, span=(2, 5))) == [(0, 2, FILM, 0), (2, 5, DUB, 0), (5, 10, FILM, 5)]
    assert layout(plan(1, span=(2, 5))) == [
        (0, 2, FILM, 0),
        (2, 3, DUB, 0),
        (3, 5, None, 0),
        (5, 10, FILM, 5),
    ]


def test_beyond_a_range_the_films_own_sound_goes_on_whatever_the_dubs_length():
    kept = [(0, 2, FILM, 0), (2, 5, DUB, 0), (5, 10, FILM, 5)]
    for rule in ("keep", "cut"):
        sound = plan(4, span=(2, 5), longer=rule)
        assert layout(sound) == kept
        assert "its end is not heard, because the film's own sound goes on there" in sound.notes[0]
    assert layout(plan(20, span=(2, 5))) == kept
    assert layout(plan(4, span=(2, 5), longer="mix")) == [(0, 2, FILM, 0), (2, 6, DUB, 0), (5, 10, FILM, 5)]
    assert layout(plan(4, span=(2, 5), start=1)) == [(0, 2, FILM, 0), (2, 5, DUB, 1), (5, 10, FILM, 5)]
    assert layout(plan(6, span=(7, 10))) == [(0, 7, FILM, 0), (7, 13, DUB, 0)]
    assert "kept" in plan(6, span=(7, 10)).notes[0]
    assert layout(plan(4, span=(2, 5), has_sound=False))[1] == (2, 6, DUB, 0)


def test_the_films_sound_that_outlasts_its_picture_stays_around_a_range():
    assert layout(plan(3, span=(2, 5), sound_end=12))[-1] == (5, 12, FILM, 5)
    assert layout(plan(7, shorter="original", sound_end=12))[-1] == (7, 10, FILM, 7)


def test_the_dub_begins_where_it_is_told():
    sound = plan(2, span=(2, 5), start=3)
    assert sound.voice_start == 3
    assert layout(sound) == [(0, 2, FILM, 0), (2, 3, None, 0), (3, 5, DUB, 0), (5, 10, FILM, 5)]


def test_a_dub_that_is_never_heard_is_refused():
    with pytest.raises(SettingsError, match="outside"):
        plan(2, span=(2, 5), start=6)


def test_every_moment_of_the_film_has_exactly_one_part():
    for span in (None, (2, 5)):
        for start in (None, 1, 3):
            for length in (2, 3, 12):
                parts = plan(length, span=span, start=start).parts
                assert parts[0].range.start == 0
                assert all(a.range.end == b.range.start for a, b in pairwise(parts))
                assert parts[-1].range.end >= 10


def test_what_lies_under_the_dub_lies_nowhere_else():
    music = Path("music.wav")
    under = plan(4, start=2, bed=Bed(music, -6, 20)).parts[-2:]
    assert [(float(p.range.start), float(p.range.end), p.path, float(p.offset)) for p in under] == [
        (0, 10, music, 0),
        (2, 6, FILM, 2),
    ]
    assert [p.gain for p in under] == [pytest.approx(0.501, abs=1e-3), pytest.approx(0.1)]
    within = plan(3, span=(4, 6), bed=Bed(music, 0, 12)).parts[-2:]
    assert [(float(p.range.start), float(p.range.end), float(p.offset)) for p in within] == [
        (4, 6, 4),
        (4, 6, 4),
    ]
