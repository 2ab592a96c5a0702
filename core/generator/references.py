"""Other moments of the person that lend pixels: chosen by one rule in training, in benchmarks and at work.

Four mouths show most of what another mouth may need: wide open (tongue and dark), spread (teeth), shut (lips) and rounded.
"""

import numpy as np
import torch
from torch import Tensor

from core.face_geometry.landmark_sets import INNER_LIP, JAW_LINE, OUTER_LIP
from core.face_geometry.measures import eye_distance, lip_gap, mouth_width

MOST = 4
# Points by which a reference is laid over the wanted mouth: lips, jaw, base of the nose and cheeks.
ANCHORS = (*OUTER_LIP, *INNER_LIP, *JAW_LINE, 1, 2, 98, 327, 50, 280, 205, 425)
# Shares of the widest opening between which a mouth is half-open: teeth show, and it is not the widest open one again.
_PARTED = (0.2, 0.65)
_NEAR, _FAR = (
    0.075,
    0.3,
)  # reach of an anchor's shift in shares of the picture's side, and of its faint wide part
_FAINT = 0.02
_MOST_LIGHT = 2.0  # beyond it a reference's dark parts are noise


def pick_references(landmarks: np.ndarray, allowed: np.ndarray, count: int = MOST) -> tuple[int, ...]:
    """Rows of the widest open, the widest half-open, the most firmly shut and the narrowest half-open mouth.

    Args:
        landmarks: (T, 468, 2 or more).
        allowed: (T,) bool; where none is, all are.
        count: how many of them, at most `MOST`.
    """
    points = np.asarray(landmarks)[..., :2]
    eyes = np.maximum(eye_distance(points), 1e-6)
    gap = lip_gap(points) / eyes
    width = mouth_width(points) / eyes
    usable = allowed if allowed.any() else np.ones(len(points), bool)
    widest = int(np.where(usable, gap, -1.0).argmax())
    parted = usable & (gap >= _PARTED[0] * gap[widest]) & (gap <= _PARTED[1] * gap[widest])
    parted = parted if parted.any() else usable
    spread, rounded = np.where(parted, width, -1.0).argmax(), np.where(parted, width, np.inf).argmin()
    shut = np.where(usable, gap, np.inf).argmin()
    return tuple(int(row) for row in (widest, spread, shut, rounded)[:count])


def light_of(reference: np.ndarray, pictures: np.ndarray, skin: tuple[slice, slice]) -> np.ndarray:
    """(K, T, 3) float32 factors that bring each reference into each picture's light, by the skin both show.

    Args:
        reference: (K, V, V, 3) uint8 pictures of references.
        pictures: (T, V, V, 3) uint8 pictures.
        skin: see `core.generator.crop_region.CropRegion.skin`.
    """
    own, there = (
        shown[:, skin[0], skin[1]].astype(np.float32).mean(axis=(1, 2)) + 1 for shown in (reference, pictures)
    )
    return np.clip(there[None] / own[:, None], 1 / _MOST_LIGHT, _MOST_LIGHT)


def lit(pictures: np.ndarray, light: np.ndarray) -> np.ndarray:
    """uint8 of (…, H, W, 3) `pictures` times (…, 3) `light`."""
    return np.clip(pictures * light[..., None, None, :] + 0.5, 0, 255).astype(np.uint8)


def prior_motion(wanted: Tensor, reference: Tensor, side: int, cells: int) -> Tensor:
    """Where each cell of a wanted picture lies in each reference, by the landmarks alone.

    Anchors' shifts, spread by normalised Gaussian weights (Shepard's interpolation); the network refines them.

    Args:
        wanted: (B, T, P, 2) anchors of the wanted pictures in pixels.
        reference: (B, K, P, 2) the same of the references.
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
    shifts = reference[:, :, None] - wanted[:, None]  # (B, K, T, P, 2)
    moved = torch.einsum("btnp,bktpc->bkctn", weight, shifts) / step
    return moved.unflatten(-1, (cells, cells))
