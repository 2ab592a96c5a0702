import math
from dataclasses import replace

import numpy as np
import pytest

from core.research.benchmark.lip_measures import LipFigures
from core.research.benchmark.success import NaturalLimits, natural_limits, quantile_limits, reasons_of_failure

LIMITS = NaturalLimits(
    clips=9,
    stretches=20,
    chance=0.4,
    sync=0.6,
    own_voices=0.7,
    sharpness=0.8,
    ring_colour=6.0,
    jitter=1.5,
    spikes=2.0,
    identity=0.8,
)


@pytest.fixture
def good():
    usual = dict.fromkeys(LipFigures.__slots__, math.nan)
    known = {
        "changed": 1.0,
        "opening": 0.9,
        "sync": 0.8,
        "leak": 0.0,
        "outside": 0.0,
        "sharpness": 1.0,
        "ring_colour": 2.0,
        "jitter": 1.0,
        "spikes": 1.0,
        "identity": 0.95,
        "niqe": 0.1,
    }
    return LipFigures(**usual | known)


def test_what_keeps_every_limit_is_a_success_and_unknown_figures_do_not_fail(good):
    assert reasons_of_failure(good, LIMITS) == ()
    assert reasons_of_failure(replace(good, niqe=math.nan, identity=math.nan, outside=math.nan), LIMITS) == ()


@pytest.mark.parametrize(
    ("figure", "value", "reason"),
    [
        ("changed", 0.5, "face followed in only 50 %"),
        ("opening", 0.3, "do not follow the dub"),
        ("sync", 0.5, "not in sync by the referee"),
        ("leak", 0.5, "old words remain"),
        ("outside", 0.01, "outside the mask"),
        ("sharpness", 0.7, "blurred"),
        ("ring_colour", 7.0, "colours differ"),
        ("jitter", 1.6, "trembles"),
        ("spikes", 2.1, "jumps"),
        ("silence_closed", 0.8, "open in silence"),
        ("floating", 2.0, "floats"),
        ("flaps", 1.5, "flaps"),
        ("natural", 0.5, "looks made (50 %"),
        ("ragged", 0.3, "ragged edges (30 %"),
        ("folded", 0.2, "skin is folded (20 %"),
        ("identity", 0.7, "another person"),
    ],
)
def test_each_limit_that_is_broken_is_named(good, figure, value, reason):
    (only,) = reasons_of_failure(replace(good, **{figure: value}), LIMITS)
    assert reason in only


def test_limits_are_the_tails_of_what_was_measured():
    values = np.arange(1, 101) / 100
    pairs = dict.fromkeys(("sharpness", "ring_colour", "jitter", "spikes", "identity"), values)
    limits = quantile_limits(
        clips=3, stretches=9, chance=values, strangers=values, own=np.array([0.95, 0.1]), pairs=pairs
    )
    assert limits.chance == limits.jitter == pytest.approx(np.quantile(values, 0.99))
    assert limits.sharpness == limits.identity == pytest.approx(np.quantile(values, 0.01))
    assert limits.sync == pytest.approx(np.quantile(values, 0.9))
    assert limits.own_voices == 0.5


def test_the_shipped_limits_are_read():
    limits = natural_limits()
    assert limits.clips > 0
    assert 0 < limits.chance < 1
    assert 0 < limits.sharpness < 1 < limits.jitter
