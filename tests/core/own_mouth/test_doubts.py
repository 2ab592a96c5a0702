from dataclasses import replace

import numpy as np
import pytest

from core.lip_engine import DOUBTFUL
from core.own_mouth.doubts import Signs
from core.own_mouth.naturalness import NATURAL, answer, below_usual, how_natural, more_natural


def test_what_was_forced_casts_the_doubt():
    easy = Signs(opening=0.1, shape_error=0.015, relit=2.0)
    assert easy.doubt(1.0) < DOUBTFUL
    for forced in (
        replace(easy, lack=0.12),  # an inside drawn out to more than twice its height
        replace(
            easy, painted=0.004
        ),  # a black band through teeth, a tenth of the eyes' distance wide and a twentieth high
        replace(easy, relit=12.0),
        replace(easy, lack=0.03, painted=0.0008, relit=4.0),  # none of them would do alone
        replace(easy, jaw=0.3),
    ):
        assert forced.doubt(1.0) >= DOUBTFUL
    assert Signs().doubt(1.0) < 0.15
    assert 0.99 < Signs(1.0, 1.0, 1.0, 0.0, 1.0, 50.0).doubt(0.0) <= 1.0


@pytest.mark.parametrize("sign", ["opening", "lack", "shape_error", "painted", "relit"])
def test_each_sign_raises_the_doubt(sign):
    some = Signs(0.1, 0.01, 0.02, 1.0, 0.001, 2.0)
    assert replace(some, **{sign: getattr(some, sign) + 0.02}).doubt(1.0) > some.doubt(1.0)


def test_the_judge_adds_to_what_was_forced_and_alone_does_not_condemn():
    some = Signs(opening=0.12, lack=0.035, shape_error=0.02)
    assert some.doubt(0.6) < DOUBTFUL <= some.doubt(0.1)
    assert Signs().doubt(0.1) < DOUBTFUL
    assert Signs().doubt(0.0) == pytest.approx(Signs().doubt(1e-6))  # farther below is no worse


def test_what_lies_below_the_usual_answer_comes_back_from_how_natural_it_is():
    for below in (-1.0, 0.0, 2.5, 7.0):
        assert below_usual(float(how_natural(3.0 - below, 3.0))) == pytest.approx(below, abs=1e-6)


def test_an_unnatural_mouth_is_made_again_and_the_better_one_taken():
    """Pictures are judged by their brightness here."""

    def looks(picture):
        return float(picture.mean()) / 100

    good, bad, better = (np.full((4, 4, 3), level, np.uint8) for level in (80, 10, 40))
    not_again = [lambda: pytest.fail("what looks natural is not made again")]
    made, natural = more_natural(looks, good, good, not_again)
    assert made is good
    assert natural == pytest.approx(0.8)
    made, natural = more_natural(looks, bad, good, [lambda: better])
    assert made is better
    assert natural == pytest.approx(0.4)
    made, natural = more_natural(looks, bad, good, [lambda: np.full((4, 4, 3), 15, np.uint8)])
    assert made is bad
    assert natural == pytest.approx(0.1)
    assert more_natural(looks, bad, good, []) == (bad, pytest.approx(0.1))


def test_milder_tries_are_made_in_their_order_until_one_looks_natural():
    looks = {"wanted": 0.1, "milder": 0.3, "much milder": 0.7, "film": 0.9}.__getitem__
    milder = [lambda: "milder", lambda: "much milder", lambda: pytest.fail("the one before looks natural")]
    assert more_natural(looks, "wanted", "film", milder) == ("much milder", 0.7)
    assert more_natural(looks, "wanted", "film", milder[:1]) == ("milder", 0.3)


def test_nothing_is_doubted_where_the_film_looks_as_odd():
    """Drawings, statues: the judge knows faces."""
    odd = np.full((4, 4, 3), 10, np.uint8)
    made, natural = more_natural(
        lambda picture: 0.1, odd, odd, [lambda: pytest.fail("there is nothing to tell by")]
    )
    assert made is odd
    assert natural >= NATURAL


def test_the_shipped_judge_answers_for_any_picture_and_is_compared_with_the_persons_own(drawn_person):
    film, track = drawn_person.film, drawn_person.track
    own = [answer(film.pictures[row], track.landmarks[row], 80.0) for row in range(0, 60, 12)]
    usual = float(np.median(own))
    assert how_natural(usual, usual) > NATURAL
    assert how_natural(usual - 50, usual) < 0.01
    assert np.isfinite(answer(np.zeros((8, 8, 3), np.uint8), track.landmarks[0], 80.0))
