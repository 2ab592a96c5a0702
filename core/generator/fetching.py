"""Mouths out of real pixels: the source's and the references', each fetched from where a predicted motion points.

Soft shares say which layer shows where (the occlusion masks of Siarohin et al. 2019 and LivePortrait, Guo et al. 2024), and
what none of them has is painted on top. What a person's teeth and lips look like then comes from that person's pictures.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.generator.zero_start import start_at_zero

_TRUST_IN_SOURCE = 3.0  # in logits, before anything is learnt
# Painted colour, unlike painted light, is kept small and coarse: hues that nobody filmed look wrong soonest.
_MOST_CHROMA = 0.16  # of folded pixels, whose spread is about 1: ten grey levels
# Where mixing has taken detail: pixels over which its energy is compared, grey levels of it that nobody misses, and how
# far it is raised at most.
_AROUND, _FAINT, _MOST_RESTORED = 7, 0.7, 2.0
_GREY_LEVEL = 2 / 127.5  # in folded pixels


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What is done to N pictures of H × W pixels; L layers, the source first.

    Attributes:
        motion: (N, L, 2, h, w) where each cell's pixels are fetched from, x and y in cells from its own place.
        shares: (N, L, H, W), sums to 1 over the layers.
        painted: (N, 3, H, W), added.
    """

    motion: Tensor
    shares: Tensor
    painted: Tensor

    def applied(self, layers: Tensor) -> Tensor:
        """(N, 3, H, W) of the pictures (N, L, 3, H, W)."""
        count = layers.shape[1]
        fetched = fetch(layers.flatten(0, 1), self.motion.flatten(0, 1)).unflatten(0, (-1, count))
        return blended(fetched, self.shares) + self.painted

    def indecision(self) -> Tensor:
        """(N, 1, H, W): 0 where one layer shows alone, more where several are mixed, which is soft (Gini impurity)."""
        return 1 - self.shares.square().sum(dim=1, keepdim=True)

    def packed(self) -> Tensor:
        """(N, X): everything of a picture in a row, so that edits can be averaged."""
        return torch.cat([part.flatten(1) for part in (self.motion, self.shares, self.painted)], dim=1)

    def unpacked(self, rows: Tensor) -> "Edit":
        """The edit of this one's sizes that (N, X) `rows` hold."""
        parts = (self.motion, self.shares, self.painted)
        split = rows.split([part[0].numel() for part in parts], dim=1)
        return Edit(*(row.unflatten(1, part.shape[1:]) for row, part in zip(split, parts, strict=True)))


class Fetching(nn.Module):
    """Makes an `Edit` out of a pyramid's finest features.

    Args:
        width: channels of the features.
        layers: L.
        fold: pixels along a side of a cell.
    """

    def __init__(self, width: int, layers: int, fold: int) -> None:
        super().__init__()
        self.layers, self.fold = layers, fold
        self.motion = nn.Conv2d(width, 2 * layers, 3, padding=1)
        self.shares = nn.Conv2d(width, layers * fold**2, 3, padding=1)
        for head in (self.motion, self.shares):
            start_at_zero(head)
        assert self.shares.bias is not None
        with torch.no_grad():  # channels of a layer lie together, as `pixel_shuffle` wants them
            self.shares.bias[: fold**2] = _TRUST_IN_SOURCE

    def forward(self, features: Tensor, painted: Tensor, prior: Tensor) -> Edit:
        """The edit of (N, width, h, w) features.

        Args:
            features: of the pyramid.
            painted: (N, 3·f², h, w) folded.
            prior: (N, L - 1, 2, h, w) what the landmarks say of the references' motion.
        """
        motion = self.motion(features).float().unflatten(1, (self.layers, 2))
        motion = torch.cat([motion[:, :1], motion[:, 1:] + prior.float()], dim=1)
        shares = F.pixel_shuffle(self.shares(features).float(), self.fold).softmax(dim=1)
        return Edit(motion, shares, self._tamed(painted.float()))

    def _tamed(self, painted: Tensor) -> Tensor:
        picture = F.pixel_shuffle(painted, self.fold)
        light = picture.mean(dim=1, keepdim=True)
        colour = F.avg_pool2d(picture - light, self.fold)
        colour = _MOST_CHROMA * torch.tanh(colour / _MOST_CHROMA)
        return light + F.interpolate(colour, scale_factor=self.fold, mode="bilinear", align_corners=False)


def blended(pictures: Tensor, shares: Tensor, octaves: int = 1, grey_level: float = _GREY_LEVEL) -> Tensor:
    """(N, C, H, W): the mixture of (N, L, C, H, W) pictures by (N, L, H, W) shares, with the detail that mixing takes restored.

    Pictures that do not lie exactly alike lose their detail where they are mixed. So in each octave of a Laplacian pyramid (Burt
    and Adelson 1983) the mixture is scaled to the energy its layers have on average, as in variance-preserving blending (Heitz
    and Neyret 2018). No gradient goes through that scale.

    Args:
        pictures: all of one size.
        shares: sums to 1 over the layers.
        octaves: how many of the finest are restored.
        grey_level: one of 255 in the pictures' units.
    """
    mixed = (shares[:, :, None] * pictures).sum(1)
    return _restored(mixed, pictures.detach(), shares.detach(), octaves, (_FAINT * grey_level) ** 2)


def _restored(mixed: Tensor, pictures: Tensor, shares: Tensor, octaves: int, faint: float) -> Tensor:
    if octaves == 0 or min(mixed.shape[-2:]) < 2:
        return mixed
    coarse, below = _halved(pictures), _halved(mixed)
    fine = mixed - _enlarged(below, mixed)
    with torch.no_grad():
        own = pictures - _enlarged(coarse.flatten(0, 1), mixed).unflatten(0, pictures.shape[:2])
        wanted = (shares * own.square().mean(2)).sum(1, keepdim=True)
        energies = torch.cat([wanted, fine.square().mean(1, keepdim=True)], dim=1)
        energies = F.avg_pool2d(energies, _AROUND, 1, _AROUND // 2, count_include_pad=False) + faint
        scale = (energies[:, :1] / energies[:, 1:]).sqrt().clamp(1, _MOST_RESTORED)
    below = _restored(below, coarse, _halved(shares), octaves - 1, faint)
    return _enlarged(below, mixed) + scale * fine


def _halved(pictures: Tensor) -> Tensor:
    half = F.avg_pool2d(pictures.flatten(0, -3), 2, ceil_mode=True)
    return half.unflatten(0, pictures.shape[:-2])


def _enlarged(coarse: Tensor, fine: Tensor) -> Tensor:
    return F.interpolate(coarse, fine.shape[-2:], mode="bilinear", align_corners=False)


def fetch(pictures: Tensor, motion: Tensor, *, mode: str = "bicubic") -> Tensor:
    """(N, C, H, W) pixels of `pictures`, each from where `motion` (N, 2, h, w) points.

    `motion` is in cells of H / h pixels, x and y, and lies smoothly between cells. Moved pixels stay sharp, made ones need not.
    """
    height, width = pictures.shape[-2:]
    fold = height // motion.shape[-2]
    fine = F.interpolate(motion, scale_factor=fold, mode="bilinear", align_corners=False) * fold
    x = (torch.arange(width, device=fine.device) + 0.5 + fine[:, 0]) * 2 / width - 1
    y = (torch.arange(height, device=fine.device)[:, None] + 0.5 + fine[:, 1]) * 2 / height - 1
    return F.grid_sample(
        pictures, torch.stack([x, y], dim=-1), mode=mode, padding_mode="border", align_corners=False
    )
