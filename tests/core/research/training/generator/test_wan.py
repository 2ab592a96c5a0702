"""The real diffusers classes at toy size."""


import torch
from diffusers import WanTransformer3DModel

from core.research.training.generator.wan import (
    WanAdapterSettings,
    WanLipSync,
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
