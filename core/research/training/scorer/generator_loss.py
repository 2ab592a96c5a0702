"""The scorer as a loss for training a generator: crops and speech in, a differentiable number out."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.base.errors import SettingsError
from core.research.training.scorer.export import load_run
from core.research.training.scorer.networks import SyncNetwork
from core.scorer.config import SEGMENT_FRAMES, ScorerConfig
from core.scorer.listening import ear_of
from core.scorer.segments import nearest_rows, picture_times

_CLAMP = 1e-4


class SyncLoss(nn.Module):
    """How badly generated faces fit their speech; the scorer's own weights stay fixed.

    Crops are square faces placed as `core.appearance.crops.crop_affines` places them, at any size.
    """

    def __init__(self, network: SyncNetwork) -> None:
        super().__init__()
        if network.config.visual != "rgb" or network.config.audio == "hubert":
            raise ValueError(
                f"a loss on crops needs a scorer that sees RGB and hears without HuBERT, not {network.config.name}"
            )
        self._ear = ear_of(network.config)
        self.network = network.eval().requires_grad_(requires_grad=False)

    @staticmethod
    def load(run: Path, device: str = "cpu") -> "SyncLoss":
        """The scorer trained in the folder `run` as a loss.

        Raises:
            ModelError: the folder holds no finished training of this version.
            SettingsError: its scorer does not look at pictures, or hears with HuBERT.
        """
        network = load_run(run)
        try:
            return SyncLoss(network).to(device)
        except ValueError as error:
            raise SettingsError(f"The scorer in {run} cannot teach a generator: {error}.") from error

    def train(self, mode: bool = True) -> "SyncLoss":
        """Stays in evaluation mode: its batch norms must not learn from generated faces."""
        return super().train(False)

    def scores(self, crops: Tensor, voices: np.ndarray, times: np.ndarray) -> Tensor:
        """(B, T) p_sync in 0 … 1 of each frame's 0.2 s, differentiable in `crops`.

        Args:
            crops: (B, T, 3, S, S) in −1 … 1, T ≥ 5.
            voices: (B, N) float32 mono 16 kHz.
            times: (T,) or (B, T) float64 seconds of the frames from each voice's first sample.
        """
        if crops.shape[1] < SEGMENT_FRAMES:
            raise ValueError(f"{crops.shape[1]} frames are fewer than the {SEGMENT_FRAMES} of one segment")
        batch, frames = crops.shape[:2]
        times = np.broadcast_to(times, (batch, frames))
        pictures = view_of(self.network.config, crops)  # (B, T, 3, h, w)
        rows = np.stack([nearest_rows(own, picture_times(own)) for own in times])  # (B, T, 5)
        index = torch.from_numpy(rows).to(crops.device)
        segments = torch.stack([picture[row] for picture, row in zip(pictures, index, strict=True)])
        segments = segments.flatten(0, 1).flatten(1, 2)  # (B·T, 15, h, w)
        with torch.no_grad():
            windows = np.concatenate(
                [self._ear.hear(voice).windows(own) for voice, own in zip(voices, times, strict=True)]
            )
            sound = self.network.audio(torch.from_numpy(windows).to(crops.device))
        return (self.network.visual(segments) * sound).sum(dim=1).view(batch, frames)

    def forward(self, crops: Tensor, voices: np.ndarray, times: np.ndarray) -> Tensor:
        """Mean −log p_sync over all frames (the positive term of the margin loss); arguments as in `scores`."""
        return -torch.log(self.scores(crops, voices, times).clamp_min(_CLAMP)).mean()


def view_of(config: ScorerConfig, crops: Tensor) -> Tensor:
    """(B, T, 3, h, w): the part of the crops (B, T, 3, S, S) that the scorer looks at, in its own size; differentiable."""
    left, top, extent = {"face": (0, 0, 96), "lower": (0, 48, 96), "mouth": (16, 48, 64)}[config.view]
    height, width = config.visual_shape[1:]
    side = crops.shape[-1] / 96
    x0, y0, x1 = round(left * side), round(top * side), round((left + extent) * side)
    y1 = y0 + round((x1 - x0) * height / width)
    part = crops[..., y0:y1, x0:x1]
    resized = functional.interpolate(
        part.flatten(0, 1),
        (height, width),
        mode="bilinear",
        align_corners=False,
        antialias=part.shape[-1] > width,
    )
    return resized.unflatten(0, crops.shape[:2])
