import pytest
import torch

from core.generator import transformer
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
    made = LipSyncTransformer(**{**PYRAMID, "references": 2, "style_tokens": 3, **changes})
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


def test_a_pyramid_sees_everything_it_is_given():
    network, given = pyramid_network(), inputs(batch=2)
    given |= {
        "geometry": torch.randn_like(given["source"]),
        "references": torch.randn(2, 2, *given["source"][0, :, :1].shape),
        "style": torch.tensor([0, 2]),
    }
    with torch.no_grad():
        made = network(**given)
        assert made.shape == given["noisy"].shape
        for name in ("noisy", "source", "pose", "speech", "timestep", "geometry", "references"):
            changed = {**given, name: given[name] * 0.5}
            assert not torch.allclose(made, network(**changed), atol=1e-4), name
        for name in ("geometry", "references", "style", "speech"):  # and does without
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
    with pytest.raises(ValueError, match="references"):
        LipSyncTransformer(**SIZE, references=1)


FETCHING = {**PYRAMID, "latent_channels": 12, "references": 2, "fetch": True}


def folded_inputs():
    """Inputs of folded pixels, 16 a side, with two references that lie one cell to the left."""
    generator = torch.Generator().manual_seed(2)
    given = inputs()
    for name in ("noisy", "source", "pose"):
        given[name] = torch.randn(1, 12, 3, 8, 8, generator=generator)
    given["references"] = torch.randn(1, 2, 12, 1, 8, 8, generator=generator)
    given["prior"] = torch.zeros(1, 2, 2, 3, 8, 8)
    given["prior"][:, :, 0] = -1.0
    return given


def test_pixels_come_from_where_the_heads_point_and_the_prior_lays_references():
    given, network = folded_inputs(), LipSyncTransformer(**FETCHING)

    def estimate():
        return given["noisy"] - given["timestep"].view(-1, 1, 1, 1, 1) * network(**given)

    heads = network.fetching
    with torch.no_grad():
        heads.shares.bias[:] = torch.tensor([50.0, 0, 0]).repeat_interleave(4)
    assert torch.allclose(estimate(), given["source"], atol=1e-4)
    with torch.no_grad():
        heads.motion.bias[0] = 1.0  # one cell, two pixels, from the right
    assert torch.allclose(estimate()[..., 1:6], given["source"][..., 2:7], atol=1e-4)
    with torch.no_grad():
        heads.shares.bias[:] = torch.tensor([0.0, 0, 50]).repeat_interleave(4)
    reference = given["references"][:, 1].expand(-1, -1, 3, -1, -1)
    assert torch.allclose(estimate()[..., 2:7], reference[..., 1:6], atol=1e-4)
    with torch.no_grad():
        heads.motion.bias[4] = 1.0  # and is moved on from there
    assert torch.allclose(estimate()[..., 2:7], reference[..., 2:7], atol=1e-4)
    with torch.no_grad():
        heads.shares.bias.zero_()
    estimate().mean().backward()
    assert all(head.weight.grad is not None for head in (heads.motion, heads.shares))
    with pytest.raises(ValueError, match="edit"):
        LipSyncTransformer(**{**FETCHING, "prediction": "velocity"})


def test_without_references_the_source_stands_in_for_them():
    given, network = folded_inputs(), LipSyncTransformer(**FETCHING)
    given |= {"references": None, "prior": None}
    estimate = given["noisy"] - given["timestep"].view(-1, 1, 1, 1, 1) * network(**given)
    assert torch.allclose(estimate, given["source"], atol=1e-4)


def test_the_edit_is_what_the_velocity_at_full_noise_is_made_of():
    torch.manual_seed(0)
    network = LipSyncTransformer(**FETCHING).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    given = folded_inputs()
    given |= {"noisy": torch.zeros_like(given["source"]), "timestep": torch.ones(1)}
    told = {name: value for name, value in given.items() if name not in ("noisy", "timestep")}
    with torch.no_grad():
        edit, estimate = network.edit(**told), -network(**given)
    unfold = torch.nn.functional.pixel_shuffle
    layers = [given["source"][0].transpose(0, 1)]
    layers += [one.transpose(0, 1).expand(3, -1, -1, -1) for one in given["references"][0]]
    made = edit.applied(torch.stack([unfold(layer, 2) for layer in layers], dim=1))
    assert torch.allclose(made, unfold(estimate[0].transpose(0, 1), 2), atol=1e-4)
    again = edit.unpacked(edit.packed())
    assert all(
        torch.equal(getattr(again, part), getattr(edit, part)) for part in ("motion", "shares", "painted")
    )


def test_attention_over_few_tokens_is_that_over_many(monkeypatch):
    q, k, v = torch.randn(3, 2, 4, 30, 16).unbind()
    few = transformer.attend(q, k, v)
    monkeypatch.setattr(transformer, "_FEW_PAIRS", 0)
    assert torch.allclose(few, transformer.attend(q, k, v), atol=1e-5)
