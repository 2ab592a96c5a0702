import torch

from core.generator import guidance


def test_sampling_starts_at_the_noise_level_the_source_was_mixed_to():
    sigmas = torch.linspace(1, 0.02, 50)
    first = guidance.start_step(sigmas, 0.92)
    assert sigmas[first] <= 0.92 < sigmas[first - 1]
    source, noise = torch.ones(2, 3), torch.zeros(2, 3)
    assert torch.allclose(guidance.initial_latents(source, noise, 0.92), torch.full((2, 3), 0.08))


def test_guidance_peaks_at_the_mouth_and_falls_to_its_base():
    weights = guidance.guidance_map(32, 24, (12, 20), spread=3, base=0.2)
    assert weights[20, 12] == 1
    assert torch.isclose(weights[0, 0], torch.tensor(0.2), atol=1e-4)
    assert weights.max() == weights[20, 12]


def test_guidance_fades_with_the_noise_as_a_power():
    assert guidance.guidance_scale(1.0, 6.0) == 6.0
    assert abs(guidance.guidance_scale(0.25, 6.0) - 6.0 * 0.125) < 1e-9


def test_guidance_never_drops_the_speech():
    without, with_speech = torch.zeros(4), torch.ones(4)
    assert torch.equal(guidance.guided_velocity(without, with_speech, torch.ones(4), 0.0), with_speech)
    assert torch.equal(guidance.guided_velocity(without, with_speech, torch.ones(4), 2.0), 3 * with_speech)


def test_injection_keeps_the_mouth_and_puts_the_source_elsewhere_at_the_same_noise():
    latents, source, noise = (
        torch.full((1, 1, 1, 2, 2), 9.0),
        torch.ones(1, 1, 1, 2, 2),
        torch.zeros(1, 1, 1, 2, 2),
    )
    mouth = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    mixed = guidance.inject_source(latents, source, noise, mouth, sigma=0.25)
    assert mixed[..., 0, 0] == 9
    assert torch.allclose(mixed[..., 1, 1], torch.tensor(0.75))


def test_injection_stops_after_its_share_of_the_steps():
    assert [guidance.injects_at(i, 10, 0.8) for i in range(10)] == [True] * 8 + [False] * 2
    assert not any(guidance.injects_at(i, 10, 0.0) for i in range(10))
