import numpy as np
import torch

from core.adaptation.batches import mouth_masks, mouth_places
from core.research.training.generator.adversary import (
    MouthDiscriminator,
    discriminator_loss,
    generator_loss,
    mouth_squares,
)


def test_it_learns_to_tell_sharp_from_blurred():
    torch.manual_seed(0)
    network = MouthDiscriminator((8, 16, 16))
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    real = torch.randn(8, 3, 32, 32).clamp(-1, 1)
    made = torch.nn.functional.avg_pool2d(real, 3, 1, 1)
    losses = []
    for _ in range(40):
        loss = discriminator_loss(network, real, made)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert generator_loss(network, real, real) < generator_loss(network, real, made)


def test_squares_lie_on_the_mouth_and_inside_the_picture():
    masks = mouth_masks(np.array([[20.0, 10.0, 8.0], [2.0, 30.0, 8.0]]), 32)[None, None]
    places = mouth_places(masks)
    assert torch.allclose(places[0, 0], torch.tensor([20.0, 12.0]), atol=1.0)
    columns = torch.arange(32.0).expand(1, 1, 2, 32, 32)
    squares = mouth_squares(columns, places, 8)
    assert squares.shape == (2, 1, 8, 8)
    assert squares[0, 0, 0].tolist() == list(range(16, 24))
    assert squares[1].min() >= 0
