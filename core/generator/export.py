"""A trained generator as files: ``NAME.json`` with the recipe, ``NAME.safetensors`` with the weights, halved in precision."""

import json
import os
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.base.errors import ModelError
from core.base.models import file_sha256
from core.generator.pipeline import LipSyncPipeline
from core.generator.recipes import Codec, GeneratorRecipe, as_json, recipe_from
from core.generator.transformer import LipSyncTransformer

FORMAT = 2
LARGEST_FILE = 16 * 2**20


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


def load_generator(
    description: Path, *, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[GeneratorRecipe, LipSyncPipeline]:
    """The generator that ``NAME.json`` describes, ready to sample; its weights lie beside it.

    Raises:
        ModelError: a file is missing, damaged, of another version, has another hash, or its shapes are not the recipe's.
    """
    hint = "Install the generator again, or export it anew with this version."
    try:
        facts = json.loads(description.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The generator's description {description} cannot be read: {error}.", hint=hint
        ) from error
    if facts.get("format") != FORMAT:
        raise ModelError(
            f"{description} is of format {facts.get('format')}; this version of the program reads format {FORMAT}.",
            hint=hint,
        )
    recipe = recipe_from(facts["recipe"], str(description))
    codec = recipe.make_codec()
    codec.register_to_config(scale=facts["latent_scale"])
    transformer = recipe.make_transformer(codec, facts["speech_dim"])
    tensors: dict[str, torch.Tensor] = {}
    for name, sha256 in facts["weights"].items():
        path = description.parent / name
        try:
            actual = file_sha256(path)
            if actual != sha256:
                raise ModelError(
                    f"The weights {path} are not those of {description.name} "
                    f"(sha256 {actual[:12]}…, expected {sha256[:12]}…).",
                    hint=hint,
                )
            tensors |= load_file(path)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"The generator's weights {path} cannot be read: {error}.", hint=hint) from error
    for prefix, network in (("transformer.", transformer), ("codec.", codec)):
        wanted = network.state_dict()
        found = {k.removeprefix(prefix): v.float() for k, v in tensors.items() if k.startswith(prefix)}
        for name, tensor in wanted.items():
            if name not in found or found[name].shape != tensor.shape:
                has = f"has shape {tuple(found[name].shape)}" if name in found else "is missing"
                raise ModelError(
                    f"In the weights beside {description} “{prefix}{name}” {has}; expected {tuple(tensor.shape)}.",
                    hint=hint,
                )
        network.load_state_dict(found)
    return recipe, LipSyncPipeline(codec, transformer, device=device, dtype=dtype)


def install_generator(description: Path, folder: Path) -> str:
    """Copies a generator that loads into `folder`, in place of the one there; returns its name.

    Raises:
        ModelError: it does not load; see `load_generator`.
    """
    recipe, _ = load_generator(description)
    facts = json.loads(description.read_text("utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    kept = {description.name, *facts["weights"]}
    for name in [*facts["weights"], description.name]:  # the description last: with it the generator is there
        beside = folder / f"{name}.part"
        shutil.copyfile(description.parent / name, beside)
        os.replace(beside, folder / name)
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()
    return recipe.name
