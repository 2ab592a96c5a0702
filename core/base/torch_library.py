"""torch, diffusers and transformers are large, and only engines that paint and trainings need them: they come when first asked for."""

import importlib.util
import sys
from pathlib import Path

from core.base.errors import ModelError
from core.base.models import user_data_dir

NAMES = ("torch", "diffusers", "transformers", "peft", "accelerate")
DOWNLOAD_BYTES, INSTALLED_BYTES = 400_000_000, 1_100_000_000  # about, for processors alone


class TorchMissingError(ModelError):
    """What was asked for needs torch, which is not installed."""


def user_libraries() -> Path:
    """Where an installed package, which may not write into itself, keeps libraries that came later."""
    return user_data_dir() / "libraries" / f"python{sys.version_info.major}.{sys.version_info.minor}"


def add_user_libraries() -> None:
    """Makes what came later importable, behind everything that the program brought itself."""
    folder = str(user_libraries())
    if Path(folder).is_dir() and folder not in sys.path:
        sys.path.append(folder)


def is_torch_here() -> bool:
    """Whether torch and its company can be imported, all of them: an installation may have been cancelled half-way. Nothing is loaded for that."""
    return all(importlib.util.find_spec(name) is not None for name in NAMES)


def torch_is_missing(what: str) -> TorchMissingError:
    """The refusal of `what`, with the command that mends it."""
    return TorchMissingError(
        f"{what} needs torch, which is not installed yet.",
        hint="“unisync torch” installs it (1.1 GB, more with NVIDIA’s libraries); own-mouth works without it.",
    )


def require_torch(what: str) -> None:
    """Goes on where torch is installed.

    Raises:
        TorchMissingError: it is not.
    """
    if not is_torch_here():
        raise torch_is_missing(what)
