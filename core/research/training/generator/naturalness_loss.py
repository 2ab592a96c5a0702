"""The judge of naturalness as a loss: made mouths may not look less natural to it than what was filmed there."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.adaptation.clips import GeneratorClip
from core.base.models import model_files
from core.face_geometry.measures import eye_distance
from core.own_mouth.naturalness import PIXELS, how_natural, mouth_patch
from core.research.training.naturalness.network import JudgeNetwork
from core.research.training.naturalness.train import load_network

_SOFTENED, _SOFTENING = 0.7, 0.4  # as `mouth_patch` does where the judge sees fewer pixels than there are
_REACH = 3  # of the softening's kernel, standard deviations


class NaturalnessJudgement(nn.Module):
    """What the shipped judge says of made faces; its own weights stay fixed."""

    def __init__(self, network: JudgeNetwork) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(requires_grad=False)

    @staticmethod
    def load(device: str = "cpu") -> "NaturalnessJudgement":
        """With the shipped weights.

        Raises:
            ModelError: they are missing or damaged.
        """
        path = next(file for file in model_files("naturalness") if file.suffix == ".safetensors")
        return NaturalnessJudgement(load_network(path)).to(device)

    def train(self, mode: bool = True) -> "NaturalnessJudgement":
        """Stays in evaluation mode: its batch norms must not learn from made faces."""
        return super().train(False)

    def says(self, faces: Tensor, views: Tensor) -> Tensor:
        """(N,) the higher the more natural, differentiable in the faces.

        Args:
            faces: (N, 3, S, S) in -1..1.
            views: (N, 2, 3) from their pixels to the judge's, see `core.own_mouth.naturalness.patch_affine`.
        """
        return self.network(_seen(faces, views) / 2 + 0.5)

    def forward(self, made: Tensor, true: Tensor, views: Tensor) -> Tensor:
        """By how much `made` look less natural than the median of the `true` faces of the same moment, on average.

        Nothing is gained by looking more natural than the person does: a mouth is made for its film, not for the judge.

        Args:
            made: (B, T, 3, S, S) in -1..1.
            true: the same as filmed.
            views: (B, T, 2, 3) of both.
        """
        with torch.no_grad():
            usual = self.says(true.flatten(0, 1), views.flatten(0, 1)).unflatten(0, true.shape[:2])
        said = self.says(made.flatten(0, 1), views.flatten(0, 1)).unflatten(0, made.shape[:2])
        return F.relu(usual.median(dim=1, keepdim=True).values - said).mean()

    @torch.no_grad()
    def doubts(self, clip: GeneratorClip) -> np.ndarray:
        """(versions, T) in 0..1: how unnatural each altered frame looks beside the person's own of the clip."""
        frames = range(len(clip))
        scale = float(np.median(eye_distance(clip.landmarks)))
        device = next(self.network.parameters()).device

        def said(pictures: np.ndarray) -> np.ndarray:
            seen = [mouth_patch(p, face, scale) for p, face in zip(pictures, clip.landmarks, strict=True)]
            rgb = torch.from_numpy(np.stack(seen)).to(device).permute(0, 3, 1, 2).float() / 255
            return self.network(rgb).cpu().numpy()

        usual = float(np.median(said(clip.pictures(frames))))
        return np.stack(
            [1 - how_natural(said(clip.pictures(frames, altered=i)), usual) for i in range(len(clip.altered))]
        )


def _seen(faces: Tensor, views: Tensor) -> Tensor:
    """(N, 3, `PIXELS`, `PIXELS`): what `core.own_mouth.naturalness.mouth_patch` cuts out, differentiable."""
    unit = float(views[:, 0, :2].norm(dim=1).median())
    if unit < _SOFTENED:
        faces = _softened(faces, _SOFTENING / unit)
    turn = torch.linalg.inv(views[:, :, :2])
    places = torch.arange(PIXELS, device=faces.device, dtype=faces.dtype)
    grid = torch.stack(
        torch.meshgrid(places, places, indexing="xy"), dim=-1
    )  # x, y of each pixel of the patch
    there = torch.einsum("nij,hwnj->nhwi", turn, grid[:, :, None] - views[:, :, 2])
    height, width = faces.shape[-2:]
    scale = there.new_tensor([width - 1, height - 1])
    return F.grid_sample(faces, 2 * there / scale - 1, padding_mode="border", align_corners=True)


def _softened(faces: Tensor, spread: float) -> Tensor:
    reach = max(round(_REACH * spread), 1)
    places = torch.arange(-reach, reach + 1, device=faces.device, dtype=faces.dtype)
    kernel = torch.exp(-0.5 * (places / spread) ** 2)
    kernel = (kernel / kernel.sum()).expand(faces.shape[1], 1, -1)
    padded = F.pad(faces, (reach, reach, reach, reach), mode="replicate")
    rows = F.conv2d(padded, kernel[:, :, None], groups=faces.shape[1])
    return F.conv2d(rows, kernel[..., None], groups=faces.shape[1])
