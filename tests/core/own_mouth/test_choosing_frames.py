import numpy as np
import pytest

from core.lip_engine import Footage
from core.own_mouth.choice import ChoiceWeights, choose
from core.own_mouth.library import build_library


@pytest.fixture(scope="module")
def library(drawn_person):
    return build_library([Footage(drawn_person.film, (drawn_person.track,))], drawn_person.model)


def plan(library, coefs, drawn_person, contact=None, **weights):
    count = len(coefs)
    return choose(
        library,
        drawn_person.model.decode(coefs),
        np.zeros((count, 3), np.float32),
        np.full(count, library.scale[0]),
        None,
        ChoiceWeights(**weights),
        contact=contact,
    )


def test_motion_that_the_footage_holds_is_found_as_one_run(library, drawn_person):
    found = plan(library, drawn_person.coefs[12:40], drawn_person)
    np.testing.assert_array_equal(found.rows, np.arange(12, 40))
    assert found.shape_error.max() < 1e-3


def test_closed_lips_are_borrowed_from_closed_lips(library, drawn_person):
    closed = int(np.argmin(library.gap))
    found = plan(library, np.repeat(drawn_person.coefs[closed : closed + 1], 5, axis=0), drawn_person)
    assert np.abs(found.gap_error).max() < 0.01


def test_a_mouth_wider_open_than_any_is_reported_with_its_error(library, drawn_person):
    wide = np.tile(np.array([[4.0, 0.0]], np.float32), (3, 1))
    found = plan(library, wide, drawn_person)
    assert found.gap_error.max() < -0.1
    assert library.gap[found.rows].min() > 0.9 * library.gap.max()


def test_choice_is_the_same_every_time(library, drawn_person):
    coefs = np.random.default_rng(2).uniform(0, 1.5, (30, 2)).astype(np.float32)
    first, second = (plan(library, coefs, drawn_person) for _ in range(2))
    np.testing.assert_array_equal(first.rows, second.rows)


def test_where_lips_must_touch_a_shut_mouth_is_borrowed_whatever_the_outline_says(library, drawn_person):
    parted = np.tile(np.array([[0.4, 0.0]], np.float32), (9, 1))
    contact = np.zeros(9, np.float32)
    contact[4] = 1
    free, touching = (plan(library, parted, drawn_person, contact=each) for each in (None, contact))
    assert library.gap[free.rows[4]] > library.shut_gap + 0.01
    assert library.gap[touching.rows[4]] < library.shut_gap + 0.004
    assert library.gap[touching.rows[0]] > library.shut_gap + 0.01
