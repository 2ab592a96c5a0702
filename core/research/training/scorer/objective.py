"""What each method is trained with: UniSync's margin loss and our helping losses, contrast of distances, or plain BCE."""

import torch
from torch import Tensor
from torch.nn import functional

from core.research.training.scorer.baselines import (
    CONTRASTIVE_MARGIN,
    AnyNetwork,
    CrossModalNetwork,
    DistanceNetwork,
)
from core.research.training.scorer.loss import PairTypes, margin_loss, ranking_loss, shape_loss
from core.research.training.scorer.networks import SyncNetwork


def objective(
    network: AnyNetwork, seen: Tensor, heard: Tensor, types: PairTypes, shape: Tensor, audio_shape: Tensor
) -> tuple[Tensor, dict[str, float]]:
    """The total to minimise, and its parts by name.

    Args:
        network: any of the three methods.
        seen: features of the batch's N visual segments, from ``network.visual.features``.
        heard: features of its M sounds.
        types: of all N × M pairs.
        shape: (N, 6) mouth shapes at the visual segments.
        audio_shape: (M, 6) mouth shapes at the sounds.
    """
    if isinstance(network, SyncNetwork):
        return _unisync(network, seen, heard, types, shape, audio_shape)
    loss = (_contrast if isinstance(network, DistanceNetwork) else _one_by_one)(network, seen, heard, types)  # type: ignore[arg-type]
    return loss, {"loss": float(loss.detach())}


def _unisync(
    network: SyncNetwork, seen: Tensor, heard: Tensor, types: PairTypes, shape: Tensor, audio_shape: Tensor
) -> tuple[Tensor, dict[str, float]]:
    config = network.config
    p = network.visual.embed(seen) @ network.audio.embed(heard).T
    total = margin_loss(p, types, config)
    parts = {"margin": float(total.detach())}
    if config.ranking_weight > 0:
        ranking = ranking_loss(p, types, config.ranking_width_s)
        total = total + config.ranking_weight * ranking
        parts["ranking"] = float(ranking.detach())
    if config.shape_weight > 0:
        helping = shape_loss(
            network.visual_shape_head(seen), network.audio_shape_head(heard), shape, audio_shape
        )
        total = total + config.shape_weight * helping
        parts["shape"] = float(helping.detach())
    return total, parts


def _contrast(network: DistanceNetwork, seen: Tensor, heard: Tensor, types: PairTypes) -> Tensor:
    """Contrastive loss over all pairs of the same clip, true and false weighing the same (SyncNet, equation 1)."""
    distance = torch.cdist(network.visual.embed(seen), network.audio.embed(heard))
    false = _same_clip_false(types)
    near = (distance**2 * types.positive).sum() / types.positive.sum().clamp_min(1)
    far = ((CONTRASTIVE_MARGIN - distance).clamp_min(0) ** 2 * false).sum() / false.sum().clamp_min(1)
    return 0.5 * (near + far)


def _one_by_one(network: CrossModalNetwork, seen: Tensor, heard: Tensor, types: PairTypes) -> Tensor:
    """BCE over each visual segment's true sound and one false sound of the same clip (VocaLiST)."""
    false = _same_clip_false(types).float()
    rows = torch.arange(len(seen), device=seen.device)
    has_false = false.sum(dim=1) > 0
    wrong = torch.multinomial(false + 1e-9, 1)[:, 0]
    right = types.positive.float().argmax(dim=1)
    rows, columns = torch.cat([rows, rows[has_false]]), torch.cat([right, wrong[has_false]])
    truth = (torch.arange(len(rows), device=seen.device) < len(seen)).float()
    return functional.binary_cross_entropy_with_logits(network.pair_logits(seen, heard, rows, columns), truth)


def _same_clip_false(types: PairTypes) -> Tensor:
    return types.overlapping | (types.apart & torch.isfinite(types.distance))
