"""Faces and sync curves of films: asked from the engine, put into the library, people into the project."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.engine.client import Priority
from core.face_geometry.track import PersonId
from core.jobs.events import Done, Event, Failed, ScoreReady, Stopped
from core.jobs.results import FilmAnalysed
from core.planning.requests import AnalyseRequest, ScoreRequest
from core.project import content_edits
from core.project.changes import Changes
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from core.project.rendering import film_time
from core.project.timecodes import span_text
from ui.base.bridge import Bridge, Ticket
from ui.jobs.curve_gatherer import CurveGatherer
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.media_reading import ScanCache, load_faces, people_facts
from ui.state.document import Document
from ui.state.library import CurveKey, PersonFacts, SyncCurve

if TYPE_CHECKING:
    from core.faces.analysis import Analysis

logger = logging.getLogger(__name__)

_CURVES_LATER_MS = 400  # curves asked for by a moving segment wait until it rests


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Tracks of a film and who they are."""

    analysis: "Analysis"
    people: tuple[PersonFacts, ...]


class FilmWork(QObject):
    """Analyses and scores films.

    Signals:
        analysed: (MediaId) faces and people are known.
    """

    analysed = Signal(str)

    def __init__(
        self, document: Document, bridge: Bridge, jobs: EngineJobs, scans: ScanCache, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        self._scans = scans
        self._analysing: set[MediaId] = set()
        self._scored: dict[MediaId, dict[PersonId, np.ndarray]] = {}
        self._waiting: dict[CurveKey, None] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_CURVES_LATER_MS)
        self._later.timeout.connect(self._ask_curves)
        document.library.curve_wanted.connect(self._on_curve_wanted)
        document.changed.connect(self._on_changed)

    def analyse(self, media: MediaId) -> None:
        """Finds the faces of a film, from the cache when they are known."""
        film = self._document.project.medium(media)
        if (
            film is None
            or film.kind != "video"
            or media in self._analysing
            or self._document.library.is_missing(media)
        ):
            return
        if not Path(film.path).is_file():
            return  # marked as missing; asked again when it was found
        self._set_analysing(media, on=True)

        def listen(event: Event) -> None:
            if isinstance(event, FilmAnalysed):
                self._load(film, event.folder)
            elif isinstance(event, Failed | Stopped):
                self._set_analysing(media, on=False)

        self._jobs.submit(
            AnalyseRequest(Path(film.path)),
            Priority.ANALYSIS,
            "analysis",
            self.tr("Faces in {name}").format(name=film.name),
            listen,
            replaces=("faces", film.path),
            retry=lambda: self.analyse(media),
        )

    def _set_analysing(self, media: MediaId, *, on: bool) -> None:
        (self._analysing.add if on else self._analysing.discard)(media)
        self._document.library.set_looking_for_faces(media, looking=on)

    def close(self) -> None:
        """Asks for nothing any more."""
        self._later.stop()
        self._waiting.clear()

    def speaking(self, film: MediaId) -> dict[PersonId, np.ndarray]:
        """For each judged person of a film, (F,) p_sync with its own sound; NaN where unknown."""
        return self._scored.get(film, {})

    def add_person(self, film: MediaId, analysis_person: PersonId) -> None:
        """A card for a face that has none (it was removed, or hidden), and picks it."""
        project = self._document.project
        names = {person.name for person in project.people}
        number = next(n for n in range(1, len(names) + 2) if self.tr("Person {n}").format(n=n) not in names)
        name, colour = self.tr("Person {n}").format(n=number), content_edits.next_colour(project)
        edit = content_edits.add_found_person
        if self._document.apply(self.tr("Add person"), edit, film, analysis_person, name, colour):
            person = self._document.project.person_of(film, analysis_person)
            self._document.session.set_person(person.id if person is not None else None)

    # --- faces -------------------------------------------------------------------------------------------------------

    def _load(self, film: MediaItem, folder: Path) -> None:
        def work(_ticket: Ticket[Faces]) -> Faces:
            analysis = load_faces(folder)
            return Faces(analysis, people_facts(film, analysis, self._scans))

        def done(faces: Faces) -> None:
            self._set_analysing(film.id, on=False)
            if self._document.project.medium(film.id) is None:
                return
            analysis = faces.analysis
            library = self._document.library
            cuts = tuple(
                film_time(film, analysis.times, shot.first_frame)
                for shot in analysis.shots
                if shot.first_frame > 0
            )
            library.put_cuts(film.id, cuts)
            self._add_people(film.id, faces.people)
            library.put_faces(film.id, analysis.tracks, np.asarray(analysis.times), faces.people)
            self.analysed.emit(film.id)
            self._later.start()

        def failed(error: AppError) -> None:
            self._set_analysing(film.id, on=False)
            logger.warning("faces of %s: %s", film.name, error)

        self._bridge.run(work, self._document.while_open(done), self._document.while_open(failed))

    def _add_people(self, film: MediaId, people: Sequence[PersonFacts]) -> None:
        """A card for everybody found who has none yet, without a step in the undo list: nobody did it."""
        for facts in people:
            project = self._document.project
            if project.person_of(film, facts.analysis_person) is not None:
                continue
            names = {person.name for person in project.people}
            number = next(
                n for n in range(1, len(names) + 2) if self.tr("Person {n}").format(n=n) not in names
            )
            self._document.amend(
                content_edits.add_found_person,
                film,
                facts.analysis_person,
                self.tr("Person {n}").format(n=number),
                content_edits.next_colour(project),
            )

    # --- curves ------------------------------------------------------------------------------------------------------

    def _on_curve_wanted(self, key: CurveKey) -> None:
        if key.kind != "take":  # a take's curve comes with the take
            self._waiting[key] = None
            self._later.start()

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._waiting.clear()
            self._scored.clear()
            self._analysing.clear()
            return
        if changes.layout:
            for item in changes.items:
                if self._document.segment(item) is not None:
                    self._document.library.forget_segment(item)

    def _ask_curves(self) -> None:
        for key in list(self._waiting):
            if key.kind == "source":
                self._ask_source(key)
            else:
                self._ask_dub(key)

    def _ask_source(self, key: CurveKey) -> None:
        film = self._document.project.medium(MediaId(key.of))
        if film is None or not film.facts.has_audio:
            del self._waiting[key]
            return
        if not self._document.library.tracks(film.id):
            return  # asked again when the faces are known
        del self._waiting[key]
        gatherer = CurveGatherer(film.id)

        def listen(event: Event) -> None:
            if isinstance(event, ScoreReady):
                self._keep_speaking(film, event)
                self._document.library.put_curve(key, gatherer.add(event))
            elif isinstance(event, Done):
                self._document.library.put_curve(key, replace(gatherer.curve, is_complete=True))
                self._update_shares(film.id)

        self._jobs.submit(
            ScoreRequest(Path(film.path)),
            Priority.ANALYSIS,
            "score",
            self.tr("How well {name} fits its own voice").format(name=film.name),
            listen,
            replaces=("score", key),
        )

    def _ask_dub(self, key: CurveKey) -> None:
        project = self._document.project
        segment = next((each for each in project.segments if each.id == key.of), None)
        if segment is None or segment.person is None:
            del self._waiting[key]
            return
        clip = project.video_clip_at(segment.range.start)
        film = project.medium(clip.media) if clip is not None else None
        dub = project.medium(segment.dub)
        person = project.person(segment.person)
        if clip is None or film is None or dub is None or person is None:
            del self._waiting[key]
            return
        if not self._document.library.tracks(film.id):
            return
        del self._waiting[key]
        faces = [face.analysis_person for face in person.faces if face.film == film.id]
        if not faces:
            return
        gatherer = CurveGatherer(film.id)
        inside = TimeRange(clip.media_time(segment.range.start), clip.media_time(segment.range.end))

        def listen(event: Event) -> None:
            if isinstance(event, ScoreReady):
                self._document.library.put_curve(key, _cut(gatherer.add(event), inside))
            elif isinstance(event, Done):
                self._document.library.put_curve(key, _cut(replace(gatherer.curve, is_complete=True), inside))

        self._jobs.submit(
            ScoreRequest(
                Path(film.path),
                faces[0],
                Path(dub.path),
                clip.media_time(segment.timeline_time(Fraction(0))),
                inside,
                tuple(each.face for each in project.placed_of(film.id, faces[0])),
            ),
            Priority.ANALYSIS,
            "score",
            self.tr("How well the film fits {person}’s dub, {span}").format(
                person=person.name, span=span_text(project.sequence, segment.range)
            ),
            listen,
            replaces=("score", key),
        )

    def _keep_speaking(self, film: MediaItem, event: ScoreReady) -> None:
        _, _, track_id = event.curve.partition(":")
        track = next((t for t in self._document.library.tracks(film.id) if str(int(t.id)) == track_id), None)
        times = self._document.library.frame_times(film.id)
        if track is None or times is None or not event.times:
            return
        people = self._scored.setdefault(film.id, {})
        curve = people.setdefault(track.person, np.full(len(times), np.nan, np.float32))
        rows = np.searchsorted(event.times, times[track.first_frame : track.end_frame]).clip(
            0, len(event.times) - 1
        )
        curve[track.first_frame : track.end_frame] = np.asarray(event.p, np.float32)[rows]

    def _update_shares(self, film: MediaId) -> None:
        """The part of the judged time in which each person's lips fit the film's own sound."""
        library = self._document.library
        threshold = self._document.project.settings.sync_threshold
        scored = self._scored.get(film, {})
        known = np.zeros(0, bool)
        for curve in scored.values():
            judged = np.isfinite(curve)
            known = judged if known.size == 0 else known | judged
        people = tuple(
            replace(
                each,
                speaking_share=float((scored[each.analysis_person] >= threshold).sum() / known.sum())
                if each.analysis_person in scored and known.any()
                else None,
            )
            for each in library.people(film)
        )
        times = library.frame_times(film)
        if times is not None:
            library.put_faces(film, library.found_tracks(film), times, people)


def _cut(curve: SyncCurve, inside: TimeRange) -> SyncCurve:
    rows = (curve.times >= float(inside.start)) & (curve.times < float(inside.end))
    return replace(curve, times=curve.times[rows], p_sync=curve.p_sync[rows], offset_ms=curve.offset_ms[rows])
