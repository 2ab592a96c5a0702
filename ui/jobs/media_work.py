"""Keeps the library filled: answers what views want, and puts dropped files into the project."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.project import content_edits, edits
from core.project.changes import Changes
from core.project.ids import VIDEO_LANE, LaneId, MediaId
from core.project.media_items import MediaItem
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Message, Messages
from ui.jobs.job_board import JobBoard
from ui.jobs.media_reading import Probed, ScanCache, probe_file, read_thumbnails, read_waveform
from ui.state.document import Document
from ui.state.library import Waveform

logger = logging.getLogger(__name__)

_SEEN_MS = 30  # until something new was painted
_GATHER_MS = 30  # thumbnails asked for within this time are read by one pass over the film
_BATCH = 24


@dataclass(frozen=True, slots=True)
class _Import:
    probed: tuple[Probed, ...]
    errors: tuple[AppError, ...]


class MediaWork(QObject):
    """The pool's side of the library.

    Signals:
        imported: (tuple[MediaId, ...]) files were put into the bin, in order.
        convert_asked: (MediaId) a film is to be converted to a constant rate.
    """

    imported = Signal(object)
    convert_asked = Signal(str)

    def __init__(
        self,
        document: Document,
        bridge: Bridge,
        board: JobBoard,
        messages: Messages,
        cache: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._board = board
        self._messages = messages
        self._cache = cache
        self.scans = ScanCache()
        self._wanted: dict[MediaId, set[Fraction]] = {}
        self._reading: set[MediaId] = set()
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER_MS)
        self._gather.timeout.connect(self._read_thumbnails)
        document.changed.connect(self._on_changed)
        library = document.library
        library.thumbnail_wanted.connect(self._on_thumbnail_wanted)
        library.waveform_wanted.connect(self._on_waveform_wanted)

    def add_files(
        self,
        paths: Sequence[Path],
        *,
        at: Fraction | None = None,
        lane: LaneId | None = None,
        place: bool = True,
    ) -> None:
        """Puts files into the bin and, with `place`, onto the timeline: films one after another on V1, sound on A2.

        Args:
            paths: the files; those that are no media are named in a message.
            at: timeline time of the first, by default the end for films and 0 for sound.
            lane: the sound lane it was dropped on.
            place: whether it goes onto the timeline too.
        """
        if not paths:
            return
        files = tuple(paths)
        title = files[0].name if len(files) == 1 else self.tr("{count} files").format(count=len(files))
        number = self._board.add("import", self.tr("Reading {name}").format(name=title), state="running")

        def work(_ticket: Ticket[_Import]) -> _Import:
            probed, errors = [], []
            for path in files:
                try:
                    probed.append(probe_file(path.absolute(), self.scans))
                except AppError as error:
                    errors.append(error)
            return _Import(tuple(probed), tuple(errors))

        opened = self._document.opened

        def done(result: _Import) -> None:
            if self._document.opened != opened:  # they were dropped on a project that was closed meanwhile
                self._board.remove(number)
                return
            for error in result.errors:
                self._messages.fail(error)
            self._board.update(number, state="done" if result.probed else "failed")
            if not result.errors:
                self._board.remove(number)
            if result.probed:
                self._put(result.probed, at, lane, place=place)

        self._bridge.run(work, done)

    def place(
        self, media: Sequence[MediaId], *, at: Fraction | None = None, lane: LaneId | None = None
    ) -> bool:
        """Puts media of the bin onto the timeline; False when there is no room."""
        with self._document.group(self.tr("Add to the timeline")):
            return all(self._place(each, at, lane) for each in media)

    def _put(
        self, probed: tuple[Probed, ...], at: Fraction | None, lane: LaneId | None, *, place: bool
    ) -> None:
        known = {medium.path: medium.id for medium in self._document.project.media}
        media: list[MediaId] = []
        with self._document.group(self.tr("Add media")):
            for each in probed:
                path = str(each.path)
                if path in known:
                    media.append(known[path])
                else:
                    media.append(MediaId(f"m{self._document.project.next_number}"))
                    self._document.apply(
                        self.tr("Add media"),
                        content_edits.add_media,
                        each.kind,
                        path,
                        each.path.name,
                        each.facts,
                        size=each.size,
                        quick_hash=each.quick_hash,
                    )
                if place:
                    self._place(media[-1], at, lane)
        for each, id_ in zip(probed, media, strict=True):
            if each.facts.is_variable_rate:
                self._tell_variable(each.path.name, id_)
        # What is found out now can wait until what came in is seen.
        QTimer.singleShot(_SEEN_MS, self, partial(self._document.while_open(self.imported.emit), tuple(media)))

    def _tell_variable(self, name: str, film: MediaId) -> None:
        self._messages.post(
            Message(
                "warning",
                self.tr("{name} has a variable frame rate.").format(name=name),
                self.tr(
                    "Every frame keeps its exact time; the timeline counts at {rate} frames a second. A copy with a "
                    "constant rate is easier to cut in other programs."
                ).format(rate=self._document.project.sequence.rate),
                (self.tr("Convert it"), lambda: self.convert_asked.emit(film)),
            )
        )

    def _place(self, media: MediaId, at: Fraction | None, lane: LaneId | None) -> bool:
        project = self._document.project
        medium = project.medium(media)
        if medium is None:
            return False
        if medium.kind == "video":
            target = VIDEO_LANE
            start = edits.free_start(
                project, target, at if at is not None else Fraction(0), medium.facts.duration
            )
        else:
            start = at if at is not None else Fraction(0)
            span = TimeRange(start, start + medium.facts.duration)
            target = (
                lane if lane is not None and lane in project.dub_lanes else edits.free_dub_lane(project, span)
            )
            if any(item.range.overlaps(span) for item in project.items_on(target)):
                target = edits.free_dub_lane(project, span)
        return self._document.apply(self.tr("Add to the timeline"), edits.add_clip, media, start, lane=target)

    # --- thumbnails and waveforms ------------------------------------------------------------------------------------

    def _on_thumbnail_wanted(self, media: MediaId, time: Fraction) -> None:
        self._wanted.setdefault(media, set()).add(time)
        if not self._gather.isActive():
            self._gather.start()

    def _read_thumbnails(self) -> None:
        for media in list(self._wanted):
            medium = self._document.project.medium(media)
            if medium is None or self._document.library.is_missing(media):
                del self._wanted[media]
            elif media not in self._reading:
                self._read_batch(medium)

    def _read_batch(self, medium: MediaItem) -> None:
        wanted = self._wanted[medium.id]
        # The views ask from left to right; what was asked for is read in the film's order, a batch at a time, so that
        # what the user scrolled to meanwhile waits for one batch at most.
        times = tuple(sorted(wanted)[:_BATCH])
        wanted.difference_update(times)
        if not wanted:
            del self._wanted[medium.id]
        self._reading.add(medium.id)

        def work(ticket: Ticket[list[tuple[Fraction, QImage]]]) -> list[tuple[Fraction, QImage]]:
            return list(read_thumbnails(medium, times, self._cache, self.scans, lambda: ticket.is_cancelled))

        def done(pictures: list[tuple[Fraction, QImage]]) -> None:
            self._reading.discard(medium.id)
            if self._document.project.medium(medium.id) is not None:
                for time, image in pictures:
                    self._document.library.put_thumbnail(medium.id, time, image)
            if self._wanted:
                self._gather.start()

        def failed(error: AppError) -> None:
            self._reading.discard(medium.id)
            self._wanted.pop(medium.id, None)
            logger.warning("no thumbnails of %s: %s", medium.name, error)

        self._bridge.run(work, self._document.while_open(done), self._document.while_open(failed))

    def _on_waveform_wanted(self, media: MediaId) -> None:
        medium = self._document.project.medium(media)
        if medium is None or not medium.facts.has_audio or self._document.library.is_missing(media):
            return

        def work(_ticket: Ticket[Waveform]) -> Waveform:
            return read_waveform(medium, self._cache)

        def done(waveform: Waveform) -> None:
            self._document.library.put_waveform(media, waveform)

        self._bridge.run(work, self._document.while_open(done))

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._wanted.clear()
            self._reading.clear()
