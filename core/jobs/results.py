"""How jobs end that leave more behind than what they wrote: `Done` with what came of it."""

from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from core.jobs.events import Done, Event

End = TypeVar("End", bound=Done)


@dataclass(frozen=True, slots=True)
class FilmAnalysed(Done):
    """Shots, faces and people of a film were found; `folder` is for `core.faces.analysis.load_analysis`."""

    folder: Path


@dataclass(frozen=True, slots=True)
class PersonLearnt(Done):
    """The generator was adapted to a person.

    Attributes:
        blob: what was learnt, as `core.base.blobs` names it; "" where it gained nothing and was not kept.
        before, after: mean absolute error of the mouth on held-out seconds, grey levels.
    """

    blob: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class WordsRead(Done):
    """What a voice says.

    Attributes:
        language: Whisper's code, empty where nobody speaks.
        words: each with its start and end, seconds on the file's clock.
    """

    language: str
    words: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class SoundWritten:
    """A sound track of a finished film; `rate` in Hz."""

    codec: str
    rate: int
    layout: str


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured: integrated loudness in LUFS, true peak in dBTP, loudness range in LU; None where all is silence."""

    lufs: float | None
    peak: float | None
    range: float | None


@dataclass(frozen=True, slots=True)
class Levelling:
    """What became of a soundtrack's loudness.

    Attributes:
        rule: what was asked for.
        before, after: measured; `after` is None where nothing was changed.
        gain_db: by how much all of it was made louder.
        is_limited: whether peaks were held back.
        note: a sentence about what could not be reached, "" where nothing.
    """

    rule: str
    before: Loudness
    after: Loudness | None = None
    gain_db: float = 0.0
    is_limited: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FilmWritten(Done):
    """A film was written; what reading it back found, and how it was made.

    Attributes:
        frames: of the picture.
        duration: in seconds.
        bytes: size of the file.
        codec, pixel_format: of the picture, as FFmpeg calls them.
        audio: the sound tracks in order.
        encoder: what made the picture.
        bad_frames: numbers of the sources' frames that could not be decoded.
        credentials: what became of the content credentials, in words.
        notes: sentences about what is not as it was in the sources.
        copied_frames: how many frames are the source's, byte for byte.
        loudness: what became of the new sound's, None where it was not asked for.
    """

    frames: int
    duration: float
    bytes: int
    codec: str
    pixel_format: str
    audio: tuple[SoundWritten, ...]
    encoder: str
    bad_frames: tuple[int, ...]
    credentials: str
    notes: tuple[str, ...] = ()
    copied_frames: int = 0
    loudness: Levelling | None = None

    def facts(self) -> dict[str, object]:
        """All of it but the notes, as data for a report."""
        return {name: value for name, value in asdict(self).items() if name not in ("job", "notes")}


@dataclass(frozen=True, slots=True)
class PatchWritten(Done):
    """The new mouths were written apart.

    Attributes:
        folder: where.
        clips: how many.
        frames: of all of them.
        timelines: names of the timelines that lay them over the film.
        mean_p_sync: of the mouths with the dub; None for projects.
        notes: what one may not expect.
        loudness: what became of the sound's, None where it was not asked for.
    """

    folder: Path
    clips: int
    frames: int
    timelines: tuple[str, ...]
    mean_p_sync: float | None = None
    notes: tuple[str, ...] = ()
    loudness: Levelling | None = None


@dataclass(frozen=True, slots=True)
class CostEstimated(Done):
    """What a published engine will take here.

    Attributes:
        model: its id.
        final, draft: seconds of work for a second of film.
        memory: bytes at least.
        device, precision: where and in what it would run.
    """

    model: str
    final: float
    draft: float
    memory: int
    device: str
    precision: str


def ended_with(events: Iterable[Event], kind: type[End]) -> Generator[Event, None, End]:
    """Passes `events` on but for the one of `kind`, which it returns when they are over.

    Raises:
        LookupError: there is none, which is our fault.
    """
    end: End | None = None
    for event in events:
        if isinstance(event, kind):
            end = event
        else:
            yield event
    if end is None:
        raise LookupError(f"the job did not end with {kind.__name__}")
    return end
