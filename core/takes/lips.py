"""Which lip engines there are and are ready to be used."""

import contextlib
from pathlib import Path
from typing import Literal

from core.base.device import CPU, Device
from core.base.errors import AppError, SettingsError
from core.base.models import SHIPPED_MODELS, file_sha256, user_data_dir
from core.base.torch_library import require_torch
from core.lip_engine import LipEngine
from core.model_store import catalogue, store

SHIPPED_GENERATOR = "generator-small.json"
ENGINES = ("auto", "own-mouth", "diffusion", "hybrid", *catalogue.ENGINES)
_GENERATOR_ENGINES: dict[str, Literal["diffusion", "hybrid"]] = {
    "diffusion": "diffusion",
    "generator": "diffusion",
    "hybrid": "hybrid",
}


def generator_folder() -> Path:
    """Where a generator of the user's own lies; it takes the shipped one's place."""
    return user_data_dir() / "models" / "generator"


def installed_generator() -> Path | None:
    """The description of the user's own generator, else of the shipped one, else None. Loading checks the files."""
    own = next(iter(sorted(generator_folder().glob("*.json"))), None)
    shipped = SHIPPED_MODELS / SHIPPED_GENERATOR
    return own or (shipped if shipped.is_file() else None)


def is_ready(name: str) -> bool:
    """Whether the engine called `name` can be used now. Cheap: nothing is loaded."""
    if uses_generator(name):
        return installed_generator() is not None
    if name in catalogue.ENGINES:
        return store.is_installed(name)
    return name in ("auto", "own-mouth")


def uses_generator(name: str) -> bool:
    """Whether the engine called `name` is a generator's."""
    return name in _GENERATOR_ENGINES


def uses_torch(name: str) -> bool:
    """Whether the engine called `name` runs networks of torch, on a card where there is one."""
    return uses_generator(name) or name in catalogue.ENGINES


def load_engine(name: str, device: Device) -> LipEngine:
    """The lip engine called `name`; ``auto`` is the one that measured best, own-mouth.

    Raises:
        SettingsError: there is no such engine, or it is not ready.
        ModelError: the installed generator is damaged or of another version, the published one is not installed, or torch is not.
    """
    if name in ("auto", "own-mouth"):
        return _own_mouth()
    if name in catalogue.ENGINES:
        return _foreign(name, device)
    if name not in _GENERATOR_ENGINES:
        raise SettingsError(f"There is no lip engine “{name}”.", hint=f"Use one of: {', '.join(ENGINES)}.")
    return installed_engine(name, _own_mouth(), device)


def load_ahead(name: str) -> None:
    """Loads what `load_engine` and the scorer will want, for a thread to do meanwhile. What cannot be loaded is left for them to say.

    Nothing of torch, which is not needed where the lips are made already.
    """
    if not uses_torch(name):
        with contextlib.suppress(AppError):
            from core.scorer.score import SyncScorer
            from core.speech.whisper import whisper_ear

            _own_mouth()
            whisper_ear()
            SyncScorer.load()


def installed_engine(name: str, guide: LipEngine, device: Device = CPU) -> LipEngine:
    """The installed generator as ``diffusion`` or ``hybrid``; `guide` says where the lips go.

    Raises:
        SettingsError: none is installed.
        ModelError: see `generator_engine`.
    """
    description = installed_generator()
    if description is None:
        raise SettingsError(
            f"The lip engine “{name}” needs a generator, and none is installed.",
            hint="Use own-mouth, or train one and install it with “unisync models install --generator”.",
        )
    return generator_engine(description, name, guide, device)


def generator_engine(
    description: Path,
    name: str,
    guide: LipEngine | None,
    device: Device = CPU,
    adaptation: Path | None = None,
) -> LipEngine:
    """The generator that `description` describes as ``diffusion`` or ``hybrid``, fitted to a person by `adaptation`.

    Raises:
        ModelError: torch is not installed, it is damaged or of another version, or the adaptation belongs to another one.
    """
    require_torch(f"The lip engine “{name}”")
    from core.base.precision import place_on
    from core.generator.engine import GeneratorEngine
    from core.generator.export import load_generator

    recipe, pipeline = load_generator(description, place=place_on(device))
    base = file_sha256(description)  # it names the weights' digests
    models = {recipe.name: base}
    if adaptation is not None:
        from core.generator.adaptation import load_adaptation

        load_adaptation(adaptation, pipeline, base)
        models["adaptation"] = file_sha256(adaptation)
    return GeneratorEngine(recipe, pipeline, models, name=_GENERATOR_ENGINES[name], guide=guide)


def _foreign(name: str, device: Device) -> LipEngine:
    require_torch(f"The lip engine “{name}”")
    from core.foreign_generators.installed import load_foreign
    from core.takes.new_lips import NewLips

    return load_foreign(name, device, NewLips())


def _own_mouth() -> LipEngine:
    from core.own_mouth.engine import OwnMouthEngine

    return OwnMouthEngine(cache=user_data_dir() / "cache" / "mouths")
