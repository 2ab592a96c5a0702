"""Faces and mouths placed by hand: followed by the engine, put into the library."""

import logging
from pathlib import Path

from PySide6.QtCore import QObject

from core.base.errors import AppError
from core.engine.client import Priority
from core.jobs.events import Event, Failed, Stopped
from core.jobs.results import FilmAnalysed
from core.planning.placed_faces import PlacedFace
from core.planning.requests import FollowRequest
from core.project.changes import Changes
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from core.project.segments import FilmFace
from ui.base.bridge import Bridge, Ticket
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.film_work import Faces
from ui.jobs.media_reading import ScanCache, load_faces, people_facts
from ui.state.document import Document

logger = logging.getLogger(__name__)


class PlacedWork(QObject):
    """Asks for what the project's placed faces lack; a film's own faces come first."""

    def __init__(
        self, document: Document, bridge: Bridge, jobs: EngineJobs, scans: ScanCache, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        self._scans = scans
        self._asked: set[tuple[MediaId, str]] = set()
        document.changed.connect(self._on_changed)
        document.library.faces_ready.connect(self._on_faces_ready)

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._asked.clear()
        if changes.everything or changes.placed:
            self._look()

    def _on_faces_ready(self, _film: str) -> None:
        self._look()

    def _look(self) -> None:
        project, library = self._document.project, self._document.library
        films = {medium.id: medium for medium in project.media if medium.kind == "video"}
        for film in films:
            shown = tuple(each.face.key() for each in project.placed if each.film == film)
            library.show_placed(film, shown)
        made_with = [each for s in project.segments for take in s.takes for each in take.placed]
        for each in (*project.placed, *made_with):
            self._follow(films.get(each.film), each)

    def _follow(self, film: MediaItem | None, placed: FilmFace) -> None:
        library, key = self._document.library, placed.face.key()
        if (
            film is None
            or (film.id, key) in self._asked
            or library.is_followed(film.id, key)
            or library.is_missing(film.id)
            or library.frame_times(film.id) is None  # asked again when its faces are known
        ):
            return
        self._asked.add((film.id, key))

        def listen(event: Event) -> None:
            if isinstance(event, FilmAnalysed):
                self._load(film, placed.face, event.folder)
            elif isinstance(event, Stopped):
                self._asked.discard((film.id, key))
            elif isinstance(event, Failed):
                logger.info("%s in %s could not be followed", placed.face.person, film.name)

        self._jobs.submit(
            FollowRequest(Path(film.path), placed.face),
            Priority.TAKE,
            "analysis",
            self.tr("Following what was placed in {name}").format(name=film.name),
            listen,
            replaces=("placed", film.id, key),
            retry=lambda: self._again(film, placed),
        )

    def _again(self, film: MediaItem, placed: FilmFace) -> None:
        self._asked.discard((film.id, placed.face.key()))
        self._follow(film, placed)

    def _load(self, film: MediaItem, face: PlacedFace, folder: Path) -> None:
        def work(_ticket: Ticket[Faces]) -> Faces:
            analysis = load_faces(folder)
            return Faces(analysis, people_facts(film, analysis, self._scans))

        def done(faces: Faces) -> None:
            library = self._document.library
            library.put_placed(film.id, face.key(), faces.analysis.tracks, faces.people)
            for segment in self._document.project.segments:
                library.forget_segment(segment.id)  # its film is judged by other lips now

        def failed(error: AppError) -> None:
            logger.warning("what was placed in %s: %s", film.name, error)

        self._bridge.run(work, self._document.while_open(done), self._document.while_open(failed))
