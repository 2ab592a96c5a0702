from dataclasses import replace

import numpy as np
import pytest

from core.lip_engine import MouthPin
from core.motion.motion import MotionTrajectory
from core.motion.retarget import breath_amount, retarget, speech_weight
from core.motion.shape import PersonRange, measures, shape_model
from core.motion.style import learn_style

SHAPES = shape_model()
AXIS = SHAPES.opening_axis
TIMES = np.arange(0, 4, 0.04)
LOUD = ((TIMES > 1) & (TIMES < 3)).astype(np.float32)


def person() -> PersonRange:
    rng = np.random.default_rng(0)
    coefs = np.abs(rng.normal(0, 1.2, (300, SHAPES.size))) * np.eye(SHAPES.size)[0] + rng.normal(
        0, 0.2, (300, SHAPES.size)
    )
    return SHAPES.person_range_of_local(SHAPES.decode(coefs), np.ones(300))


PERSON = person()


def trajectory(*, bilabial_at: float | None = None, labiodental_at: float | None = None) -> MotionTrajectory:
    """A mouth that opens by one and a half deviations throughout, speech or not."""
    coefs = 1.5 * np.tile(np.eye(SHAPES.size)[0], (len(TIMES), 1)).astype(np.float32)
    near = lambda at: (np.abs(TIMES - at) < 0.05).astype(np.float32) if at is not None else 0 * LOUD  # noqa: E731
    half = np.full(len(TIMES), 0.5, np.float32)
    return MotionTrajectory(
        TIMES, coefs, half, half, half, 0 * LOUD, near(bilabial_at), near(labiodental_at), LOUD,
        *[0 * LOUD] * 3,
    )  # fmt: skip


def at(seconds: float) -> int:
    return int(np.argmin(np.abs(TIMES - seconds)))


def test_silence_closes_with_eased_edges():
    motion = retarget(trajectory(), PERSON, SHAPES)
    rest = measures(SHAPES.decode(PERSON.neutral[None]))[0, 0]
    assert motion.opening[at(0.3)] == pytest.approx(rest, abs=1e-4)
    assert motion.opening[at(3.8)] == pytest.approx(rest, abs=1e-4)
    assert motion.opening[at(2.0)] > rest + 0.02
    assert np.abs(np.diff(motion.opening)).max() < 0.6 * (motion.opening.max() - rest)
    np.testing.assert_array_equal(motion.weight[at(1.1) : at(2.9)], 1)
    kept = retarget(trajectory(), PERSON, SHAPES, silence="model")
    assert kept.opening[at(0.3)] == pytest.approx(kept.opening[at(2.0)], abs=1e-4)
    assert kept.weight[at(0.3)] == 0


def test_short_gaps_do_not_reach_rest():
    speech = np.ones(100, np.float32)
    speech[48:52] = 0
    weight = speech_weight(np.arange(100) * 0.04, speech)
    assert weight[45] == 1
    assert 0.1 < weight.min() < 1
    assert speech_weight(np.zeros(0), np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("articulation", [0.5, 1.0, 1.5])
def test_closures_close_at_any_articulation(articulation: float):
    motion = retarget(
        trajectory(bilabial_at=2.0, labiodental_at=1.5), PERSON, SHAPES, articulation=articulation
    )
    low, high = PERSON.low[0], PERSON.high[0]
    share = (motion.opening - low) / (high - low)
    assert motion.contact[at(2.0)] == 1
    assert motion.contact[at(2.4)] == 0
    assert share[at(2.0)] < 0.12
    assert share[at(2.4)] > 0.2
    assert share[at(1.5)] < 0.3


def test_contact_that_no_phone_asks_for_must_be_surer_than_a_bilabial():
    half = np.where(np.abs(TIMES - 2.0) < 0.05, 0.5, 0).astype(np.float32)
    heard = trajectory()
    assert retarget(replace(heard, bilabial=half), PERSON, SHAPES).contact[at(2.0)] == pytest.approx(1)
    assert retarget(replace(heard, closure=half), PERSON, SHAPES).contact[at(2.0)] == 0
    assert retarget(replace(heard, closure=1.4 * half), PERSON, SHAPES).contact[at(2.0)] == pytest.approx(1)


def test_articulation_scales_the_opening():
    openings = [
        retarget(trajectory(), PERSON, SHAPES, articulation=a).opening[at(2.0)] for a in (0.5, 1.0, 1.5)
    ]
    assert openings[0] < openings[1] < openings[2]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.2])
def test_pin_wins_at_its_time_and_only_there(share: float):
    free = retarget(trajectory(bilabial_at=1.95), PERSON, SHAPES)
    pinned = retarget(trajectory(bilabial_at=1.95), PERSON, SHAPES, pins=(MouthPin(2.0, share, reach=0.2),))
    goal = PERSON.low[0] + share * (PERSON.high[0] - PERSON.low[0])
    assert pinned.opening[at(2.0)] == pytest.approx(goal, abs=0.004)
    assert (pinned.contact[at(2.0)] > 0.5) == (share == 0)
    far = np.abs(TIMES - 2.0) > 0.21
    np.testing.assert_allclose(pinned.coefs[far], free.coefs[far], atol=1e-5)


def test_a_breath_parts_the_lips_before_a_phrase_and_nowhere_else():
    free = retarget(trajectory(), PERSON, SHAPES)
    breathing = retarget(trajectory(), PERSON, SHAPES, breath=1.0)
    assert breathing.opening[at(0.8)] > free.opening[at(0.8)] + 0.01
    np.testing.assert_allclose(breathing.opening[at(1.2) :], free.opening[at(1.2) :], atol=1e-5)
    without_pause = trajectory()
    without_pause.speech[:] = 1
    assert breath_amount(TIMES, without_pause.speech).max() == 0


def test_average_movement_becomes_the_persons_own_size():
    motion = retarget(trajectory(), PERSON, SHAPES)
    np.testing.assert_allclose(
        motion.coefs[at(2.0)], PERSON.neutral + 1.5 * PERSON.scale * np.eye(SHAPES.size)[0], atol=1e-4
    )


def spoken(frames: int, seed: int) -> MotionTrajectory:
    rng = np.random.default_rng(seed)
    coefs = rng.normal(0, 1, (frames, SHAPES.size)).astype(np.float32)
    one = np.ones(frames, np.float32)
    return MotionTrajectory(np.arange(frames) / 25, coefs, one, one, one, 0 * one, 0 * one, 0 * one, one, *[0 * one] * 3)


def test_style_is_learnt_from_the_persons_own_film():
    """A person who opens 1.5 times as far and lifts movement 2 with movement 1 is met half-way by little film, fully by much."""
    manner = np.eye(SHAPES.size)
    manner[0, 0], manner[0, 1] = 1.5, 0.5
    found = []
    for frames in (100, 4000):
        expected = spoken(frames, seed=frames)
        own = PERSON.undo((expected.coefs @ manner).astype(np.float32))
        style = learn_style(expected, own, PERSON, np.ones(frames), AXIS)
        found.append(style.mix[0, :2])
    assert 1.05 < found[0][0] < 1.3
    assert found[1] == pytest.approx([1.5, 0.5], abs=0.06)
    assert learn_style(spoken(30, 0), PERSON.undo(spoken(30, 0).coefs), PERSON, np.ones(30), AXIS) is None
    plain = spoken(4000, 1)
    same = learn_style(plain, PERSON.undo(plain.coefs), PERSON, np.ones(4000), AXIS)
    np.testing.assert_allclose(same.apply(plain.coefs), plain.coefs, atol=1e-3)


def test_style_changes_the_motion():
    expected = trajectory()
    own = PERSON.undo(
        1.4 * expected.coefs
        + np.random.default_rng(0).normal(0, 0.1, expected.coefs.shape).astype(np.float32)
    )
    style = learn_style(expected, own, PERSON, np.ones(len(TIMES)), AXIS)
    assert style is None  # two seconds of speech are too few frames
    long = spoken(500, 2)
    style = learn_style(long, PERSON.undo(1.4 * long.coefs), PERSON, np.ones(500), AXIS)
    styled, free = retarget(expected, PERSON, SHAPES, style=style), retarget(expected, PERSON, SHAPES)
    assert styled.opening[at(2.0)] > free.opening[at(2.0)] + 0.004


def test_a_sound_that_is_not_the_persons_teaches_no_style():
    heard, other = spoken(500, 2), spoken(500, 3)
    assert learn_style(heard, PERSON.undo(other.coefs), PERSON, np.ones(500), AXIS) is None


def test_style_fades_between_none_and_all():
    long = spoken(500, 2)
    style = learn_style(long, PERSON.undo(1.4 * long.coefs), PERSON, np.ones(500), AXIS)
    np.testing.assert_allclose(style.faded(0).apply(long.coefs), long.coefs, atol=1e-6)
    np.testing.assert_allclose(style.faded(1).apply(long.coefs), style.apply(long.coefs), atol=1e-5)


def test_articulation_may_differ_from_frame_to_frame():
    strengths = np.where(TIMES < 2, 0.6, 1.4)
    moving = retarget(trajectory(), PERSON, SHAPES, articulation=strengths)
    weak, strong = (retarget(trajectory(), PERSON, SHAPES, articulation=value) for value in (0.6, 1.4))
    early = TIMES < 2
    np.testing.assert_array_equal(moving.coefs[early], weak.coefs[early])
    np.testing.assert_array_equal(moving.coefs[~early], strong.coefs[~early])
    assert strong.opening[at(2.5)] > weak.opening[at(2.5)] + 0.01
