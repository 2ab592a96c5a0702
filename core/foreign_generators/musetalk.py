"""MuseTalk 1.5: the lower half of the face painted in one pass from the upper half, another picture of it, and the speech.

Zhang et al., “MuseTalk: Real-Time High-Fidelity Video Dubbing via Spatio-Temporal Sampling”. No noise, no steps: what comes out
is the latent. Masked pixels are black, and the masked picture comes before the reference.
"""

from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from core.base.precision import PRECISE, Place, put, sent
from core.foreign_generators.autoencoder import LatentPictures
from core.foreign_generators.cropping import musetalk_affines
from core.foreign_generators.listening import Heard, Listener
from core.foreign_generators.painter import PaintSettings, to_bytes, to_signed
from core.foreign_generators.unet import UNetShape, musetalk_unet
from core.foreign_generators.weights import file_shapes, load_network
from core.generator.windows import WindowGrid

UNET = "unet.safetensors"
SIZE = 256
_WINDOW, _OVERLAP = (
    12,
    2,
)  # frames are painted one by one; windows share a reference and fade where it changes


class MuseTalk:
    """See `core.foreign_generators.painter.MouthPainter`."""

    version = "2"
    outside: int | None = None

    def __init__(
        self, unet: UNet2DConditionModel, autoencoder: LatentPictures, listener: Listener, size: int = SIZE
    ) -> None:
        self.unet, self._autoencoder, self._listener = unet, autoencoder, listener
        self.size = size
        self.grid = WindowGrid(_WINDOW, _OVERLAP)
        self.batch = _WINDOW
        self.painted = np.zeros((size, size), np.float32)
        self.painted[size // 2 :] = 1
        self.place = PRECISE

    @classmethod
    def load(cls, folder: Path, size: int = SIZE) -> "MuseTalk":
        """The networks of an installed model.

        Raises:
            ModelError: a file is missing, damaged or another network's.
        """
        shape = UNetShape.of_file(file_shapes(folder / UNET), folder / UNET)
        unet = load_network(folder / UNET, lambda: musetalk_unet(shape))
        return cls(unet, LatentPictures.load(folder), Listener.load(folder), size)

    def move(self, place: Place) -> None:
        """See `MouthPainter`."""
        networks: tuple[torch.nn.Module, ...] = (self.unet, self._autoencoder.network, self._listener.encoder)
        for network in networks:
            put(network, place)
        self.place = place

    def affines(self, landmarks: np.ndarray, frame_seconds: float) -> np.ndarray:
        """See `MouthPainter`."""
        return musetalk_affines(landmarks, self.size, frame_seconds)

    def settings(self, *, is_draft: bool, articulation: float, seed: int) -> PaintSettings:
        """One pass, no guidance, no noise, whatever is asked."""
        return PaintSettings(steps=1, guidance=1.0)

    def hear(self, voice: np.ndarray) -> Heard:
        """See `MouthPainter`."""
        return self._listener.hear(voice, "musetalk")

    @torch.inference_mode()
    def latents(
        self, crops: np.ndarray, references: np.ndarray, speech: Tensor, settings: PaintSettings
    ) -> Tensor:
        """See `MouthPainter`."""
        self._autoencoder.batch = self.batch
        shown = crops.copy()
        shown[:, self.painted > 0] = 0  # black before it is made signed: -1
        masked, reference = (
            self._autoencoder.encode(to_signed(part, self.place)) for part in (shown, references)
        )
        both = torch.cat([masked, reference.expand_as(masked)], dim=1).to(self.place.dtype)
        now = torch.zeros(1, dtype=torch.long, device=self.place.device)
        heard = sent(speech.to(self.place.dtype), self.place)
        parts = zip(both.split(self.batch), heard.split(self.batch), strict=True)
        made = [self.unet(part, now, encoder_hidden_states=said).sample.float() for part, said in parts]
        return torch.cat(made).transpose(0, 1).cpu()

    @property
    def factor(self) -> int:
        """How many picture pixels one latent pixel is wide."""
        return self._autoencoder.factor

    def pictures_to_latents(self, pictures: Tensor) -> Tensor:
        """(N, 4, h, w) float32 latents of (N, 3, S, S) pictures in -1..1."""
        return self._autoencoder.encode(pictures)

    def pictures(self, latents: Tensor) -> np.ndarray:
        """See `MouthPainter`."""
        return to_bytes(self._autoencoder.decode(sent(latents, self.place)))
