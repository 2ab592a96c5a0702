"""The order of pictures, exact and without a window."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.timing import FrameRate, TimeRange
from core.project.ids import VIDEO_LANE, ItemId, MediaId
from core.project.model import Clip
from ui.state.pictures import ConstantClock, PictureList
from ui.viewer.clocks import MonotonicClock, SinkClock
from ui.viewer.play_plan import Due, PlayPlan

FILM = MediaId("m1")


class ListClock:
    """A variable-rate film: its frames appear at the given times."""

    def __init__(self, times: list[Fraction]) -> None:
        self._times = times

    def __len__(self) -> int:
        return len(self._times)

    def time(self, number: int) -> Fraction:
        return self._times[number]

    def number_at(self, time: Fraction) -> int:
        return max(sum(1 for each in self._times if each <= time) - 1, 0)


def clip(name: str, start: Fraction, end: Fraction, offset: Fraction = Fraction(0)) -> Clip:
    return Clip(ItemId(name), FILM, VIDEO_LANE, TimeRange(start, end), offset)


def run(plan: PlayPlan, most: int = 500) -> list[Due]:
    found = []
    while (due := plan.next()) is not None and len(found) < most:
        found.append(due)
    return found


TWO = PictureList(
    (clip("a", Fraction(1), Fraction(2)), clip("b", Fraction(3), Fraction(4), Fraction(2))),
    {FILM: ConstantClock(FrameRate(Fraction(25)), 200)},
)


def test_clips_and_gaps_are_played_in_order() -> None:
    shown = run(PlayPlan(TWO, Fraction(0), Fraction(1), end=Fraction(5)))
    assert shown[0] == Due(Fraction(0), Fraction(0), None)
    first = [due for due in shown if due.picture is not None and due.picture.clip == "a"]
    second = [due for due in shown if due.picture is not None and due.picture.clip == "b"]
    assert [due.picture.frame for due in first] == list(range(25))
    assert [due.picture.frame for due in second] == list(range(50, 75))
    assert all(due.time == due.elapsed for due in shown)
    assert first[0].time == 1
    assert second[0].time == 3


def test_backwards_shows_the_same_pictures_in_the_other_order() -> None:
    shown = run(PlayPlan(TWO, Fraction(4), Fraction(-1), end=Fraction(5)))
    frames = [due.picture.frame for due in shown if due.picture is not None]
    assert frames == [*range(74, 49, -1), *range(24, -1, -1)]
    assert shown[0].elapsed == 0


def test_stepping_boundaries_visit_each_picture_start() -> None:
    t, forward = Fraction(0), []
    while (t := TWO.boundary_after(t)) is not None:
        forward.append(t)
    t, backward = Fraction(5), []
    while (t := TWO.boundary_before(t)) is not None:
        backward.append(t)
    assert forward == sorted(set(forward))
    assert set(forward) | {Fraction(0)} == set(backward)


def test_fast_playback_leaves_pictures_out_but_stays_on_time() -> None:
    shown = run(PlayPlan(TWO, Fraction(1), Fraction(8), end=Fraction(5)))
    gaps = [b.elapsed - a.elapsed for a, b in itertools.pairwise(shown)]
    assert min(gaps) >= Fraction(1, 60)
    for due in shown:
        assert due.time == 1 + 8 * due.elapsed
        assert due.picture == TWO.at(due.time)


def test_skipping_never_shows_a_picture_late() -> None:
    plan = PlayPlan(TWO, Fraction(1), Fraction(1), end=Fraction(5))
    plan.next()
    skipped = plan.skip_to(Fraction(1, 2))
    due = plan.next()
    assert due is not None
    assert due.picture is not None
    assert due.picture.end - 1 > Fraction(1, 2)
    assert skipped == due.picture.frame - 1


@settings(max_examples=60)
@given(
    gaps=st.lists(st.integers(10, 900), min_size=2, max_size=25),
    offset=st.integers(0, 3),
    speed=st.sampled_from([Fraction(1), Fraction(-1)]),
)
def test_variable_rate_pictures_each_appear_once_at_their_own_time(
    gaps: list[int], offset: int, speed: Fraction
) -> None:
    times = [Fraction(0)]
    for gap in gaps:
        times.append(times[-1] + Fraction(gap, 1000) + Fraction(1, 60))
    end = times[-1] + Fraction(1, 30)
    start = Fraction(offset, 7)
    pictures = PictureList((clip("a", start, start + end),), {FILM: ListClock(times)})
    begin = start if speed > 0 else start + end
    shown = [due for due in run(PlayPlan(pictures, begin, speed, end=start + end)) if due.picture is not None]
    frames = [due.picture.frame for due in shown]
    assert frames == (list(range(len(times))) if speed > 0 else list(range(len(times) - 1, -1, -1)))
    if speed > 0:
        assert [due.elapsed for due in shown] == times


def test_a_loop_jumps_back_exactly_and_has_no_end() -> None:
    loop = TimeRange(Fraction(1), Fraction(1) + Fraction(10, 25))
    plan = PlayPlan(TWO, Fraction(1), Fraction(1), end=Fraction(5), loop=loop)
    shown = run(plan, most=95)
    assert plan.finish is None
    assert [due.picture.frame for due in shown] == [n % 10 for n in range(95)]
    assert [due.elapsed for due in shown] == [Fraction(n, 25) for n in range(95)]


def test_a_start_outside_the_loop_begins_inside() -> None:
    loop = TimeRange(Fraction(3), Fraction(4))
    assert PlayPlan(TWO, Fraction(0), Fraction(1), end=Fraction(5), loop=loop).start == 3
    assert PlayPlan(TWO, Fraction(0), Fraction(-1), end=Fraction(5), loop=loop).start == 4


def test_speed_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        PlayPlan(TWO, Fraction(0), Fraction(0), end=Fraction(5))


class Ticks:
    """A settable clock."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.played_us = 0

    def now(self) -> int:
        return self.now_ns

    def played(self) -> int:
        return self.played_us

    def step(self, ms: int, *, played_ms: int = 0) -> None:
        self.now_ns += ms * 1_000_000
        self.played_us += played_ms * 1000


def test_the_monotonic_clock_is_exact() -> None:
    ticks = Ticks()
    clock = MonotonicClock(ticks.now)
    ticks.step(40)
    assert clock.elapsed() == Fraction(1, 25)


def test_the_sound_device_is_the_master_and_time_between_its_reports_is_filled_in() -> None:
    ticks = Ticks()
    clock = SinkClock(ticks.played, ticks.now)
    ticks.step(20, played_ms=20)
    assert clock.elapsed() == Fraction(20, 1000)
    ticks.step(15)
    assert clock.elapsed() == Fraction(35, 1000)
    # The device plays 1 % slow for ten minutes: the picture follows the sound, not the system clock.
    for _ in range(6000):
        ticks.step(100, played_ms=99)
        clock.elapsed()
    assert abs(float(clock.elapsed()) - ticks.played_us / 1e6) < 0.1


def test_a_device_that_runs_dry_holds_the_picture_and_a_dead_one_is_given_up(caplog) -> None:
    ticks = Ticks()
    clock = SinkClock(ticks.played, ticks.now)
    ticks.step(50, played_ms=50)
    held = clock.elapsed()
    ticks.step(500)
    assert clock.elapsed() - held == Fraction(100, 1000)
    ticks.step(600)
    before = clock.elapsed()
    assert clock.is_stalled
    ticks.step(1000)
    assert clock.elapsed() - before == 1


def test_a_slow_start_of_the_device_holds_the_picture_and_none_at_all_is_given_up(caplog) -> None:
    ticks = Ticks()
    clock = SinkClock(ticks.played, ticks.now)
    ticks.step(1300)
    assert clock.elapsed() == 0
    ticks.step(10, played_ms=10)
    assert clock.elapsed() == Fraction(10, 1000)
    assert not clock.is_stalled
    ticks = Ticks()
    silent = SinkClock(ticks.played, ticks.now)
    ticks.step(4100)
    silent.elapsed()
    assert silent.is_stalled
    ticks.step(500)
    assert silent.elapsed() == Fraction(1, 2)


@given(steps=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=40))
def test_the_sound_clock_never_goes_back(steps: list[tuple[int, int]]) -> None:
    ticks = Ticks()
    clock = SinkClock(ticks.played, ticks.now)
    last = clock.elapsed()
    for wall, played in steps:
        ticks.step(wall, played_ms=played)
        now = clock.elapsed()
        assert now >= last
        last = now
