import math

import numpy as np

from core.research.benchmark.lip_measures import LipFigures, natural_share
from core.research.benchmark.lips import Row, table
from core.research.corpus.held_out import HELD_OUT_SINGLES, NOT_LICENSED_SINGLES
from core.research.corpus.lip_people import OPENED_ONCE, TUNED_ON


def test_frames_in_which_the_film_itself_looks_odd_tell_nothing():
    natural, own = np.array([2.0, -9.0, -9.0, 2.0]), np.array([2.0, 2.0, -9.0, 2.0])
    assert natural_share(natural, own, np.ones(4, bool)) == 2 / 3
    assert (
        natural_share(natural - 20, own - 20, np.ones(4, bool)) == 2 / 3
    )  # a person is compared with himself
    assert np.isnan(natural_share(natural, own, np.array([False, False, True, False])))
    assert np.isnan(natural_share(np.zeros(0), np.zeros(0), np.ones(4, bool)))


def test_the_table_says_which_people_the_lips_were_tuned_on():
    nothing = LipFigures(**dict.fromkeys(LipFigures.__slots__, math.nan))
    rows = [Row("kennedy", "v", "own-mouth", nothing), Row("stranger", "v", "own-mouth", nothing)]
    assert "so they flatter: kennedy." in table(rows)
    assert "flatter" not in table(rows[1:])
    once = [Row(OPENED_ONCE[0], "v", "own-mouth", nothing)]
    assert f"Never looked at while the lips were built: {OPENED_ONCE[0]}." in table(once)


def test_nobody_reports_who_was_tuned_on_and_reporters_are_held_out():
    assert not set(TUNED_ON) & set(OPENED_ONCE)
    assert set(OPENED_ONCE) <= set(HELD_OUT_SINGLES) - set(NOT_LICENSED_SINGLES)
