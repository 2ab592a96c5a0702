"""What a dubbing script says: who speaks which words when."""

from dataclasses import dataclass, field
from fractions import Fraction

from core.base.errors import AppError
from core.base.timing import TimeRange


class ScriptError(AppError):
    """A script that cannot be read or written."""


CLOSURE = "mpb"  # DetX's word for lips that touch


@dataclass(frozen=True, slots=True)
class LipMark:
    """A moment of the mouth that the script's detector marked, e.g. ``mpb`` for lips that touch."""

    time: Fraction
    kind: str


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One line.

    Attributes:
        character: who speaks, as the script calls them; "" where it does not say.
        text: the words to be spoken.
        range: when, in seconds from the picture's start; None in scripts without times.
        note: anything else that the script tells about the line.
        on_screen: whether the mouth is to be seen; None where the script does not say.
        marks: lip marks, in order.
    """

    character: str
    text: str
    range: TimeRange | None = None
    note: str = ""
    on_screen: bool | None = None
    marks: tuple[LipMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it was read.

    Attributes:
        lines: in the file's order.
        notes: sentences about what could not be taken over.
        characters: see the lines; each once, in order.
    """

    lines: tuple[ScriptLine, ...]
    notes: tuple[str, ...] = ()
    characters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        named = dict.fromkeys(line.character for line in self.lines if line.character)
        object.__setattr__(self, "characters", tuple(named))
