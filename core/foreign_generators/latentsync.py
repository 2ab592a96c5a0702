"""LatentSync 1.5 (256 pixels) and 1.6 (512): the mouth diffused from noise, 16 frames at a time, given the speech.

Li et al., “LatentSync: Taming Audio-Conditioned Latent Diffusion Models for Lip Sync with SyncNet Supervision”. Masked pixels are
grey, the mask is 1 where pixels are kept, and one picture of noise serves every frame of a clip.
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import DDIMScheduler, UNetMotionModel
from torch import Tensor

from core.base.precision import PRECISE, Place, put, sent
from core.foreign_generators.autoencoder import LatentPictures
from core.foreign_generators.cropping import latentsync_affines
from core.foreign_generators.listening import Heard, Listener
from core.foreign_generators.painter import PaintSettings, to_bytes, to_signed
from core.foreign_generators.unet import (
    MOTION_FRAMES,
    UNetShape,
    latentsync_names,
    latentsync_published,
    latentsync_unet,
)
from core.foreign_generators.weights import file_shapes, load_network
from core.generator.windows import WindowGrid

UNET = "unet.safetensors"
_OVERLAP = 4
_STEPS, _DRAFT_STEPS = 20, 8
_GUIDANCE = 0.5  # above 1, at an articulation of 1
_MOST_BATCH = 8
# Of the published mask of 256 × 256: row → first and last column that are painted …
_MASK_ROWS = {
    95: (9, 246), 127: (9, 246), 128: (9, 247), 135: (9, 246), 149: (10, 245), 163: (11, 244), 171: (13, 243),
    177: (16, 240), 183: (19, 236), 190: (24, 231), 200: (33, 223), 210: (43, 214), 218: (54, 204), 225: (66, 194),
    230: (76, 185), 235: (87, 173), 239: (99, 164), 241: (108, 156), 242: (131, 152),
}  # fmt: skip
_NOSE_ROWS, _NOSE_COLUMNS = slice(95, 128), slice(78, 178)  # … but for the nose


class LatentSync:
    """See `core.foreign_generators.painter.MouthPainter`."""

    version = "2"
    outside: int | None = 127

    def __init__(
        self, unet: UNetMotionModel, autoencoder: LatentPictures, listener: Listener, size: int
    ) -> None:
        self.unet, self._autoencoder, self._listener = unet, autoencoder, listener
        self.size = size
        self.grid = WindowGrid(MOTION_FRAMES, _OVERLAP)
        self.batch = _MOST_BATCH
        self.painted = painted_area(size)
        self.place = PRECISE

    @classmethod
    def load(cls, folder: Path, size: int) -> "LatentSync":
        """The networks of an installed model.

        Raises:
            ModelError: a file is missing, damaged or another network's.
        """
        shape = UNetShape.of_file(file_shapes(folder / UNET), folder / UNET)
        unet = load_network(
            folder / UNET,
            lambda: latentsync_unet(shape),
            published=latentsync_published,
            renamed=latentsync_names,
        )
        return cls(unet, LatentPictures.load(folder), Listener.load(folder), size)

    def move(self, place: Place) -> None:
        """See `MouthPainter`."""
        networks: tuple[torch.nn.Module, ...] = (self.unet, self._autoencoder.network, self._listener.encoder)
        for network in networks:
            put(network, place)
        self.place = place

    def affines(self, landmarks: np.ndarray, frame_seconds: float) -> np.ndarray:
        """See `MouthPainter`."""
        return latentsync_affines(landmarks, self.size, frame_seconds)

    def settings(self, *, is_draft: bool, articulation: float, seed: int) -> PaintSettings:
        """20 steps, 8 in a draft; the strength of articulation is the guidance's."""
        return PaintSettings(_DRAFT_STEPS if is_draft else _STEPS, 1 + _GUIDANCE * articulation, seed)

    def hear(self, voice: np.ndarray) -> Heard:
        """See `MouthPainter`."""
        return self._listener.hear(voice, "latentsync")

    @torch.inference_mode()
    def latents(
        self, crops: np.ndarray, references: np.ndarray, speech: Tensor, settings: PaintSettings
    ) -> Tensor:
        """See `MouthPainter`."""
        self._autoencoder.batch = self.batch
        known = self.known(crops, references)
        noise = torch.randn((*known.shape[:1], 4, *known.shape[3:]), generator=_seeded(settings.seed))
        scheduler = scheduler_of_the_paper()
        scheduler.set_timesteps(settings.steps, device=self.place.device)
        latents = noise[:, :, None].expand(-1, -1, MOTION_FRAMES, -1, -1).to(self.place.device)
        latents = latents * scheduler.init_noise_sigma
        heard = sent(speech.to(self.place.dtype), self.place)
        for step in scheduler.timesteps:
            given = torch.cat([scheduler.scale_model_input(latents, step), known], dim=1).to(self.place.dtype)
            with_speech = self._noise(given, step, heard)
            without = self._noise(given, step, torch.zeros_like(heard))
            guided = without + settings.guidance * (with_speech - without)
            latents = scheduler.step(guided, step, latents, eta=0.0).prev_sample
        return latents[0].cpu()

    def known(self, crops: np.ndarray, references: np.ndarray) -> Tensor:
        """(1, 9, T, h, w) float32: mask, masked latents and reference latents, in the network's order."""
        keep = torch.from_numpy(1 - self.painted).to(self.place.device)
        masked = self._autoencoder.encode(to_signed(crops, self.place) * keep)  # grey where it is to paint
        reference = self._autoencoder.encode(to_signed(references, self.place))
        mask = torch.nn.functional.interpolate(keep[None, None], size=masked.shape[-2:], mode="nearest")
        channels = [mask.expand(len(masked), -1, -1, -1), masked, reference.expand_as(masked)]
        return torch.cat(channels, dim=1).transpose(0, 1)[None]

    def _noise(self, given: Tensor, step: Tensor, heard: Tensor) -> Tensor:
        return self.unet(given, step, encoder_hidden_states=heard).sample.float()

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


def painted_area(size: int) -> np.ndarray:
    """(size, size) float32 in 0..1: 1 where the network was trained to paint, of a square of `size` pixels."""
    rows = np.arange(95, 243)
    first, last = (
        np.interp(rows, list(_MASK_ROWS), [ends[n] for ends in _MASK_ROWS.values()]) for n in (0, 1)
    )
    columns = np.arange(256)
    area = np.zeros((256, 256), np.float32)
    area[95:243] = (columns >= np.round(first)[:, None]) & (columns <= np.round(last)[:, None])
    area[_NOSE_ROWS, _NOSE_COLUMNS] = 0
    if size == 256:
        return area
    return np.clip(cv2.resize(area, (size, size), interpolation=cv2.INTER_LANCZOS4), 0, 1)


def scheduler_of_the_paper() -> DDIMScheduler:
    """The published noise schedule."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
