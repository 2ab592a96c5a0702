"""A film whose dub goes on after its end made as long as the dub: its last picture held, shown again, or there and back."""

from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject

from core.engine.client import Priority
from core.jobs.events import Done, Event
from core.planning.requests import LengthRequest, LengthRule
from core.project import edits
from core.project.fit_edits import unseen_end
from core.project.ids import ItemId
from core.project.model import Clip
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Messages
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.film_copies import free_name, use_copy
from ui.jobs.media_reading import Probed, ScanCache, probe_file
from ui.state.document import Document


class LengthWork(QObject):
    """Writes a longer copy beside a film and puts it in the film's place."""

    def __init__(
        self, document: Document, bridge: Bridge, jobs: EngineJobs, messages: Messages, scans: ScanCache, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        self._messages = messages
        self._scans = scans

    def lengthen(self, item: ItemId, rule: LengthRule) -> None:
        """Makes the film as long as a segment that goes on after its end."""
        segment = self._document.segment(item)
        found = unseen_end(self._document.project, segment) if segment is not None else None
        if segment is None or found is None:
            return
        clip, _ = found
        film = self._document.project.medium(clip.media)
        assert film is not None, "its clip was just found"
        path, end = Path(film.path), segment.range.end
        target = free_name(path.with_name(f"{path.stem} longer.mp4"))

        def listen(event: Event) -> None:
            if isinstance(event, Done):
                self._on_written(clip, target, end)

        self._jobs.submit(
            LengthRequest(path, target, clip.media_time(end), rule),
            Priority.EXPORT,
            "convert",
            self.tr("Lengthen {name}").format(name=film.name),
            listen,
            replaces=("length", path),
            retry=lambda: self.lengthen(item, rule),
        )

    def _on_written(self, clip: Clip, target: Path, end: Fraction) -> None:
        def work(_ticket: Ticket[Probed]) -> Probed:
            return probe_file(target, self._scans)

        def done(probed: Probed) -> None:
            if self._document.project.clip(clip.id) is None:
                return
            label = self.tr("Lengthen the picture")
            with self._document.group(label):
                if use_copy(self._document, label, clip.media, target, probed):
                    self._document.apply(label, edits.trim_end, clip.id, end)
            self._messages.done(
                self.tr("The picture goes on to the end of the dub."),
                self.tr("{copy} lies beside the film and is used from now on; undo brings the film back.").format(
                    copy=target.name
                ),
            )

        self._bridge.run(work, self._document.while_open(done), self._messages.fail)
