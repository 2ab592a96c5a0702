"""What the engine tells about a job. All are picklable; exactly one terminal event ends each job."""

from dataclasses import dataclass
from typing import NewType

JobId = NewType("JobId", str)


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units of `stage` are finished; `eta_seconds` is None while unknown."""

    job: JobId
    stage: str
    done: int
    total: int
    eta_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user is to know before the work goes on: what is not kept of the film, say. Also in the report."""

    job: JobId
    text: str


@dataclass(frozen=True, slots=True)
class ChunkReady:
    """Frames [first_frame, end_frame) of a piece lie in the chunk cache under `key`."""

    job: JobId
    key: str
    first_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class ScoreReady:
    """A sync curve as far as it is known: seconds and p_sync per frame, NaN where unknown.

    `curve` names it: ``source:TRACK`` (the film with its own voice), ``dub:TRACK`` (the film with another voice), TRACK being the
    face track's id, or a piece's key (the result).
    """

    job: JobId
    curve: str
    times: tuple[float, ...]
    p: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The job ended well; `core.jobs.results` has those that tell what came of it."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended badly.

    Attributes:
        message, hint: for the user.
        is_bug: our fault, with a traceback in `details`, not the user's.
        needs_torch: it would not have, were torch installed.
    """

    job: JobId
    message: str
    hint: str = ""
    is_bug: bool = False
    details: str = ""
    needs_torch: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job was cancelled."""

    job: JobId


Event = Progress | Note | ChunkReady | ScoreReady | Done | Failed | Stopped
TERMINAL = (Done, Failed, Stopped)
