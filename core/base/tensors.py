"""Weights out of files of strangers: exactly the tensors a network has, with their shapes, all of them finite."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from core.base.errors import AppError

_NUMBERS = {"F16", "BF16", "F32", "F64", "I64"}


def read_tensors(
    paths: Sequence[Path], wanted: Mapping[str, Tensor], *, error: type[AppError], what: str, hint: str = ""
) -> dict[str, Tensor]:
    """The tensors of safetensors files; no memory is taken before all shapes are known to fit.

    Args:
        paths: the files, which hold them together.
        wanted: what there must be: names, shapes, and whether the numbers are whole.
        error: what is raised.
        what: whose weights, for messages: “The weights of x.json”.
        hint: what to do about it.

    Raises:
        AppError: a file is missing or damaged; a tensor is missing, too many, twice, of another shape or not finite.
    """
    found: dict[str, tuple[int, ...]] = {}
    tensors: dict[str, Tensor] = {}
    for path in paths:
        try:
            with safe_open(path, "pt") as file:
                for name in file.keys():  # noqa: SIM118 - not a dict
                    piece = file.get_slice(name)
                    if name in found or piece.get_dtype() not in _NUMBERS:
                        raise error(f"{what}: “{name[:80]}” is there twice or is no number.", hint=hint)
                    found[name] = tuple(piece.get_shape())
        except (OSError, SafetensorError) as failed:
            raise error(f"{what}: {path} cannot be read: {failed}.", hint=hint) from failed
    check_shapes(
        found,
        {name: tuple(tensor.shape) for name, tensor in wanted.items()},
        error=error,
        what=what,
        hint=hint,
    )
    for path in paths:
        try:
            tensors |= load_file(path)
        except (OSError, SafetensorError) as failed:
            raise error(f"{what}: {path} cannot be read: {failed}.", hint=hint) from failed
    check_values(tensors, wanted, error=error, what=what, hint=hint)
    return tensors


def check_shapes(
    found: Mapping[str, tuple[int, ...]],
    wanted: Mapping[str, tuple[int, ...]],
    *,
    error: type[AppError],
    what: str,
    hint: str = "",
) -> None:
    """Raises `error` where names or shapes are not the wanted ones."""
    for name, shape in wanted.items():
        if found.get(name) != shape:
            has = f"has shape {found[name]}" if name in found else "is missing"
            raise error(f"{what}: “{name}” {has}; expected {shape}.", hint=hint)
    if unknown := sorted(set(found) - set(wanted)):
        raise error(f"{what}: “{unknown[0][:80]}” is too many.", hint=hint)


def check_values(
    tensors: Mapping[str, Tensor],
    wanted: Mapping[str, Tensor],
    *,
    error: type[AppError],
    what: str,
    hint: str = "",
) -> None:
    """Raises `error` where a number is none, or a fraction where it must be whole."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() != wanted[name].is_floating_point():
            raise error(f"{what}: “{name}” is of {tensor.dtype}; expected {wanted[name].dtype}.", hint=hint)
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise error(f"{what}: “{name}” is not finite.", hint=hint)
