"""How far mouths run ahead of phones is found without any network."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pocketsphinx")

from core.motion.shape import shape_model
from core.motion.viseme import TimedViseme, Viseme
from core.research.benchmark.mouth_lead import LAGS_S, leads
from tests.core.research.benchmark.test_motion_benchmark import CLIP

_ENDS = np.cumsum(np.random.default_rng(0).uniform(0.08, 0.3, 20))
SAID = tuple(
    TimedViseme(Viseme.OPEN if number % 2 else Viseme.BILABIAL, float(start), float(end))
    for number, (start, end) in enumerate(pairwise(_ENDS))
)


def speaker(name: str, ahead: float):
    """A mouth that is open at every vowel of `SAID`, `ahead` seconds before it sounds."""
    times = np.arange(0, SAID[-1].end, 0.04)
    opened = np.zeros(len(times))
    for phone in SAID:
        if phone.viseme is Viseme.OPEN:
            opened[(times + ahead >= phone.start) & (times + ahead < phone.end)] = 1.0
    shapes = shape_model()
    coefs = opened[:, None] * shapes.opening_axis / float(shapes.opening_axis @ shapes.opening_axis) * 0.2
    shown = np.tile(CLIP.shown[:1], (len(times), 1))
    shown[:, 0] = 0.02 + 0.2 * opened
    return replace(
        CLIP, name=name, times=times, coefs=coefs.astype(np.float32), shown=shown, valid=np.ones(len(times), bool)
    )  # fmt: skip


def test_a_corpus_whose_mouths_are_earlier_is_told_from_one_in_step():
    clips = [speaker("grid__s1_bbaf2n__0", 0.0), speaker("single__kennedy__0", 0.06)]
    clips[0] = replace(clips[0], group="grid")

    found = leads(clips, {clip.name: SAID for clip in clips}, shape_model())

    lags = {group: LAGS_S[int(np.nanargmax(fits))] for (group, _), fits in found.items()}
    assert lags["single"] - lags["grid"] == pytest.approx(0.06, abs=0.021)
    assert abs(lags["grid"]) <= 0.03


def test_clips_of_which_hardly_anything_was_understood_say_nothing():
    clips = [speaker("single__kennedy__0", 0.0), speaker("single__studio_mona__0", 0.0)]
    found = leads(clips, {clips[0].name: SAID, clips[1].name: SAID[:3]}, shape_model())
    assert list(found) == [("single", "kennedy")]
