"""Where torch's networks run and in which number format: the one place that decides it, and that puts networks and pictures there."""

import gc
import os
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from core.base.device import CPU, Device

Network = TypeVar("Network", bound=nn.Module)

_EMULATING = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where networks run, and what their numbers are."""

    device: torch.device
    dtype: torch.dtype

    @property
    def is_processor(self) -> bool:
        """Whether no card is used."""
        return self.device.type == "cpu"

    @property
    def precision(self) -> str:
        """The number format's name."""
        return str(self.dtype).removeprefix("torch.")

    def __str__(self) -> str:
        where = "the processor" if self.is_processor else str(self.device)
        return f"{where} in {self.precision}"


PRECISE = Place(torch.device("cpu"), torch.float32)
"""The processor, in full precision."""


def place_on(device: Device) -> Place:
    """The fastest way to run torch's networks on `device`."""
    return Place(torch.device(device.torch), fast_dtype(device.torch))


def processor() -> Place:
    """The fastest way to run them without a card."""
    return place_on(CPU)


def halved(place: Place) -> Place | None:
    """The same place with numbers of half the size; None where they are that already."""
    if place.dtype.itemsize < 4:
        return None
    return Place(place.device, torch.float16 if place.device.type == "mps" else torch.bfloat16)


def fast_dtype(device: torch.device | str) -> torch.dtype:
    """bfloat16 where `device` multiplies it faster than float32, else float32.

    A processor has to have AMX or AVX-512 BF16: with AMX convolutions and matrix products measured 6 to 8 times as fast
    (docs/generator.md). Without either bfloat16 is emulated and slower, and so it is where ``ONEDNN_MAX_CPU_ISA`` keeps
    oneDNN, which does the multiplying, from using them. Graphics cards are asked by torch.
    """
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    if kind == "cpu" and os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() in _EMULATING:
        return torch.float32
    if kind == "cpu":
        can = torch.cpu.get_capabilities()
        return torch.bfloat16 if can.get("amx_bf16") or can.get("avx512_bf16") else torch.float32
    return torch.float32


def cast_to(network: Network, dtype: torch.dtype) -> Network:
    """`network` with its weights in `dtype`, in place. Diffusers' own ``to`` warns of modules that nobody wants kept."""
    nn.Module.to(network, dtype=dtype)
    return network


def put(network: Network, place: Place) -> Network:
    """`network` at `place`, in place. On NVIDIA's cards kernels over pictures lie channel by channel, as their matrix units read them."""
    nn.Module.to(network, device=place.device, dtype=place.dtype)
    if place.device.type == "cuda":
        channels_last(network)
    return network


def channels_last(network: nn.Module) -> None:
    """Turns the kernels over pictures (four axes) in memory; what they compute stays the same."""
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def sent(tensor: Tensor, place: Place) -> Tensor:
    """`tensor` at `place`, its numbers as they are; to a card through memory that the driver can read while others work."""
    if place.device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(place.device, non_blocking=True)
    return tensor.to(place.device)


def let_go(place: Place) -> None:
    """Gives back what libraries keep of memory that nobody uses any more."""
    gc.collect()
    if place.device.type == "cuda":
        torch.cuda.empty_cache()
    elif place.device.type == "mps":
        torch.mps.empty_cache()


def wait_for(place: Place) -> None:
    """Returns when everything that was begun on a card is done."""
    if place.device.type == "cuda":
        torch.cuda.synchronize(place.device)
    elif place.device.type == "mps":
        torch.mps.synchronize()


def most_memory_on_card(place: Place) -> int:
    """Bytes at most on a card, 0 without one or where nobody counts."""
    return int(torch.cuda.max_memory_allocated(place.device)) if place.device.type == "cuda" else 0
