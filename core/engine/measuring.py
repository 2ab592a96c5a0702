"""What lip engines cost on this machine: the published ones by each of their networks once, the built-in ones by a film."""

import tempfile
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from core.base.device import resolve_device
from core.base.memory import free_memory, peak_memory_bytes
from core.base.timing import TimeRange
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.lip_engine import LipSettings
from core.model_store import store
from core.planning.pieces import SegmentSpec
from core.takes.chunk_cache import ChunkCache
from core.takes.film import open_film
from core.takes.lips import uses_torch
from core.takes.people import choose_person
from core.takes.takes import TakeMaker


@dataclass(frozen=True, slots=True)
class Row:
    """What one engine costs.

    Attributes:
        engine: its name.
        final, draft: seconds by the clock for a second of film.
        processor: seconds of the processor for a second of film, as a final.
        rate: frames a second that film has.
        memory: bytes at most.
        device, precision: where it ran.
        how: what the figures come from, for people.
    """

    engine: str
    final: float
    draft: float
    processor: float
    rate: float
    memory: int
    device: str
    precision: str
    how: str


def published(name: str, device: str) -> Row:
    """A published engine, see `core.foreign_generators.measuring.measure`; where its networks do not fit into memory it is reckoned from
    one kernel, see `core.foreign_generators.estimating.estimate`.

    Raises:
        ModelError: there is no such model, or it is installed and damaged.
        DeviceError: the device is not here.
    """
    from core.foreign_generators.estimating import FILM_RATE, estimate
    from core.foreign_generators.measuring import MEASURED_BY_PART, measure

    told = estimate(name, device)
    is_by_part = store.known(name).architecture in MEASURED_BY_PART and not store.is_installed(name)
    if told.device == "cpu" and not is_by_part and told.memory > free_memory():
        how = "reckoned from one kernel: not enough memory"
        return Row(
            name, told.final, told.draft, told.final, FILM_RATE, told.memory, told.device, told.precision, how
        )
    cost = measure(name, device)
    memory = (cost.card_memory or peak_memory_bytes()) + cost.missing_bytes
    how = "its own weights" if cost.has_weights else "random weights"
    if cost.note:
        how += f"; {cost.note}"
    return Row(
        name,
        cost.final.seconds,
        cost.draft.seconds,
        cost.final.processor,
        FILM_RATE,
        memory,
        cost.device,
        cost.precision,
        how,
    )


def built_in(name: str, film_path: Path, voice: Path, device: str) -> Row:
    """One of the program's own engines on a film with a voice: lips alone, its footage looked through and networks loaded.

    Raises:
        AppError: the film or the voice cannot be used.
    """
    token = CancelToken()
    film = open_film(film_path, token)
    whole = TimeRange(Fraction(0), film.index.duration)
    person = choose_person(film, "speaking", whole).person
    rate = len(film.index) / float(film.index.duration)
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for preset in ("final", "draft"):
            spec = SegmentSpec(film_path, voice, whole, Fraction(0), person, engine=name)
            spec = replace(spec, lips=LipSettings(preset=preset))
            maker = TakeMaker(film, spec, ChunkCache(Path(folder)), device=device)
            began, processor = time.perf_counter(), time.process_time()
            for _ in maker.make(JobId("benchmark"), token):
                pass
            share = rate / max(maker.frame_count, 1)
            found[preset] = (
                (time.perf_counter() - began) * share,
                (time.process_time() - processor) * share,
            )
            precision = str(maker.pieces[0].provenance.facts.get("precision", "")) if maker.pieces else ""
            maker.close()
    return Row(
        name,
        found["final"][0],
        found["draft"][0],
        found["final"][1],
        rate,
        peak_memory_bytes(),
        resolve_device(device).name if uses_torch(name) else "cpu",
        precision,
        "this film",
    )
