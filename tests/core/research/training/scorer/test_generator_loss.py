import numpy as np
import pytest
import torch

from core.research.training.scorer.generator_loss import SyncLoss, view_of
from core.research.training.scorer.networks import SyncNetwork
from core.research.training.scorer.recipes import paper_recipe, small_recipe


def _loss(audio="mel"):
    torch.manual_seed(0)
    return SyncLoss(SyncNetwork(small_recipe("rgb", audio)))


@pytest.mark.parametrize(("size", "audio"), [(96, "mel"), (128, "mel"), (96, "whisper")])
def test_gradients_reach_the_mouth_and_nothing_else(size, audio):
    loss = _loss(audio)
    crops = torch.rand(2, 6, 3, size, size, requires_grad=True)
    voices = np.random.default_rng(0).normal(0, 0.1, (2, 8000)).astype(np.float32)

    value = loss(crops, voices, np.arange(6) * 0.04 + 0.1)
    value.backward()

    assert value.ndim == 0
    assert crops.grad.abs().sum() > 0
    assert crops.grad[..., : size // 2 - 2, :].abs().sum() == 0
    assert all(parameter.grad is None for parameter in loss.network.parameters())


def test_scores_are_probabilities_per_frame_and_training_mode_stays_off():
    loss = _loss().train()
    with torch.no_grad():
        scores = loss.scores(
            torch.rand(1, 5, 3, 96, 96), np.zeros((1, 8000), np.float32), np.arange(5) * 0.04
        )

    assert scores.shape == (1, 5)
    assert ((scores >= 0) & (scores <= 1.0001)).all()
    assert not loss.network.training


def test_the_whole_face_is_seen_by_a_face_scorer():
    crops = torch.rand(1, 1, 3, 96, 96)

    assert torch.equal(view_of(paper_recipe("rgb", "mel"), crops), crops)


def test_a_landmark_scorer_or_too_few_frames_are_refused():
    with pytest.raises(ValueError, match="RGB"):
        SyncLoss(SyncNetwork(small_recipe("landmarks", "mel")))
    with pytest.raises(ValueError, match="HuBERT"):
        SyncLoss(SyncNetwork(small_recipe("rgb", "hubert")))
    with pytest.raises(ValueError, match="fewer"):
        _loss().scores(torch.rand(1, 3, 3, 96, 96), np.zeros((1, 8000), np.float32), np.arange(3) * 0.04)
