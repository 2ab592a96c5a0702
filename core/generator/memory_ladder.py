"""What is tried when memory runs out: less at once, then numbers of half the size, then the processor; each step told in words."""

import logging
from dataclasses import dataclass, field, replace

from core.base.errors import DeviceError
from core.base.precision import Place, halved, let_go, processor

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rung:
    """How much is worked on at once, where, and in which numbers."""

    size: int
    place: Place


@dataclass(slots=True)
class MemoryLadder:
    """One engine's way down, kept as long as the engine: what did not fit once is not tried again.

    Attributes:
        engine: what users call it.
        what: what its size counts, with a place for the number: “{} pictures at once”.
        rung: where it stands.
        smallest: that its size may become.
        may_use_processor: whether a card may hand over to it.
    """

    engine: str
    what: str
    rung: Rung
    smallest: int = 1
    may_use_processor: bool = True
    _largest: int = field(init=False)
    _notes: list[str] = field(default_factory=list)
    _tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Remembers what it begins with."""
        self._largest = self.rung.size

    def step_down(self, error: BaseException) -> Rung:
        """The next rung, after `error`, a want of memory on the present one.

        Raises:
            DeviceError: there is no further one.
        """
        now = self.rung
        self._tried.append(self._words(now))
        below = self._below(now)
        if below is None:
            tried, self._tried = ", ".join(self._tried), []
            raise DeviceError(
                f"There is not enough memory for {self.engine}; tried {tried}.",
                hint="Close other programs, or use the own-mouth engine.",
            ) from error
        note = f"There was not enough memory for {self._words(now)}; {self.engine} goes on with {self._words(below)}."
        logger.warning("%s", note)
        self._notes.append(note)
        self.rung = below
        let_go(now.place)
        return below

    def take_notes(self) -> tuple[str, ...]:
        """What users are to know since the last call."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def _words(self, rung: Rung) -> str:
        return f"{self.what.format(rung.size)} on {rung.place}"

    def _below(self, now: Rung) -> Rung | None:
        if now.size // 2 >= self.smallest:
            return replace(now, size=now.size // 2)
        if (half := halved(now.place)) is not None:
            return replace(now, place=half)
        if not now.place.is_processor and self.may_use_processor:
            return Rung(self._largest, processor())
        return None
