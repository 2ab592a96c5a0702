"""The margin loss of UniSync 2025 over all pairs of a batch, and the two helping losses of ours.

Equation: L = −mean[ y log p + (1 − y) log(1 − max(0, p − m)) ], m by the type of the negative. The paper draws single
pairs; here every visual segment meets every sound of the batch and the pair types are weighted to the paper's shares,
which is the same expectation from far fewer forward passes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from core.scorer.config import SEGMENT_SECONDS, ScorerConfig

POSITIVE_WITHIN_S = 0.001
NEGATIVE_FROM_S = 0.06
"""Shifts below this are neither in sync nor out of sync to a viewer, and left out."""
_CLAMP = 1e-4
_RANKING_SCALE = 12.0  # turns cosines, which spread about ± 0.2 within a clip, into logits


@dataclass(frozen=True, slots=True)
class PairTypes:
    """Which cells of the (N visual, M audio) score matrix are what, bool, and their `distance` in s (inf: other clips)."""

    positive: Tensor
    overlapping: Tensor
    apart: Tensor
    cross: Tensor
    distance: Tensor


def pair_types(
    visual_clip: Tensor,
    visual_time: Tensor,
    audio_clip: Tensor,
    audio_time: Tensor,
    visual_person: Tensor,
    audio_person: Tensor,
) -> PairTypes:
    """Sorts all pairs by clip, person and distance in time (seconds)."""
    same_clip = visual_clip[:, None] == audio_clip[None]
    same_person = visual_person[:, None] == audio_person[None]
    distance = (visual_time[:, None] - audio_time[None]).abs()
    return PairTypes(
        positive=same_clip & (distance < POSITIVE_WITHIN_S),
        overlapping=same_clip & (distance >= NEGATIVE_FROM_S) & (distance < SEGMENT_SECONDS),
        apart=(same_clip & (distance >= SEGMENT_SECONDS)) | (same_person & ~same_clip),
        cross=~same_person,
        distance=distance.masked_fill(~same_clip, torch.inf).float(),
    )


def negative_log(p: Tensor, margin: float) -> Tensor:
    """−log(1 − max(0, p − m)) per pair."""
    return -torch.log((1 - (p - margin).clamp_min(0)).clamp_min(_CLAMP))


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp_min(1)


def margin_loss(p: Tensor, types: PairTypes, config: ScorerConfig) -> Tensor:
    """The paper's loss on the score matrix `p` (N, M), positives and negatives weighing the same."""
    same_margin, cross_margin = config.margins
    positive = _mean(-torch.log(p.clamp_min(_CLAMP)), types.positive)
    same = negative_log(p, same_margin)
    overlap = _mean(same, types.overlapping)
    apart = _mean(same, types.apart)
    cross = _mean(negative_log(p, cross_margin), types.cross)
    same_speaker = config.overlap_share * overlap + (1 - config.overlap_share) * apart
    return 0.5 * positive + 0.5 * ((1 - config.cross_share) * same_speaker + config.cross_share * cross)


def ranking_loss(p: Tensor, types: PairTypes, width_s: float = 0.0) -> Tensor:
    """Cross-entropy of picking the true moment among the same clip's others (as in “Perfect Match”), both ways.

    With a width, moments near the true one share the choice as exp(−½ (shift / width)²): scores are taught to fall
    steadily with the shift instead of dropping just anywhere beyond it.
    """
    candidates = types.positive | types.overlapping | types.apart
    wanted = types.positive.float()
    if width_s > 0:
        candidates = candidates | torch.isfinite(types.distance)
        wanted = torch.exp(-0.5 * (types.distance / width_s) ** 2)
    logits = (p * _RANKING_SCALE).masked_fill(~candidates, -1e4)
    columns = types.positive.any(dim=0)
    by_row, by_column = _choice(logits, wanted), _choice(logits[:, columns].T, wanted[:, columns].T)
    return 0.5 * (by_row.mean() + by_column.mean())


def _choice(logits: Tensor, wanted: Tensor) -> Tensor:
    share = wanted / wanted.sum(dim=1, keepdim=True).clamp_min(1e-6)
    return torch.logsumexp(logits, dim=1) - (logits * share).sum(dim=1)


def shape_loss(visual: Tensor, audio: Tensor, shape: Tensor, audio_shape: Tensor) -> Tensor:
    """Smooth L1 of the mouth shapes predicted from sight (N, 6) and from sound (M, 6)."""
    return 0.3 * functional.smooth_l1_loss(visual, shape) + functional.smooth_l1_loss(audio, audio_shape)
