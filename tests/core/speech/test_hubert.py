from pathlib import Path

import numpy as np
import pytest

from core.base.errors import ModelError, SettingsError
from core.speech.hubert import HubertFeatures, hubert_step_times

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import HubertConfig, HubertModel

    config = HubertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    folder = tmp_path_factory.mktemp("hubert")
    HubertModel(config).save_pretrained(folder)
    return folder


def test_fifty_features_a_second(folder: Path):
    hubert = HubertFeatures(folder)
    features = hubert.features(RNG.normal(0, 0.1, 32000).astype(np.float32))
    assert features.shape == (1 + (32000 - 400) // 320, 16)
    assert np.isfinite(features).all()
    assert hubert_step_times(3) == pytest.approx([0.0125, 0.0325, 0.0525])
    assert hubert.features(np.zeros(399, np.float32)).shape == (0, 16)


def test_layers_differ_and_wrong_ones_are_refused(folder: Path):
    voice = RNG.normal(0, 0.1, 8000).astype(np.float32)
    first, last = (HubertFeatures(folder, layer=layer).features(voice) for layer in (0, 2))
    assert np.abs(first - last).max() > 1e-3
    np.testing.assert_array_equal(last, HubertFeatures(folder, layer=-1).features(voice))
    with pytest.raises(SettingsError, match="0 to 2"):
        HubertFeatures(folder, layer=3)


def test_long_voices_are_worked_off_in_windows(folder: Path):
    hubert = HubertFeatures(folder)
    voice = RNG.normal(0, 0.1, 16000 * 25).astype(np.float32)
    features = hubert.features(voice)
    assert len(features) == 1 + (len(voice) - 400) // 320
    np.testing.assert_array_equal(features[:900], hubert.features(voice[: 16000 * 24])[:900])


def test_missing_weights_are_named(tmp_path: Path):
    with pytest.raises(ModelError, match=str(tmp_path)):
        HubertFeatures(tmp_path)
