"""What a published generator will take here, told before anybody waits for it or fetches anything: one short kernel, timed.

Operations are counted once for each network at full size; the kernel says how many of their kind this machine does in a second.
"""

import time
from dataclasses import dataclass
from functools import cache

import torch
from torch.nn import functional as F

from core.base.device import resolve_device
from core.base.precision import Place, place_on, wait_for
from core.model_store import store
from core.model_store.catalogue import PublishedModel

FILM_RATE = 25
_TIMES = 3
_BASE_BYTES = 1_500_000_000  # Python, torch and the pictures of a window; MuseTalk was seen to take 1.9 GB beside its weights


@dataclass(frozen=True, slots=True)
class Work:
    """Of one engine at full size: operations of one window in 10¹², frames from window to window, and parameters.

    Attributes:
        fixed: encoding and decoding, for a window.
        step: of the sampler, with guidance where there is any.
        frames: that a window adds.
        final, draft: steps.
        parameters: of all its networks.
    """

    fixed: float
    step: float
    frames: int
    final: int
    draft: int
    parameters: int

    def each_second(self, steps: int) -> float:
        """Operations for a second of film at 25 frames a second, in 10¹²."""
        return (self.fixed + steps * self.step) * FILM_RATE / self.frames


# Counted by torch's own counter on the meta device (see the test beside it).
WORK = {
    "musetalk": {256: Work(12 * 0.2727 + 0.2727 + 10 * 0.6222, 12 * 0.1778, 10, 1, 1, 941_800_000)},
    "latentsync": {
        256: Work(17 * 0.2727 + 12 * 0.6222, 2 * 4.051, 12, 20, 8, 1_359_800_000),
        512: Work(17 * 1.1167 + 12 * 2.5145, 2 * 17.626, 12, 20, 8, 1_359_800_000),
    },
    "tbdub": {512: Work(70.82 + 4.88 + 372.5, 129.4, 64, 2, 2, 7_315_000_000)},
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an engine will take here: seconds for a second of film, bytes at least, and where it runs."""

    final: float
    draft: float
    memory: int
    device: str
    precision: str


def estimate(model_id: str, device_name: str = "auto") -> Estimate:
    """What the engine will take on this machine; half a second of work for the first engine, none for others.

    Raises:
        ModelError: there is no such engine.
        DeviceError: the device is not here.
    """
    model, place = store.known(model_id), place_on(resolve_device(device_name))
    work, rate = work_of(model), operations_a_second(place)
    return Estimate(
        work.each_second(work.final) / rate * 1e12,
        work.each_second(work.draft) / rate * 1e12,
        work.parameters * place.dtype.itemsize + _BASE_BYTES,
        str(place.device),
        place.precision,
    )


def work_of(model: PublishedModel) -> Work:
    """How much there is to do for a published generator."""
    return WORK[model.architecture][model.side]


@cache
@torch.inference_mode()
def operations_a_second(place: Place) -> float:
    """How many multiplications and additions are done there in a second, in convolutions and products of the size they have."""
    device, dtype = place.device, place.dtype
    pictures = torch.ones(4, 320, 32, 32, device=device, dtype=dtype)
    kernel = torch.ones(320, 320, 3, 3, device=device, dtype=dtype)
    tokens, weights = (torch.ones(2048, 1280, device=device, dtype=dtype) for _ in range(2))
    work = 2 * (4 * 32 * 32 * 320 * 320 * 9 + 2048 * 2048 * 1280)

    def once() -> float:
        began = time.perf_counter()
        F.conv2d(pictures, kernel, padding=1)
        tokens @ weights.T
        wait_for(place)
        return time.perf_counter() - began

    once()  # the first time libraries choose their ways
    return work / min(once() for _ in range(_TIMES))
