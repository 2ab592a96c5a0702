"""Films of variable rate converted to a constant one, for whoever wants to cut on an even grid."""

from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject

from core.base.timing import FrameRate, TimeRange
from core.engine.client import Priority
from core.jobs.events import Done, Event
from core.planning.requests import FilmCut, TimelineRequest
from core.planning.sound_parts import SoundPart
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Messages
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.film_copies import free_name, use_copy
from ui.jobs.media_reading import Probed, ScanCache, probe_file
from ui.state.document import Document

RATES = tuple(
    FrameRate(Fraction(n, d))
    for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1))
)


def nearest_rate(average: FrameRate) -> FrameRate:
    """The usual rate nearest to an average."""
    return min(RATES, key=lambda rate: abs(rate.value - average.value))


class ConvertWork(QObject):
    """Writes a constant-rate copy beside a film and puts it in the film's place."""

    def __init__(
        self,
        document: Document,
        bridge: Bridge,
        jobs: EngineJobs,
        messages: Messages,
        scans: ScanCache,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        self._messages = messages
        self._scans = scans

    def convert(self, media: MediaId) -> None:
        """Converts a film of the bin; its clips show the copy when it is done."""
        medium = self._document.project.medium(media)
        if medium is None or medium.kind != "video" or medium.facts.rate is None:
            return
        path, rate = Path(medium.path), nearest_rate(medium.facts.rate)
        target = free_name(path.with_name(f"{path.stem} {rate} fps.mp4"))
        whole = TimeRange(Fraction(0), medium.facts.duration)
        request = TimelineRequest(
            cuts=(FilmCut(path, whole, Fraction(0)),),
            duration=medium.facts.duration,
            rate=rate,
            sound=(SoundPart(whole, path),) if medium.facts.has_audio else (),
            sound_like=path if medium.facts.has_audio else None,
            output=target,
        )

        def listen(event: Event) -> None:
            if isinstance(event, Done):
                self._on_converted(medium, target, rate)

        self._jobs.submit(
            request,
            Priority.EXPORT,
            "convert",
            self.tr("Convert {name}").format(name=medium.name),
            listen,
            replaces=("convert", path),
            retry=lambda: self.convert(media),
        )

    def _on_converted(self, medium: MediaItem, target: Path, rate: FrameRate) -> None:
        def work(_ticket: Ticket[Probed]) -> Probed:
            return probe_file(target, self._scans)

        def done(probed: Probed) -> None:
            if self._document.project.medium(medium.id) is None:
                return
            label = self.tr("Convert to a constant rate")
            with self._document.group(label):
                use_copy(self._document, label, medium.id, target, probed)
            self._messages.done(
                self.tr("{name} was converted to {rate} frames a second.").format(
                    name=medium.name, rate=rate
                ),
                self.tr("{copy} lies beside it and is used from now on; undo brings the film back.").format(
                    copy=target.name
                ),
            )

        self._bridge.run(work, self._document.while_open(done), self._messages.fail)
