"""Adaptations of the generator to a person, as a project names them: by hash. Looking one up loads no network."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from safetensors import SafetensorError, safe_open

from core.base import json_text
from core.base.blobs import BlobStore
from core.base.device import Device
from core.base.errors import ModelError, SettingsError
from core.base.models import file_sha256
from core.lip_engine import LipChunk, LipEngine, LipRequest, Provenance
from core.takes.lips import generator_engine, installed_generator

AdaptationState = Literal["none", "ready", "missing", "foreign"]
_FACTS = "adaptation"  # as `core.generator.adaptation` writes it, which is not imported here: it loads torch


@dataclass(frozen=True, slots=True)
class KnownAdaptation:
    """What is known of the adaptation that a project names.

    Attributes:
        state: none is named; ready; missing here; or foreign, it belongs to another generator than the installed one.
        before, after: mean error of the mouth on held-out seconds in grey levels, nan when unknown.
    """

    state: AdaptationState
    before: float = float("nan")
    after: float = float("nan")


def known_adaptation(digest: str) -> KnownAdaptation:
    """The state of the adaptation with that hash ("" is none)."""
    if not digest:
        return KnownAdaptation("none")
    path, generator = BlobStore().find(digest), installed_generator()
    if path is None:
        return KnownAdaptation("missing")
    try:
        with safe_open(path, "np") as file:
            facts = json_text.parse((file.metadata() or {})[_FACTS])
            base, before, after = str(facts["base"]), float(facts["before"]), float(facts["after"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        return KnownAdaptation("missing")  # whatever lies there is not it
    is_ours = generator is not None and base == file_sha256(generator)
    return KnownAdaptation("ready" if is_ours else "foreign", before, after)


def adapted_engine(name: str, guide: LipEngine, device: Device, digest: str) -> LipEngine:
    """The installed generator fitted by the adaptation with that hash.

    Where that cannot be had the engine only knows what the take would be called, so that finished chunks are found.

    Raises:
        SettingsError: no generator is installed.
        ModelError: see `core.takes.lips.generator_engine`.
    """
    description = installed_generator()
    if description is None:
        raise SettingsError(f"The lip engine “{name}” needs a generator, and none is installed.")
    state = known_adaptation(digest).state
    path = BlobStore().find(digest)
    if state == "ready" and path is not None:
        return generator_engine(description, name, guide, device, path)
    return _Absent(generator_engine(description, name, guide, device), digest, state)


class _Absent:
    """An adapted generator whose adaptation is not to be had."""

    def __init__(self, plain: LipEngine, digest: str, state: AdaptationState) -> None:
        self.name = plain.name
        self._plain, self._digest, self._state = plain, digest, state

    def provenance(self, request: LipRequest) -> Provenance:
        """What the adapted generator would say."""
        plain = self._plain.provenance(request)
        return replace(plain, models={**plain.models, "adaptation": self._digest})

    def render(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        """Refuses.

        Raises:
            ModelError: always.
        """
        why = "is not on this computer" if self._state == "missing" else "belongs to another generator"
        raise ModelError(
            f"The adaptation that these lips were made with {why}, and frame {start} on is not in the cache.",
            hint="Adapt to the person again and generate a new take, or generate one without.",
        )
