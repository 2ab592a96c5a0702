"""What is marked in a patch: weak stretches of what is seen, doubted frames, nothing beside the clips."""

import numpy as np

from core.delivery.patch import Stretch
from core.delivery.patch_markers import Findings, Fit, marked, mean_fit, within


def fit(first, values):
    return Fit(first, np.arange(first, first + len(values)) / 25, np.array(values, np.float32))


def test_weak_stretches_and_doubts_are_marked_where_they_begin():
    values = [0.9] * 10 + [0.3] * 12 + [0.9] * 5 + [0.2] * 8 + [np.nan] * 20
    found = Findings((fit(100, values),), (range(104, 106),))
    assert marked(found) == [(104, "Look at these lips again"), (110, "Weak sync 0.30")]
    assert marked(found, weak_below=0.25) == [(104, "Look at these lips again")]
    assert [note for _, note in marked(Findings((fit(0, [0.6] * 10),)), weak_below=0.7)] == ["Weak sync 0.60"]


def test_of_a_curve_only_what_is_seen_counts():
    class Whole:
        first_frame, times, p = 50, np.arange(50, 80) / 25, np.arange(30, dtype=np.float32)

    part = Fit.of(Whole, range(60, 70))
    assert (part.first_frame, part.p.tolist()) == (60, list(range(10, 20)))
    outside = Fit.of(Whole, range(40, 53))
    assert (outside.first_frame, outside.p.tolist()) == (50, [0, 1, 2])


def test_markers_beside_the_clips_are_left_out():
    clip = Stretch("a.mov", 10, 5, "00:00:00:10", (10, 14), (0, 0, 2, 2))
    assert within([(14, "b"), (9, "a"), (15, "c"), (10, "d")], [clip]) == ((10, "d"), (14, "b"))


def test_the_mean_is_of_what_is_known_and_long_enough():
    assert mean_fit([fit(0, [0.5] * 20 + [np.nan] * 30), fit(90, [0.8] * 20)]) == 0.65
    assert mean_fit([fit(0, [0.5] * 20)]) is None
    assert mean_fit([]) is None
