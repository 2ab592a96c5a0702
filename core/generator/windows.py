"""Long clips in overlapping windows: where they lie, which noise they get, how their ends are joined.

Windows and noise depend on absolute frame numbers alone, so the result of a frame is the same however a film is cut into
requests and wherever work is taken up again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class WindowGrid:
    """Windows of `length` frames that begin at every multiple of ``length - overlap``."""

    length: int
    overlap: int

    def __post_init__(self) -> None:
        if not 0 <= self.overlap <= self.length // 2:
            raise ValueError(f"overlap {self.overlap} is not within 0..{self.length // 2}")

    @property
    def step(self) -> int:
        """Frames from the start of a window to that of the next."""
        return self.length - self.overlap

    def over(self, frames: range) -> Iterator[range]:
        """The windows that touch `frames`, whole."""
        first = max((frames.start - self.overlap) // self.step, 0)
        start = first * self.step
        while start < frames.stop:
            yield range(start, start + self.length)
            start += self.step

    def share(self, window: range, frame: int) -> float:
        """How much of `frame` comes from `window`; the shares of all windows that hold a frame add up to 1."""
        if self.overlap:
            if window.start > 0 and frame < window.start + self.overlap:
                return (frame - window.start + 1) / (self.overlap + 1)
            if frame >= window.stop - self.overlap:
                return (window.stop - frame) / (self.overlap + 1)
        return 1.0


def frame_noise(frames: range, shape: tuple[int, int, int], seed: int) -> Tensor:
    """(C, T, H, W) standard normal noise; each frame's depends on `seed` and its number, on every device the same."""
    noise = [
        torch.randn(shape, generator=torch.Generator().manual_seed((seed * 1_000_003 + frame) % 2**63))
        for frame in frames
    ]
    return torch.stack(noise, dim=1)


def joined(frames: range, grid: WindowGrid, made: Callable[[range], Tensor]) -> Iterator[tuple[int, Tensor]]:
    """(frame number, what windows of (X, T, …) hold of it, (X, …)), where they overlap cross-faded."""
    pending: dict[int, Tensor] = {}  # shares that still wait for the next window
    for window in grid.over(frames):
        whole = made(window)
        for i, frame in enumerate(window):
            share = whole[:, i] * grid.share(window, frame)
            pending[frame] = pending[frame] + share if frame in pending else share
        # The next window begins here; frames before it are finished.
        for frame in sorted(f for f in pending if f < window.start + grid.step):
            one = pending.pop(frame)
            if frame in frames:
                yield frame, one
