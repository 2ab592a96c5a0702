"""Published files into safetensors with the names the program's networks have.

A pickle is opened only with torch's ``weights_only``, which knows tensors and plain containers and runs nothing; whatever else
is in it is refused.
"""

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.errors import ModelError
from core.base.torch_library import require_torch
from core.base.whole_file import whole_file

if TYPE_CHECKING:
    from torch import Tensor

_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
# openai's Whisper → transformers'.
_WHISPER_NAMES = (
    ("positional_embedding", "embed_positions.weight"),
    ("ln_post.", "layer_norm."),
    ("blocks.", "layers."),
    (".attn.query.", ".self_attn.q_proj."),
    (".attn.key.", ".self_attn.k_proj."),
    (".attn.value.", ".self_attn.v_proj."),
    (".attn.out.", ".self_attn.out_proj."),
    (".attn_ln.", ".self_attn_layer_norm."),
    (".mlp_ln.", ".final_layer_norm."),
    (".mlp.0.", ".fc1."),
    (".mlp.2.", ".fc2."),
)


def tensors_in(path: Path) -> dict[str, "Tensor"]:
    """The named tensors in a ``.safetensors`` file or in a pickle of torch's (``.pt``, ``.pth``, ``.bin``).

    A pickle may hold them under ``state_dict`` or ``model_state_dict``, beside numbers and text.

    Raises:
        ModelError: it is damaged, or holds anything but tensors in plain containers.
    """
    require_torch("Installing this model")
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            raise _unreadable(path, error) from error
    try:
        with warnings.catch_warnings(action="ignore"):  # about pickles that torch would write otherwise
            held = torch.load(path, map_location="cpu", weights_only=True, mmap=_can_map(path))
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} holds more than tensors, and is not opened: it could run a program of somebody else's.",
            hint="Take the file from its publisher; its sha256 is shown by “unisync models list”.",
        ) from error
    except Exception as error:  # whatever its reader stumbles over in a damaged file
        raise _unreadable(path, error) from error
    for key in ("state_dict", "model_state_dict"):
        if isinstance(held, dict) and isinstance(held.get(key), dict):
            held = held[key]
            break
    if not isinstance(held, dict) or not held:
        raise _unreadable(path, "no table of tensors in it")
    odd = next((name for name, value in held.items() if not isinstance(value, torch.Tensor)), None)
    if odd is not None:
        raise _unreadable(path, f"“{odd}” is no tensor")
    return {str(name): tensor for name, tensor in held.items()}


def _can_map(path: Path) -> bool:
    """Whether torch can read it without loading all of it first: the zip files it has written since 2020."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _unreadable(path: Path, why: object) -> ModelError:
    return ModelError(f"{path} cannot be read as a model: {why}.", hint="Fetch the file again.")


def unet(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """As published; whoever trained with several cards has “module.” before every name."""
    return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}


def autoencoder(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """Stable Diffusion's autoencoder under today's names of diffusers."""
    renamed = {}
    for name, tensor in tensors.items():
        found = re.fullmatch(r"(.*\.attentions\.\d+\.)(query|key|value|proj_attn)\.(weight|bias)", name)
        if found is not None:
            name = f"{found[1]}{_OLD_ATTENTION[found[2]]}.{found[3]}"
            if tensor.dim() == 4:  # a 1 × 1 convolution is a matrix
                tensor = tensor[:, :, 0, 0]
        renamed[name] = tensor
    return renamed


def whisper(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """The encoder of Whisper under transformers' names, from transformers' layout or openai's."""
    ours = {}
    for name, tensor in tensors.items():
        found = re.fullmatch(r"(?:model\.)?encoder\.(.*)", name)
        if found is None:
            continue
        inner = found[1]
        if "layers." not in inner:
            for old, new in _WHISPER_NAMES:
                inner = inner.replace(old, new)
        ours[inner] = tensor
    return ours


READERS = {"unet": unet, "autoencoder": autoencoder, "whisper": whisper}
INSTALLED = {"unet": "unet.safetensors", "autoencoder": "vae.safetensors", "whisper": "whisper.safetensors"}


def convert(source: Path, reads: str, target: Path) -> None:
    """Writes what `source` holds to `target` as safetensors, whole or not at all.

    Raises:
        ModelError: see `tensors_in`; or nothing in it is what `reads` looks for.
        OSError: it cannot be written.
    """
    from safetensors.torch import save_file

    tensors = READERS[reads](tensors_in(source))
    if not tensors:
        raise _unreadable(source, f"no {reads} in it")
    with whole_file(target) as beside:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, beside)
