import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.base.errors import ModelError
from core.research.training.scorer.export import export_scorer, load_run
from core.research.training.scorer.networks import SyncNetwork
from core.research.training.scorer.recipes import small_recipe
from core.scorer.config import config_to_json, load_config
from core.scorer.curve import Calibration, save_calibration
from core.scorer.score import fused, open_scorer, run_tower


def _network(visual):
    torch.manual_seed(3)
    network = SyncNetwork(small_recipe(visual, "mel"))
    for module in network.modules():  # untrained batch norms would hide a wrong folding
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2.0)
    return network.eval()


@pytest.mark.parametrize("visual", ["rgb", "landmarks", "morphable"])
def test_exported_towers_give_torchs_embeddings(tmp_path, visual):
    network = _network(visual)
    segments = torch.randn(5, *network.config.visual_shape)
    sounds = torch.randn(7, *network.config.audio_shape)

    files = export_scorer(network, tmp_path, "toy")
    save_calibration(tmp_path / "toy-calibration.json", Calibration())
    scorer = open_scorer("toy", [*files, tmp_path / "toy-calibration.json"], threads=1)

    with torch.no_grad():
        sight, sound = network.visual(segments).numpy(), network.audio(sounds).numpy()
    assert np.abs(run_tower(scorer.visuals[0].session, segments.numpy()) - sight).max() < 2e-3
    assert np.abs(run_tower(scorer.audio, sounds.numpy()) - sound).max() < 2e-3
    assert scorer.visuals[0].config == load_config(tmp_path / "toy.json")


def test_safetensors_hold_the_network_in_half_precision(tmp_path):
    network = _network("landmarks")
    segments = torch.randn(3, *network.config.visual_shape)

    weights = export_scorer(network, tmp_path, "toy")[0]
    again = _network("landmarks")
    again.load_state_dict(
        {key: value.to(again.state_dict()[key].dtype) for key, value in load_file(weights).items()}
    )

    assert weights.stat().st_size < 2.2 * sum(p.numel() for p in network.parameters()) + 200_000
    with torch.no_grad():
        assert torch.allclose(again.visual(segments), network.visual(segments), atol=5e-3)


def test_a_finished_training_is_loaded_and_anything_else_refused(tmp_path):
    network = _network("landmarks")
    segments = torch.randn(3, *network.config.visual_shape)
    with pytest.raises(ModelError, match="holds no trained sync scorer"):
        load_run(tmp_path)
    (tmp_path / "config.json").write_text(config_to_json(network.config))
    torch.save(network.state_dict(), tmp_path / "network.pt")

    with torch.no_grad():
        assert torch.equal(load_run(tmp_path).visual(segments), network.visual(segments))
    torch.save({"x": torch.zeros(1)}, tmp_path / "network.pt")
    with pytest.raises(ModelError, match="does not fit"):
        load_run(tmp_path)


def test_two_towers_of_one_space_are_added():
    one, other = np.eye(4, dtype=np.float16)[:2], np.eye(4, dtype=np.float16)[2:]

    both = fused([one, other])

    assert np.allclose(np.linalg.norm(both.astype(np.float32), axis=1), 1, atol=1e-3)
    assert both[0].tolist() == pytest.approx([0.7071, 0, 0.7071, 0], abs=1e-3)
    assert fused([one]) is one
