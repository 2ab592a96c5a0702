import numpy as np
import pytest
import torch

from core.base.errors import ModelError
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from core.scorer.lse import lse_of_scorer
from core.scorer.syncnet import SyncNet, cepstra, convert_weights, load_syncnet, syncnet_figures


def test_published_weights_are_converted_once_and_give_the_same_figures(tmp_path):
    torch.manual_seed(0)
    network = SyncNet().eval()
    torch.save(network.state_dict(), tmp_path / "syncnet_v2.model")
    random = np.random.default_rng(0)
    pictures = random.integers(0, 255, (8, 224, 224, 3)).astype(np.uint8)
    voice = random.normal(0, 0.1, 8 * 640).astype(np.float32)

    convert_weights(tmp_path / "syncnet_v2.model", tmp_path / "syncnet.safetensors")
    figures = syncnet_figures(load_syncnet(tmp_path / "syncnet.safetensors"), pictures, voice)

    assert figures == syncnet_figures(network, pictures, voice)
    assert figures.confidence >= 0


def test_a_file_of_code_or_of_other_weights_is_refused(tmp_path):
    torch.save({"x": torch.zeros(1)}, tmp_path / "other.model")
    torch.save(SyncNet(), tmp_path / "code.model")

    with pytest.raises(ModelError, match="does not hold SyncNet"):
        convert_weights(tmp_path / "other.model", tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="cannot be read"):
        convert_weights(tmp_path / "code.model", tmp_path / "b.safetensors")
    assert not (tmp_path / "a.safetensors").exists()


def test_cepstra_come_100_a_second_and_their_first_is_the_energy():
    voice = np.zeros(16000, np.float32)
    voice[8000:] = np.random.default_rng(0).normal(0, 0.1, 8000)

    values = cepstra(voice)

    assert values.shape == (13, 99)
    assert values[0, 80] > values[0, 10] + 10
    assert np.log((voice[8000:8400].astype(float) * 32768) ** 2).max() > values[0, 51] - 12


def test_a_scorers_embeddings_take_the_same_arithmetic_at_any_frame_rate():
    sounds = np.random.default_rng(0).normal(size=(200, 16))
    sounds /= np.linalg.norm(sounds, axis=1, keepdims=True)
    times = np.arange(120) / 30
    rows = np.clip(np.round((times + 0.12) * 50).astype(int), 0, 199)
    faces = FaceEmbeddings(0, times, sounds[rows].astype(np.float16), np.zeros(120, np.uint8))

    figures = lse_of_scorer(faces, SpeechEmbeddings(0.0, sounds.astype(np.float16), np.ones(200, np.float32)))

    assert abs(figures.offset) == 3
    assert figures.distance < 1.0
