"""The real diffusers classes at toy size, saved to and loaded from disk."""

import json

import pytest
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel

from core.base.errors import ModelError
from core.generator.wan import (
    WanAdapterSettings,
    WanLatents,
    WanLipSync,
    load_wan,
    speech_of_latent_frames,
)

CHANNELS, TEXT, SPEECH = 4, 12, 6
SETTINGS = WanAdapterSettings(speech_dim=SPEECH, rank=2)


def base():
    torch.manual_seed(0)
    return WanTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        text_dim=TEXT,
        freq_dim=16,
        ffn_dim=32,
        num_layers=2,
        rope_max_seq_len=32,
    )


def inputs(seed=0, frames=3):
    g = torch.Generator().manual_seed(seed)
    noisy, source, pose = (torch.randn(1, CHANNELS, frames, 4, 4, generator=g) for _ in range(3))
    return {
        "noisy": noisy,
        "source": source,
        "pose": pose,
        "speech": torch.randn(1, frames, 5, SPEECH, generator=g),
        "timestep": torch.tensor([0.7]),
        "text": torch.randn(1, 3, TEXT, generator=g),
    }


def stirred(network):
    torch.manual_seed(1)
    for parameter in network.added().values():
        torch.nn.init.normal_(parameter, std=0.2)
    return network


def test_the_untrained_adapter_changes_nothing():
    plain, given = base(), inputs()
    with torch.no_grad():
        wanted = plain(given["noisy"], given["timestep"] * 1000, given["text"], return_dict=False)[0]
        made = WanLipSync(base(), SETTINGS)(**given)
    assert torch.allclose(made, wanted, atol=1e-5)


def test_source_pose_and_speech_have_an_effect_and_speech_only_on_its_frame():
    network, given = stirred(WanLipSync(base(), SETTINGS)), inputs()
    with torch.no_grad():
        usual = network(**given)
        for name in ("source", "pose", "speech"):
            assert not torch.allclose(network(**{**given, name: inputs(5)[name]}), usual, atol=1e-4), name
        assert not torch.allclose(network(**{**given, "speech": None}), usual, atol=1e-4)


def test_only_the_adapter_learns_with_and_without_checkpointing():
    network, given = stirred(WanLipSync(base(), SETTINGS)), inputs()
    network(**given).square().mean().backward()
    heard = {name: p for name, p in network.added().items() if name != "null_speech"}
    plain = {name: p.grad.clone() for name, p in heard.items()}
    assert all(gradient.abs().sum() > 0 for gradient in plain.values())
    assert any("lora_A" in name for name in plain)
    assert all(p.grad is None for p in network.parameters() if not p.requires_grad)
    network.zero_grad()
    network.base.enable_gradient_checkpointing()
    network.train()
    network(**given).square().mean().backward()
    for name, p in heard.items():
        assert torch.allclose(p.grad, plain[name], atol=1e-5), name


def test_base_and_adapter_come_back_from_disk(tmp_path):
    base().save_pretrained(tmp_path / "wan" / "transformer")
    network = stirred(load_wan(tmp_path / "wan", None, SETTINGS))
    network.save_adapter(tmp_path / "adapter")
    loaded = load_wan(tmp_path / "wan", tmp_path / "adapter")
    with torch.no_grad():
        assert torch.allclose(loaded(**inputs()), network(**inputs()), atol=1e-5)
    whole = sum(p.numel() for p in network.parameters())
    stored = json.loads((tmp_path / "adapter/adapter.json").read_text())
    assert stored["rank"] == 2
    assert sum(p.numel() for p in network.added().values()) < whole


def test_what_does_not_fit_is_said(tmp_path):
    with pytest.raises(ModelError, match="no Wan transformer"):
        load_wan(tmp_path, None)
    base().save_pretrained(tmp_path / "wan")
    with pytest.raises(ModelError, match="cannot be read"):
        load_wan(tmp_path / "wan", tmp_path / "nowhere")
    WanLipSync(base(), WanAdapterSettings(speech_dim=SPEECH, rank=2)).save_adapter(tmp_path / "adapter")
    facts = json.loads((tmp_path / "adapter/adapter.json").read_text())
    (tmp_path / "adapter/adapter.json").write_text(json.dumps({**facts, "rank": 4}))
    with pytest.raises(ModelError, match="made for another base"):
        load_wan(tmp_path / "wan", tmp_path / "adapter")


def test_the_video_autoencoder_makes_latents_of_unit_scale_and_pictures_again(tmp_path):
    torch.manual_seed(0)
    small = AutoencoderKLWan(
        base_dim=8,
        z_dim=CHANNELS,
        dim_mult=[1, 1],
        num_res_blocks=1,
        temperal_downsample=[True],
        latents_mean=[0.5] * CHANNELS,
        latents_std=[2.0] * CHANNELS,
    )
    small.save_pretrained(tmp_path / "vae")
    latents = WanLatents(AutoencoderKLWan.from_pretrained(tmp_path / "vae"))
    clip = torch.rand(1, 3, 5, 16, 16) * 2 - 1
    z = latents.encode(clip)
    assert z.shape[1] == CHANNELS
    assert torch.allclose(z * 2 + 0.5, small.encode(clip).latent_dist.mode(), atol=1e-4)
    assert latents.decode(z).shape == clip.shape


def test_speech_is_grouped_as_the_autoencoder_groups_frames():
    windows = torch.arange(9).view(1, 9, 1, 1).float()
    grouped = speech_of_latent_frames(windows)
    assert grouped[0, :, :, 0].tolist() == [[0, 0, 0, 0], [1, 2, 3, 4], [5, 6, 7, 8]]
