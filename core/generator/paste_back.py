"""Edits done to the film's own pixels, at the film's own size: the network is small, what it moves need not be."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from core.generator.fetching import Edit, blended

# Shares to this power, made to sum to 1 again: at a film's size two mouths that show through each other are seen soonest.
_DECISIVE = 2.0
_UNSEEN = 1 / 512  # largest share from which on a layer is looked at
_EDGE = 0.14  # share of the region over which its border fades into what lies below


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Pixels that may be fetched.

    Attributes:
        picture: (H, W, 3) uint8.
        from_region: (2, 3) from the region's pixels to the picture's.
        light: (3,) factors that bring it into the light of what it is laid over, see `core.generator.references.light_of`.
    """

    picture: np.ndarray
    from_region: np.ndarray
    light: np.ndarray | None = None


def edited(
    below: np.ndarray, to_crop: np.ndarray, edit: Edit, layers: Sequence[Layer], *, smooth: bool = True
) -> np.ndarray:
    """`below` (S, S, 3) uint8 with the region made by `edit` over it, its border faded.

    Args:
        below: a crop of the film.
        to_crop: (2, 3) from the region's pixels to those of `below`.
        edit: N = 1, painted light in -1..1.
        layers: what the edit's layers are, in that order.
        smooth: whether the border fades.
    """
    motion, shares = edit.motion[0].numpy(), edit.shares[0].numpy() ** _DECISIVE
    shares /= shares.sum(axis=0)
    painted = 127.5 * edit.painted[0].permute(1, 2, 0).numpy()
    side = shares.shape[-1]
    cell = side / motion.shape[-1]
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]]) @ to_crop[:, :2].T + to_crop[:, 2]
    x0, y0 = np.clip(np.floor(corners.min(0)).astype(int), 0, below.shape[1::-1])
    x1, y1 = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, below.shape[1::-1])
    if x0 >= x1 or y0 >= y1:
        return below.copy()
    back = cv2.invertAffineTransform(to_crop)
    place = np.stack(np.meshgrid(np.arange(x0, x1), np.arange(y0, y1)), axis=-1) @ back[:, :2].T + back[:, 2]
    place = place.astype(np.float32)  # (h, w, 2) in the region

    def enlarged(picture: np.ndarray, at: np.ndarray = place) -> np.ndarray:
        return _sampled(picture, at, cv2.INTER_LINEAR)

    fetched, shown = [], []
    for layer, moved, share in zip(layers, motion, shares, strict=True):
        if share.max() < _UNSEEN:
            continue
        shown.append(enlarged(share))
        shift = enlarged(np.ascontiguousarray(moved.transpose(1, 2, 0)), (place + 0.5) / cell - 0.5) * cell
        at = (place + shift) @ layer.from_region[:, :2].T + layer.from_region[:, 2]
        part = _part_sampled(layer.picture, at.astype(np.float32))
        fetched.append(part if layer.light is None else np.clip(part * layer.light, 0, 255))
    # The network's finest octave, and those that only the film has.
    octaves = 1 + max(round(np.log2(np.linalg.norm(to_crop[:, 0]))), 0)
    pictures = torch.from_numpy(np.stack(fetched).transpose(0, 3, 1, 2))[None]  # (1, L, 3, h, w)
    mixed = blended(pictures, torch.from_numpy(np.stack(shown))[None], octaves, grey_level=1.0)
    made = mixed[0].permute(1, 2, 0).numpy() + enlarged(painted)
    share = faded(side) if smooth else np.ones((side, side), np.float32)
    fade = np.clip(_sampled(share, place, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT), 0, 1)[..., None]
    result = below.copy()
    old = below[y0:y1, x0:x1].astype(np.float32)
    result[y0:y1, x0:x1] = np.clip(old + fade * (made - old) + 0.5, 0, 255)
    return result


def faded(side: int) -> np.ndarray:
    """(side, side) float32: 1 in the middle, 0 at the border."""
    reach = max(_EDGE * side, 1.0)
    ramp = np.clip((np.minimum(np.arange(side), np.arange(side)[::-1]) - 1) / reach, 0, 1)
    smooth = ramp * ramp * (3 - 2 * ramp)
    return (smooth[:, None] * smooth[None]).astype(np.float32)


def _sampled(
    picture: np.ndarray, at: np.ndarray, interpolation: int, border: int = cv2.BORDER_REPLICATE
) -> np.ndarray:
    return cv2.remap(picture, at[..., 0], at[..., 1], interpolation, borderMode=border)


def _part_sampled(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 of `picture`; only the part that is needed is made float, for films are large."""
    low = np.clip(np.floor(at.min((0, 1))).astype(int) - 4, 0, np.array(picture.shape[1::-1]) - 1)
    high = np.clip(np.ceil(at.max((0, 1))).astype(int) + 5, low + 1, picture.shape[1::-1])
    part = picture[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    return np.clip(_sampled(part, at - low.astype(np.float32), cv2.INTER_CUBIC), 0, 255)
