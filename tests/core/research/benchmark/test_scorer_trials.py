import json

import numpy as np
import pytest

from core.research.benchmark import scorer_tables
from core.research.benchmark.scorer import ScoredClip, offset_accuracy, pair_figures, shift_figures
from core.research.benchmark.scorer_trials import all_trials, run_trials
from core.scorer.curve import LAGS_S
from tests.prepared import write_prepared_clips

pytestmark = pytest.mark.slow


def _perfect(shift_frames=0, count=60):
    """A clip whose score falls with the distance from `shift_frames`."""
    random = np.random.default_rng(shift_frames + 7)
    table = 0.8 - np.abs(LAGS_S - shift_frames * 0.04)[None] + random.normal(0, 0.001, (count, 1))
    return ScoredClip("grid__x", count * 0.04, table, np.ones(count, bool), np.full(count, 0.2))


def test_protocols_see_a_clip_in_sync_and_one_that_is_late():
    right, late = [_perfect(), _perfect()], [_perfect(4), _perfect(4)]

    assert offset_accuracy(right, 5) == 1.0
    assert offset_accuracy(late, 25) == 0.0
    assert shift_figures(right).falls == 1.0
    assert shift_figures(late).peak_within_one == 0.0
    assert pair_figures(right, threshold=0.75).at_half > 0.9
    assert pair_figures(right).auc_other == 1.0


def test_every_row_of_the_tables_is_a_trial_once():
    names = [trial.name for trial in all_trials()]

    assert len(names) == len(set(names))
    assert {"SyncNet-type", "Wav2Lip's expert", "VocaLiST-type", "parsing + mel", "share 0.5, whisper"} <= set(
        names
    )


@pytest.mark.parametrize("name", ["SyncNet-type", "VocaLiST-type", "margins 0 0, mel", "landmarks + whisper"])
def test_a_trial_is_trained_measured_and_not_run_twice(tmp_path, name, monkeypatch):
    folder = tmp_path / "clips"
    folder.mkdir()
    write_prepared_clips(folder, 12)
    # Three held-out clips, of which two are measured: strangers have to exist.
    for toy, person in (("toy1__", "flags_woman__"), ("toy10__", "german_speaker__")):
        for old in folder.glob(f"single__{toy}*"):
            old.rename(folder / old.name.replace(toy, person))

    run_trials(folder, tmp_path / "out", 0.02, names=[name])
    (result,) = (tmp_path / "out").glob("*/result.json")
    written = result.stat().st_mtime_ns
    run_trials(folder, tmp_path / "out", 0.02, names=[name])

    figures = json.loads(result.read_text())
    monkeypatch.setattr(scorer_tables, "PAPER_SIZE", {})  # 72 million numbers take their time
    text = scorer_tables.tables(tmp_path / "out", 1000)

    assert (tmp_path / "out" / "trials.png").is_file()
    assert f"{100 * figures['accuracy']:.1f}" in text
    assert 0.3 < figures["accuracy"] <= 1
    assert len(figures["offset_accuracy"]) == 5
    assert figures["parameters"] > 1e5
    assert result.stat().st_mtime_ns == written
