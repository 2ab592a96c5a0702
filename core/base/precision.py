"""Which number format the networks work in: the one place that asks what the machine can do."""

import os
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

_EMULATING = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"}


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
