import numpy as np
import pytest

from core.motion.retarget import TargetMotion
from core.own_mouth.engine import OwnMouthEngine
from core.own_mouth.target import Habits, range_gain, with_time_to_close


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
    assert range_gain(motion(0.1), person) == pytest.approx(1.6)
    assert range_gain(motion(1.5), person) == 1.0


def test_a_closure_of_one_frame_gets_time_and_stays_shut():
    axis = np.array([0.08, 0.0], np.float32)
    coefs = np.tile(np.array([[2.0, 0.5]]), (11, 1))
    coefs[5, 0] = 0
    eased = with_time_to_close(coefs, np.arange(11) / 25, axis)
    opening = eased @ axis
    assert opening[5] == pytest.approx(0)
    assert np.abs(np.diff(opening)).max() <= 1.4 / 25 + 1e-6
    np.testing.assert_allclose(opening[[0, 10]], 0.16)
    np.testing.assert_allclose(eased[:, 1], 0.5)


def test_a_shape_far_from_all_footage_is_warped_only_part_of_the_way(drawn_person):
    spread = np.zeros((60, 2), np.float32)
    spread[:, 1] = np.repeat([0.0, 6.0], 30)
    request = drawn_person.request()
    recipe = OwnMouthEngine(motion=_given(drawn_person, spread), model=drawn_person.model).recipe(request)
    reached = drawn_person.model.encode_local(recipe.target.shape)[45, 1]
    assert 0.5 < reached < 4


def _given(person, coefs):
    return person.engine(coefs)._motion
