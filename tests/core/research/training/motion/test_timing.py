"""How late clips' sounds are, found by what networks that never saw them expect."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pocketsphinx")

from core.motion.shape import MEASURES
from core.research.training.motion.network import MotionNetworkConfig
from core.research.training.motion.timing import LAGS_S, corrected, films_late, fits_by_lag, main
from core.research.training.motion.train import MotionTraining, train
from tests import needs
from tests.core.research.training.motion.test_motion_training import write_clip


def moving(times):
    """A mouth that never repeats itself."""
    return np.stack([np.sin(times * (3 + k) + np.sin(times * 1.7)) for k in range(len(MEASURES))], axis=1)


def test_the_lag_at_which_a_mouth_follows_is_found_whatever_one_measure_does():
    times = np.arange(0, 4, 0.04)
    true = moving(times - 0.07)
    true[:, MEASURES.index("rounding")] = 0.3  # never moves: says nothing

    fits = fits_by_lag(lambda lag: moving(times - 0.03 - lag), true)

    assert LAGS_S[int(fits.argmax())] == pytest.approx(0.04)
    assert fits.max() == pytest.approx(1.0, abs=1e-3)


def test_clips_move_to_where_they_fit_on_the_clock_of_those_in_sync():
    fit_at = lambda lag, best=0.8: best - np.abs(LAGS_S - lag)  # noqa: E731

    offsets = corrected(
        {"a": 0.1, "chance": -0.02}, {"a": fit_at(0.05), "b": fit_at(-0.03), "chance": fit_at(0.09, 0.2)}, [fit_at(-0.04)]
    )  # fmt: skip

    assert offsets == {"a": 0.19, "b": 0.01, "chance": 0.02}
    assert corrected({}, {"a": fit_at(0.05)}, []) == {"a": 0.05}


def test_how_late_films_are_is_counted_by_people():
    offsets = {"a": 0.02, "b": 0.04, "c1": 0.1, "c2": 0.1, "c3": 0.1}
    people = {"a": "a", "b": "b", "c1": "c", "c2": "c", "c3": "c"}
    assert films_late(offsets, people) == 0.04
    assert films_late({}, {}) == 0.0


@needs.espeak
def test_each_clip_is_timed_by_the_run_that_left_its_person_out(tmp_path: Path):
    real = tmp_path / "real"
    real.mkdir()
    for seed, name in enumerate(
        ("single__a", "single__b", "single__podium_man", "single__generated_x", "grid__s1_bbaf2n")
    ):
        write_clip(real / f"{name}__0.npz", seed)
    runs = []
    for person in ("a", "s1"):
        runs.append(tmp_path / f"without-{person}")
        train(
            MotionTraining(
                str(real), str(runs[-1]), network=MotionNetworkConfig(width=16), ear="own", offsets={"a": 0.1, "b": 0.02},
                synthetic_utterances=2, further_utterances={}, real_windows=2, synthetic_windows=2, most_steps=2,
                left_out=(person,),
            )
        )  # fmt: skip

    main([*map(str, runs), "-o", str(tmp_path / "offsets.json")])

    offsets = json.loads((tmp_path / "offsets.json").read_text())
    assert set(offsets) == {"a", "b"}  # nobody held out, nobody generated, no anchor
    assert offsets["b"] == 0.02  # no run left b out
    assert abs(offsets["a"] - 0.1) <= 0.241
