from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import SettingsError
from core.generator.autoencoder import FaceAutoencoder
from core.generator.clips import load_clip, save_clip, speech_windows
from core.generator.train import (
    TrainingSettings,
    mouth_masks,
    to_clip,
    train_autoencoder,
    train_transformer,
    transformer_step,
)
from core.generator.transformer import LipSyncTransformer
from tests.core.generator.toy_clips import FRAMES, clip


def autoencoder():
    torch.manual_seed(0)
    return FaceAutoencoder(latent_channels=4, channels=(8, 16, 16))


def transformer():
    torch.manual_seed(0)
    return LipSyncTransformer(latent_channels=4, dim=32, depth=1, heads=2, speech_dim=4, max_side=8)


def settings(folder, **changes):
    return replace(
        TrainingSettings(folder, 0.02, batch=2, frames=4, rate=2e-3, checkpoint_minutes=10), **changes
    )


def test_a_clip_comes_back_from_disk(tmp_path):
    made = clip(altered=2)
    save_clip(tmp_path / "clip.npz", made)
    loaded = load_clip(tmp_path / "clip.npz")
    assert loaded.crops == made.crops
    assert loaded.altered == made.altered
    assert (loaded.times == made.times).all()
    assert (loaded.pictures(range(2, 4), altered=1) == made.pictures(range(2, 4), altered=1)).all()
    assert (loaded.speech_windows(range(3)) == made.speech_windows(range(3))).all()


def test_speech_is_heard_at_the_frames_own_time():
    speech = ((np.arange(100) + 0.5) * 0.02)[:, None].astype(np.float32)
    windows = speech_windows(speech, np.array([0.5, 1.0]))
    assert windows.mean(axis=1)[:, 0] == pytest.approx([0.5, 1.0], abs=1e-3)
    assert windows[0, 1, 0] - windows[0, 0, 0] == pytest.approx(0.02, abs=1e-4)


def test_the_mouths_mask_lies_on_the_mouth():
    mask = mouth_masks(np.array([[20.0, 10.0, 8.0]]), 32)[0]
    y, x = divmod(int(mask.argmax()), 32)
    assert (x, y) == (20, 12)
    assert mask[0, 0] < 0.05


def test_training_writes_weights_that_load_and_a_curve(tmp_path):
    trained = train_autoencoder(autoencoder(), [clip()], settings(tmp_path))
    loaded = FaceAutoencoder.from_pretrained(tmp_path / "autoencoder")
    pictures = to_clip(clip().pictures(range(FRAMES)), "cpu")
    with torch.no_grad():
        assert torch.equal(loaded.encode(pictures), trained.encode(pictures))
        # The latents' scale was measured on the first frame and kept; the other frames are much like it.
        assert loaded.encode(pictures).std().item() == pytest.approx(1, abs=0.3)
    assert (tmp_path / "curve.jsonl").read_text().count("\n") == 1


def test_a_run_goes_on_where_it_stopped(tmp_path):
    train_autoencoder(autoencoder(), [clip()], settings(tmp_path))
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"]
    train_autoencoder(autoencoder(), [clip()], settings(tmp_path), resume=True)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] > first > 0


def test_the_transformer_learns(tmp_path):
    network, vae = transformer(), autoencoder()
    clips = [clip(seed) for seed in range(3)]
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for step in range(50):
        loss = transformer_step(network, vae, clips, settings(tmp_path, batch=4), np.random.default_rng(step))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:5])


def test_a_trained_transformer_is_saved(tmp_path):
    train_transformer(transformer(), autoencoder(), [clip()], settings(tmp_path))
    assert LipSyncTransformer.from_pretrained(tmp_path / "transformer").config.dim == 32


def test_what_may_not_be_trained_on_is_not(tmp_path):
    with pytest.raises(SettingsError, match="may be trained on"):
        train_autoencoder(autoencoder(), [clip(may_train=False)], settings(tmp_path))
    with pytest.raises(SettingsError, match="altered version"):
        train_transformer(transformer(), autoencoder(), [clip(altered=0)], settings(tmp_path))
