"""Damaged generators, adaptations, SyncNet weights, recipes, calibrations and scorer configurations."""

import hashlib
import json
import os
import random
from pathlib import Path

import torch

from app.lab.fuzz_targets.door import ask, contents
from core.base.errors import AppError
from core.base.models import SHIPPED_MODELS
from core.generator.adaptation import Adaptation, add_lora, load_adaptation, save_adaptation
from core.generator.export import export_generator, load_generator
from core.generator.recipes import GeneratorRecipe, as_json, load_recipe
from core.research.fuzzing.mutations import damaged
from core.research.fuzzing.runner import Fault
from core.scorer.config import load_config
from core.scorer.curve import Calibration, load_calibration, save_calibration
from core.scorer.syncnet import SyncNet, convert_weights
from core.takes.lips import SHIPPED_GENERATOR

TOY = GeneratorRecipe(
    "toy",
    size=32,
    view="face",
    frames=3,
    overlap=1,
    one_step=True,
    transformer={"dim": 16, "depth": 1, "heads": 2, "patch": 4, "fusion": "channels", "prediction": "edit"},
)


def seeds(folder: Path) -> dict[str, bytes]:
    """One good file of each kind."""
    torch.manual_seed(0)
    codec = TOY.make_codec()
    description, weights = export_generator(TOY, codec, TOY.make_transformer(codec, 8), folder)
    network = TOY.make_transformer(codec, 8)
    add_lora(network, 2)
    lora = {name: p.detach() for name, p in network.named_parameters() if "lora_" in name}
    base = hashlib.sha256(description.read_bytes()).hexdigest()
    save_adaptation(folder / "person.safetensors", Adaptation("Anna", base, 2, 5, 0.1, 4.0, 3.0), lora)
    torch.save(SyncNet().state_dict(), folder / "syncnet.model")
    save_calibration(folder / "calibration.json", Calibration())
    (folder / "recipe.json").write_text(as_json(TOY))
    config = next(SHIPPED_MODELS.glob("sync-scorer-*-landmarks.json"))
    return {
        "toy.json": description.read_bytes(),
        "toy.safetensors": weights.read_bytes(),
        "shipped.json": (SHIPPED_MODELS / SHIPPED_GENERATOR).read_bytes(),
        "person.safetensors": (folder / "person.safetensors").read_bytes(),
        "syncnet.model": (folder / "syncnet.model").read_bytes(),
        "calibration.json": (folder / "calibration.json").read_bytes(),
        "recipe.json": (folder / "recipe.json").read_bytes(),
        "config.json": config.read_bytes(),
    }


def case(folder: Path, draw: random.Random, made: dict[str, bytes]) -> str:
    """One damaged model by its door."""
    kind = draw.choice(("toy.json", "toy.json", "toy.safetensors", "person.safetensors", *made))
    if kind in ("toy.json", "toy.safetensors"):
        return _generator(folder, draw, made, kind)
    if kind == "shipped.json":
        kind = "toy.json"
        made = {**made, "toy.json": made["shipped.json"]}
        return _generator(folder, draw, made, kind)
    path = folder / kind
    content = (
        _header_damaged(made[kind], draw)
        if kind.endswith((".safetensors", ".model"))
        else damaged(made[kind], draw)
    )
    path.write_bytes(content)
    before = contents(folder)
    try:
        if kind == "person.safetensors":
            (folder / "toy.json").write_bytes(made["toy.json"])
            (folder / "toy.safetensors").write_bytes(made["toy.safetensors"])
            before = contents(folder)
            _, pipeline = load_generator(folder / "toy.json")
            load_adaptation(path, pipeline, hashlib.sha256(made["toy.json"]).hexdigest())
        elif kind == "syncnet.model":
            convert_weights(path, folder / "out.safetensors")
            (folder / "out.safetensors").unlink()
        else:
            {
                "calibration.json": load_calibration,
                "config.json": load_config,
                "recipe.json": lambda p: load_recipe(str(p)),
            }[kind](path)
        outcome = "taken"
    except AppError as error:
        if "\n" in str(error):
            raise Fault("words", f"not one sentence: {error}") from error
        outcome = "refused"
    if contents(folder) != before:
        raise Fault("left", f"{sorted(set(contents(folder)) - set(before))[:5]}")
    return f"{outcome} {kind}"


def _generator(folder: Path, draw: random.Random, made: dict[str, bytes], kind: str) -> str:
    weights = made["toy.safetensors"]
    description = made["toy.json"]
    if kind == "toy.safetensors":
        weights = _header_damaged(weights, draw)
        facts = json.loads(description)
        facts["weights"] = {
            "toy.safetensors": hashlib.sha256(weights).hexdigest()
        }  # or only the hash would be tried
        description = json.dumps(facts).encode()
    else:
        description = damaged(description, draw)
    theirs, home = folder / "theirs", folder / "home"
    theirs.mkdir()
    (theirs / "toy.json").write_bytes(description)
    (theirs / "toy.safetensors").write_bytes(weights)
    os.environ["UNISYNC_HOME"] = str(home)
    outputs = [home / "models" / "generator" / name for name in ("toy.json", "toy.safetensors")]
    code = ask(folder, ["models", "install", "--generator", str(theirs / "toy.json")], outputs)
    return f"{'refused' if code else 'taken'} generator"


def _header_damaged(content: bytes, draw: random.Random) -> bytes:
    """Damage where it tells: in the head that says what there is, or at either end."""
    if draw.random() < 0.3:
        return damaged(content, draw)
    size = min(len(content), draw.choice((64, 1024, 16384)))
    if draw.random() < 0.5:
        return damaged(content[:size], draw) + content[size:]
    return content[:-size] + damaged(content[-size:], draw)
