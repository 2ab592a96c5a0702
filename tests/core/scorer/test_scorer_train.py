import json

import numpy as np
import pytest
import torch

from core.appearance.canonical_face import canonical_face
from core.errors import SettingsError
from core.faces.landmark_sets import LIPS_INNER
from core.scorer.batches import BatchDrawer, BatchSettings
from core.scorer.clips import half_of, load_clips, split_clips
from core.scorer.recipes import small_recipe
from core.scorer.train import TrainSettings, train


@pytest.fixture
def folder(tmp_path):
    """Eight toy people whose mouths open with the loudness of their voices."""
    random = np.random.default_rng(0)
    lower = [point for point in LIPS_INNER if canonical_face().points[point, 1] > 0.77]
    for number in range(8):
        times = np.arange(75) * 0.04
        knots = random.random(20)
        opening = np.interp(times, np.arange(20) * 0.16, knots)
        landmarks = np.repeat(canonical_face().points[None] * 60 + [80, 60, 0], 75, axis=0)
        landmarks[:, lower, 1] += 8 * opening[:, None]
        loud = np.interp(np.arange(48000) / 16000, times, opening)
        voice = (loud**2 * random.normal(0, 6000, 48000)).astype(np.int16)
        name = f"single__{'s4hq' if number == 7 else 'toy'}{number}__0"
        from core.speech.mel import log_mel

        np.savez(
            tmp_path / f"{name}.npz",
            landmarks=landmarks.astype(np.float32),
            times=times,
            quality=np.ones(75, np.float32),
            pose=np.zeros((75, 3), np.float32),
            affines=np.tile(np.float32([[0.7, 0, 0], [0, 0.7, 0]]), (75, 1, 1)),
            mel=log_mel(voice.astype(np.float32) / 32768).astype(np.float16),
            person=np.array(name),
            voice=voice,
        )
        np.save(tmp_path / f"{name}.crops.npy", random.integers(0, 255, (75, 112, 112, 3)).astype(np.uint8))
    return tmp_path


@pytest.mark.parametrize("visual", ["rgb", "parsing", "landmarks", "morphable"])
def test_batches_have_the_networks_shapes_and_repeat_with_their_seed(folder, visual):
    config = small_recipe(visual, "mel")
    settings = BatchSettings(clips=3, moments=2, others=1)
    clips = load_clips(folder)

    batch = BatchDrawer(clips, config, settings, 5).draw()
    again = BatchDrawer(clips, config, settings, 5).draw()

    assert batch.audio.shape == (9, *config.audio_shape)
    assert len(batch.visual) == 6
    if visual != "rgb":
        assert batch.visual.shape == (6, *config.visual_shape)
    assert (batch.visual == again.visual).all()
    assert (batch.audio == again.audio).all()


def test_training_learns_and_resumes(folder, tmp_path):
    config = small_recipe("landmarks", "mel").with_changes(dropout=0.0)
    output = tmp_path / "run"
    settings = TrainSettings(
        folder, output, minutes=0.12, batch=BatchSettings(clips=6, moments=4, others=2), validate_every=2
    )

    train(config, settings)
    lines = [json.loads(line) for line in (output / "curve.jsonl").read_text().splitlines()]
    network = train(config, settings, resume=True)
    resumed = [json.loads(line) for line in (output / "curve.jsonl").read_text().splitlines()]

    assert lines[-1]["margin"] < lines[0]["margin"]
    assert resumed[-1]["step"] > lines[-1]["step"]
    assert not network.training
    state = torch.load(output / "network.pt", weights_only=True)
    assert state.keys() == network.state_dict().keys()


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="too few prepared clips"):
        train(small_recipe("landmarks", "mel"), TrainSettings(tmp_path, tmp_path / "run", minutes=0.01))


def test_no_person_is_trained_on_and_validated_on():
    names = [f"lrw_ar__{number:05d}__0" for number in range(100)]
    names += ["grid__s1_a__0", "grid__s4hq_a__0", "single__german_speaker__0", "single__map_man__0"]

    split = split_clips(names)

    assert not set(split.training) & set(split.validation)
    assert {"grid__s4hq_a__0", "single__german_speaker__0", "lrw_ar__00099__0"} <= set(split.validation)
    assert {"grid__s1_a__0", "single__map_man__0", "lrw_ar__00000__0"} <= set(split.training)


def test_halves_are_disjoint_and_complete():
    names = [f"clip{number:03d}" for number in range(200)]

    a, b = half_of(names, "a"), half_of(names, "b")

    assert not set(a) & set(b)
    assert sorted(a + b) == names
    assert half_of(names, None) == tuple(names)
