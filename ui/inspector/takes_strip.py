"""The takes of a segment: a picture of each, how it fits, how it looks; to be seen, compared, named and thrown away."""

from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.project import content_edits
from core.project.ids import TakeId
from core.project.segments import DubSegment, Take
from ui.base.theme import icon, score_colour, theme
from ui.state.document import Document
from ui.state.library import CurveKey

_PICTURE = QSize(52, 40)
_BUTTON = QSize(26, 26)


class TakeCard(QFrame):
    """One take.

    Signals:
        used, played, compared, named, deleted: (TakeId) the user wants that.
    """

    used = Signal(str)
    played = Signal(str)
    compared = Signal(str)
    named = Signal(str)
    deleted = Signal(str)

    def __init__(self, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.take = take.id
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._picture = QLabel()
        self._picture.setFixedSize(_PICTURE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._band = QFrame()
        self._band.setFixedWidth(4)
        self.title = QLabel()
        self.facts = QLabel()
        self.facts.setProperty("role", "faint")
        self.facts.setWordWrap(True)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.facts)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(4)
        row.addWidget(self._band)
        row.addWidget(self._picture)
        row.addLayout(column, 1)
        self.play = self._button("play", self.tr("Play this take"), self.played)
        self.compare = self._button("compare-horizontal", self.tr("Compare with what is shown (A)"), self.compared)
        self.compare.setCheckable(True)
        self.delete = self._button("trash-can-outline", self.tr("Delete this take"), self.deleted)
        for button in (self.play, self.compare, self.delete):
            row.addWidget(button)

    def show_take(
        self, title: str, facts: str, picture: QPixmap | None, fit: float | None, threshold: float,
        *, is_chosen: bool, is_rival: bool,
    ) -> None:  # fmt: skip
        """Shows what is known of the take."""
        self.title.setText(title)
        self.facts.setText(facts)
        self.setAccessibleName(f"{title}, {facts}")
        self.setToolTip(self.tr("Click to use it"))
        tint = score_colour(theme().colours, fit, threshold)
        self._band.setStyleSheet(f"background: {tint.name()}; border-radius: 2px;")
        if picture is not None:
            self._picture.setPixmap(picture)
        self.compare.setChecked(is_rival)
        self.setProperty("selected", "true" if is_chosen else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Uses the take."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.used.emit(self.take)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done to it."""
        menu = self.build_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def build_menu(self) -> QMenu:
        """The right-click menu."""
        menu = QMenu(self)
        for text, signal in (
            (self.tr("Use"), self.used),
            (self.tr("Play"), self.played),
            (self.tr("Compare with what is shown"), self.compared),
            (self.tr("Name…"), self.named),
            (self.tr("Delete"), self.deleted),
        ):
            menu.addAction(text).triggered.connect(lambda _=False, signal=signal: signal.emit(self.take))
        return menu

    def _button(self, name: str, text: str, signal: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(_BUTTON)  # else it has no height for an icon until the inspector has made room for a new take
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.clicked.connect(lambda: signal.emit(self.take))
        return button


class TakesStrip(QWidget):
    """The takes of the one segment that is worked on.

    Signals:
        take_chosen: (ItemId, TakeId) to be used.
        play_asked: (ItemId, TakeId) to be seen from the segment's beginning.
    """

    take_chosen = Signal(str, object)
    play_asked = Signal(str, object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._segment: DubSegment | None = None
        self._cards: dict[TakeId, TakeCard] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        document.session.rivals_changed.connect(self._refresh)

    @property
    def cards(self) -> tuple[TakeCard, ...]:
        """One card a take, oldest first."""
        return tuple(self._cards.values())

    def show_segments(self, segments: tuple[DubSegment, ...]) -> None:
        """Shows the takes of the only segment; nothing of several."""
        self._segment = segments[0] if len(segments) == 1 else None
        takes = self._segment.takes if self._segment is not None else ()
        if list(self._cards) != [take.id for take in takes]:
            for card in self._cards.values():
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = {take.id: self._card(take) for take in takes}
        self.setVisible(bool(takes))
        self._refresh()

    def _card(self, take: Take) -> TakeCard:
        card = TakeCard(take, self)
        card.used.connect(self._use)
        card.played.connect(self._play)
        card.compared.connect(self._compare)
        card.named.connect(self._ask_name)
        card.deleted.connect(self._delete)
        self._column.addWidget(card)
        return card

    def _refresh(self) -> None:
        segment = self._segment
        if segment is None:
            return
        session, library = self._document.session, self._document.library
        for take in segment.takes:
            card = self._cards.get(take.id)
            if card is None:
                continue
            image = library.take_picture(take.id)
            picture = None
            if image is not None:
                scale = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                picture = QPixmap.fromImage(image).scaled(_PICTURE, *scale)
            title = self.tr("Take {number}").format(number=take.number)
            card.show_take(
                f"{title} · {take.note}" if take.note else title,
                self.facts_of(take),
                picture,
                take.mean_sync,
                self._document.project.settings.sync_threshold,
                is_chosen=segment.chosen == take.id,
                is_rival=session.rivals.get(segment.id) == take.id,
            )

    def facts_of(self, take: Take) -> str:
        """Lips, offset and picture of a take, in a line."""
        library = self._document.library
        state, curve = library.take_state(take.id), library.curve(CurveKey("take", take.id))
        parts = []
        if state.status in ("queued", "running"):
            parts.append(f"{state.progress:.0%}")
        if take.mean_sync is not None:
            parts.append(self.tr("lips {fit}").format(fit=f"{take.mean_sync:.2f}"))
        known = curve.offset_ms[np.isfinite(curve.offset_ms)] if curve is not None else np.zeros(0)
        if len(known):
            parts.append(self.tr("offset {ms} ms").format(ms=f"{float(np.median(known)):+.0f}"))
        if state.status == "done":
            rate = self._document.project.sequence.rate.value
            doubtful = round(sum(float(span.duration) for _, span in state.doubtful) * float(rate))
            parts.append(
                self.tr("{count} doubtful frames").format(count=doubtful) if doubtful else self.tr("no doubtful frame")
            )
        return " · ".join(parts) or self.tr("not judged yet")

    def _use(self, take: TakeId) -> None:
        if self._segment is not None:
            self.take_chosen.emit(self._segment.id, take)

    def _play(self, take: TakeId) -> None:
        if self._segment is not None:
            self.play_asked.emit(self._segment.id, take)

    def _compare(self, take: TakeId) -> None:
        if self._segment is None:
            return
        session = self._document.session
        is_off = session.rivals.get(self._segment.id) == take
        session.set_rival(self._segment.id, None if is_off else take)
        session.set_rival_shown(False)
        self._refresh()

    def _delete(self, take: TakeId) -> None:
        if self._segment is not None:
            label = self.tr("Delete take")
            self._document.apply(label, content_edits.remove_take, self._segment.id, take)

    def _ask_name(self, take: TakeId) -> None:
        segment = self._segment
        known = segment.take(take) if segment is not None else None
        if known is None:
            return
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Name the take"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(known.note)
        dialog.textValueSelected.connect(partial(self.name, take))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def name(self, take: TakeId, name: str) -> None:
        """Gives a take a name."""
        self._document.apply(self.tr("Name take"), content_edits.set_take, take, note=name.strip())
