import numpy as np
import pytest
import torch

from core.base.errors import SettingsError
from core.motion.viseme import VISEME_COUNT, Viseme
from core.research.training.scorer.mel_changes import changed_windows, stretched_bands
from core.research.training.scorer.phone_lessons import Lesson, lessons, teach_phones
from core.research.training.scorer.recipes import small_recipe
from core.research.training.scorer.train import TrainSettings, train
from tests import needs
from tests.prepared import write_prepared_clips

pytestmark = pytest.mark.slow


def _two_phones(count=6):
    """Voices that hum low for one class and hiss high for another, a quarter of a second each."""
    random = np.random.default_rng(0)
    taught = []
    for _ in range(count):
        classes = np.where(np.arange(200) // 25 % 2, int(Viseme.SIBILANT), int(Viseme.OPEN))
        mel = random.normal(-3, 0.2, (160, 80)).astype(np.float32)
        is_hiss = classes[(np.arange(160) * 100 // 80)] == Viseme.SIBILANT
        mel[is_hiss, 50:] += 4
        mel[~is_hiss, :30] += 4
        taught.append(Lesson(mel, classes))
    return taught


def test_a_tower_learns_phones_and_a_training_starts_from_it(tmp_path, caplog):
    config = small_recipe("landmarks", "mel")

    with caplog.at_level("INFO"):
        path = teach_phones(config, _two_phones(), tmp_path / "phones.pt", 60, most_steps=12, log_every=3)
    right = [int(record.args[1]) for record in caplog.records if "right" in record.message]
    state = torch.load(path, weights_only=True)
    folder = tmp_path / "clips"
    folder.mkdir()
    settings = TrainSettings(write_prepared_clips(folder), tmp_path / "run", 0.0, initial=path)
    network = train(config, settings)

    assert right[-1] > right[0]
    assert {key.split(".")[0] for key in state} == {"audio"}
    taught = state["audio.trunk.0.conv.weight"]
    assert torch.allclose(network.audio.trunk[0].conv.weight, taught, atol=0.02)


def test_only_a_mel_tower_is_taught(tmp_path):
    with pytest.raises(SettingsError, match="does not hear log-mel"):
        teach_phones(small_recipe("landmarks", "own"), _two_phones(1), tmp_path / "x.pt", 0.01)


@needs.espeak
def test_lessons_know_what_sounds():
    (lesson,) = lessons(1, seed=3)

    assert abs(len(lesson.mel) / 80 - len(lesson.classes) / 100) < 0.05
    assert 0 <= lesson.classes.min() <= lesson.classes.max() < VISEME_COUNT
    assert len(set(lesson.classes.tolist())) > 4


def test_changes_keep_the_shape_and_a_longer_throat_moves_the_bands():
    windows = np.full((2, 1, 80, 16), -3.0, np.float32)
    windows[:, :, 40] = 1.0

    changed = changed_windows(windows, np.random.default_rng(1), lambda count: windows[:count])

    assert changed.shape == windows.shape
    assert not np.allclose(changed, windows)
    assert stretched_bands(windows, 1.0) == pytest.approx(windows)
    assert stretched_bands(windows, 2.0)[0, 0, :, 0].argmax() == 20
