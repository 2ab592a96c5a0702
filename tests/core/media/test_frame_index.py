"""Frame times and rates from packets."""

from fractions import Fraction

import numpy as np
import pytest

from core.media.frame_index import FrameIndex
from core.media.probe import scan
from tests.clips import CLIPS, ClipStore


def _index(pts: list[int], time_base: Fraction) -> FrameIndex:
    return FrameIndex(
        np.array(pts, np.int64), time_base, np.zeros(1, np.int64), pts[-1] + (pts[-1] - pts[-2])
    )


@pytest.mark.parametrize("name", ["cfr25", "vfr", "cfr2997", "late_picture", "long_gop"])
def test_times_are_those_the_film_was_made_with(clips: ClipStore, name: str) -> None:
    index = scan(clips(name))[1]
    clip = CLIPS[name]
    assert [index.time(n) for n in range(len(index))] == clip.times()
    assert index.start == clip.pts(0) * clip.ticks
    np.testing.assert_allclose(index.seconds(), [float(t) for t in clip.times()], rtol=0, atol=1e-12)


def test_millisecond_clock_hides_no_film_rate() -> None:
    pts = [round(n * 1001 / 24) for n in range(20000)]
    rate = _index(pts, Fraction(1, 1000)).constant_rate()
    assert rate is not None
    assert rate.value == Fraction(24000, 1001)


def test_film_at_24_is_not_taken_for_23976() -> None:
    pts = [round(n * 1000 / 24) for n in range(20000)]
    rate = _index(pts, Fraction(1, 1000)).constant_rate((Fraction(24000, 1001),))
    assert rate is not None
    assert rate.value == 24


def test_one_lost_frame_makes_the_rate_variable() -> None:
    pts = [n * 512 for n in range(500) if n != 250]
    assert _index(pts, Fraction(1, 12800)).constant_rate() is None


def test_unusual_but_regular_rate_is_constant() -> None:
    pts = [n * 7 for n in range(100)]
    rate = _index(pts, Fraction(1, 100)).constant_rate()
    assert rate is not None
    assert rate.value == Fraction(100, 7)


def test_number_at_a_time_is_the_frame_on_screen() -> None:
    index = _index([100, 110, 150, 160], Fraction(1, 100))
    assert [index.number_at(Fraction(t, 100)) for t in (-5, 0, 9, 10, 49, 50, 60, 1000)] == [
        0,
        0,
        0,
        1,
        1,
        2,
        3,
        3,
    ]


def test_number_of_a_timestamp() -> None:
    index = _index([100, 110, 150, 160], Fraction(1, 100))
    assert [index.number_of(pts) for pts in (100, 150, 120, 170)] == [0, 2, None, None]
