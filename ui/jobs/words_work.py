"""What the project's dubs say, word by word, read by the engine's process and kept while the window is open."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from core.engine.client import Priority
from core.jobs.events import Event
from core.jobs.results import WordsRead
from core.planning.requests import WordsRequest
from core.project.ids import VIDEO_LANE
from core.project.media_items import MediaItem
from core.speech.words import Spoken, Word
from ui.jobs.engine_jobs import EngineJobs
from ui.state.document import Document


class WordsWork(QObject):
    """Reads each recording once."""

    def __init__(self, document: Document, jobs: EngineJobs, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._jobs = document, jobs
        self._read: dict[tuple[str, str], Spoken] = {}

    @property
    def dubs(self) -> tuple[MediaItem, ...]:
        """The recordings on the project's sound lanes."""
        project = self._document.project
        used = {clip.media for clip in project.clips if clip.lane != VIDEO_LANE}
        return tuple(medium for medium in project.media if medium.id in used)

    def known(self, medium: MediaItem) -> Spoken | None:
        """What the recording says, where it was read already."""
        return self._read.get(_key(medium))

    def read(self, media: Sequence[MediaItem], then: Callable[[], object]) -> None:
        """Reads what is not known of the recordings, one after another, then goes on; not when one cannot be read."""
        unknown = next((medium for medium in media if self.known(medium) is None), None)
        if unknown is None:
            then()
            return

        def listen(event: Event) -> None:
            if isinstance(event, WordsRead):
                self._read[_key(unknown)] = Spoken(event.language, tuple(Word(*word) for word in event.words))
                self.read(media, then)

        self._jobs.submit(
            WordsRequest(Path(unknown.path)),
            Priority.ANALYSIS,
            "analysis",
            self.tr("Write down {name}").format(name=unknown.name),
            listen,
            retry=lambda: self.read(media, then),
            replaces=("words", _key(unknown)),
        )


def _key(medium: MediaItem) -> tuple[str, str]:
    return medium.path, medium.quick_hash
