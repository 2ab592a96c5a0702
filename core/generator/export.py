"""A trained generator as files: ``NAME.json`` with the recipe, ``NAME.safetensors`` with the weights, halved in precision."""

import json
import math
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import torch
from safetensors.torch import save_file

from core.base import json_text
from core.base.errors import AppError, ModelError
from core.base.models import file_sha256
from core.base.names import file_beside, is_bare_name, is_sha256
from core.base.precision import PRECISE, Place
from core.base.tensors import read_tensors
from core.generator.pipeline import LipSyncPipeline
from core.generator.recipes import Codec, GeneratorRecipe, as_json, recipe_from
from core.generator.transformer import LipSyncTransformer

FORMAT = 2
LARGEST_FILE = 16 * 2**20
_MOST_FILES = 256
_WIDEST_SPEECH = 8192
_HINT = "Install the generator again, or export it anew with this version."


def export_generator(
    recipe: GeneratorRecipe,
    codec: Codec,
    transformer: LipSyncTransformer,
    folder: Path,
    *,
    largest: int = LARGEST_FILE,
) -> list[Path]:
    """Writes the generator into `folder`; returns the files, weights split so that none exceeds `largest` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"transformer.{k}": v for k, v in transformer.state_dict().items()}
    tensors |= {f"codec.{k}": v for k, v in codec.state_dict().items()}
    parts: list[dict[str, torch.Tensor]] = [{}]
    size = 0
    for name, tensor in sorted(tensors.items()):
        half = tensor.detach().to("cpu", torch.float16).contiguous()
        if parts[-1] and size + half.nbytes > largest - 2**18:  # the header takes some, too
            parts.append({})
            size = 0
        parts[-1][name] = half
        size += half.nbytes
    written = []
    for number, part in enumerate(parts):
        path = folder / f"{recipe.name}{f'-{number}' if len(parts) > 1 else ''}.safetensors"
        beside = path.with_suffix(".part")
        save_file(part, beside)
        os.replace(beside, path)
        written.append(path)
    facts = {
        "format": FORMAT,
        "recipe": json.loads(as_json(recipe)),
        "speech_dim": transformer.config.speech_dim,
        "latent_scale": codec.config.scale,
        "weights": {path.name: file_sha256(path) for path in written},
    }
    description = folder / f"{recipe.name}.json"
    beside = description.with_suffix(".part")
    beside.write_text(json.dumps(facts, indent=1), "utf-8")
    os.replace(beside, description)
    return [description, *written]


@dataclass(frozen=True, slots=True)
class _Described:
    """What ``NAME.json`` says, checked: nothing was loaded for it and none of its files was opened."""

    recipe: GeneratorRecipe
    speech_dim: int
    latent_scale: float
    weights: tuple[tuple[Path, str], ...]


def load_generator(description: Path, *, place: Place = PRECISE) -> tuple[GeneratorRecipe, LipSyncPipeline]:
    """The generator that ``NAME.json`` describes, ready to sample; its weights lie beside it.

    Whoever wrote the files is not trusted: names stay in the folder, every weights file has its hash, and memory is taken for
    no network whose weights are not there.

    Raises:
        ModelError: a file is missing, damaged, of another version, has another hash, or its shapes are not the recipe's.
    """
    said = _described(description)
    for path, sha256 in said.weights:
        _check_hash(path, sha256, description)
    with torch.device("meta"):  # shapes without memory
        sketch = _networks(said, description)
    wanted = {
        f"{prefix}.{name}": tensor
        for prefix, network in zip(_PARTS, sketch, strict=True)
        for name, tensor in network.state_dict().items()
    }
    tensors = read_tensors(
        [path for path, _ in said.weights],
        wanted,
        error=ModelError,
        what=f"The generator {description}",
        hint=_HINT,
    )
    transformer, codec = networks = _networks(said, description)
    for prefix, network in zip(_PARTS, networks, strict=True):
        network.load_state_dict({name: tensors[f"{prefix}.{name}"].float() for name in network.state_dict()})
    return said.recipe, LipSyncPipeline(codec, transformer, place=place)


_PARTS = ("transformer", "codec")


def _described(description: Path) -> _Described:
    facts = json_text.read(description, error=ModelError, what="generator's description", hint=_HINT)
    if not isinstance(facts, dict):
        raise ModelError(f"{description} is no generator's description.", hint=_HINT)
    if facts.get("format") != FORMAT:
        raise ModelError(
            f"{description} is of format {str(facts.get('format'))[:40]}; this version of the program reads format {FORMAT}.",
            hint=_HINT,
        )
    try:
        recipe = recipe_from(facts.get("recipe"), str(description))
    except AppError as error:
        raise ModelError(error.message, hint=_HINT) from error
    speech_dim, scale, weights = (facts.get(key) for key in ("speech_dim", "latent_scale", "weights"))
    if not _is_whole(speech_dim) or not 1 <= speech_dim <= _WIDEST_SPEECH:
        raise ModelError(f"{description} has no “speech_dim” from 1 to {_WIDEST_SPEECH}.", hint=_HINT)
    if not isinstance(scale, int | float) or isinstance(scale, bool) or not 0 < scale < math.inf:
        raise ModelError(f"{description} has no “latent_scale” above 0.", hint=_HINT)
    if not isinstance(weights, dict) or not 0 < len(weights) <= _MOST_FILES:
        raise ModelError(f"{description} does not say which files hold its weights.", hint=_HINT)
    files = []
    for name, sha256 in weights.items():
        path = file_beside(description, name, endings=[".safetensors"], error=ModelError)
        if not is_sha256(sha256):
            raise ModelError(f"{description} gives no sha256 of {name}.", hint=_HINT)
        files.append((path, sha256))
    if len({path.name.casefold() for path, _ in files}) < len(files):
        raise ModelError(f"{description} names a file twice.", hint=_HINT)
    return _Described(recipe, speech_dim, float(scale), tuple(files))


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_hash(path: Path, sha256: str, description: Path) -> None:
    if not path.is_file():
        raise ModelError(f"The generator's weights {path} are missing.", hint=_HINT)
    try:
        actual = file_sha256(path)
    except OSError as error:
        raise ModelError(
            f"The generator's weights {path} cannot be read: {error.strerror or error}.", hint=_HINT
        ) from error
    if actual != sha256:
        raise ModelError(
            f"The weights {path} are not those of {description.name} "
            f"(sha256 {actual[:12]}…, expected {sha256[:12]}…).",
            hint=_HINT,
        )


def _networks(said: _Described, description: Path) -> tuple[LipSyncTransformer, Codec]:
    try:
        codec = said.recipe.make_codec()
        codec.register_to_config(scale=said.latent_scale)
        return said.recipe.make_transformer(codec, said.speech_dim), codec
    except AppError as error:
        raise ModelError(f"{description} describes no network: {error.message}", hint=_HINT) from error
    except (ValueError, TypeError, ZeroDivisionError, IndexError, RuntimeError) as error:
        # Numbers that are each in their range and do not go together; torch says which.
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise ModelError(
            f"{description} describes no network that can be built: {reason}.", hint=_HINT
        ) from error


def install_generator(description: Path, folder: Path) -> str:
    """Copies a generator that loads into `folder`, in place of the one there; returns its name.

    It is copied aside first, and what is checked is the copy: the generator in `folder` stays as it is until the new one is
    whole.

    Raises:
        ModelError: it does not load, see `load_generator`; or it cannot be copied. Nothing was written then.
    """
    said = _described(description)
    if not is_bare_name(description.name):
        raise ModelError(f"“{description.name}” is no name for a generator.", hint="Rename the file.")
    staged, old = (
        folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}.{end}") for end in ("part", "old")
    )
    try:
        staged.mkdir(parents=True)
        for path in (description, *(path for path, _ in said.weights)):
            shutil.copyfile(path, staged / path.name)
        try:
            recipe, _ = load_generator(staged / description.name)
        except ModelError as error:  # of the files that the user knows
            named = error.message.replace(str(staged), str(description.parent))
            raise ModelError(named, hint=error.hint) from error
        if folder.exists():
            os.replace(folder, old)
        try:
            os.replace(staged, folder)
        except OSError:
            if old.exists():
                os.replace(old, folder)
            raise
    except OSError as error:
        raise ModelError(
            f"The generator {description} cannot be installed in {folder}: {error.strerror or error}.",
            hint="Free some space, or see that every file it names lies beside it.",
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return recipe.name
