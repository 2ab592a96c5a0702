"""What lip engines cost on this machine: the published ones by one window, the built-in ones by a film."""

import tempfile
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import psutil

from core.base.memory import peak_memory_bytes
from core.base.timing import TimeRange
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.lip_engine import LipSettings
from core.model_store import store
from core.planning.pieces import SegmentSpec
from core.takes.chunk_cache import ChunkCache
from core.takes.film import open_film
from core.takes.people import choose_person
from core.takes.takes import TakeMaker

_LONGEST_S = 900.0


@dataclass(frozen=True, slots=True)
class Row:
    """One engine: seconds of work for a second of film, frames a second of that film, bytes at most, and how it ran."""

    engine: str
    final: float
    draft: float
    rate: float
    memory: int
    device: str
    precision: str
    has_weights: bool = True
    is_reckoned: bool = False  # from one kernel, where a whole window would not fit or take too long


def published(name: str, device: str) -> Row:
    """A published engine, see `core.foreign_generators.measuring.measure`; where that would take a quarter of an hour, or more memory
    than there is, see `core.foreign_generators.estimating.estimate`.
    """
    from core.foreign_generators.estimating import estimate
    from core.foreign_generators.measuring import FILM_RATE, measure

    told = estimate(name, device)
    is_users_own = store.is_installed(name) and not store.stored(name).is_published  # of whatever size
    is_too_large = told.device == "cpu" and told.memory > psutil.virtual_memory().available
    if not is_users_own and (told.try_out > _LONGEST_S or is_too_large):
        return Row(
            name, told.final, told.draft, FILM_RATE, told.memory, told.device, told.precision, is_reckoned=True
        )
    cost = measure(name, device)
    memory = cost.card_memory or peak_memory_bytes()
    return Row(name, cost.final, cost.draft, FILM_RATE, memory, cost.device, cost.precision, cost.has_weights)


def built_in(name: str, film_path: Path, voice: Path, device: str) -> Row:
    """One of the program's own engines on a film with a voice: lips alone, its footage looked through and networks loaded."""
    token = CancelToken()
    film = open_film(film_path, token)
    whole = TimeRange(Fraction(0), film.index.duration)
    person = choose_person(film, "speaking", whole).person
    seconds = {}
    rate = len(film.index) / float(film.index.duration)
    with tempfile.TemporaryDirectory() as folder:
        for preset in ("final", "draft"):
            spec = SegmentSpec(film_path, voice, whole, Fraction(0), person, engine=name)
            spec = replace(spec, lips=LipSettings(preset=preset))
            maker = TakeMaker(film, spec, ChunkCache(Path(folder)), device=device)
            began = time.perf_counter()
            for _ in maker.make(JobId("measure"), token):
                pass
            seconds[preset] = (time.perf_counter() - began) * rate / max(maker.frame_count, 1)
            maker.close()
    return Row(name, seconds["final"], seconds["draft"], rate, peak_memory_bytes(), device, "")
