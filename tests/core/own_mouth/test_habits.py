"""Which mouths a person makes, jointly and how fast."""

import numpy as np
import pytest

from core.own_mouth.habits import Habits

AXIS = np.array([0.08, 0.0, 0.0])
RATE = 25


@pytest.fixture
def seen():
    """Eight seconds: the lip corners (1) draw apart only while the mouth (0) is shut; the third number hardly moves."""
    time = np.arange(200) / RATE
    opening = 1 + np.sin(2 * np.pi * 3 * time)
    apart = np.where(opening < 1, 2.0, 0.0) * np.abs(np.sin(2 * np.pi * 0.7 * time))
    return np.stack([opening, apart, 0.1 * np.sin(2 * np.pi * 2 * time)], axis=1)


def habits_of(coefs):
    return Habits.of(coefs, np.full(len(coefs) - 1, 1 / RATE), AXIS)


def test_mouths_that_were_seen_are_left_alone(seen):
    np.testing.assert_allclose(habits_of(seen).among_known(seen, AXIS), seen, atol=0.05)


def test_an_open_grin_that_nobody_saw_loses_its_grin_and_keeps_its_opening(seen):
    habits = habits_of(seen)
    grin = np.array([[2.0, 2.0, 0.0]])
    found = habits.among_known(grin, AXIS)
    assert found[0, 1] < 1.5
    assert found @ AXIS == pytest.approx(grin @ AXIS)
    shut_grin = np.array([[0.5, 2.0, 0.0]])
    np.testing.assert_allclose(habits.among_known(shut_grin, AXIS), shut_grin, atol=0.1)


def test_with_little_footage_nothing_is_drawn_to_what_was_seen(seen):
    grin = np.array([[2.0, 2.0, 0.0]])
    np.testing.assert_allclose(habits_of(seen[:40]).among_known(grin, AXIS), grin)


def test_what_the_person_hardly_moves_is_slowed_and_the_opening_is_not(seen):
    habits = habits_of(np.tile(seen, (5, 1)))
    time = np.arange(100) / RATE
    fast = np.stack([1 + np.sin(2 * np.pi * 4 * time), np.zeros(100), np.sin(2 * np.pi * 4 * time)], axis=1)
    slowed = habits.at_own_speed(fast, np.ones(100, bool), 1 / RATE, AXIS)
    np.testing.assert_allclose(slowed @ AXIS, fast @ AXIS, atol=1e-9)
    for measure in (np.array([0, 0, 1.0]), np.array([0, 1.0, 1.0]), np.array([0, 1.0, -2.0])):
        beside = slowed - (slowed @ AXIS)[:, None] * habits.opens_by(AXIS)
        speed = np.sqrt((np.diff(beside @ measure) ** 2).mean()) * RATE
        assert speed <= 1.25 * np.sqrt(measure @ habits.speeds @ measure)
    assert np.ptp(slowed[:, 2]) < 0.7 * np.ptp(fast[:, 2])


def test_a_movement_as_fast_as_the_persons_own_is_kept(seen):
    kept = habits_of(seen).at_own_speed(seen[:100], np.ones(100, bool), 1 / RATE, AXIS)
    np.testing.assert_allclose(kept, seen[:100], atol=0.15)


def test_frames_that_do_not_follow_each_other_tell_no_speed(seen):
    jumps = seen.copy()
    jumps[1::2, 2] += 5
    seconds = np.full(len(seen) - 1, np.nan)
    unknown = Habits.of(jumps, seconds, AXIS)
    usual = Habits.of(np.zeros((200, 3)), seconds, AXIS)
    np.testing.assert_allclose(unknown.speeds, usual.speeds)


def test_nobodys_habits_limit_no_speed():
    fast = np.random.default_rng(0).normal(0, 5, (50, 3))
    habits = Habits.average(np.zeros(3))
    np.testing.assert_allclose(habits.at_own_speed(fast, np.ones(50, bool), 0.04, AXIS), fast)
    np.testing.assert_allclose(habits.among_known(fast, AXIS), fast)
