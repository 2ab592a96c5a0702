"""TBDub's student: a face of 512 pixels painted anew in two steps, 72 frames at a time, beside the film's own frames.

Li et al., “TBDub: Production-Oriented Visual Dubbing” (2026). Its authors let each clip begin with the last five frames of the one
before. Here every clip begins as their first one does, with five times its own first frame, so that no clip leans on another
and a film may be cut anywhere; clips fade into each other.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.base.errors import ModelError
from core.base.precision import PRECISE, Place, put
from core.base.tensors import read_tensors
from core.foreign_generators.cropping import tbdub_affines
from core.foreign_generators.painter import Heard, PaintSettings, to_bytes, to_signed
from core.foreign_generators.tbdub_hearing import HubertListener, heard_by_latent_frames
from core.foreign_generators.tbdub_network import TBDubShape, TBDubTransformer, tbdub_names, tbdub_published
from core.foreign_generators.tbdub_video import LatentFilms
from core.foreign_generators.weights import file_shapes, load_network
from core.generator.windows import WindowGrid

NETWORK, CONTEXT = "network.safetensors", "context.safetensors"
SIZE = 512
PREROLL, KEPT = 5, 2  # frames that a clip begins with, and the latent frames they are
_CLIP = 77
_OVERLAP = 8
_STEPS = 2
_RING = 1  # latent pixels at the edge that are the film's own


class TBDub:
    """See `core.foreign_generators.painter.MouthPainter`; what it calls latents are pictures already, for they are made of time, too."""

    version = "1"
    outside: int | None = None

    def __init__(
        self,
        network: TBDubTransformer,
        films: LatentFilms,
        listener: HubertListener,
        context: Tensor,
        size: int = SIZE,
        clip: int = _CLIP,
        overlap: int = _OVERLAP,
    ) -> None:
        self.network, self.films, self._listener, self._context = network, films, listener, context
        self.size, self.clip = size, clip
        self.grid = WindowGrid(clip - PREROLL, overlap)
        self.batch = 1
        ring = _RING * films.factor
        self.painted = np.zeros((size, size), np.float32)
        self.painted[ring:-ring, ring:-ring] = 1
        self.place = PRECISE

    @classmethod
    def load(cls, folder: Path, size: int = SIZE) -> "TBDub":
        """The networks of an installed model.

        Raises:
            ModelError: a file is missing, damaged or another network's.
        """
        shape = TBDubShape.of_file(file_shapes(folder / NETWORK))
        network = load_network(
            folder / NETWORK,
            lambda: TBDubTransformer(shape),
            published=tbdub_published,
            renamed=tbdub_names,
            dtype=None,
        )
        wanted = {
            "context": torch.empty(
                file_shapes(folder / CONTEXT).get("context", (1, 1, shape.text)), device="meta"
            )
        }
        context = read_tensors(
            [folder / CONTEXT], wanted, error=ModelError, what="TBDub's text", hint="Install it again."
        )
        return cls(network, LatentFilms.load(folder), HubertListener.load(folder), context["context"], size)

    def move(self, place: Place) -> None:
        """See `MouthPainter`."""
        networks: tuple[nn.Module, ...] = (self.network, self.films.network, self._listener.model)
        for network in networks:
            put(network, place)
        self.place = place

    def affines(self, landmarks: np.ndarray, frame_seconds: float) -> np.ndarray:
        """See `MouthPainter`."""
        return tbdub_affines(landmarks, self.size, frame_seconds)

    def settings(self, *, is_draft: bool, articulation: float, seed: int) -> PaintSettings:
        """Two steps and no guidance, whatever is asked."""
        return PaintSettings(steps=_STEPS, guidance=1.0, seed=seed)

    def hear(self, voice: np.ndarray) -> Heard:
        """See `MouthPainter`."""
        return self._listener.hear(voice)

    @torch.inference_mode()
    def latents(
        self, crops: np.ndarray, references: np.ndarray, speech: Tensor, settings: PaintSettings
    ) -> Tensor:
        """(3, T, S, S) float32 pictures in -1..1; see `MouthPainter`."""
        film = to_signed(crops, self.place).transpose(0, 1)[None]
        preroll = film[:, :, :1].expand(-1, -1, PREROLL, -1, -1)
        shown = self.films.encode(torch.cat([preroll, film], dim=2))
        begun = self.films.encode(preroll)
        heard = heard_by_latent_frames(speech).to(self.place.device, self.place.dtype)
        text = self._context.to(self.place.device, self.place.dtype)
        made = torch.randn(shown.shape, generator=torch.Generator().manual_seed(settings.seed)).to(
            self.place.device
        )
        made[:, :, :KEPT] = begun
        levels = torch.linspace(1, 0, settings.steps + 1)
        for level, following in pairwise(levels):
            velocity = self.network(
                made.to(self.place.dtype),
                shown.to(self.place.dtype),
                heard,
                text,
                level[None].to(self.place.device),
                kept=KEPT,
            ).float()
            made = made + velocity * (following - level).to(self.place.device)
            made[:, :, :KEPT] = begun
        made = _with_ring(made, shown)
        return self.films.decode(made)[0, :, PREROLL:].cpu()

    def pictures(self, latents: Tensor) -> np.ndarray:
        """See `MouthPainter`."""
        return to_bytes(latents)


def _with_ring(made: Tensor, shown: Tensor) -> Tensor:
    """`made` with the outermost latent pixels of `shown`, but in the frames it begins with."""
    inside = torch.zeros(made.shape[-2:], dtype=torch.bool, device=made.device)
    inside[_RING:-_RING, _RING:-_RING] = True
    ringed = torch.where(inside, made, shown)
    ringed[:, :, :KEPT] = made[:, :, :KEPT]
    return ringed
