import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.base.errors import SettingsError
from core.research.benchmark.scorer import visual_blocks
from core.research.training.scorer.baselines import build_network
from core.research.training.scorer.batches import BatchDrawer, BatchSettings
from core.research.training.scorer.clips import half_of, load_clips
from core.research.training.scorer.recipes import recipe, small_recipe
from core.research.training.scorer.train import TrainSettings, train
from tests.prepared import write_prepared_clips

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    return write_prepared_clips(tmp_path)


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


def test_somebody_elses_coefficients_take_the_place_of_our_own(folder):
    with np.load(folder / "single__toy0__0.npz") as data:
        arrays = dict(data)
    foreign = np.arange(len(arrays["times"]) * 40, dtype=np.float32).reshape(-1, 40)
    np.savez(folder / "single__toy0__0.npz", **arrays, coefficients=foreign)
    (clip,) = load_clips(folder, ["single__toy0__0"])
    config = small_recipe("morphable", "mel")

    batch = BatchDrawer([clip], config, BatchSettings(clips=1, moments=3, others=0, augment=False), 1).draw()
    seen = np.concatenate(list(visual_blocks(config, clip)))

    assert batch.visual.max() > 40  # ours are about unit size
    assert np.allclose(seen[10, 0, :, 2], foreign[10])


def test_training_learns_and_resumes(folder, tmp_path):
    config = small_recipe("landmarks", "mel").with_changes(dropout=0.0)
    output = tmp_path / "run"
    batch = BatchSettings(clips=6, moments=4, others=2)
    settings = TrainSettings(folder, output, 60, most_steps=16, batch=batch, validate_every=2)

    train(config, settings)
    lines = [json.loads(line) for line in (output / "curve.jsonl").read_text().splitlines()]
    network = train(config, replace(settings, most_steps=18), resume=True)
    resumed = [json.loads(line) for line in (output / "curve.jsonl").read_text().splitlines()]

    assert lines[-1]["margin"] < lines[0]["margin"]
    assert [line["step"] for line in resumed] == [*range(2, 17, 2), 18]
    assert not network.training
    state = torch.load(output / "network.pt", weights_only=True)
    assert state.keys() == network.state_dict().keys()


@pytest.mark.parametrize("name", ["small-syncnet", "small-vocalist", "small-expert"])
def test_rivals_learn_by_the_same_trainer_and_start_from_earlier_weights(folder, tmp_path, name):
    config = recipe(name)
    batch = BatchSettings(clips=4, moments=4, others=2, augment=False)
    settings = TrainSettings(
        folder, tmp_path / "run", 60, clock="processor", most_steps=4, batch=batch, validate_every=2
    )

    network = train(config, settings)
    lines = [json.loads(line) for line in (tmp_path / "run" / "curve.jsonl").read_text().splitlines()]
    again = train(
        config,
        replace(settings, output=tmp_path / "more", most_steps=0, initial=tmp_path / "run" / "network.pt"),
    )

    assert [line["step"] for line in lines] == [2, 4]
    if name != "small-vocalist":  # whose loss on so few pairs goes up and down
        key = "margin" if name == "small-expert" else "loss"
        assert lines[1][key] < lines[0][key]
    torch.manual_seed(settings.seed)
    untrained = dict(build_network(config).named_parameters())
    assert all((value != untrained[key]).any() for key, value in network.named_parameters())
    first, second = network.state_dict(), again.state_dict()
    assert all(torch.equal(first[k], second[k]) for k in first if "head.bias" not in k)


@pytest.mark.parametrize(("flags", "is_halved"), [({"amx_bf16": True}, True), ({"avx2": True}, False)])
def test_half_precision_is_used_only_where_the_processor_is_faster_with_it(
    folder, tmp_path, monkeypatch, flags, is_halved
):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: flags)
    seen = set()
    forward = torch.nn.Conv2d.forward

    def noted(layer, x):
        y = forward(layer, x)
        if layer.training:
            seen.add(y.dtype)
        return y

    monkeypatch.setattr(torch.nn.Conv2d, "forward", noted)
    batch = BatchSettings(clips=4, moments=4, others=2)
    train(
        small_recipe("landmarks", "mel"),
        TrainSettings(folder, tmp_path / "run", 60, most_steps=1, batch=batch),
    )

    assert (torch.bfloat16 in seen) == is_halved


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="too few prepared clips"):
        train(small_recipe("landmarks", "mel"), TrainSettings(tmp_path, tmp_path / "run", minutes=0.01))


def test_halves_are_disjoint_and_complete():
    names = [f"clip{number:03d}" for number in range(200)]

    a, b = half_of(names, "a"), half_of(names, "b")

    assert not set(a) & set(b)
    assert sorted(a + b) == names
    assert half_of(names, None) == tuple(names)
