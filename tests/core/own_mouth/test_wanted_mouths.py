from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from core.motion.motion import MotionTrajectory
from core.motion.retarget import TargetMotion
from core.own_mouth.engine import OwnMouthEngine
from core.own_mouth.habits import Habits
from core.own_mouth.head import Heads, find_heads
from core.own_mouth.regions import lip_gap
from core.own_mouth.target import (
    Voiced,
    held,
    opened_by,
    range_gain,
    wanted_mouths,
    with_time_to_close,
    without_flaps,
    without_silence,
)
from tests.core.own_mouth.conftest import face_at


@pytest.fixture
def habits(drawn_person):
    return Habits.of(np.repeat(drawn_person.coefs, 5, axis=0))


def test_shown_mouths_are_left_alone(habits, drawn_person):
    np.testing.assert_allclose(habits.plausible(drawn_person.coefs), drawn_person.coefs, atol=1e-5)


def test_a_mouth_nobody_saw_is_drawn_back_in_its_own_direction(habits):
    far = habits.mean + np.array([[0.0, 40.0]])
    drawn = habits.plausible(far) - habits.mean
    assert drawn[0, 0] == pytest.approx(0, abs=1e-5)
    assert 0.5 < drawn[0, 1] < 5


def test_a_portrait_that_never_speaks_is_made_to():
    """Its own habits would forbid every movement."""
    rest = np.zeros(16)
    speaking = np.random.default_rng(2).normal(0, 1, (50, 16))
    np.testing.assert_allclose(Habits.of(np.zeros((50, 16))).plausible(speaking), 0, atol=1e-6)
    np.testing.assert_allclose(Habits.average(rest).plausible(speaking), speaking)
    assert np.abs(Habits.average(rest).plausible(20 * speaking)).max() < 8


def test_predicted_motion_is_stretched_to_the_person_and_never_shrunk(drawn_person):
    person = drawn_person.model.person_range(drawn_person.track.landmarks, drawn_person.track.quality)
    time = np.linspace(0, 20, 200)

    def motion(share):
        span = (person.high[0] - person.low[0]) * share
        opening = person.low[0] + span * (0.5 + 0.5 * np.sin(time))
        nothing = np.zeros(200)
        return TargetMotion(
            time, np.zeros((200, 2)), opening, nothing, nothing, nothing > 0, np.ones(200, np.float32)
        )

    assert range_gain(motion(0.8), person) == pytest.approx(1.25, abs=0.08)
    assert range_gain(motion(0.08), person) == pytest.approx(2.0)
    assert range_gain(motion(1.5), person) == 1.0


def test_a_wider_opening_leaves_everything_else_as_it_was(drawn_person):
    person = drawn_person.model.person_range(drawn_person.track.landmarks, drawn_person.track.quality)
    axis = drawn_person.model.opening_axis
    coefs = np.random.default_rng(0).normal(0, 1, (20, 2)).astype(np.float32)
    wider = opened_by(coefs, 1.5, person, axis)
    np.testing.assert_allclose((wider * person.scale) @ axis, 1.5 * (coefs * person.scale) @ axis, atol=1e-6)
    np.testing.assert_allclose(wider[:, 1], coefs[:, 1], atol=1e-6)


def test_where_the_voice_is_silent_the_network_hears_nothing():
    """It was heard to hold its last sound to the end of the film, and to speak before the first."""
    at = np.arange(16000) / 16000
    voice = (0.2 * np.sign(np.sin(2 * np.pi * 140 * at)) * (np.mod(at, 0.25) < 0.17)).astype(np.float32)
    times = np.arange(-1, 3, 0.04)
    always = np.full(len(times), 0.9, np.float32)
    known = {field.name: always for field in fields(MotionTrajectory)}
    heard = MotionTrajectory(**{**known, "times": times, "coefs": np.ones((len(times), 16), np.float32)})
    found = without_silence(heard, voice)
    beyond = (times < 0) | (times >= 1)
    for name in ("speech", "bilabial", "labiodental"):
        assert (getattr(found, name)[beyond] == 0).all()
        assert (getattr(found, name)[(times > 0) & (times < 0.9)] == always[0]).all()


def test_a_mouth_that_rests_open_in_the_film_is_shut_where_lips_must_touch(drawn_person):
    contact = np.zeros(50, np.float32)
    contact[20:30] = 1

    class Touching(Given):
        def voiced(self, request, person, style=None):
            return replace(super().voiced(request, person, style), contact=contact)

    model = drawn_person.model
    coefs = np.tile(np.array([[1.0, 0.2]], np.float32), (50, 1))
    heads = find_heads(np.stack([face_at(shape, 160, 95) for shape in model.decode(coefs)]), model)
    person = model.person_range_of_local(heads.shape, np.ones(50))
    request = replace(drawn_person.request(), times=np.arange(50) / 25, frames=range(50))
    words = Touching(coefs, coefs.mean(axis=0))
    target = wanted_mouths(request, heads, person, Habits.of(coefs), model, words, shut_gap=0.02)
    gap = lip_gap(target.shape)
    np.testing.assert_allclose(gap[20:30], 0.02, atol=4e-3)
    assert gap[[0, 49]].min() > 0.07


def test_a_closure_of_one_frame_gets_time_and_stays_shut():
    axis = np.array([0.08, 0.0], np.float32)
    coefs = np.tile(np.array([[2.0, 0.5]]), (11, 1))
    coefs[5, 0] = 0
    contact = np.zeros(11)
    contact[5:7] = 1
    eased = with_time_to_close(coefs, np.arange(11) / 25, axis, contact)
    opening = eased @ axis
    np.testing.assert_allclose(opening[5:7], 0, atol=1e-7)
    assert np.abs(np.diff(opening)).max() <= 1.4 / 25 + 1e-6
    np.testing.assert_allclose(opening[[0, 10]], 0.16)
    np.testing.assert_allclose(eased[:, 1], 0.5)


def test_a_closure_lasts_as_long_as_lips_take_and_grows_where_the_mouth_is_less_open():
    opening = np.array([0.2, 0.2, 0.0, 0.1, 0.15, 0.2, 0.2, 0.2])
    contact = np.array([0, 0, 0.8, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(held(contact, opening, 3), [0, 0, 0.8, 0.8, 0.8, 0, 0, 0])
    opening[:2] = 0.05
    np.testing.assert_array_equal(held(contact, opening, 3), [0.8, 0.8, 0.8, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(held(contact, opening, 1), contact)
    np.testing.assert_array_equal(held(np.float64([1, 1]), opening[:2], 5), [1, 1])


@pytest.mark.parametrize(("least", "frames"), [(0.11, 3), (0.0, 1)])
def test_closures_told_from_a_voice_last_and_those_of_a_known_movement_are_kept(drawn_person, least, frames):
    contact = np.zeros(50, np.float32)
    contact[20] = 1

    class Touching(Given):
        def voiced(self, request, person, style=None):
            return replace(super().voiced(request, person, style), contact=contact, least_closure=least)

    model = drawn_person.model
    coefs = np.tile(np.array([[0.7, 0.2]], np.float32), (50, 1))
    heads = find_heads(np.stack([face_at(shape, 160, 95) for shape in model.decode(coefs)]), model)
    person = model.person_range_of_local(heads.shape, np.ones(50))
    request = replace(drawn_person.request(), times=np.arange(50) / 25, frames=range(50))
    words = Touching(coefs, coefs.mean(axis=0))
    target = wanted_mouths(request, heads, person, Habits.of(coefs), model, words)
    assert (target.contact > 0.5).sum() == frames


def test_a_vowel_between_two_closures_stays_open():
    contact = np.array([0, 1, 0, 0, 0, 1, 0.0])
    lasting = held(contact, np.full(7, 0.1), 3)
    assert (lasting > 0.5).sum() > 2
    assert (lasting[2:5] == 0).sum() >= 2


def test_a_shape_far_from_all_footage_is_warped_only_part_of_the_way(drawn_person):
    spread = np.zeros((60, 2), np.float32)
    spread[:, 1] = np.repeat([0.0, 6.0], 30)
    request = drawn_person.request()
    recipe = OwnMouthEngine(motion=_given(drawn_person, spread), model=drawn_person.model).recipe(request)
    reached = drawn_person.model.encode_local(recipe.target.shape)[45, 1]
    assert 0.5 < reached < 4


def test_a_slow_smile_of_the_film_stays_and_its_words_do_not(drawn_person):
    """The film's corners are slowly drawn apart from second to second and quickly in syllables."""
    time = np.arange(150) / 25
    smile = np.where(time < 3, 0.0, 1.0)
    film = np.stack([np.ones(150), smile + np.sin(2 * np.pi * 4 * time)], axis=1).astype(np.float32)
    model = drawn_person.model
    heads = find_heads(np.stack([face_at(shape, 160, 95) for shape in model.decode(film)]), model)
    person = model.person_range_of_local(heads.shape, np.ones(150))
    words = np.tile(np.array([[0.7, 0.2]], np.float32), (150, 1))
    request = replace(drawn_person.request(), times=time, frames=range(150))
    given = Given(words, words.mean(axis=0))
    target = wanted_mouths(request, heads, person, Habits.of(film), model, given)
    found = target.coefs[:, 1]
    assert found[115:135].mean() - found[:20].mean() == pytest.approx(1, abs=0.1)
    assert np.ptp(found[:40]) < 0.05
    np.testing.assert_allclose(target.coefs[:, 0], 0.7, atol=0.02)


def test_few_words_are_taken_for_usual_ones_not_for_this_persons_habit(drawn_person):
    """A phrase of pursed lips alone stays pursed; a person whose lips are always broad stays broad."""
    film = np.tile(np.array([[1.0, 0.8]], np.float32), (60, 1))
    film[:, 0] += np.sin(np.arange(60))
    model = drawn_person.model
    heads = find_heads(np.stack([face_at(shape, 160, 95) for shape in model.decode(film)]), model)
    person = model.person_range_of_local(heads.shape, np.ones(60))
    pursed = np.tile(np.array([[1.0, -0.5]], np.float32), (10, 1))
    few = Heads(**{field.name: getattr(heads, field.name)[:10] for field in fields(Heads)})
    request = replace(drawn_person.request(), times=np.arange(10) / 25, frames=range(10))
    target = wanted_mouths(request, few, person, Habits.of(film), model, Given(pursed, np.array([1.0, 0.0])))
    assert target.coefs[:, 1].mean() == pytest.approx(0.3, abs=0.1)


@dataclass
class Given:
    rows: np.ndarray
    usual: np.ndarray
    id: str = "given"

    def voiced(self, request, person, style=None):
        count = len(self.rows)
        return Voiced(self.rows, np.ones(count, np.float32), np.zeros(count, np.float32), self.usual)

    def style(self, speech, person):
        return None


def _given(person, coefs):
    return person.engine(coefs)._motion


def open_for(opening, level=0.03):
    wide = np.concatenate([[False], opening > level, [False]]).astype(int)
    return np.diff(np.flatnonzero(np.diff(wide)).reshape(-1, 2), axis=1).ravel().tolist()


def test_an_opening_of_one_frame_lasts_or_is_none():
    free = np.zeros(12)
    tall = np.array([0, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0, 0])
    found = without_flaps(tall, free, 3, 0.015)
    assert open_for(found) == [3]
    assert found[5] == 0.1
    low = 0.25 * tall
    assert without_flaps(low, free, 3, 0.015).max() <= 0.015
    shut = np.ones(12)
    shut[5] = 0
    between = without_flaps(tall, shut, 3, 0.015)
    np.testing.assert_array_equal(np.delete(between, 5), 0)
    assert 0.03 < between[5] < 0.06


def test_openings_as_long_as_speakers_have_them_are_left_alone():
    opening = np.clip(0.1 * np.sin(np.arange(60) / 2.2), 0, None)
    np.testing.assert_array_equal(without_flaps(opening, np.zeros(60), 3, 0.015), opening)
    ripple = np.full(20, 0.05)
    ripple[7] += 0.01
    np.testing.assert_array_equal(without_flaps(ripple, np.zeros(20), 3, 0.015), ripple)
