from dataclasses import replace

import numpy as np
import pytest

from core.lip_engine import Footage
from core.own_mouth import mouth_interior
from core.own_mouth.library import build_library
from core.own_mouth.regions import lip_width


@pytest.fixture(scope="module")
def library(drawn_person):
    return build_library([Footage(drawn_person.film, (drawn_person.track,))], drawn_person.model)


def test_openings_meet_where_the_mouth_is_narrowest_and_cover_every_frame():
    opening = np.array([0, 0.05, 0.1, 0.04, 0.02, 0.06, 0.12, 0.119, 0.121, 0.03, 0, 0])
    parts = mouth_interior.openings(opening)
    assert parts == [slice(0, 4), slice(4, 12)]
    assert mouth_interior.openings(np.zeros(5)) == [slice(0, 5)]
    assert mouth_interior.openings(np.zeros(0)) == []


def donors_of(library, lips, opening, width=0.0, strain=None):
    known = np.zeros((len(library), 1))
    return mouth_interior.donors(
        library,
        np.asarray(lips),
        known,
        np.zeros((len(opening), 1)),
        np.asarray(opening),
        np.full(len(opening), width),
        lambda at: np.zeros(len(library)) if strain is None else strain,
    )


def test_lips_of_one_run_keep_their_own_inside(library):
    run = np.arange(10, 16)
    opening = np.maximum(library.gap[run] - library.shut_gap, 0)
    assert donors_of(library, run, opening).tolist() == run.tolist()


def test_one_frame_lends_the_inside_of_an_opening_whose_lips_come_from_several(library):
    order = np.argsort(library.gap)
    lips = np.array([order[-1], order[-9], order[-1], order[-14], order[-3]])
    rows = donors_of(library, lips, np.full(5, 0.05))
    assert len(set(rows.tolist())) == 1


def test_a_wider_mouth_lends_its_inside_where_the_lips_own_is_too_narrow(library):
    alike = replace(library, texture=np.zeros_like(library.texture))
    shut = int(np.argmin(library.gap))
    rows = donors_of(alike, np.full(4, shut), np.full(4, 0.1))
    assert library.gap[rows[0]] - library.shut_gap > 0.05


def test_a_rounded_mouth_lends_no_inside_to_a_wide_one(library):
    """Its lips and skin would stand where the wide mouth has its corners."""
    shut = int(np.argmin(library.gap))
    widest = int(np.argmax(library.gap))
    pursed = library.shape.copy()
    pursed[widest, :, 0] *= 0.6
    rounded = replace(library, texture=np.zeros_like(library.texture), shape=pursed)
    wide = float(lip_width(library.shape).max())
    needed = float(library.gap[widest] - library.shut_gap)
    (row,) = set(donors_of(rounded, np.full(4, shut), np.full(4, needed)))
    assert row == widest
    (row,) = set(donors_of(rounded, np.full(4, shut), np.full(4, needed), wide))
    assert lip_width(rounded.shape[row]) > 0.9 * wide


def test_a_strained_mouth_lends_no_inside_where_another_is_as_wide(library):
    alike = replace(library, texture=np.zeros_like(library.texture))
    shut = int(np.argmin(library.gap))
    (first,) = set(donors_of(alike, np.full(4, shut), np.full(4, 0.06)))
    strain = np.zeros(len(library))
    strain[first] = 50.0
    (other,) = set(donors_of(alike, np.full(4, shut), np.full(4, 0.06), strain=strain))
    assert other != first
    assert library.gap[other] - library.shut_gap > 0.045


def test_a_mouth_that_is_dark_inside_in_this_film_stays_dark(library):
    """One mouth of many shows teeth, and is a little nearer to what is wanted."""
    alike = replace(library, texture=np.zeros_like(library.texture), dark=np.ones(len(library), np.float32))
    shut = int(np.argmin(library.gap))
    (first,) = set(donors_of(alike, np.full(4, shut), np.full(4, 0.06)))
    teeth = alike.dark.copy()
    teeth[first] = 0.0
    (other,) = set(donors_of(replace(alike, dark=teeth), np.full(4, shut), np.full(4, 0.06)))
    assert other != first


def test_teeth_that_were_seen_before_are_taken_again(library):
    """Two openings hardly differ in what fits best: a person has one set of teeth."""
    alike = replace(library, texture=np.zeros_like(library.texture))
    shut = int(np.argmin(library.gap))
    opening = np.array([0, 0.06, 0.06, 0, 0, 0.061, 0.061, 0])
    rows = donors_of(alike, np.full(8, shut), opening)
    assert rows[1] == rows[5] != shut


def test_shut_lips_keep_their_own_seam(library):
    alike = replace(library, texture=np.zeros_like(library.texture))
    shut = int(np.argmin(library.gap))
    rows = donors_of(alike, np.full(4, shut), np.array([0.0, 0.002, 0.1, 0.1]))
    assert rows[:2].tolist() == [shut, shut]
    assert shut not in rows[2:]


def test_open_insides_dissolve_and_shut_ones_change_at_once(library):
    wide, other = int(np.argmax(library.gap)), int(np.argmax(library.gap)) - 12
    texture = np.zeros_like(library.texture)
    texture[other, 0] = 5.0
    unlike = replace(library, texture=texture)
    opening = np.array([0.1, 0.1, 0.1, 0.03, 0.1, 0.1, 0.1])
    rows = np.array([wide] * 3 + [other] * 4)
    shares = mouth_interior.shares(unlike, rows, opening)
    assert all(sum(each.values()) == pytest.approx(1) for each in shares)
    assert [each.get(other, 0.0) for each in shares] == pytest.approx(
        sorted(each.get(other, 0.0) for each in shares)
    )
    assert 0 < shares[2][other] < 0.5 < shares[3][other] < 1
    opening[3] = 0
    assert [len(each) for each in mouth_interior.shares(unlike, rows, opening)] == [1] * 7


def test_teeth_are_not_exchanged_while_the_mouth_is_wide():
    """Two peaks with a valley too wide to hide a change are one opening, and it has one donor."""
    wide = np.array([0, 0.05, 0.12, 0.08, 0.12, 0.05, 0])
    assert mouth_interior.openings(wide) == [slice(0, 7)]
    wide[3] = 0.03
    assert mouth_interior.openings(wide) == [slice(0, 3), slice(3, 7)]


def test_two_insides_are_seen_together_in_two_frames_at_most(library):
    texture = np.zeros_like(library.texture)
    texture[5] = 9.0
    unlike = replace(library, texture=texture)
    opening = np.array([0.1, 0.1, 0.1, 0.03, 0.1, 0.1, 0.1])
    shares = mouth_interior.shares(unlike, np.array([20] * 3 + [5] * 4), opening)
    assert [len(each) for each in shares] == [1, 1, 2, 2, 1, 1, 1]
