"""Everything that works in the background for one document, put together."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.base.timing import TimeRange
from core.project import edits
from core.project.changes import Changes
from core.project.ids import VIDEO_LANE, MediaId
from core.project.model import Clip
from core.project.proposals import FilmFaces, propose_segments
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Messages
from ui.base.options import Options
from ui.jobs.adapt_work import AdaptWork
from ui.jobs.best_take import BestTakes
from ui.jobs.convert_work import ConvertWork
from ui.jobs.engine_costs import EngineCosts
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.export_work import ExportWork
from ui.jobs.film_work import FilmWork
from ui.jobs.fit_work import FitWork
from ui.jobs.job_board import JobBoard
from ui.jobs.length_work import LengthWork
from ui.jobs.media_work import MediaWork
from ui.jobs.model_work import ModelWork
from ui.jobs.placed_work import PlacedWork
from ui.jobs.proxy_work import ProxyWork
from ui.jobs.take_pictures import TakePictures
from ui.jobs.take_work import TakeWork
from ui.jobs.words_work import WordsWork
from ui.state.document import Document

if TYPE_CHECKING:
    from collections.abc import Sequence


class Workshop(QObject):
    """Media, films, takes, exports."""

    def __init__(
        self,
        document: Document,
        bridge: Bridge,
        board: JobBoard,
        options: Options,
        messages: Messages,
        cache: Path,
        home: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._options = options
        self._messages = messages
        chunks = cache / "chunks"
        self.jobs = EngineJobs(document, bridge, board, messages, self)
        self.media = MediaWork(document, bridge, board, messages, cache, self)
        self.films = FilmWork(document, bridge, self.jobs, self.media.scans, self)
        self.placed = PlacedWork(document, bridge, self.jobs, self.media.scans, self)
        self.takes = TakeWork(document, bridge, self.jobs, options, messages, chunks, self)
        self.fit = FitWork(document, bridge, messages, cache.parent / "lines", self)  # no cache: they are in projects
        self.words = WordsWork(document, self.jobs, self)
        self.best = BestTakes(document, self.takes, messages, self)
        self.adapt = AdaptWork(document, self.jobs, options, messages, self)
        self.exports = ExportWork(document, bridge, self.jobs, options, messages, home, self)
        self.proxies = ProxyWork(document, bridge, self.jobs, options, cache, self)
        self.convert = ConvertWork(document, bridge, self.jobs, messages, self.media.scans, self)
        self.length = LengthWork(document, bridge, self.jobs, messages, self.media.scans, self)
        self.models = ModelWork(bridge, self.jobs, messages, self)
        self.costs = EngineCosts(bridge, self)
        self.pictures = TakePictures(chunks)
        self._to_propose: set[MediaId] = set()
        self.media.imported.connect(self._on_imported)
        self.media.convert_asked.connect(self.convert.convert)
        self.films.analysed.connect(self._on_analysed)
        document.changed.connect(self._on_changed)
        document.library.faces_ready.connect(self._update_pictures)
        document.session.rivals_changed.connect(self._update_pictures)
        document.library.missing_changed.connect(self._on_missing_changed)

    def analyse_all(self) -> None:
        """Finds the faces of every film of the project."""
        for medium in self._document.project.media:
            if medium.kind == "video" and not self._document.library.tracks(medium.id):
                self.films.analyse(medium.id)

    def propose(self, *, dub: MediaId | None = None) -> None:
        """Segments for every dub on a sound lane (or only `dub`): where it speaks × who speaks there.

        Waits for the faces where they are not known yet.
        """
        project = self._document.project
        clips = [c for c in project.clips if c.lane != VIDEO_LANE and (dub is None or c.media == dub)]
        films = [clip.media for clip in project.video_clips]
        unknown = [film for film in films if self._document.library.frame_times(film) is None]
        if not clips or not films:
            return
        if unknown:
            self._to_propose.update(clip.media for clip in clips)
            for film in unknown:
                self.films.analyse(film)
            self._messages.info(self.tr("Segments are proposed as soon as the faces are known."))
            return
        for clip in clips:
            self._propose_for(clip)

    def close(self) -> None:
        """Stops asking for anything."""
        self.takes.cancel_all()
        self.films.close()
        self.exports.close()

    def _propose_for(self, clip: Clip) -> None:
        dub = self._document.project.medium(clip.media)
        if dub is None:
            return
        path = dub.path

        def work(_ticket: Ticket["Sequence[TimeRange]"]) -> "Sequence[TimeRange]":
            from core.media.audio import read_analysis
            from core.speech.voice_activity import speech_segments

            return tuple(segment.range for segment in speech_segments(read_analysis(path)))

        def done(speech: "Sequence[TimeRange]") -> None:
            self._add_proposals(clip, speech)

        self._bridge.run(work, self._document.while_open(done), self._messages.fail)

    def _add_proposals(self, clip: Clip, speech: "Sequence[TimeRange]") -> None:
        project, library = self._document.project, self._document.library
        known = project.clip(clip.id)
        if known is None:
            return
        faces = {}
        for each in project.video_clips:
            times = library.frame_times(each.media)
            if times is not None:
                speaking = self.films.speaking(each.media)
                faces[each.media] = FilmFaces(
                    library.tracks(each.media), times, library.cuts(each.media), speaking
                )
        drafts = propose_segments(project, known, speech, faces)
        if not drafts:
            self._messages.info(
                self.tr("No segments to propose."),
                self.tr(
                    "Nobody is to be seen where the dub speaks. Mark a range and press Ctrl+Enter to make one."
                ),
            )
            return
        if self._document.apply(self.tr("Propose segments"), edits.add_segments, drafts):
            added = self._document.project.segments
            before = {segment.id for segment in project.segments}
            first = [segment.id for segment in added if segment.id not in before]
            self._document.session.select(first[:1])
            self._messages.done(
                self.tr("One segment proposed.")
                if len(drafts) == 1
                else self.tr("{count} segments proposed.").format(count=len(drafts)),
                self.tr("Move, trim or reassign them, then press G."),
            )

    def _on_imported(self, media: tuple[MediaId, ...]) -> None:
        project = self._document.project
        for each in media:
            medium = project.medium(each)
            if medium is None:
                continue
            if medium.kind == "video":
                if self._options.flag("engine.analyse_on_import"):
                    self.films.analyse(each)
            elif project.video_clips:
                self.propose(dub=each)

    def _on_analysed(self, film: MediaId) -> None:
        medium = self._document.project.medium(film)
        if medium is not None and not self._document.library.tracks(film):
            self._messages.info(
                self.tr("No face was found in {name}.").format(name=medium.name),
                self.tr("It plays and cuts as any film; lips cannot be made for it."),
            )
        waiting, self._to_propose = self._to_propose, set()
        for dub in waiting:
            self.propose(dub=dub)

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._to_propose.clear()
            if self._document.project.people or self._options.flag("engine.analyse_on_import"):
                self.analyse_all()
        self._update_pictures()

    def _on_missing_changed(self, media: MediaId) -> None:
        if not self._document.library.is_missing(media) and self._document.project.people:
            self.films.analyse(media)

    def _update_pictures(self, _film: object = None) -> None:
        self.pictures.update(self._document)
