"""Pixels as latents: the picture folded into patches, for small pictures at which an autoencoder costs more than it saves.

“Back to basics: let denoising generative models denoise” (Li and He, 2025) shows plain transformers working on raw patches
when they predict the picture rather than the noise; `LipSyncTransformer` does so with ``prediction="edit"``.
"""

from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor
from torch.nn import functional as F


class PixelPatches(ModelMixin, ConfigMixin):
    """Stands where an autoencoder stands, loses nothing and has nothing to train.

    Args:
        factor: side of the square of pixels that becomes one latent pixel of ``3 * factor**2`` channels.
        scale: latents are multiplied by it so that their spread over faces is about 1.
    """

    @register_to_config
    def __init__(self, *, factor: int = 4, scale: float = 2.0) -> None:
        super().__init__()

    @property
    def factor(self) -> int:
        """How many picture pixels one latent pixel is wide."""
        return self.config.factor

    @property
    def channels(self) -> int:
        """Of the latents."""
        return 3 * self.factor**2

    def encode(self, clip: Tensor) -> Tensor:
        """(B, 3·f², T, H/f, W/f) of a (B, 3, T, H, W) clip in -1..1."""
        folded = F.pixel_unshuffle(clip.transpose(1, 2), self.factor)  # (B, T, 3·f², h, w)
        return folded.transpose(1, 2) * self.config.scale

    def decode(self, latents: Tensor) -> Tensor:
        """The clip that `encode` folded."""
        return F.pixel_shuffle(latents.transpose(1, 2) / self.config.scale, self.factor).transpose(1, 2)
