import numpy as np
import pytest
import torch

from core.base.errors import ModelError, SettingsError
from core.research.training.scorer.recipes import small_recipe
from core.research.training.scorer.shapes import AUDIO_SHAPES
from core.scorer.listening import ear_of
from core.speech.encoder import speech_encoder
from tests.core.speech.tiny_encoder import write_own_ear


def _voice(seconds=1.5):
    times = np.arange(int(seconds * 16000)) / 16000
    return (0.3 * np.sin(2 * np.pi * 220 * times) * (np.sin(2 * np.pi * 3 * times) > 0)).astype(np.float32)


@pytest.fixture
def own_ear(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    speech_encoder.cache_clear()
    yield tmp_path / "models"
    speech_encoder.cache_clear()


@pytest.mark.filterwarnings("ignore")  # torch's exporter warns about its own age
@pytest.mark.parametrize("audio", ["mel", "own", "whisper"])
def test_windows_have_the_towers_shape(audio, own_ear):
    if audio == "own":
        write_own_ear(own_ear)
    heard = ear_of(small_recipe("landmarks", audio)).hear(_voice())

    windows = heard.windows(np.array([0.2, 0.7, 3.0]))

    assert windows.shape == (3, *AUDIO_SHAPES[audio])
    assert np.isfinite(windows).all()
    assert np.abs(windows[0] - windows[1]).max() > 0


def test_our_own_encoder_is_the_users(own_ear):
    with pytest.raises(ModelError, match="does not come with the program"):
        ear_of(small_recipe("landmarks", "own")).hear(_voice())


def test_hubert_of_a_local_folder_is_heard_layer_by_layer(tmp_path):
    from transformers import HubertConfig, HubertModel

    torch.manual_seed(0)
    config = HubertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        conv_dim=(16,) * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
    )  # fmt: skip
    HubertModel(config).save_pretrained(tmp_path)
    recipe = small_recipe("landmarks", "hubert")

    first = ear_of(recipe, tmp_path, layer=0).hear(_voice())
    last = ear_of(recipe, tmp_path, layer=-1).hear(_voice())

    assert first.windows(np.array([0.5])).shape == (1, 1, 32, 10)
    assert first.values.shape == last.values.shape
    assert np.abs(first.values - last.values).max() > 0.01


def test_a_hubert_recipe_without_a_hubert_is_refused():
    with pytest.raises(SettingsError, match="HuBERT"):
        ear_of(small_recipe("landmarks", "hubert"))
