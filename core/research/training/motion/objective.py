"""What the motion network is trained for: shapes, their movement and their range, and what the phones are."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from core.research.training.motion.network import MotionOutput


@dataclass(frozen=True, slots=True)
class ObjectiveWeights:
    """How much each term counts. The plain regressor of the benchmark keeps only `absolute`."""

    absolute: float = 0.4
    relative: float = 0.6
    velocity: float = 1.0
    correlation: float = 0.5
    amplitude: float = 0.3
    viseme: float = 0.5
    curves: float = 2.0
    speech: float = 0.2
    contact: float = 0.3
    contact_emphasis: float = 2.0


def _centred(values: Tensor, weights: Tensor, pieces: Tensor) -> Tensor:
    """`values` (B, S, K) less their weighted mean over each piece of each window."""
    count = int(pieces.max()) + 1
    member = functional.one_hot(pieces, count).to(values.dtype) * weights[..., None]
    total = member.sum(1).clamp_min(1e-6)
    means = torch.einsum("bsp,bsk->bpk", member, values) / total[..., None]
    return values - torch.einsum("bsp,bpk->bsk", functional.one_hot(pieces, count).to(values.dtype), means)


def motion_loss(
    output: MotionOutput,
    batch: dict[str, Tensor],
    importance: Tensor,
    opening_axis: Tensor,
    weights: ObjectiveWeights,
) -> dict[str, Tensor]:
    """Weighted terms by name; their sum is what is minimised.

    Args:
        output: of the network for the batch's mel.
        batch: attributes of `core.research.training.motion.training_set.Labelled` and ``piece``, stacked.
        importance: (K,) how visible each coefficient is, mean 1.
        opening_axis: (K,) opening per coefficient.
        weights: of the terms.

    The squared errors make an average; correlation asks for the right rise and fall whatever the size, and amplitude for
    a natural size, so that the sum does not shrink towards the mean where the sound leaves doubt.
    """
    coefs, seen, pieces = batch["coefs"], batch["seen"], batch["piece"]
    emphasis = seen * (1.0 + weights.contact_emphasis * (batch["contact"] > 0.5))
    total = emphasis.sum().clamp_min(1.0)
    error = output.coefs - coefs
    absolute = ((error.square() * importance).mean(-1) * emphasis).sum() / total
    centred = _centred(output.coefs, seen, pieces) - _centred(coefs, seen, pieces)
    relative = ((centred.square() * importance).mean(-1) * emphasis).sum() / total

    together = torch.minimum(seen[:, 2:], seen[:, :-2]) * (pieces[:, 2:] == pieces[:, :-2])
    steps = (output.coefs[:, 2:] - output.coefs[:, :-2]) - (coefs[:, 2:] - coefs[:, :-2])
    velocity = ((steps.square() * importance).mean(-1) * together).sum() / together.sum().clamp_min(1.0)

    # Sizes and correlations over the leading, visible movements; the opening counts as one more.
    key = torch.cat(
        [torch.einsum("bsk,k->bs", output.coefs, opening_axis)[..., None], output.coefs[..., :6]], -1
    )
    true = torch.cat([torch.einsum("bsk,k->bs", coefs, opening_axis)[..., None], coefs[..., :6]], -1)
    key, true = _centred(key, seen, pieces) * seen[..., None], _centred(true, seen, pieces) * seen[..., None]
    known = (seen.sum(1) > 20).to(coefs.dtype)[:, None] * torch.tensor([3.0, 2.0, *[0.6] * 5])
    spread_key, spread_true = (
        key.square().sum(1).clamp_min(1e-8).sqrt(),
        true.square().sum(1).clamp_min(1e-8).sqrt(),
    )
    r = (key * true).sum(1) / (spread_key * spread_true)
    correlation = ((1 - r) * known).sum() / known.sum().clamp_min(1.0)
    amplitude = (
        (spread_key / spread_true.clamp_min(1e-3) - 1).clamp(-1, 2).square() * known
    ).sum() / known.sum().clamp_min(1.0)

    viseme = functional.cross_entropy(
        output.visemes.flatten(0, 1), batch["visemes"].flatten(), ignore_index=-1, label_smoothing=0.05
    )
    curve_error = (output.curves - batch["curves"]).square().mean(-1)
    curves = (curve_error * batch["curves_known"]).sum() / batch["curves_known"].sum().clamp_min(1.0)
    speech = functional.binary_cross_entropy_with_logits(output.speech, batch["speech"])
    touching = batch["contact"]
    contact = functional.binary_cross_entropy_with_logits(
        output.contact, touching.clamp_min(0.0), reduction="none"
    )
    contact = (contact * (touching >= 0)).sum() / (touching >= 0).sum().clamp_min(1)
    terms = {
        "absolute": absolute,
        "relative": relative,
        "velocity": velocity,
        "correlation": correlation,
        "amplitude": amplitude,
        "viseme": viseme,
        "curves": curves,
        "speech": speech,
        "contact": contact,
    }
    return {name: getattr(weights, name) * value for name, value in terms.items()}
