"""The panel on the right: what is selected, or lies under the playhead, on three pages: lips, blend and audio."""

from fractions import Fraction

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.project.changes import Changes
from core.project.model import Clip
from core.project.segments import DubSegment
from core.project.timecodes import span_text
from ui.base.theme import icon, theme
from ui.inspector.audio_page import AudioPage
from ui.inspector.blend_page import BlendPage
from ui.inspector.controls import ParameterRow
from ui.inspector.lips_page import LipsPage
from ui.inspector.moving import MovingSettings
from ui.inspector.sharing import Sharing
from ui.state.document import Document

BEST_OF = (2, 3, 4, 6, 9)


class Inspector(QWidget):
    """What can be set of the selected segments or clips; with nothing selected, of what lies under the playhead.

    Signals:
        generate_clicked, generate_range_clicked: the buttons.
        best_clicked: (int) make so many takes and keep the best; 0 for as many as the preferences say.
    """

    generate_clicked = Signal()
    generate_range_clicked = Signal()
    best_clicked = Signal(int)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: tuple[DubSegment, ...] | tuple[Clip, ...] = ()
        self._wanted = 0  # the page that was asked for; a clip has not all of them
        self.moving = MovingSettings(document, self)
        self.sharing = Sharing(document, self)
        self.lips = LipsPage(document, self.moving, self.sharing)
        self.blend = BlendPage(document, self.moving, self.sharing)
        self.audio = AudioPage(document)
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.title.setWordWrap(True)
        self.place = QLabel()
        self.place.setProperty("role", "faint")
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(self.tr("Pages"))
        self._pages = QStackedWidget()
        for title, page in ((self.tr("Lips"), self.lips), (self.tr("Blend"), self.blend), (self.tr("Audio"), self.audio)):
            self.tabs.addTab(title)
            self._pages.addWidget(page)
        self.tabs.currentChanged.connect(self._on_tab)
        self._making = self._buttons()
        self._whole = QStackedWidget()
        self._whole.addWidget(self._empty_page())
        self._whole.addWidget(self._filled_page())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._whole)
        document.changed.connect(self._on_changed)
        document.session.selection_changed.connect(self._refresh)
        document.session.playhead_moved.connect(self._on_playhead_moved)
        document.session.person_changed.connect(self._refresh)
        document.library.take_changed.connect(self._on_take_changed)
        document.library.curve_changed.connect(self._on_curve_changed)
        theme().changed.connect(self._show_signs)
        self._show_signs()
        self._refresh()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be set."""
        return not self._shown

    def row(self, name: str) -> ParameterRow:
        """The control of a parameter, on whichever page it is."""
        return {**self.lips.settings.rows, **self.blend.settings.rows}[name]

    @property
    def buttons(self) -> dict[str, QAbstractButton]:
        """Action id → the button that does the same."""
        return {
            "segment.generate": self.generate,
            "segment.best": self.best,
            "segment.generate_range": self.again,
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

    def _filled_page(self) -> QWidget:
        head = QVBoxLayout()
        head.setContentsMargins(12, 8, 8, 4)
        head.setSpacing(2)
        head.addWidget(self.title)
        head.addWidget(self.place)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        column.addWidget(self._making)  # below the scrolled part: it is what everything above leads to
        return page

    def _buttons(self) -> QWidget:
        self.generate = QPushButton(self.tr("Generate"))
        self.generate.setProperty("primary", "true")
        self.generate.setToolTip(self.tr("Make the lips of the selected segments"))
        self.generate.clicked.connect(self.generate_clicked)
        self.again = QToolButton()
        self.again.setIcon(icon("refresh"))
        self.again.setToolTip(self.tr("A new take of the marked range"))
        self.again.clicked.connect(self.generate_range_clicked)
        self.best = QToolButton()
        self.best.setIcon(icon("trophy-outline"))
        self.best.setToolTip(self.tr("Make several takes and keep the one that fits best"))
        self.best.setAccessibleName(self.tr("Best of several takes"))
        self.best.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.best.clicked.connect(lambda: self.best_clicked.emit(0))
        counts = QMenu(self.best)
        for count in BEST_OF:
            counts.addAction(self.tr("Best of {count}").format(count=count)).triggered.connect(
                lambda _=False, count=count: self.best_clicked.emit(count)
            )
        self.best.setMenu(counts)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self.generate, 1)
        row.addWidget(self.best)
        row.addWidget(self.again)
        return box

    def _show_signs(self) -> None:
        """On the accent's colour a sign has the colour of the words."""
        self.generate.setIcon(icon("creation-outline", theme().colours.accent_text))

    # --- showing -----------------------------------------------------------------------------------------------------

    def _on_changed(self, changes: Changes) -> None:
        if (
            changes.everything
            or changes.people
            or changes.sequence
            or changes.layout
            or changes.sound
            or changes.media
            or changes.defaults
            or changes.items & {item.id for item in self._shown}
        ):
            self._refresh()

    def _on_playhead_moved(self, _t: Fraction) -> None:
        if not self._document.session.selection and self._document.worked_items != self._shown:
            self._refresh()
        elif any(isinstance(each, DubSegment) and each.curves for each in self._shown):
            self.lips.show_values()
            self.blend.show_values()

    def _on_take_changed(self, _take: object) -> None:
        if self._document.worked_segments:
            self.lips.show_takes()

    def _on_curve_changed(self, _key: object) -> None:
        self.lips.show_score()

    def _on_tab(self, index: int) -> None:
        self._wanted = index
        self._pages.setCurrentIndex(index)

    def _refresh(self, _selection: object = None) -> None:
        items = self._shown = self._document.worked_items
        self._whole.setCurrentIndex(0 if self.is_empty else 1)
        if not items:
            return
        segments = tuple(each for each in items if isinstance(each, DubSegment))
        self._show_head()
        self._show_tabs(is_segment=bool(segments))
        self._making.setVisible(bool(segments))
        self.audio.show_items(items)
        self.blend.show_segments(segments)
        if segments:
            self.lips.show_segments(segments)
            self._show_buttons(segments)

    def _show_tabs(self, *, is_segment: bool) -> None:
        """A clip has no lips; what was asked for comes back with the next segment."""
        with QSignalBlocker(self.tabs):
            self.tabs.setTabEnabled(0, is_segment)
            shown = self._wanted if is_segment or self._wanted else self._pages.indexOf(self.audio)
            self.tabs.setCurrentIndex(shown)
        self._pages.setCurrentIndex(shown)

    def _show_head(self) -> None:
        items, project = self._shown, self._document.project
        only = items[0]
        if len(items) > 1:
            count = self.tr("{count} segments") if isinstance(only, DubSegment) else self.tr("{count} clips")
            self.title.setText(count.format(count=len(items)))
            seconds = float(sum((each.range.duration for each in items), Fraction(0)))
            self.place.setText(self.tr("{seconds} s in all").format(seconds=f"{seconds:.2f}"))
            return
        if isinstance(only, DubSegment):
            dub = project.medium(only.dub)
            self.title.setText(only.note or (dub.name if dub is not None else only.id))
        else:
            medium = project.medium(only.media)
            self.title.setText(medium.name if medium is not None else only.id)
        told = f"{span_text(project.sequence, only.range)}   ·   {float(only.range.duration):.2f} s"
        self.place.setText(told)
        self.place.setToolTip("" if self._document.session.selection else self.tr("Under the playhead; nothing is selected."))

    def _show_buttons(self, segments: tuple[DubSegment, ...]) -> None:
        can_generate = any(not (s.muted or s.keep_original) and s.person is not None for s in segments)
        self.generate.setEnabled(can_generate)
        self.best.setEnabled(can_generate)
        self.generate.setText(
            self.tr("Generate")
            if len(segments) == 1
            else self.tr("Generate {count}").format(count=len(segments))
        )
