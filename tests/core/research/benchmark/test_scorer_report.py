import os

import numpy as np
import pytest

from core.research.benchmark.scorer_report import run_scorer_benchmark, state_of
from core.research.benchmark.step_cache import StepCache
from tests.prepared import write_prepared_clips


@pytest.fixture
def held_out(tmp_path):
    """Prepared clips that count as held-out people."""
    folder = tmp_path / "clips"
    folder.mkdir()
    write_prepared_clips(folder, 4)
    people = ("flags_woman", "german_speaker", "podium_man", "address_crop")
    for number, person in enumerate(people):
        for old in folder.glob(f"single__toy{number}__*"):
            old.rename(folder / old.name.replace(f"toy{number}", person))
    return folder


def test_a_second_run_keeps_what_was_measured(held_out, tmp_path):
    output = tmp_path / "out"

    text = run_scorer_benchmark(held_out, output, scorers=("B",))
    kept = {path: path.stat().st_mtime_ns for path in (output / "kept").iterdir()}
    for path in held_out.glob("*.crops.npy"):
        path.unlink()  # what would be read for measuring again
    again = run_scorer_benchmark(held_out, output, scorers=("B",))

    assert {path.name for path in kept} == {
        f"B-{state_of('B')}-{step}.pickle" for step in ("people", "sounds")
    }
    assert again == text
    assert "noise 10 dB" in text
    assert kept == {path: path.stat().st_mtime_ns for path in (output / "kept").iterdir()}
    assert {"scorer.md", "scorer.json", "shifts.png", "reliability.png"} <= set(os.listdir(output))


def test_steps_are_kept_per_state_and_not_when_they_fail(tmp_path):
    calls = []

    def make():
        calls.append(1)
        return np.arange(3)

    for state in ("a", "a", "b"):
        assert (StepCache(tmp_path, state)("one step", make) == np.arange(3)).all()
    with pytest.raises(ZeroDivisionError):
        StepCache(tmp_path, "a")("other", lambda: 1 / 0)

    assert len(calls) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-one-step.pickle", "b-one-step.pickle"]
