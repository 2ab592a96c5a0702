import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.timing import FrameRate, format_timecode, parse_timecode
from ui.timeline.ruler_ticks import ticks
from ui.timeline.time_axis import MAX_PIXELS_PER_SECOND, TimeAxis

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(50)]


@given(
    anchor=st.floats(0, 1000),
    factors=st.lists(st.floats(0.2, 5), min_size=1, max_size=12),
)
def test_zooming_keeps_the_anchor_unless_an_end_is_reached(anchor: float, factors: list[float]) -> None:
    axis = TimeAxis()
    axis.set_width(1000)
    axis.set_length(10_000)
    axis.set_range(3000, 3100)
    for factor in factors:
        before = axis.to_seconds(anchor)
        axis.zoom(factor, anchor)
        assert axis.start >= 0
        assert axis.pixels_per_second <= MAX_PIXELS_PER_SECOND
        if 0 < axis.start < axis.scroll_end:
            assert axis.to_seconds(anchor) == pytest.approx(before, abs=1e-6)


def test_fit_shows_everything_and_scrolling_ends() -> None:
    axis = TimeAxis()
    axis.set_width(1000)
    axis.set_length(10_800)
    axis.fit()
    assert axis.start == 0
    assert axis.end >= 10_800
    axis.set_range(0, 60)
    axis.scroll_to(1e9)
    assert axis.start == pytest.approx(10_800 - 30)
    axis.scroll_to(-5)
    assert axis.start == 0


def test_nothing_is_sent_when_nothing_changed() -> None:
    axis = TimeAxis()
    sent = []
    axis.changed.connect(lambda: sent.append(1))
    axis.scroll_to(axis.start)
    axis.zoom(1.0, 10)
    assert sent == []


@pytest.mark.parametrize(
    ("rate", "drop"),
    [
        (rate, drop)
        for rate in RATES
        for drop in (False, True)
        if not drop or (rate.denominator > 1 and rate > 25)
    ],
)
@pytest.mark.parametrize("pixels_per_second", [0.05, 1.0, 20.0, 300.0, 4000.0])
def test_ruler_labels_are_timecodes_that_exist_and_do_not_touch(
    rate: Fraction, drop: bool, pixels_per_second: float
) -> None:
    frame_rate = FrameRate(rate)
    start = 3590.0
    found = ticks(
        start, start + 1200 / pixels_per_second, pixels_per_second, frame_rate, drop_frame=drop, start_frame=0
    )
    frames = [tick.frame for tick in found]
    assert frames == sorted(set(frames))
    assert len(frames) <= 1400 / 7 + 80  # the view, and the labelled step before it
    labelled = [tick for tick in found if tick.label]
    assert labelled
    for tick in labelled:
        assert tick.label == format_timecode(tick.frame, frame_rate, drop_frame=drop)
        assert parse_timecode(tick.label, frame_rate) == tick.frame  # drop-frame never shows a skipped number
    gaps = [(b.frame - a.frame) / float(rate) * pixels_per_second for a, b in itertools.pairwise(labelled)]
    assert all(gap > 80 for gap in gaps)


def test_drop_frame_labels_follow_the_dropped_numbers() -> None:
    rate = FrameRate(Fraction(30000, 1001))
    found = ticks(55, 65, 100, rate, drop_frame=True, start_frame=0)
    labels = [tick.label for tick in found if tick.label]
    assert "00:01:00;02" in labels
    assert "00:01:00;00" not in labels


def test_a_start_timecode_moves_the_labels() -> None:
    rate = FrameRate(Fraction(25))
    found = ticks(0, 10, 120, rate, drop_frame=False, start_frame=90_000)
    assert next(tick for tick in found if tick.label).label == "01:00:00:00"
