"""The doubts that ship are those that the verdicts of an eye give."""

import numpy as np
import pytest

from core.lip_engine import DOUBTFUL
from core.own_mouth import doubts
from core.own_mouth.doubts import Signs
from core.own_mouth.naturalness import how_natural
from core.research.benchmark.doubt_curves import SIGNS, draw, fit, found_at, left_out, read_verdicts


@pytest.fixture(scope="module")
def verdicts():
    return read_verdicts()


def test_what_ships_is_the_fit_to_the_verdicts(verdicts):
    model, limit = fit(verdicts, np.arange(len(verdicts.person)))
    shipped = [
        getattr(doubts, f"_{name.upper()}")
        for name in ("opening", "lack", "shape", "painted", "relit", "below_usual")
    ]
    np.testing.assert_allclose(model, shipped, rtol=0.02, atol=0.02)
    assert limit == pytest.approx(doubts._LIMIT, abs=0.02)


def test_two_of_a_hundred_frames_that_pass_are_doubted_and_a_third_of_those_sent_back(verdicts):
    given = []
    for opening, lack, shape_error, painted, relit, below in verdicts.signs:
        signs = Signs(opening, lack, shape_error, painted=painted, relit=relit)
        given.append(signs.doubt(float(how_natural(-below, 0.0))) >= DOUBTFUL)
    doubted = np.array(given)
    assert doubted[verdicts.ships & ~verdicts.sent_back].mean() < 0.025
    assert doubted[verdicts.ships & verdicts.sent_back].mean() > 0.33


def test_people_who_are_left_out_are_told_better_than_by_any_sign_alone_but_paint(verdicts, tmp_path):
    sums = left_out(verdicts)
    at = [found_at(sums, verdicts, 0.05, verdicts.ships)] + [
        found_at(verdicts.signs[:, row], verdicts, 0.05, verdicts.ships) for row in range(len(SIGNS))
    ]
    assert at[0] == max(at)
    draw(verdicts, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 10000
