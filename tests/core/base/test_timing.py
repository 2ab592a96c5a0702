from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import SettingsError
from core.base.timing import (
    FrameRate,
    TimeRange,
    format_time,
    format_timecode,
    parse_range,
    parse_time,
    parse_timecode,
)

NTSC = FrameRate(Fraction(30000, 1001))
NTSC_60 = FrameRate(Fraction(60000, 1001))
PAL = FrameRate(Fraction(25))


def test_drop_frame_skips_two_numbers_each_minute_but_the_tenth():
    assert format_timecode(1799, NTSC, drop_frame=True) == "00:00:59;29"
    assert format_timecode(1800, NTSC, drop_frame=True) == "00:01:00;02"
    assert format_timecode(17981, NTSC, drop_frame=True) == "00:09:59;29"
    assert format_timecode(17982, NTSC, drop_frame=True) == "00:10:00;00"
    assert format_timecode(107892, NTSC, drop_frame=True) == "01:00:00;00"
    assert format_timecode(3600, NTSC_60, drop_frame=True) == "00:01:00;04"


def test_drop_frame_stays_with_the_clock_over_a_day():
    day = int(24 * 3600 * NTSC.value)
    text = format_timecode(day, NTSC, drop_frame=True)
    assert text.startswith(("23:59:59", "24:00:00"))


@given(st.integers(0, 3_000_000), st.sampled_from([NTSC, NTSC_60]))
def test_drop_frame_timecode_round_trips(frame, rate):
    assert parse_timecode(format_timecode(frame, rate, drop_frame=True), rate) == frame


@given(st.integers(-3_000_000, 3_000_000), st.sampled_from([NTSC, PAL, FrameRate(Fraction(24000, 1001))]))
def test_timecode_round_trips(frame, rate):
    assert parse_timecode(format_timecode(frame, rate), rate) == frame


@pytest.mark.parametrize("text", ["", "12", "aa:bb:cc:dd", "00:00:00:25", "00:00:00;02"])
def test_wrong_timecode_is_refused(text):
    with pytest.raises(SettingsError):
        parse_timecode(text, PAL)


def test_timecode_that_drop_frame_skips_is_refused():
    with pytest.raises(SettingsError, match="does not exist"):
        parse_timecode("00:01:00;01", NTSC)


def test_time_is_exact():
    assert parse_time("00:00:07.1") == Fraction(71, 10)
    assert parse_time("1:02:03") == 3723
    assert format_time(Fraction(71, 10)) == "00:00:07.100"


def test_range_must_run_forward():
    assert parse_range("00:00:02.0-00:00:07.5") == TimeRange(Fraction(2), Fraction(15, 2))
    with pytest.raises(SettingsError, match="ends before"):
        parse_range("3-2")
    with pytest.raises(SettingsError, match="not a range"):
        parse_range("3")


def test_ranges_are_half_open():
    a, b = TimeRange(Fraction(0), Fraction(1)), TimeRange(Fraction(1), Fraction(2))
    assert Fraction(1) not in a
    assert Fraction(1) in b
    assert not a.overlaps(b)
    assert a.intersection(b) is None
    assert a.shifted(Fraction(1)) == b


def test_frame_rate_maps_frames_to_times_and_back():
    assert all(NTSC.frame_at(NTSC.time_of(n)) == n for n in range(5000))
    assert str(NTSC) == "29.97"
    with pytest.raises(ValueError, match="not positive"):
        FrameRate(Fraction(0))
