"""The panel on the right: what is selected, how its lips are made, how they are laid in, how well they fit."""

from fractions import Fraction

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.base.timing import TimeRange, duration_words
from core.face_geometry.track import PersonId
from core.jobs.results import CostEstimated
from core.model_store.catalogue import ENGINES as PUBLISHED
from core.model_store.catalogue import MODELS
from core.project import content_edits
from core.project.changes import Changes
from core.project.fit_edits import unseen_end
from core.project.ids import TakeId
from core.project.parameters import PARAMETERS
from core.project.segments import DubSegment
from core.project.timecodes import span_text
from core.takes.lips import is_ready
from ui.base.column_scroll import ColumnScroll
from ui.base.theme import icon, theme
from ui.inspector.audio_page import AudioPage, SoundRows, selected_clips
from ui.inspector.controls import RESET_WIDTH, ROW_SPACING, ParameterRow, label_width, shrink
from ui.inspector.moving import MovingSettings, can_move
from ui.inspector.score_card import ScoreCard
from ui.inspector.sharing import Sharing
from ui.inspector.takes_strip import TakesStrip
from ui.state.document import Document

BEST_OF = (2, 3, 4, 6, 9)


class Inspector(QWidget):
    """Settings of the selected segments.

    Signals:
        generate_clicked, generate_range_clicked: the buttons.
        best_clicked: (int) make so many takes and keep the best; 0 for as many as the preferences say.
        take_chosen: (ItemId, TakeId | None) a take of the selected segment.
        cost_wanted: (str) what a published engine takes here is to be shown; see `show_cost`.
        take_played: (ItemId, TakeId) to be seen from the segment's beginning.
        blend_moved: a blend setting was changed by hand: the mask may be shown for a moment.
        lengthen_asked: (ItemId, LengthRule) the film shall be as long as a segment that outlasts it.
    """

    generate_clicked = Signal()
    generate_range_clicked = Signal()
    best_clicked = Signal(int)
    take_chosen = Signal(str, object)
    cost_wanted = Signal(str)
    take_played = Signal(str, object)
    blend_moved = Signal()
    lengthen_asked = Signal(str, str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: tuple[DubSegment, ...] = ()
        self._moving = MovingSettings(document, self)
        self.sharing = Sharing(document, self)
        self._rows = {parameter.name: ParameterRow(parameter) for parameter in PARAMETERS}
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._segment_page())
        self.audio = AudioPage(document)
        self._pages.addWidget(self.audio)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        document.changed.connect(self._on_changed)
        document.session.selection_changed.connect(self._refresh)
        document.session.playhead_moved.connect(self._on_playhead_moved)
        document.session.person_changed.connect(self._refresh)
        document.library.take_changed.connect(self._refresh_takes)
        document.library.curve_changed.connect(self._score_refresh)
        theme().changed.connect(self._show_signs)
        self._show_signs()
        self._refresh()

    def row(self, name: str) -> ParameterRow:
        """The control of a parameter."""
        return self._rows[name]

    @property
    def buttons(self) -> dict[str, QAbstractButton]:
        """Action id → the button that does the same."""
        return {
            "segment.generate": self._generate,
            "segment.best": self._best,
            "segment.generate_range": self._again,
        }

    # --- building ----------------------------------------------------------------------------------------------------

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        sign = QLabel()
        sign.setPixmap(icon("cursor-default-click-outline").pixmap(40, 40))
        sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = QLabel(
            self.tr("Select a dub segment on the timeline\nto set its lips and how they are laid in.")
        )
        text.setProperty("role", "dim")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        column.addStretch(2)
        column.addWidget(sign)
        column.addWidget(text)
        column.addStretch(3)
        return page

    def _segment_page(self) -> QWidget:
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self._place = QLabel()
        self._place.setProperty("role", "faint")
        self._person = QComboBox()
        self._person.setAccessibleName(self.tr("Person"))
        self._person.activated.connect(self._on_person)
        self._engine = QComboBox()
        self._engine.setAccessibleName(self.tr("Engine"))
        for value, title in (
            ("auto", self.tr("Automatic")),
            ("own-mouth", self.tr("Own mouth")),
            ("generator", self.tr("Generator (experimental)")),
            ("hybrid", self.tr("Hybrid (experimental)")),
            *((name, MODELS[name].title) for name in PUBLISHED),
        ):
            self._engine.addItem(title, value)
        self._engine.activated.connect(self._on_engine)
        self.lengthen = QToolButton()
        self.lengthen.setText(self.tr("Lengthen the picture"))
        self.lengthen.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        ways = QMenu(self.lengthen)
        for rule, title in (
            ("hold", self.tr("Hold the last picture")),
            ("loop", self.tr("Show the film again")),
            ("pingpong", self.tr("Play there and back")),
        ):
            ways.addAction(title).triggered.connect(
                lambda _=False, rule=rule: self.lengthen_asked.emit(self._shown[0].id, rule)
            )
        self.lengthen.setMenu(ways)
        self._keep = QCheckBox(self.tr("Keep original lips"))
        self._keep.clicked.connect(self._on_keep)
        self._mute = QCheckBox(self.tr("Mute"))
        self._mute.clicked.connect(self._on_mute)
        self._generate = QPushButton(self.tr("Generate"))
        self._generate.setProperty("primary", "true")
        self._generate.setToolTip(self.tr("Make the lips of the selected segments"))
        self._generate.clicked.connect(self.generate_clicked)
        self._again = again = QToolButton()
        again.setIcon(icon("refresh"))
        again.setToolTip(self.tr("A new take of the marked range"))
        again.clicked.connect(self.generate_range_clicked)
        self._best = QToolButton()
        self._best.setIcon(icon("trophy-outline"))
        self._best.setToolTip(self.tr("Make several takes and keep the one that fits best"))
        self._best.setAccessibleName(self.tr("Best of several takes"))
        self._best.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._best.clicked.connect(lambda: self.best_clicked.emit(0))
        counts = QMenu(self._best)
        for count in BEST_OF:
            counts.addAction(self.tr("Best of {count}").format(count=count)).triggered.connect(
                lambda _=False, count=count: self.best_clicked.emit(count)
            )
        self._best.setMenu(counts)
        self._takes = QComboBox()
        self._takes.setAccessibleName(self.tr("Take"))
        self._takes.activated.connect(self._on_take)
        self.strip = TakesStrip(self._document)
        self.strip.take_chosen.connect(self.take_chosen)
        self.strip.play_asked.connect(self.take_played)
        self._coverage = QLabel()
        self._coverage.setProperty("role", "faint")
        self._coverage.setWordWrap(True)
        self._parts = QLabel()
        self._parts.setProperty("role", "faint")
        self._parts.setWordWrap(True)
        self._cost = QLabel()
        self._cost.setProperty("role", "faint")
        self._cost.setWordWrap(True)
        self._cost.hide()
        self._score = ScoreCard(self._document)
        for choice in (self._person, self._engine, self._takes):
            shrink(choice)

        column = QVBoxLayout()
        column.setContentsMargins(12, 8, 8, 12)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._place)
        column.addWidget(_labelled(self.tr("Person"), self._person))
        flags = QHBoxLayout()
        flags.addWidget(self._keep)
        flags.addWidget(self._mute)
        flags.addStretch(1)
        column.addLayout(flags)
        column.addWidget(self.lengthen)
        column.addWidget(_section(self.tr("Lips"), self.sharing.button("lips")))
        column.addWidget(_labelled(self.tr("Engine"), self._engine))
        column.addWidget(self._cost)
        for parameter in PARAMETERS:
            if parameter.group == "lips":
                column.addWidget(self._connected(parameter.name))
        column.addWidget(_labelled(self.tr("Take"), self._takes))
        column.addWidget(self.strip)
        column.addWidget(self._parts)
        column.addWidget(self._coverage)
        column.addWidget(_section(self.tr("Fit")))
        column.addWidget(self._score)
        column.addWidget(_section(self.tr("Blend"), self.sharing.button("blend")))
        for parameter in PARAMETERS:
            if parameter.group == "blend":
                column.addWidget(self._connected(parameter.name))
        column.addWidget(_section(self.tr("Audio")))
        self.sound_rows = SoundRows(self._document)
        column.addWidget(self.sound_rows)
        column.addStretch(1)
        inner = QWidget()
        inner.setLayout(column)
        scroll = ColumnScroll()
        scroll.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(12, 8, 8, 8)
        buttons.setSpacing(8)
        buttons.addWidget(self._generate, 1)
        buttons.addWidget(self._best)
        buttons.addWidget(again)
        page = QWidget()
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(buttons)  # below the scrolled part: it is what everything above leads to
        return page

    def _show_signs(self) -> None:
        """On the accent's colour a sign has the colour of the words."""
        self._generate.setIcon(icon("creation-outline", theme().colours.accent_text))

    def _connected(self, name: str) -> ParameterRow:
        row = self._rows[name]
        row.edited.connect(self._on_edited)
        row.settled.connect(self._document.end_merging)
        row.key_clicked.connect(lambda name: self._moving.toggle(self._document.worked_segments, name))
        row.key_menu_asked.connect(
            lambda name, at: self._moving.show_menu(self._document.worked_segments, name, at, self)
        )
        row.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        row.customContextMenuRequested.connect(
            lambda at, name=name, row=row: self.sharing.show_menu((name,), row.mapToGlobal(at), row)
        )
        return row

    # --- showing -----------------------------------------------------------------------------------------------------

    def _on_changed(self, changes: Changes) -> None:
        if (
            changes.everything
            or changes.people
            or changes.sequence
            or changes.layout
            or changes.items & {segment.id for segment in self._document.worked_segments}
        ):
            self._refresh()

    def _on_playhead_moved(self, _t: Fraction) -> None:
        if not self._document.session.selection and self._document.worked_segments != self._shown:
            self._refresh()
        elif any(segment.curves for segment in self._shown):
            self._show_values(self._shown)

    def _refresh(self, _selection: object = None) -> None:
        segments = self._shown = self._document.worked_segments
        clips = selected_clips(self._document) if not segments else ()
        self._pages.setCurrentIndex(1 if segments else 2 if clips else 0)
        if clips:
            self.audio.show_clips(clips)
        if not segments:
            return
        self.sound_rows.show_items(segments)
        self._show_place(segments)
        self._show_person(segments)
        self._show_values(segments)
        self._mark_ready_engines()
        with QSignalBlocker(self._engine):
            engines = {segment.engine for segment in segments}
            self._engine.setCurrentIndex(
                self._engine.findData(segments[0].engine) if len(engines) == 1 else -1
            )
        self._cost.hide()
        if len(engines) == 1 and segments[0].engine in PUBLISHED:
            self.cost_wanted.emit(segments[0].engine)
        _show_flag(self._keep, [segment.keep_original for segment in segments])
        _show_flag(self._mute, [segment.muted for segment in segments])
        can_generate = any(not (s.muted or s.keep_original) and s.person is not None for s in segments)
        self._generate.setEnabled(can_generate)
        self._best.setEnabled(can_generate)
        self._generate.setText(
            self.tr("Generate")
            if len(segments) == 1
            else self.tr("Generate {count}").format(count=len(segments))
        )
        unseen = unseen_end(self._document.project, segments[0]) if len(segments) == 1 else None
        self.lengthen.setVisible(unseen is not None)
        if unseen is not None:
            text = self.tr("The dub goes on for {seconds} s after the film’s last picture.")
            self.lengthen.setToolTip(text.format(seconds=f"{float(unseen[1]):.2f}"))
        self._refresh_takes()
        self._score.show_segments(segments)

    def _show_values(self, segments: tuple[DubSegment, ...]) -> None:
        for row in self._rows.values():
            name = row.parameter.name
            if can_move(name):
                values: list[object] = [self._moving.value(s, name) for s in segments]
                row.show_keys(
                    moves=self._moving.moves(segments, name), on_key=self._moving.is_on_key(segments, name)
                )
            else:
                values = [
                    getattr(s.lips if row.parameter.group == "lips" else s.blend, name) for s in segments
                ]
            row.show_value(values[0], mixed=any(value != values[0] for value in values))

    def show_cost(self, cost: CostEstimated) -> None:
        """What an engine will take here, where it is the one of the segments shown."""
        if {segment.engine for segment in self._shown} != {cost.model}:
            return
        self._cost.setText(
            self.tr(
                "About {final} for each second of film here, {draft} as a draft; {memory} GB of memory or more"
            ).format(
                final=duration_words(cost.final),
                draft=duration_words(cost.draft),
                memory=f"{cost.memory / 1e9:.0f}",
            )
        )
        self._cost.setToolTip(f"{cost.device}, {cost.precision}")
        self._cost.show()

    def _mark_ready_engines(self) -> None:
        """Engines come and go while the window is open."""
        rows = self._engine.model()
        assert isinstance(rows, QStandardItemModel)
        for row in range(self._engine.count()):
            name = self._engine.itemData(row)
            is_published = name in PUBLISHED
            if is_ready(name):
                note = self.tr("Needs {needs}").format(needs=MODELS[name].needs) if is_published else ""
            elif is_published:
                note = self.tr("Not installed: Preferences, Models")
            else:
                note = self.tr("No generator is installed")
            rows.item(row).setEnabled(is_ready(name))
            self._engine.setItemData(row, note, Qt.ItemDataRole.ToolTipRole)

    def _show_place(self, segments: tuple[DubSegment, ...]) -> None:
        if len(segments) == 1:
            only = segments[0]
            dub = self._document.project.medium(only.dub)
            self._title.setText(only.note or (dub.name if dub is not None else only.id))
            seconds = float(only.range.duration)
            self._place.setText(
                f"{span_text(self._document.project.sequence, only.range)}   ·   {seconds:.2f} s"
            )
        else:
            self._title.setText(self.tr("{count} segments").format(count=len(segments)))
            seconds = float(sum((s.range.duration for s in segments), Fraction(0)))
            self._place.setText(self.tr("{seconds} s in all").format(seconds=f"{seconds:.2f}"))

    def _show_person(self, segments: tuple[DubSegment, ...]) -> None:
        with QSignalBlocker(self._person):
            self._person.clear()
            self._person.addItem(self.tr("Nobody yet"), None)
            for person in self._document.project.people:
                self._person.addItem(person.name, person.id)
            people = {segment.person for segment in segments}
            index = self._person.findData(segments[0].person) if segments[0].person is not None else 0
            self._person.setCurrentIndex(index if len(people) == 1 else -1)

    def _refresh_takes(self, _take: object = None) -> None:
        segments = self._document.worked_segments
        self.strip.show_segments(segments)
        self._show_parts(segments)
        self._show_coverage(segments)
        with QSignalBlocker(self._takes):
            self._takes.clear()
            if len(segments) != 1 or not segments[0].takes:
                self._takes.addItem(
                    self.tr("No take yet") if len(segments) == 1 else self.tr("Select one segment"), None
                )
                self._takes.setEnabled(False)
                return
            only = segments[0]
            self._takes.setEnabled(True)
            self._takes.addItem(self.tr("Film, no take"), None)
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
                self._takes.addItem(f"{title}{score}{how}", take.id)
            self._takes.setCurrentIndex(max(0, self._takes.findData(only.chosen)) if only.chosen else 0)

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
        self._parts.setText("\n".join(lines))
        self._parts.setVisible(bool(lines))

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
        self._coverage.setText(text)
        self._coverage.setVisible(bool(text))

    def _score_refresh(self, _key: object = None) -> None:
        if self._document.worked_segments:
            self.strip.show_segments(self._document.worked_segments)
            self._score.show_segments(self._document.worked_segments)

    # --- editing -----------------------------------------------------------------------------------------------------

    def _on_edited(self, name: str, value: object) -> None:
        row = self._rows[name]
        segments = self._document.worked_segments
        label = self.tr("Set {name}").format(name=row.parameter.title)
        still = [segment.id for segment in segments if not self._moving.moves((segment,), name)]
        moving = tuple(segment for segment in segments if segment.id not in still)
        if moving and isinstance(value, int | float):
            self._moving.set_value(moving, name, float(value), label)
        if still:
            edit = content_edits.set_lips if row.parameter.group == "lips" else content_edits.set_blend
            key = f"{name}:{','.join(still)}"
            self._document.apply_merged(key, label, edit, still, **{name: value})
        if row.parameter.group == "blend":
            self.blend_moved.emit()

    def _on_person(self, index: int) -> None:
        person: PersonId | None = self._person.itemData(index)
        ids = [segment.id for segment in self._document.worked_segments]
        if not self._document.apply(self.tr("Assign person"), content_edits.assign_person, ids, person):
            self._refresh()

    def _on_engine(self, index: int) -> None:
        self._set(self.tr("Set engine"), engine=self._engine.itemData(index))

    def _on_keep(self) -> None:
        self._set(self.tr("Keep original lips"), keep_original=self._keep.isChecked())

    def _on_mute(self) -> None:
        self._set(self.tr("Mute"), muted=self._mute.isChecked())

    def _on_take(self, index: int) -> None:
        take: TakeId | None = self._takes.itemData(index)
        segments = self._document.worked_segments
        if len(segments) == 1:
            self.take_chosen.emit(segments[0].id, take)

    def _set(self, label: str, **values: object) -> None:
        ids = [segment.id for segment in self._document.worked_segments]
        self._document.apply(label, content_edits.set_segments, ids, **values)


def _show_flag(box: QCheckBox, values: list[bool]) -> None:
    with QSignalBlocker(box):
        if all(value == values[0] for value in values):
            box.setTristate(False)
            box.setChecked(values[0])
        else:
            box.setCheckState(Qt.CheckState.PartiallyChecked)


def _section(title: str, button: QToolButton | None = None) -> QWidget:
    box = QWidget()
    label = QLabel(title)
    label.setProperty("role", "heading")
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    heading = QHBoxLayout()
    heading.addWidget(label, 1)
    if button is not None:
        heading.addWidget(button)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 8, 0, 2)
    column.setSpacing(8)
    column.addWidget(line)
    column.addLayout(heading)
    return box


def _labelled(title: str, widget: QWidget) -> QWidget:
    box = QWidget()
    label = QLabel(title)
    label.setFixedWidth(label_width(label) + 16)
    label.setBuddy(widget)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, RESET_WIDTH + ROW_SPACING, 0)
    row.setSpacing(ROW_SPACING)
    row.addWidget(label)
    row.addWidget(widget, 1)
    return box
