"""torch, diffusers and transformers are large, and only engines that paint and trainings need them: they come when first asked for."""

import importlib.util

from core.base.errors import ModelError
from core.base.models import PROGRAM_ROOT

NAMES = ("torch", "diffusers", "transformers", "peft", "accelerate")


def is_torch_here() -> bool:
    """Whether torch can be imported; it is not loaded for that."""
    return importlib.util.find_spec("torch") is not None


def torch_is_missing(what: str) -> ModelError:
    """The refusal of `what`, with the command that mends it."""
    return ModelError(
        f"{what} needs torch, which is not installed yet.",
        hint=f"“python3 {PROGRAM_ROOT / 'installer' / 'studio.py'} torch” installs it (1.1 GB, more with NVIDIA’s libraries);"
        " own-mouth works without it.",
    )


def require_torch(what: str) -> None:
    """Goes on where torch is installed.

    Raises:
        ModelError: it is not.
    """
    if not is_torch_here():
        raise torch_is_missing(what)
