from dataclasses import replace

import numpy as np
import pytest

from core.lip_engine import Footage
from core.own_mouth.choice import ChoiceWeights, choose
from core.own_mouth.head import Heads
from core.own_mouth.library import build_library


@pytest.fixture(scope="module")
def library(drawn_person):
    return build_library([Footage(drawn_person.film, (drawn_person.track,))], drawn_person.model)


def plan(library, coefs, drawn_person, contact=None, expression=None, **weights):
    count = len(coefs)
    shape = drawn_person.model.decode(coefs)
    faces = np.repeat(library.expression[:1] if expression is None else expression[None], count, axis=0)
    upright = np.tile(np.eye(3), (count, 1, 1))
    scale = np.full(count, library.scale[0])
    heads = Heads(scale, upright, np.zeros((count, 3)), shape, np.zeros((count, 3), np.float32), faces)
    return choose(
        library,
        shape,
        heads,
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


def test_lips_that_the_mesh_sees_parted_are_not_borrowed_for_a_closure(library, drawn_person):
    """Painted lips a hair apart are shut to the colours."""
    shut = drawn_person.coefs[np.argsort(library.gap)[:1]].repeat(5, axis=0)
    contact = np.ones(5, np.float32)
    rows = set(plan(library, shut, drawn_person, contact=contact).rows.tolist())
    mesh = library.mesh_gap.copy()
    mesh[list(rows)] += 0.05
    others = plan(replace(library, mesh_gap=mesh), shut, drawn_person, contact=contact).rows
    assert not rows & set(others.tolist())
    assert library.gap[others].max() < library.shut_gap + 0.01


def test_of_two_like_mouths_the_one_of_a_like_face_is_borrowed(library, drawn_person):
    smiling = library.expression.copy()
    smiling[30:] += 0.05
    both = replace(library, expression=smiling)
    wanted = drawn_person.coefs[[20, 20, 20]]  # rows 20 and 40 open alike
    rows = [plan(both, wanted, drawn_person, expression=smiling[at], shape_sigma=10.0).rows for at in (0, 59)]
    assert (rows[0] < 30).all()
    assert (rows[1] >= 30).all()


def test_a_mouth_too_open_is_rather_borrowed_than_one_too_shut(library, drawn_person):
    two = np.array([10, 2])  # a shut and an open mouth
    fields = ("track", "frame", "row", "shape", "degrees", "expression", "scale", "gap", "mesh_gap")
    fields += ("texture", "light", "sharpness", "natural", "dark", "smear")
    few = replace(library, **{name: getattr(library, name)[two] for name in fields})
    shut, wide = drawn_person.model.encode_local(few.shape)[np.argsort(few.gap)]
    between = (shut + 0.4 * (wide - shut))[None]
    found = [plan(few, between, drawn_person, narrow_sigma=sigma).rows[0] for sigma in (0.01, 10.0)]
    assert found == [int(np.argmax(few.gap)), int(np.argmin(few.gap))]


def test_lips_that_a_mouth_moves_fast_are_not_held_still(library, drawn_person):
    """Smeared in the one frame in which it was seen, a lip is seen twice when it stays."""
    still = np.repeat(drawn_person.coefs[15:16], 4, axis=0)
    sharp = replace(library, smear=np.zeros(len(library), np.float32))
    row = int(plan(sharp, still, drawn_person).rows[1])
    smeared = sharp.smear.copy()
    smeared[row] = 0.1
    assert row not in plan(replace(sharp, smear=smeared), still, drawn_person).rows
    fast = np.linspace(0, 40, 4)[:, None] * np.array([[1.0, 0.0]], np.float32) + still
    at = plan(replace(sharp, smear=np.full(len(library), 0.1, np.float32)), fast, drawn_person)
    np.testing.assert_array_equal(at.rows, plan(sharp, fast, drawn_person).rows)


def test_a_mouth_that_looks_odd_in_its_own_film_is_not_borrowed(library, drawn_person):
    wanted = np.repeat(drawn_person.coefs[15:16], 4, axis=0)
    plain = replace(library, natural=np.zeros(len(library), np.float32))
    row = int(plan(plain, wanted, drawn_person).rows[1])
    odd = plain.natural.copy()
    odd[row] = -20.0
    assert row not in plan(replace(plain, natural=odd), wanted, drawn_person).rows
    odd[row] = 20.0
    assert row in plan(replace(plain, natural=odd), wanted, drawn_person).rows


def test_lips_that_rest_need_not_be_the_most_pressed_of_the_film(library, drawn_person):
    """A “b” presses them; in silence the mouth nearest to what is wanted is taken that is merely shut."""
    level = float(np.sort(library.gap)[len(library) // 6])
    alike = np.flatnonzero(np.abs(library.gap - level) < 1e-3)  # the drawn mouth passes there again and again
    nearly = drawn_person.coefs[int(alike[0])][None].repeat(24, axis=0)
    said, rest = np.zeros(24, np.float32), np.ones(24, np.float32)
    said[12:14] = 1
    pressed, resting = (plan(library, nearly, drawn_person, contact=each) for each in (said, rest))
    assert library.gap[resting.rows[12]] > library.gap[pressed.rows[12]]
    assert resting.shape_error[12] < pressed.shape_error[12]
