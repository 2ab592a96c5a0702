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

# Wan's video autoencoder → diffusers'.
_RESIDUAL_NAMES = (
    ("residual.0.", "norm1."),
    ("residual.2.", "conv1."),
    ("residual.3.", "norm2."),
    ("residual.6.", "conv2."),
    ("shortcut.", "conv_shortcut."),
)
_VIDEO_NAMES = (
    ("encoder.conv1.", "encoder.conv_in."),
    ("encoder.head.0.", "encoder.norm_out."),
    ("encoder.head.2.", "encoder.conv_out."),
    ("decoder.conv1.", "decoder.conv_in."),
    ("decoder.head.0.", "decoder.norm_out."),
    ("decoder.head.2.", "decoder.conv_out."),
    ("conv1.", "quant_conv."),
    ("conv2.", "post_quant_conv."),
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
    if isinstance(held, torch.Tensor):
        held = {"tensor": held}
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


def network(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """As published."""
    return dict(tensors)


def video(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """Wan's video autoencoder under diffusers' names, from its authors' ones; some put “model.” before them."""
    return {_video_name(name.removeprefix("model.")): tensor for name, tensor in tensors.items()}


def _video_name(name: str) -> str:
    found = re.fullmatch(r"(encoder|decoder)\.(down|up)samples\.(\d+)\.(?:down|up)samples\.(\d+)\.(.*)", name)
    if found is not None:
        part, way, block, number, inner = found.groups()
        if inner.startswith(("resample.", "time_conv.")):
            return f"{part}.{way}_blocks.{block}.{way}sampler.{inner}"
        return f"{part}.{way}_blocks.{block}.resnets.{number}.{_residual_name(inner)}"
    found = re.fullmatch(r"(encoder|decoder)\.middle\.([012])\.(.*)", name)
    if found is not None:
        part, place, inner = found.groups()
        if place == "1":
            return f"{part}.mid_block.attentions.0.{inner}"
        return f"{part}.mid_block.resnets.{0 if place == '0' else 1}.{_residual_name(inner)}"
    for old, new in _VIDEO_NAMES:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _residual_name(inner: str) -> str:
    for old, new in _RESIDUAL_NAMES:
        if inner.startswith(old):
            return new + inner.removeprefix(old)
    return inner


def hubert(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """HuBERT under transformers' names of today."""
    renamed = {}
    for name, tensor in tensors.items():
        name = name.removeprefix("hubert.")
        for old, new in (("weight_g", "original0"), ("weight_v", "original1")):
            if name.endswith(f"pos_conv_embed.conv.{old}"):
                name = f"{name.removesuffix(old)}parametrizations.weight.{new}"
        renamed[name] = tensor
    return renamed


def context(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """The one tensor of a fixed text, (1, rows, width)."""
    if len(tensors) != 1:
        return {}
    tensor = next(iter(tensors.values()))
    return {"context": tensor if tensor.dim() == 3 else tensor[None]}


READERS = {
    "unet": unet,
    "autoencoder": autoencoder,
    "whisper": whisper,
    "network": network,
    "video": video,
    "hubert": hubert,
    "context": context,
}
INSTALLED = {
    "unet": "unet.safetensors",
    "autoencoder": "vae.safetensors",
    "whisper": "whisper.safetensors",
    "network": "network.safetensors",
    "video": "video.safetensors",
    "hubert": "hubert.safetensors",
    "context": "context.safetensors",
}


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
