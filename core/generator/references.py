"""Other moments of the person that lend pixels: chosen by one rule in training, in benchmarks and at work.

Three mouths show most of what another mouth may need: wide open (tongue and dark), spread (teeth) and shut (lips).
"""

import numpy as np
import torch
from torch import Tensor

from core.generator.geometry import JAW_LINE
from core.motion.shape import INNER_LIP, OUTER_LIP

COUNT = 3
# Points by which a reference is laid over the wanted mouth: lips, jaw, base of the nose and cheeks.
ANCHORS = (*OUTER_LIP, *INNER_LIP, *JAW_LINE, 1, 2, 98, 327, 50, 280, 205, 425)
_SHOWS_TEETH = 0.3  # share of the widest opening from which on a spread mouth counts
_NEAR, _FAR = (
    0.075,
    0.3,
)  # reach of an anchor's shift in shares of the picture's side, and of its faint wide part
_FAINT = 0.02


def pick_references(landmarks: np.ndarray, allowed: np.ndarray) -> tuple[int, ...]:
    """Rows of the widest open, the widest spread and the most firmly shut mouth.

    Args:
        landmarks: (T, 468, 2 or more).
        allowed: (T,) bool; where none is, all are.
    """
    points = np.asarray(landmarks)[..., :2]
    eyes = np.maximum(np.linalg.norm(points[:, 33] - points[:, 263], axis=1), 1e-6)
    gap = np.linalg.norm(points[:, 14] - points[:, 13], axis=1) / eyes
    width = np.linalg.norm(points[:, 291] - points[:, 61], axis=1) / eyes
    usable = allowed if allowed.any() else np.ones(len(points), bool)
    widest = int(np.where(usable, gap, -1.0).argmax())
    parted = usable & (gap >= _SHOWS_TEETH * gap[widest])
    return widest, int(np.where(parted, width, -1.0).argmax()), int(np.where(usable, gap, np.inf).argmin())


def prior_motion(wanted: Tensor, lent: Tensor, side: int, cells: int) -> Tensor:
    """Where each cell of a wanted picture lies in each reference, by the landmarks alone.

    Anchors' shifts, spread by normalised Gaussian weights (Shepard's interpolation); the network refines them.

    Args:
        wanted: (B, T, P, 2) anchors of the wanted pictures in pixels.
        lent: (B, K, P, 2) the same of the references.
        side: of the pictures in pixels.
        cells: along a side.

    Returns:
        (B, K, 2, T, cells, cells) shifts x and y in cells.
    """
    step = side / cells
    middle = (torch.arange(cells, device=wanted.device, dtype=wanted.dtype) + 0.5) * step - 0.5
    places = torch.stack(torch.meshgrid(middle, middle, indexing="xy"), dim=-1).flatten(0, 1)  # (h·w, 2)
    square = torch.cdist(places, wanted.flatten(0, 1)).square()  # (B·T, h·w, P)
    weight = torch.exp(-square / (2 * (_NEAR * side) ** 2))
    weight = weight + _FAINT * torch.exp(-square / (2 * (_FAR * side) ** 2))
    weight = (weight / (weight.sum(-1, keepdim=True) + 1e-4)).unflatten(0, wanted.shape[:2])
    shifts = lent[:, :, None] - wanted[:, None]  # (B, K, T, P, 2)
    moved = torch.einsum("btnp,bktpc->bkctn", weight, shifts) / step
    return moved.unflatten(-1, (cells, cells))
