import pytest
import torch
from torch.nn import functional

from core.base.errors import SettingsError
from core.research.training.scorer.networks import AdaptivePool, SyncNetwork, multiply_adds, parameter_count
from core.research.training.scorer.recipes import paper_recipe, recipe, small_recipe
from core.research.training.scorer.shapes import AUDIO_SHAPES, VISUAL_SHAPES
from core.scorer.config import config_from_json, config_to_json

PAIRS = [(visual, audio) for visual in VISUAL_SHAPES for audio in AUDIO_SHAPES]


def test_paper_size_matches_the_published_parameters_and_multiply_adds():
    network = SyncNetwork(paper_recipe("rgb", "hubert"))

    assert parameter_count(network) == pytest.approx(16.3e6, rel=0.01)
    assert multiply_adds(network, network.config.visual_shape, network.config.audio_shape) == pytest.approx(
        1.73e9, rel=0.01
    )


def test_wav2lips_expert_has_its_published_size():
    network = SyncNetwork(recipe("expert-rgb-mel"))

    assert parameter_count(network) == pytest.approx(16.44e6, rel=0.005)
    assert multiply_adds(network, network.config.visual_shape, network.config.audio_shape) == pytest.approx(
        1.21e9, rel=0.01
    )


@pytest.mark.parametrize(("visual", "audio"), PAIRS)
def test_every_combination_scores_pairs_between_zero_and_one(visual, audio):
    torch.manual_seed(0)
    config = small_recipe(visual, audio)
    network = SyncNetwork(config).eval()

    with torch.no_grad():
        sight = network.visual(torch.randn(3, *config.visual_shape))
        p = network(torch.randn(3, *config.visual_shape), torch.randn(3, *config.audio_shape))

    assert sight.shape == (3, 512)
    assert torch.allclose(sight.norm(dim=1), torch.ones(3), atol=1e-5)
    assert p.shape == (3,)
    assert ((p >= 0) & (p <= 1.0001)).all()


@pytest.mark.parametrize(("visual", "audio"), PAIRS)
def test_all_paper_combinations_share_the_trunk(visual, audio):
    config, reference = paper_recipe(visual, audio), paper_recipe("rgb", "mel")

    assert config.visual_tower.trunk == reference.visual_tower.trunk
    assert config.audio_tower.trunk == reference.audio_tower.trunk
    assert SyncNetwork(config)(
        torch.zeros(2, *config.visual_shape), torch.zeros(2, *config.audio_shape)
    ).shape == (2,)


@pytest.mark.parametrize(("source", "target"), [((24, 48), (12, 12)), ((7, 5), (16, 16)), ((10, 10), (3, 7))])
def test_pooling_equals_adaptive_average_pooling(source, target):
    x = torch.randn(2, 3, *source, generator=torch.Generator().manual_seed(1))

    assert torch.allclose(
        AdaptivePool(source, target)(x), functional.adaptive_avg_pool2d(x, target), atol=1e-6
    )


def test_configuration_survives_json():
    config = small_recipe("rgb", "mel").with_changes(margins=(0.2, 0.4))

    assert config_from_json(config_to_json(config)) == config


def test_unknown_recipe_is_refused_with_the_choices():
    with pytest.raises(SettingsError, match="small-rgb-morse") as raised:
        recipe("small-rgb-morse")
    assert "hubert" in raised.value.hint
