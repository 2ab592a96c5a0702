import numpy as np
import pytest
import torch

from core.scorer.lse import lse, usable_frames


def _reference(lips, sounds, reach=15):
    """syncnet_python's own steps, in torch."""
    lips, sounds = torch.from_numpy(lips), torch.from_numpy(sounds)
    padded = torch.nn.functional.pad(sounds, (0, 0, reach, reach))
    rows = [
        torch.nn.functional.pairwise_distance(
            lips[[i]].repeat(2 * reach + 1, 1), padded[i : i + 2 * reach + 1]
        )
        for i in range(len(lips))
    ]
    means = torch.mean(torch.stack(rows, 1), 1)
    least, index = torch.min(means, 0)
    return least.item(), (torch.median(means) - least).item(), reach - index.item()


@pytest.mark.parametrize("shift", [0, 3, -4])
def test_figures_equal_the_published_arithmetic(shift):
    random = np.random.default_rng(1)
    sounds = random.normal(size=(80, 16)).astype(np.float32)
    lips = np.roll(sounds, shift, axis=0) + random.normal(0, 0.3, sounds.shape).astype(np.float32)

    figures = lse(lips, sounds)
    distance, confidence, offset = _reference(lips, sounds)

    assert figures.distance == pytest.approx(distance, rel=1e-5)
    assert figures.confidence == pytest.approx(confidence, rel=1e-4)
    assert figures.offset == offset == shift


def test_streams_of_different_length_are_refused():
    with pytest.raises(ValueError, match="cannot be compared"):
        lse(np.zeros((3, 4)), np.zeros((4, 4)))


def test_frames_are_counted_as_published():
    assert usable_frames(100, 100 * 640) == 95
    assert usable_frames(100, 50 * 640 + 600) == 45
    assert usable_frames(3, 640) == 0
