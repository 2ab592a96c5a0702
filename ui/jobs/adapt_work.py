"""Adapt to this person: the generator learns somebody's mouth from the project's films, in the background."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.engine.client import Priority
from core.face_geometry.track import PersonId
from core.jobs.events import Done, Event, Failed, JobId, Stopped
from core.jobs.results import PersonLearnt
from core.planning.requests import AdaptRequest
from core.project import content_edits
from core.project.changes import Changes
from core.project.model import Person
from core.takes.lips import installed_generator
from ui.base.messages import Messages
from ui.base.options import Options
from ui.jobs.engine_jobs import EngineJobs
from ui.state.document import Document


class AdaptWork(QObject):
    """Has people learnt.

    Signals:
        changed: who is being learnt is another than before.
    """

    changed = Signal()

    def __init__(
        self, document: Document, jobs: EngineJobs, options: Options, messages: Messages, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._options = options
        self._messages = messages
        self._running: dict[PersonId, JobId] = {}
        document.changed.connect(self._on_changed)

    def refusal(self, person: PersonId) -> str:
        """Why a person cannot be learnt now; "" when nothing stands against it."""
        known = self._document.project.person(person)
        if installed_generator() is None:
            return self.tr("No generator is installed")
        if known is None or not self._footage(known):
            return self.tr("This person is in no film of the project")
        if person in self._running:
            return self.tr("This person is being learnt")
        return ""

    def adapt(self, person: PersonId) -> None:
        """Learns a person; what it gained is told at the end, and what gained nothing is not kept."""
        known = self._document.project.person(person)
        reason = self.refusal(person)
        if known is None or reason:
            self._messages.info(reason)
            return
        request = AdaptRequest(
            self._footage(known),
            known.name,
            minutes=float(self._options.number("engine.adapt_minutes")),
            device=self._options.text("engine.device"),
        )
        title = self.tr("Adapt to {name}").format(name=known.name)

        def listen(event: Event) -> None:
            self._on_event(person, event)

        self._running[person] = self._jobs.submit(
            request, Priority.ANALYSIS, "adapt", title, listen, retry=lambda: self.adapt(person)
        )
        self.changed.emit()

    def forget(self, person: PersonId) -> None:
        """Takes the adaptation off a person; takes made with it stay."""
        self._document.apply(
            self.tr("Remove the adaptation"), content_edits.set_person, person, adaptation=""
        )

    def _footage(self, person: Person) -> tuple[tuple[Path, str], ...]:
        films = {medium.id: medium for medium in self._document.project.media if medium.kind == "video"}
        missing = self._document.library.is_missing
        return tuple(
            (Path(films[face.film].path), face.analysis_person)
            for face in person.faces
            if face.film in films and not missing(face.film)
        )

    def _on_event(self, person: PersonId, event: Event) -> None:
        if self._running.get(person) != event.job:  # of a project that was closed
            return
        if isinstance(event, Done | Failed | Stopped):
            del self._running[person]
            if isinstance(event, PersonLearnt):
                self._keep(person, event)
            self.changed.emit()

    def _keep(self, person: PersonId, learnt: PersonLearnt) -> None:
        known = self._document.project.person(person)
        if known is None:  # removed meanwhile
            return
        gain = self.tr("Error of the mouth on seconds held out: {before} → {after} grey levels.").format(
            before=f"{learnt.before:.2f}",
            after=f"{learnt.after:.2f}",
        )
        if not learnt.blob:
            self._messages.info(
                self.tr("Adapting to {name} gained nothing and is not kept.").format(name=known.name), gain
            )
            return
        self._document.apply(
            self.tr("Adapt to {name}").format(name=known.name),
            content_edits.set_person,
            person,
            adaptation=learnt.blob,
        )
        self._messages.done(self.tr("The generator knows {name} now.").format(name=known.name), gain)

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            running, self._running = self._running, {}
            for job in running.values():
                self._jobs.cancel(job)
            self.changed.emit()
