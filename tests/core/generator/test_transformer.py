import pytest
import torch

from core.generator.transformer import LipSyncTransformer, apply_rotary, rotary_angles

SIZE = {"latent_channels": 4, "patch": 2, "dim": 32, "depth": 2, "heads": 2, "speech_dim": 6, "max_side": 8}


@pytest.fixture
def network():
    torch.manual_seed(0)
    made = LipSyncTransformer(**SIZE)
    for parameter in made.parameters():  # away from the zero initialisation, where nothing has an effect
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


def inputs(batch=1, frames=3, side=8, rate=25.0):
    generator = torch.Generator().manual_seed(1)

    def noise(*shape):
        return torch.randn(*shape, generator=generator)

    latents = (batch, 4, frames, side, side)
    times = torch.arange(frames, dtype=torch.float64)[None].expand(batch, -1) / rate
    return {
        "noisy": noise(*latents),
        "source": noise(*latents),
        "pose": noise(*latents),
        "speech": noise(batch, frames, 5, 6),
        "timestep": torch.full((batch,), 0.7),
        "times": times,
    }


def test_velocity_has_the_shape_of_the_latents(network):
    given = inputs(batch=2, frames=5)
    assert network(**given).shape == given["noisy"].shape


def test_an_untrained_network_moves_nothing():
    assert not LipSyncTransformer(**SIZE)(**inputs()).any()


@pytest.mark.parametrize("name", ["noisy", "source", "pose", "speech", "timestep"])
def test_every_input_has_an_effect(network, name):
    given = inputs()
    changed = {**given, name: given[name] * 0.5}
    with torch.no_grad():
        assert not torch.allclose(network(**given), network(**changed), atol=1e-4)


def test_speech_reaches_only_its_own_frame_before_attention_mixes_them():
    torch.manual_seed(0)
    network = LipSyncTransformer(**{**SIZE, "depth": 1})
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    given = inputs()
    other = given["speech"].clone()
    other[:, 1] += 1
    with torch.no_grad():
        change = (network(**given) - network(**{**given, "speech": other})).abs().amax(dim=(0, 1, 3, 4))
    assert change[1] > 1e-3
    assert change[0] == change[2] == 0


def test_only_differences_of_time_matter(network):
    given = inputs()
    later = {**given, "times": given["times"] + 3600}
    with torch.no_grad():
        assert torch.allclose(network(**given), network(**later), atol=1e-3)


def test_rotary_attention_depends_on_seconds_not_on_frame_numbers():
    q, k = torch.randn(1, 1, 1, 16), torch.randn(1, 1, 1, 16)

    def product(times):
        angles = rotary_angles(torch.tensor([times]), 1, 1, 16)
        q_turned = apply_rotary(q, angles[:, :1])
        k_turned = apply_rotary(k, angles[:, -1:])
        return (q_turned * k_turned).sum()

    at_25 = product([0.0, 0.04, 0.08, 0.12, 0.16])
    at_50 = product([0.0, 0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16])
    assert torch.allclose(at_25, at_50, atol=1e-5)


def test_gradient_checkpointing_changes_no_gradient(network):
    given = inputs()
    network.train()
    network(**given).square().mean().backward()
    plain = [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]
    network.zero_grad()
    network.enable_gradient_checkpointing()
    network(**given).square().mean().backward()
    again = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(plain, again, strict=True))


def test_saved_weights_load_back_the_same(network, tmp_path):
    network.save_pretrained(tmp_path)
    assert (tmp_path / "diffusion_pytorch_model.safetensors").is_file()
    loaded = LipSyncTransformer.from_pretrained(tmp_path)
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(network.parameters(), loaded.parameters(), strict=True))
        assert torch.allclose(network(**inputs()), loaded.eval()(**inputs()), atol=1e-5)


def test_heads_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="multiple of 8"):
        LipSyncTransformer(**{**SIZE, "heads": 3})


PYRAMID = {
    **SIZE,
    "patch": 4,
    "pyramid": (8, 16),
    "fusion": "channels",
    "prediction": "edit",
    "geometry": True,
}


def pyramid_network(**changes):
    torch.manual_seed(0)
    made = LipSyncTransformer(**{**PYRAMID, "reference": True, "style_tokens": 3, **changes})
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


def test_a_pyramid_sees_everything_it_is_given():
    network, given = pyramid_network(), inputs(batch=2)
    given |= {
        "geometry": torch.randn_like(given["source"]),
        "reference": torch.randn_like(given["source"][:, :, :1]),
        "style": torch.tensor([0, 2]),
    }
    with torch.no_grad():
        made = network(**given)
        assert made.shape == given["noisy"].shape
        for name in ("noisy", "source", "pose", "speech", "timestep", "geometry", "reference"):
            changed = {**given, name: given[name] * 0.5}
            assert not torch.allclose(made, network(**changed), atol=1e-4), name
        for name in ("geometry", "reference", "style", "speech"):  # and does without
            assert not torch.allclose(made, network(**{**given, name: None}), atol=1e-4), name


def test_an_untrained_pyramid_gives_the_source_back():
    given = inputs()
    network = LipSyncTransformer(**PYRAMID)
    velocity = network(**given)
    estimate = given["noisy"] - given["timestep"].view(-1, 1, 1, 1, 1) * velocity
    assert torch.allclose(estimate, given["source"], atol=1e-5)


def test_a_pyramid_hears_each_frames_own_sound_in_its_convolutions():
    network, given = pyramid_network(depth=1), inputs()
    other = given["speech"].clone()
    other[:, 1] += 1
    with torch.no_grad():
        change = (network(**given) - network(**{**given, "speech": other})).abs().amax(dim=(0, 1, 3, 4))
    assert change[1] > 5 * change[0]


@pytest.mark.parametrize("changes", [{"patch": 2}, {"fusion": "tokens"}])
def test_a_pyramid_that_does_not_fit_is_refused(changes):
    with pytest.raises(ValueError, match="pyramid of 2 levels"):
        LipSyncTransformer(**{**PYRAMID, **changes})
    with pytest.raises(ValueError, match="reference"):
        LipSyncTransformer(**SIZE, reference=True)


def test_a_warp_moves_the_sources_pixels_and_begins_at_rest():
    given = inputs()
    for name in ("noisy", "source", "pose"):
        given[name] = torch.randn(1, 12, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    network = LipSyncTransformer(**{**PYRAMID, "latent_channels": 12, "warp": True})

    def estimate():
        return given["noisy"] - given["timestep"].view(-1, 1, 1, 1, 1) * network(**given)

    assert torch.allclose(estimate(), given["source"], atol=1e-4)
    with torch.no_grad():
        network.warp_out.bias[0] = 1.0  # one cell, two pixels, from the right
    assert torch.allclose(estimate()[..., 1:6], given["source"][..., 2:7], atol=1e-4)
    estimate().mean().backward()
    assert network.warp_out.weight.grad is not None
    with pytest.raises(ValueError, match="edit"):
        LipSyncTransformer(**{**PYRAMID, "prediction": "velocity", "warp": True})
