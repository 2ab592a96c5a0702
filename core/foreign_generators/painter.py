"""The one shape that every published generator is brought into: what `core.foreign_generators.engine` needs to know of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.base.precision import Place, sent
from core.generator.windows import WindowGrid


@dataclass(frozen=True, slots=True)
class PaintSettings:
    """How a window is painted.

    Attributes:
        steps: of the sampler, where there is one.
        guidance: how far the speech is exaggerated; 1 is as heard.
        seed: of the noise, where there is any.
    """

    steps: int = 20
    guidance: float = 1.5
    seed: int = 0


class Heard(Protocol):
    """What is kept of a voice."""

    def at(self, times: np.ndarray) -> Tensor:
        """(F, rows, width) float32 for frames at these times (F,), seconds of the voice."""


class MouthPainter(Protocol):
    """A published network with everything it was trained with.

    Attributes:
        version: of what is done with it here; raised whenever the same request would give other pixels.
        size: side of its square in pixels.
        grid: on which absolute frames its windows lie and how far they overlap.
        outside: grey beyond the film's edges, None where the edge repeats.
        painted: (size, size) float32, 1 where it paints and 0 where it keeps what it is shown.
        batch: how many pictures it works on at once where that is free to choose; lowered when memory is short.
        place: where and in what it computes.
    """

    version: str
    size: int
    grid: WindowGrid
    outside: int | None
    painted: np.ndarray
    batch: int
    place: Place

    def affines(self, landmarks: np.ndarray, frame_seconds: float) -> np.ndarray:
        """(F, 2, 3) from source pixels to its square, of (F, 468, 2 or more) landmarks."""

    def settings(self, *, is_draft: bool, articulation: float, seed: int) -> PaintSettings:
        """How it is sampled for what the user set."""

    def hear(self, voice: np.ndarray) -> Heard:
        """What it hears in (N,) float32 mono 16 kHz sound."""

    def latents(
        self, crops: np.ndarray, references: np.ndarray, speech: Tensor, settings: PaintSettings
    ) -> Tensor:
        """(C, T, h, w) float32 latents on the CPU of one window.

        Args:
            crops: (T, size, size, 3) uint8, the film; T is ``grid.length``.
            references: likewise, what it may look at to know the mouth; or (1, size, size, 3), the same for all.
            speech: (T, rows, width) of `hear`.
            settings: of `settings`.
        """

    def pictures(self, latents: Tensor) -> np.ndarray:
        """(N, size, size, 3) uint8 of (N, C, h, w) latents."""

    def move(self, place: Place) -> None:
        """Moves the networks."""


def to_signed(pictures: np.ndarray, place: Place) -> Tensor:
    """(N, 3, S, S) float32 in -1..1 of (N, S, S, 3) uint8."""
    return sent(torch.from_numpy(pictures), place).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_bytes(pictures: Tensor) -> np.ndarray:
    """(N, S, S, 3) uint8 of (N, 3, S, S) in -1..1."""
    return ((pictures + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
