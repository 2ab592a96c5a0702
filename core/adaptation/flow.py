"""What the transformer is trained on: noise levels, pairs by noise level, loss. Plain functions of tensors.

Convention as in `core.generator.guidance`: x = (1 - sigma)·x0 + sigma·eps, target velocity eps - x0.
"""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

PairKind = Literal["aligned", "arbitrary"]

# OmniSync, 2.1: above t = 850 of 1000 the data are pairs that share the head's motion.
ALIGNED_ABOVE = 0.85


def sample_sigmas(
    count: int, generator: torch.Generator, *, mean: float = 0.0, spread: float = 1.0, shift: float = 1.0
) -> Tensor:
    """(count,) noise levels: logit-normal, then shifted towards noise, sigma' = s·u / (1 + (s - 1)·u).

    With mean 2.05 nine of ten lie in 0.6…0.98, EditYourself's remedy against learning to denoise without listening.
    """
    u = torch.sigmoid(mean + spread * torch.randn(count, generator=generator))
    return shift * u / (1 + (shift - 1) * u)


def pair_kind(sigma: float, threshold: float = ALIGNED_ABOVE) -> PairKind:
    """Which data a noise level is trained on (OmniSync eq. 3): high noise decides pose and lips, so pairs must agree there."""
    return "aligned" if sigma > threshold else "arbitrary"


def noised(clean: Tensor, noise: Tensor, sigmas: Tensor) -> Tensor:
    """(B, C, T, H, W) at each item's level."""
    level = sigmas.view(-1, 1, 1, 1, 1)
    return (1 - level) * clean + level * noise


def clean_estimate(noisy: Tensor, velocity: Tensor, sigmas: Tensor) -> Tensor:
    """x0 in one step: x - sigma·v. Used for losses on decoded pictures."""
    return noisy - sigmas.view(-1, 1, 1, 1, 1) * velocity


def level_weight(sigmas: Tensor) -> Tensor:
    """(B,) loss weight, larger at intermediate noise (UniSync 2026, w(t); its formula is not printed).

    A raised cosine with mean 1 over uniform levels: 2·sin²(pi·sigma), plus a quarter so that no level is forgotten.
    """
    return (0.25 + 2 * torch.sin(math.pi * sigmas).square()) / 1.25


def flow_loss(
    velocity: Tensor,
    clean: Tensor,
    noise: Tensor,
    sigmas: Tensor,
    mouth: Tensor,
    *,
    mouth_weight: float,
    floor: float = 0.0,
) -> Tensor:
    """Scalar: mean of w(sigma)·(1 + mouth_weight·mouth)·|v - (eps - x0)|², each item's mask normalised to the same sum.

    Networks that predict x0 divide its error by sigma to get a velocity; below `floor` that factor stops growing.

    Args:
        velocity: (B, C, T, H, W) predicted.
        clean: (B, C, T, H, W) x0.
        noise: (B, C, T, H, W) eps.
        sigmas: (B,).
        mouth: (B, 1, T, H, W) 0..1.
        mouth_weight: how much more the mouth counts.
        floor: noise level below which errors count as those of x0.
    """
    weight = 1 + mouth_weight * mouth
    weight = weight / weight.mean(dim=(1, 2, 3, 4), keepdim=True)
    error = (velocity - (noise - clean)).square()
    level = (
        level_weight(sigmas) * (sigmas / sigmas.clamp_min(floor)).square() if floor else level_weight(sigmas)
    )
    return (level.view(-1, 1, 1, 1, 1) * weight * error).mean()


def picture_loss(made: Tensor, clean: Tensor, mouth: Tensor, *, mouth_weight: float) -> Tensor:
    """Scalar: L1 of pictures and of their gradients, (B, 3, T, H, W) each, `mouth` (B, 1, T, H, W) as in `flow_loss`.

    A squared distance forgives soft teeth and lip edges, which is what viewers see first.
    """
    weight = 1 + mouth_weight * mouth
    weight = weight / weight.mean(dim=(1, 2, 3, 4), keepdim=True)
    loss = (weight * (made - clean).abs()).mean()
    for axis in (3, 4):
        inner = weight.narrow(axis, 1, weight.shape[axis] - 1)
        loss = loss + (inner * (made.diff(dim=axis) - clean.diff(dim=axis)).abs()).mean()
    return loss


def detail_loss(made: Tensor, clean: Tensor, mouth: Tensor, *, mouth_weight: float, cell: int = 4) -> Tensor:
    """Scalar: L1 of how much detail each square of `cell` pixels has, wherever in it; arguments as in `picture_loss`.

    Detail is the mean gradient magnitude of the light. A mixture of pictures that do not lie alike loses it, and neither a
    squared nor an absolute distance of pixels minds.
    """
    weight = 1 + mouth_weight * mouth
    weight = F.avg_pool3d(weight, (1, cell, cell))
    weight = weight / weight.mean(dim=(1, 2, 3, 4), keepdim=True)
    wanted, found = (F.avg_pool3d(_steepness(picture), (1, cell, cell)) for picture in (clean, made))
    return (weight * (found - wanted).abs()).mean()


def _steepness(picture: Tensor) -> Tensor:
    light = F.pad(picture.mean(dim=1), (0, 1, 0, 1), mode="replicate")  # (B, T, H + 1, W + 1)
    right = light[..., :-1, 1:] - light[..., :-1, :-1]
    down = light[..., 1:, :-1] - light[..., :-1, :-1]
    return (right.square() + down.square() + 1e-6).sqrt()[:, None]
