from dataclasses import replace

import pytest
import torch

import core.adaptation.learning as learning
from core.adaptation.learning import AdaptSettings, adapt, adapting
from core.base.errors import ModelError, SettingsError
from core.generator.adaptation import load_adaptation, save_adaptation
from core.generator.pipeline import LipSyncPipeline
from tests.core.adaptation.toy_clips import clip
from tests.core.research.training.generator.test_training import EDIT, transformer

RECIPE = replace(EDIT, one_step=True, own_share=0.0)


def pipeline():
    network = transformer(RECIPE)
    torch.manual_seed(3)
    torch.nn.init.normal_(network.proj_out.weight, std=0.02)
    return LipSyncPipeline(RECIPE.make_codec(), network)


def footage():
    """One mouth that is always the same colour, which the untrained network does not know."""
    return [clip(seed) for seed in range(4)]


def test_a_person_is_learnt_stored_and_put_back(tmp_path):
    learner = pipeline()
    facts, weights = adapt(
        RECIPE, learner, footage(), AdaptSettings(60, most_steps=50, rate=3e-3), person="P 1", base="abc"
    )
    assert facts.helps
    assert facts.after < 0.9 * facts.before
    assert facts.steps == 50
    assert facts.seconds_per_step > 0
    description = tmp_path / "blob"
    save_adaptation(description, facts, weights)
    assert description.stat().st_size < 200_000
    again = pipeline()
    assert load_adaptation(description, again, "abc") == facts
    given = {
        "noisy": torch.zeros(1, 48, 2, 8, 8),
        "source": torch.randn(1, 48, 2, 8, 8),
        "pose": torch.zeros(1, 48, 2, 8, 8),
        "speech": torch.randn(1, 2, 3, 4),
        "timestep": torch.ones(1),
        "times": torch.tensor([[0.0, 0.04]], dtype=torch.float64),
    }
    with torch.no_grad():
        assert torch.allclose(again.transformer(**given), learner.transformer(**given), atol=1e-4)
        assert not torch.allclose(again.transformer(**given), pipeline().transformer(**given), atol=1e-3)


def test_the_weights_of_the_lowest_error_are_kept(monkeypatch):
    seen = []
    judge = learning.validation

    def watched(network, *rest, **how):
        found = judge(network, *rest, **how)
        lora = {name: p.detach().clone() for name, p in network.named_parameters() if "lora_" in name}
        seen.append((found["all sigma 1"], lora))
        return found

    monkeypatch.setattr(learning, "validation", watched)
    # At this rate the network leaps past what it wants, so that its last weights are hardly its best.
    settings = AdaptSettings(60, most_steps=20, rate=0.1)
    facts, weights = adapt(RECIPE, pipeline(), footage(), settings, person="P", base="a")
    looks = seen[1:-1]  # before and after: what is told
    assert len(looks) == 10
    _, lowest = min(looks, key=lambda look: look[0])
    assert all(torch.equal(weights[name], lowest[name]) for name in weights)
    assert facts.after == seen[-1][0]


def test_too_little_footage_is_refused():
    with pytest.raises(SettingsError, match="too little footage of Anna"):
        adapt(RECIPE, pipeline(), [clip()], AdaptSettings(0.01), person="Anna", base="abc")


def test_what_belongs_to_another_generator_is_refused(tmp_path):
    facts, weights = adapt(RECIPE, pipeline(), footage(), AdaptSettings(0.0), person="Anna", base="abc")
    description = tmp_path / "blob"
    save_adaptation(description, facts, weights)
    with pytest.raises(ModelError, match="another generator"):
        load_adaptation(description, pipeline(), "def")
    description.write_text("no tensors")
    with pytest.raises(ModelError, match="cannot be read"):
        load_adaptation(description, pipeline(), "abc")


def test_time_in_which_nobody_asks_for_a_step_is_not_counted(monkeypatch):
    now = [0.0]

    def monotonic():
        now[0] += 1.0  # a step asks twice: it takes a second
        return now[0]

    monkeypatch.setattr("time.monotonic", monotonic)
    steps = adapting(RECIPE, pipeline(), footage(), AdaptSettings(4 / 60), person="Anna", base="abc")
    first = next(steps)
    now[0] += 300
    assert [first, *steps] == [1, 2, 3, 4]
