"""The inspector's page on the lips of segments: whose they are, what makes them, their takes, and how well they fit."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from core.base.timing import TimeRange, duration_words
from core.face_geometry.track import PersonId
from core.jobs.results import CostEstimated
from core.model_store.catalogue import ENGINES as PUBLISHED
from core.model_store.catalogue import MODELS
from core.project import content_edits
from core.project.fit_edits import unseen_end
from core.project.ids import TakeId
from core.project.segments import DubSegment
from core.project.timecodes import span_text
from core.takes.lips import is_ready
from ui.inspector.controls import shrink
from ui.inspector.moving import MovingSettings
from ui.inspector.score_card import ScoreCard
from ui.inspector.sections import Page, labelled, section
from ui.inspector.setting_rows import SettingRows
from ui.inspector.sharing import Sharing
from ui.inspector.takes_strip import TakesStrip
from ui.state.document import Document


class LipsPage(Page):
    """Person, engine, takes and fit of the segments that are worked on.

    Signals:
        take_chosen: (ItemId, TakeId | None) a take of the only segment.
        cost_wanted: (str) what a published engine takes here is to be shown; see `show_cost`.
        lengthen_asked: (ItemId, LengthRule) the film shall be as long as a segment that outlasts it.
    """

    take_chosen = Signal(str, object)
    cost_wanted = Signal(str)
    lengthen_asked = Signal(str, str)

    def __init__(
        self, document: Document, moving: MovingSettings, sharing: Sharing, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: tuple[DubSegment, ...] = ()
        self.person = QComboBox()
        self.person.setAccessibleName(self.tr("Person"))
        self.person.activated.connect(self._on_person)
        self.engine = self._engines()
        self.lengthen = self._lengthening()
        self.keep = QCheckBox(self.tr("Keep original lips"))
        self.keep.clicked.connect(self._on_keep)
        self.mute = QCheckBox(self.tr("Mute"))
        self.mute.clicked.connect(self._on_mute)
        self.takes = QComboBox()
        self.takes.setAccessibleName(self.tr("Take"))
        self.takes.activated.connect(self._on_take)
        self.strip = TakesStrip(document)
        self.strip.take_chosen.connect(self.take_chosen)
        self.coverage, self.parts, self.cost = (_remark() for _ in range(3))
        self.cost.hide()
        self.score = ScoreCard(document)
        self.settings = SettingRows("lips", document, moving, sharing, self)
        for choice in (self.person, self.engine, self.takes):
            shrink(choice)
        self._lay_out(sharing)

    def show_segments(self, segments: tuple[DubSegment, ...]) -> None:
        """Shows all about these segments, of which there is one or more."""
        self._shown = segments
        self._show_person()
        self.settings.show_values(segments)
        self._show_engine()
        _show_flag(self.keep, [segment.keep_original for segment in segments])
        _show_flag(self.mute, [segment.muted for segment in segments])
        unseen = unseen_end(self._document.project, segments[0]) if len(segments) == 1 else None
        self.lengthen.setVisible(unseen is not None)
        if unseen is not None:
            text = self.tr("The dub goes on for {seconds} s after the film’s last picture.")
            self.lengthen.setToolTip(text.format(seconds=f"{float(unseen[1]):.2f}"))
        self.show_takes()
        self.score.show_segments(segments)

    def show_values(self) -> None:
        """Shows the settings again: the playhead may stand elsewhere."""
        if self._shown:
            self.settings.show_values(self._shown)

    def show_takes(self) -> None:
        """Shows what became of the takes."""
        segments = self._document.worked_segments
        self.strip.show_segments(segments)
        self._show_parts(segments)
        self._show_coverage(segments)
        with QSignalBlocker(self.takes):
            self.takes.clear()
            if len(segments) != 1 or not segments[0].takes:
                self.takes.addItem(
                    self.tr("No take yet") if len(segments) == 1 else self.tr("Select one segment"), None
                )
                self.takes.setEnabled(False)
                return
            only = segments[0]
            self.takes.setEnabled(True)
            self.takes.addItem(self.tr("Film, no take"), None)
            for take in only.takes:
                state = self._document.library.take_state(take.id)
                score = f" · {take.mean_sync:.2f}" if take.mean_sync is not None else ""
                how = {
                    "running": f" · {state.progress:.0%}",
                    "queued": self.tr(" · waiting"),
                    "failed": self.tr(" · failed"),
                    "paused": self.tr(" · paused"),
                }.get(state.status, "")
                title = self.tr("Take {number}").format(number=take.number)
                self.takes.addItem(f"{title}{score}{how}", take.id)
            self.takes.setCurrentIndex(max(0, self.takes.findData(only.chosen)) if only.chosen else 0)

    def show_score(self) -> None:
        """Shows what became known of the fit."""
        segments = self._document.worked_segments
        if segments:
            self.strip.show_segments(segments)
            self.score.show_segments(segments)

    def show_cost(self, cost: CostEstimated) -> None:
        """What an engine will take here, where it is the one of the segments shown."""
        if {segment.engine for segment in self._shown} != {cost.model}:
            return
        self.cost.setText(
            self.tr(
                "About {final} for each second of film here, {draft} as a draft; {memory} GB of memory or more"
            ).format(
                final=duration_words(cost.final),
                draft=duration_words(cost.draft),
                memory=f"{cost.memory / 1e9:.0f}",
            )
        )
        self.cost.setToolTip(f"{cost.device}, {cost.precision}")
        self.cost.show()

    # --- building ----------------------------------------------------------------------------------------------------

    def _engines(self) -> QComboBox:
        engines = QComboBox()
        engines.setAccessibleName(self.tr("Engine"))
        for value, title in (
            ("auto", self.tr("Automatic")),
            ("own-mouth", self.tr("Own mouth")),
            ("generator", self.tr("Generator (experimental)")),
            ("hybrid", self.tr("Hybrid (experimental)")),
            *((name, MODELS[name].title) for name in PUBLISHED),
        ):
            engines.addItem(title, value)
        engines.activated.connect(self._on_engine)
        return engines

    def _lengthening(self) -> QToolButton:
        button = QToolButton()
        button.setText(self.tr("Lengthen the picture"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        ways = QMenu(button)
        for rule, title in (
            ("hold", self.tr("Hold the last picture")),
            ("loop", self.tr("Show the film again")),
            ("pingpong", self.tr("Play there and back")),
        ):
            ways.addAction(title).triggered.connect(
                lambda _=False, rule=rule: self.lengthen_asked.emit(self._shown[0].id, rule)
            )
        button.setMenu(ways)
        return button

    def _lay_out(self, sharing: Sharing) -> None:
        flags = QHBoxLayout()
        flags.addWidget(self.keep)
        flags.addWidget(self.mute)
        flags.addStretch(1)
        column = self.column
        column.addWidget(labelled(self.tr("Person"), self.person))
        column.addLayout(flags)
        column.addWidget(self.lengthen)
        column.addWidget(self.score)
        column.addWidget(labelled(self.tr("Take"), self.takes))
        column.addWidget(self.strip)
        column.addWidget(self.parts)
        column.addWidget(self.coverage)
        column.addWidget(section(self.tr("New takes"), sharing.button("lips")))
        column.addWidget(labelled(self.tr("Engine"), self.engine))
        column.addWidget(self.cost)
        self.settings.add_to(column)
        column.addStretch(1)

    # --- showing -----------------------------------------------------------------------------------------------------

    def _show_engine(self) -> None:
        self._mark_ready_engines()
        engines = {segment.engine for segment in self._shown}
        only = engines.pop() if len(engines) == 1 else None
        with QSignalBlocker(self.engine):
            self.engine.setCurrentIndex(self.engine.findData(only) if only is not None else -1)
        self.cost.hide()
        if only in PUBLISHED:
            self.cost_wanted.emit(only)

    def _mark_ready_engines(self) -> None:
        """Engines come and go while the window is open."""
        rows = self.engine.model()
        assert isinstance(rows, QStandardItemModel)
        for row in range(self.engine.count()):
            name = self.engine.itemData(row)
            is_published = name in PUBLISHED
            if is_ready(name):
                note = self.tr("Needs {needs}").format(needs=MODELS[name].needs) if is_published else ""
            elif is_published:
                note = self.tr("Not installed: Preferences, Models")
            else:
                note = self.tr("No generator is installed")
            rows.item(row).setEnabled(is_ready(name))
            self.engine.setItemData(row, note, Qt.ItemDataRole.ToolTipRole)

    def _show_person(self) -> None:
        segments = self._shown
        with QSignalBlocker(self.person):
            self.person.clear()
            self.person.addItem(self.tr("Nobody yet"), None)
            for person in self._document.project.people:
                self.person.addItem(person.name, person.id)
            people = {segment.person for segment in segments}
            index = self.person.findData(segments[0].person) if segments[0].person is not None else 0
            self.person.setCurrentIndex(index if len(people) == 1 else -1)

    def _show_parts(self, segments: tuple[DubSegment, ...]) -> None:
        """Names the takes that are used for a part of the segment only."""
        choices = segments[0].choices if len(segments) == 1 else ()
        lines = []
        for choice in choices:
            take = segments[0].take(choice.take)
            if take is not None:
                start, end = (
                    segments[0].timeline_time(t) for t in (choice.dub_range.start, choice.dub_range.end)
                )
                span = span_text(self._document.project.sequence, TimeRange(start, end))
                lines.append(self.tr("{span}: take {number}").format(span=span, number=take.number))
        self.parts.setText("\n".join(lines))
        self.parts.setVisible(bool(lines))

    def _show_coverage(self, segments: tuple[DubSegment, ...]) -> None:
        """Says how much of the chosen take's mouths is the person's own."""
        chosen = segments[0].chosen if len(segments) == 1 else None
        share = self._document.library.take_state(chosen).coverage if chosen is not None else None
        if share is None:
            text = ""
        elif share >= 1:
            text = self.tr("The footage holds every mouth that this take needs.")
        else:
            text = self.tr(
                "The footage holds {share} of the mouths that this take needs; the others are made from the nearest."
            ).format(share=f"{min(share, 0.99):.0%}")
        self.coverage.setText(text)
        self.coverage.setVisible(bool(text))

    # --- editing -----------------------------------------------------------------------------------------------------

    def _on_person(self, index: int) -> None:
        person: PersonId | None = self.person.itemData(index)
        ids = [segment.id for segment in self._document.worked_segments]
        if not self._document.apply(self.tr("Assign person"), content_edits.assign_person, ids, person):
            self._show_person()

    def _on_engine(self, index: int) -> None:
        self._set(self.tr("Set engine"), engine=self.engine.itemData(index))

    def _on_keep(self) -> None:
        self._set(self.tr("Keep original lips"), keep_original=self.keep.isChecked())

    def _on_mute(self) -> None:
        self._set(self.tr("Mute"), muted=self.mute.isChecked())

    def _on_take(self, index: int) -> None:
        take: TakeId | None = self.takes.itemData(index)
        segments = self._document.worked_segments
        if len(segments) == 1:
            self.take_chosen.emit(segments[0].id, take)

    def _set(self, label: str, **values: object) -> None:
        ids = [segment.id for segment in self._document.worked_segments]
        self._document.apply(label, content_edits.set_segments, ids, **values)


def _remark() -> QLabel:
    label = QLabel()
    label.setProperty("role", "faint")
    label.setWordWrap(True)
    return label


def _show_flag(box: QCheckBox, values: list[bool]) -> None:
    with QSignalBlocker(box):
        if all(value == values[0] for value in values):
            box.setTristate(False)
            box.setChecked(values[0])
        else:
            box.setCheckState(Qt.CheckState.PartiallyChecked)
