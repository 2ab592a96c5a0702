import numpy as np
import pytest
import torch

from core.adaptation import flow
from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import JAW_LINE, LIPS_INNER, LIPS_OUTER
from core.generator.autoencoder import FaceAutoencoder, autoencoder_loss
from core.generator.pose_anchors import DRAWN, draw_pose
from core.generator.windows import WindowGrid, frame_noise


@pytest.fixture
def autoencoder():
    torch.manual_seed(0)
    return FaceAutoencoder(latent_channels=4, channels=(8, 16, 16))


def test_latents_are_smaller_by_the_factor_and_come_back_at_full_size(autoencoder):
    clip = torch.rand(2, 3, 5, 32, 32) * 2 - 1
    latents = autoencoder.encode(clip)
    assert latents.shape == (2, 4, 5, 8, 8)
    assert autoencoder.factor == 4
    assert autoencoder.decode(latents).shape == clip.shape


def test_frames_do_not_see_each_other(autoencoder):
    clip = torch.rand(1, 3, 3, 32, 32)
    other = clip.clone()
    other[:, :, 1] = 0
    with torch.no_grad():
        change = (autoencoder.encode(clip) - autoencoder.encode(other)).abs().amax(dim=(0, 1, 3, 4))
    assert change[1] > 0
    assert change[0] == change[2] == 0


def test_the_autoencoder_learns_a_picture(autoencoder):
    generator = torch.Generator().manual_seed(0)
    pictures = (
        torch.nn.functional.interpolate(torch.rand(2, 3, 4, 4, generator=generator), size=32, mode="bilinear")
        * 2
        - 1
    )
    mouth = torch.zeros(2, 1, 32, 32)
    optimiser = torch.optim.Adam(autoencoder.parameters(), 3e-3)
    losses = []
    for _ in range(60):
        loss = autoencoder_loss(autoencoder, pictures, mouth, kl=1e-6, generator=generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.35 * losses[0]


def test_errors_in_the_mouth_cost_more(autoencoder):
    pictures = torch.rand(1, 3, 32, 32)

    def loss(mouth):
        return autoencoder_loss(
            autoencoder, pictures, mouth, kl=0.0, generator=torch.Generator().manual_seed(0)
        )

    assert loss(torch.ones(1, 1, 32, 32)) > 1.5 * loss(torch.zeros(1, 1, 32, 32))


def pose(landmarks):
    to_crop = np.array([[60.0, 0, 64], [0, 60, 48]])
    return draw_pose(landmarks, to_crop, np.eye(3), 128)


def test_the_pose_video_shows_the_head_but_never_lips_or_jaw():
    face = canonical_face().points.copy()
    before = pose(face)
    assert before.any()
    assert not DRAWN & {*LIPS_OUTER, *LIPS_INNER, *JAW_LINE[1:-1]}
    talking = face.copy()
    talking[[i for i in range(468) if i not in DRAWN]] += 0.2
    assert (pose(talking) == before).all()
    nodding = face.copy()
    nodding[:, 1] += 0.05
    assert (pose(nodding) != before).any()


def test_a_turned_head_turns_its_axes():
    face = canonical_face().points
    to_crop = np.array([[60.0, 0, 64], [0, 60, 48]])
    turned = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    assert (draw_pose(face, to_crop, turned, 128) != draw_pose(face, to_crop, np.eye(3), 128)).any()


def test_one_step_from_any_noise_level_gives_the_clean_clip_back():
    clean, noise = torch.randn(3, 2, 4, 5, 5), torch.randn(3, 2, 4, 5, 5)
    sigmas = torch.tensor([0.1, 0.5, 0.97])
    noisy = flow.noised(clean, noise, sigmas)
    assert torch.allclose(flow.clean_estimate(noisy, noise - clean, sigmas), clean, atol=1e-5)
    mouth = torch.rand(3, 1, 4, 5, 5)
    assert flow.flow_loss(noise - clean, clean, noise, sigmas, mouth, mouth_weight=3.0) == 0
    assert flow.flow_loss(noise, clean, noise, sigmas, mouth, mouth_weight=3.0) > 0


def test_noise_levels_can_be_biased_and_middle_ones_weigh_most():
    generator = torch.Generator().manual_seed(0)
    biased = flow.sample_sigmas(20_000, generator, mean=2.05)
    assert 0.85 < ((biased > 0.6) & (biased < 0.98)).float().mean() < 0.95
    assert flow.sample_sigmas(1000, generator, shift=5.0).mean() > flow.sample_sigmas(1000, generator).mean()
    weights = flow.level_weight(torch.tensor([0.02, 0.5, 0.98]))
    assert weights[1] > 3 * weights[0]
    assert flow.level_weight(torch.linspace(0, 1, 1001)).mean() == pytest.approx(1, abs=0.01)


def test_high_noise_is_trained_on_aligned_pairs():
    assert flow.pair_kind(0.9) == "aligned"
    assert flow.pair_kind(0.8) == "arbitrary"


@pytest.mark.parametrize("frames", [range(7), range(13, 90), range(5, 6)])
def test_windows_cover_every_frame_with_shares_that_add_up_to_one(frames):
    grid = WindowGrid(16, 4)
    for frame in frames:
        holding = [w for w in grid.over(frames) if frame in w]
        assert sum(grid.share(w, frame) for w in holding) == pytest.approx(1)


def test_windows_do_not_depend_on_where_a_request_begins():
    grid = WindowGrid(16, 4)
    whole, part = list(grid.over(range(100))), list(grid.over(range(50, 60)))
    assert all(w in whole for w in part)


def test_a_frames_noise_is_its_own():
    noise = frame_noise(range(10, 20), (2, 3, 3), seed=7)
    assert torch.equal(noise[:, 4], frame_noise(range(14, 15), (2, 3, 3), seed=7)[:, 0])
    assert not torch.equal(noise[:, 4], noise[:, 5])
    assert not torch.equal(noise, frame_noise(range(10, 20), (2, 3, 3), seed=8))
