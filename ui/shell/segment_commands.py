"""What the actions of the Segment menu do."""

from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from core.base.timing import TimeRange
from core.face_geometry.track import PersonId
from core.project import content_edits, edits
from core.project.edits import SegmentDraft
from core.project.export_plan import marked_range
from core.project.ids import VIDEO_LANE, ItemId, TakeId
from ui.shell.window_parts import WindowParts
from ui.state.weak_spots import weak_spots


class SegmentCommands(QObject):
    """The handlers of one window."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._document = parts.document
        parts.actions.connect(
            {
                "segment.generate": self.generate,
                "segment.generate_range": self.generate_range,
                "segment.generate_all": self.generate_all,
                "segment.best": self.best_of,
                "segment.choose_best": self.choose_best,
                "segment.cancel": parts.workshop.takes.cancel_all,
                "segment.next_weak": lambda: self.go_to_weak(1),
                "segment.previous_weak": lambda: self.go_to_weak(-1),
                "segment.propose": parts.workshop.propose,
                "segment.new": self.new_segment,
                "segment.adapt": self.adapt,
                "view.take_ab": self.swap_takes,
                "segment.film": lambda: self.choose_take(None),
                **{f"segment.take_{n}": partial(self.choose_take, n) for n in range(1, 10)},
            }
        )
        parts.actions["segment.keep"].triggered.connect(self._on_keep)
        parts.actions["segment.mute"].triggered.connect(self._on_mute)

    @property
    def _marked(self) -> TimeRange | None:
        return marked_range(self._document.project)

    def generate(self) -> None:
        """Makes lips for the selected segments."""
        segments = self._document.worked_segments
        if not segments:
            self._parts.messages.info(self.tr("Select a segment first."))
            return
        self._parts.workshop.takes.generate(segments, new_seed=any(segment.takes for segment in segments))

    def generate_range(self) -> None:
        """Makes a new take of the marked range of the selected segments."""
        self._parts.workshop.takes.generate(
            self._document.worked_segments, within=self._marked, new_seed=True
        )

    def generate_all(self) -> None:
        """Makes lips for every segment that has none."""
        segments = tuple(s for s in self._document.project.segments if not s.takes and s.person is not None)
        self._parts.workshop.takes.generate(segments)

    def best_of(self, count: int = 0) -> None:
        """Makes several takes of the selected segments (of the marked range, when one is set) and keeps the best.

        Args:
            count: how many; 0 takes what the preferences say.
        """
        segments = self._document.worked_segments
        if not segments:
            self._parts.messages.info(self.tr("Select a segment first."))
            return
        count = count or round(self._parts.options.number("engine.best_of"))
        self._parts.workshop.best.generate(segments, count, within=self._marked)

    def adapt(self) -> None:
        """Asks whether the generator shall learn the person that is picked, or the first selected segment's."""
        person = self.person
        if person is None:
            self._parts.messages.info(self.tr("Pick a person first."))
            return
        self.ask_adapt(person)

    def ask_adapt(self, person: PersonId) -> None:
        """Asks before a person is learnt: it keeps the computer busy for minutes."""
        known = self._document.project.person(person)
        if known is None:
            return
        minutes = round(self._parts.options.number("engine.adapt_minutes"))
        box = QMessageBox(self._parts.window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Adapt to a person"))
        box.setText(self.tr("Shall the generator learn the mouth of {name}?").format(name=known.name))
        box.setInformativeText(
            self.tr(
                "It looks through the project's films and learns for up to {minutes} minutes in the background. "
                "It can be cancelled in the jobs panel; what gains nothing is not kept."
            ).format(minutes=minutes)
        )
        box.addButton(self.tr("Adapt"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(lambda: self._parts.workshop.adapt.adapt(person))
        box.open()

    @property
    def person(self) -> PersonId | None:
        """The person that is picked, or the first selected segment's."""
        segments = self._document.worked_segments
        return self._document.session.person or (segments[0].person if segments else None)

    def choose_best(self) -> None:
        """Uses the take that fits best, of those the selected segments have."""
        with self._document.group(self.tr("Choose the best take")):
            for segment in self._document.worked_segments:
                self._parts.workshop.best.choose(segment, within=self._marked)

    def choose_take(self, number: int | None) -> None:
        """Uses take `number` of each selected segment; None shows the film. Only the marked range when one is set."""
        with self._document.group(self.tr("Choose take")):
            for segment in self._document.worked_segments:
                take: TakeId | None = next((t.id for t in segment.takes if t.number == number), None)
                if number is None or take is not None:
                    self.use_take(segment.id, take)

    def use_take(self, segment: ItemId, take: TakeId | None) -> None:
        """Uses a take of a segment, only in the marked range when one is set."""
        self._document.apply(self.tr("Choose take"), content_edits.choose_take_in_marks, segment, take)

    def swap_takes(self) -> None:
        """Looks at the other take of the segment, and back; the project stays as it is."""
        session, segments = self._document.session, self._document.worked_segments
        if not segments:
            self._parts.messages.info(self.tr("Select a segment first."))
            return
        segment = segments[0]
        rival = session.rivals.get(segment.id)
        if rival is not None and segment.take(rival) is not None:
            session.set_rival_shown(not session.is_rival_shown)
            return
        here = session.playhead if session.playhead in segment.range else segment.range.start
        shown = segment.take_at(here)
        others = [take for take in segment.takes if take is not shown]
        if not others:
            self._parts.messages.info(self.tr("There is no other take to compare with; generate one."))
            return
        session.set_rival(segment.id, others[-1].id)
        session.set_rival_shown(True)

    def play_take(self, item: ItemId, take: TakeId) -> None:
        """Plays a take from its segment's beginning, whichever is chosen."""
        session, segment = self._document.session, self._document.segment(item)
        if segment is None:
            return
        is_chosen = segment.chosen == take and not segment.choices
        session.set_rival(item, None if is_chosen else take)
        session.set_rival_shown(not is_chosen)
        session.set_playhead(segment.range.start)
        if not session.is_playing:
            self._parts.viewer.toggle()

    def new_segment(self) -> None:
        """A segment over the marked range (or two seconds from the playhead) for the picked person."""
        project, session = self._document.project, self._document.session
        marked = project.in_point is not None and project.out_point is not None
        span = project.in_out if marked else TimeRange(session.playhead, session.playhead + 2)
        dubs = [c for c in project.clips if c.lane != VIDEO_LANE and c.range.overlaps(span)]
        if not dubs:
            self._parts.messages.info(
                self.tr("There is no dub at this place."), self.tr("Drop a sound file on the timeline first.")
            )
            return
        dub = dubs[0]
        shared = span.intersection(dub.range) or span
        person = session.person or (project.people[0].id if len(project.people) == 1 else None)
        draft = SegmentDraft(shared, dub.media, dub.media_time(shared.start), person)
        number = project.next_number
        if self._document.apply(self.tr("New segment"), edits.add_segments, [draft]):
            session.select([item.id for item in self._document.project.segments if item.id == f"s{number}"])

    def go_to_weak(self, direction: int) -> None:
        """The playhead to the next stretch that fits badly, or whose pictures may not pass for real."""
        session = self._document.session
        starts = [spot.start for spot in weak_spots(self._document)]
        here = session.playhead
        ahead = [t for t in starts if (t > here if direction > 0 else t < here)]
        if ahead:
            session.set_playhead(min(ahead) if direction > 0 else max(ahead))
        else:
            self._parts.messages.info(
                self.tr("No weak or doubtful stretch further on.")
                if direction > 0
                else self.tr("No weak or doubtful stretch before this.")
            )

    def _on_keep(self, keep: bool) -> None:
        ids = [segment.id for segment in self._document.worked_segments]
        self._document.apply(
            self.tr("Keep original lips"), content_edits.set_segments, ids, keep_original=keep
        )

    def _on_mute(self, mute: bool) -> None:
        ids = [segment.id for segment in self._document.worked_segments]
        self._document.apply(self.tr("Mute"), content_edits.set_segments, ids, muted=mute)
