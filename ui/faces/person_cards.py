"""One card per person: portrait, name, minutes on screen, share of the speech."""

from functools import partial

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QColorDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.face_geometry.track import PersonId
from core.project import content_edits, placed_edits
from core.project.changes import Changes
from core.project.model import Person
from core.takes.adaptations import KnownAdaptation, known_adaptation
from ui.base.theme import icon
from ui.jobs.adapt_work import AdaptWork
from ui.state.document import Document
from ui.state.library import PersonFacts

PORTRAIT = 48
_BUTTON = 28


class Portrait(QWidget):
    """A round picture with a ring in the person's colour; initials while there is no picture."""

    def __init__(self, image: QImage | None, colour: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = image
        self._colour = colour
        self._initials = "".join(part[0] for part in name.split()[:2]).upper() or "?"
        self.setFixedSize(PORTRAIT, PORTRAIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the circle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        circle = QPainterPath()
        circle.addEllipse(area)
        painter.setClipPath(circle)
        if self._image is not None:
            painter.drawImage(area, self._image)
        else:
            painter.fillRect(area, QColor(self._colour).darker(240))
            painter.setPen(QColor(self._colour))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._initials)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(self._colour), 2))
        painter.drawEllipse(area)
        painter.end()


class PersonCard(QFrame):
    """One person.

    Signals:
        clicked: (PersonId).
        menu_asked: (PersonId, QPoint global).
        adapt_clicked: (PersonId) the generator shall learn this person.
    """

    clicked = Signal(str)
    menu_asked = Signal(str, QPoint)
    adapt_clicked = Signal(str)

    def __init__(
        self,
        person: Person,
        facts: tuple[PersonFacts, ...],
        refusal: str,
        *,
        is_looking: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`refusal` says why the person cannot be learnt now, "" when nothing stands against it.

        `is_looking`: a film that shows the person is not analysed yet.
        """
        super().__init__(parent)
        self.person = person.id
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(person.name)
        image = max(facts, key=lambda each: each.seconds_on_screen).portrait if facts else None
        name = QLabel(person.name)
        name.setProperty("role", "heading")
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        details = QLabel(self._details(facts, is_looking=is_looking))
        details.setProperty("role", "faint")
        details.setWordWrap(True)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(name)
        column.addWidget(details)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(Portrait(image, person.colour, person.name))
        row.addLayout(column, 1)
        row.addWidget(self._adapt_button(refusal), 0, Qt.AlignmentFlag.AlignTop)
        adapted = self._adaptation(known_adaptation(person.adaptation))
        if adapted:
            line = QLabel(adapted)
            line.setProperty("role", "faint")
            line.setWordWrap(True)
            column.addWidget(line)

    def _adapt_button(self, refusal: str) -> QToolButton:
        self.adapt = QToolButton()
        self.adapt.setIcon(icon("account-cog-outline"))
        self.adapt.setAutoRaise(True)
        self.adapt.setFixedSize(_BUTTON, _BUTTON)
        self.adapt.setAccessibleName(self.tr("Adapt to this person"))
        self.adapt.setEnabled(not refusal)
        text = self.tr("Adapt to this person: the generator learns the mouth from the project's films")
        self.adapt.setToolTip(f"{text}\n{refusal}" if refusal else text)
        self.adapt.clicked.connect(lambda: self.adapt_clicked.emit(self.person))
        return self.adapt

    def _adaptation(self, known: KnownAdaptation) -> str:
        if known.state == "none":
            return ""
        if known.state == "missing":
            return self.tr("adaptation is not on this computer")
        if known.state == "foreign":
            return self.tr("adapted to another generator")
        gain = 100 * (1 - known.after / known.before)
        return self.tr("adapted, mouth {percent} % nearer").format(percent=f"{gain:.0f}")

    def _details(self, facts: tuple[PersonFacts, ...], *, is_looking: bool) -> str:
        if not facts:
            return self.tr("is looked for in the film") if is_looking else self.tr("not found in a film")
        seconds = sum(each.seconds_on_screen for each in facts)
        shown = (
            self.tr("{minutes} min on screen").format(minutes=f"{seconds / 60:.1f}")
            if seconds >= 60
            else (self.tr("{seconds} s on screen").format(seconds=f"{seconds:.0f}"))
        )
        shares = [each.speaking_share for each in facts if each.speaking_share is not None]
        if shares:
            share = sum(shares) / len(shares)
            shown += "\n" + self.tr("speaks {share} of the time").format(share=f"{share:.0%}")
        return shown

    def set_selected(self, *, selected: bool) -> None:
        """Marks the card as picked."""
        self.setProperty("selected", "true" if selected else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Picks the person."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.person)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the menu."""
        self.menu_asked.emit(self.person, event.globalPos())


class PersonCards(QWidget):
    """All people of the project.

    Signals:
        analyse_clicked: the button of the empty state.
        adapt_asked: (PersonId) the generator shall learn this person; to be asked about first.
    """

    analyse_clicked = Signal()
    adapt_asked = Signal(str)

    def __init__(self, document: Document, adapt: AdaptWork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._adapt = adapt
        self._cards: dict[PersonId, PersonCard] = {}
        self._empty = QLabel()
        self._empty.setProperty("role", "faint")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._analyse = QPushButton(self.tr("Find faces"))
        self._analyse.clicked.connect(self.analyse_clicked)
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(self._column)
        column.addWidget(self._empty)
        column.addWidget(self._analyse, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        document.changed.connect(self._on_changed)
        document.library.faces_ready.connect(self._rebuild)
        document.library.looking_changed.connect(self._rebuild)
        document.session.person_changed.connect(self._on_person_changed)
        document.library.missing_changed.connect(self._rebuild)
        adapt.changed.connect(self._rebuild)
        self._rebuild()

    @property
    def cards(self) -> tuple[PersonCard, ...]:
        """The cards in order."""
        return tuple(self._cards.values())

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything or changes.people or changes.media:
            self._rebuild()

    def _rebuild(self, _film: object = None) -> None:
        for card in self._cards.values():
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards.clear()
        library = self._document.library
        for person in self._document.project.people:
            if person.is_hidden:
                continue
            facts = tuple(
                each
                for face in person.faces
                for each in library.people(face.film)
                if each.analysis_person == face.analysis_person
            )
            card = PersonCard(
                person,
                facts,
                self._adapt.refusal(person.id),
                is_looking=any(library.is_looking_for_faces(face.film) for face in person.faces),
            )
            card.adapt_clicked.connect(self.adapt_asked)
            card.clicked.connect(self._on_clicked)
            card.menu_asked.connect(self._on_menu_asked)
            card.set_selected(selected=person.id == self._document.session.person)
            self._cards[person.id] = card
            self._column.addWidget(card)
        films = [medium.id for medium in self._document.project.media if medium.kind == "video"]
        is_looking = any(library.is_looking_for_faces(film) for film in films)
        is_known = [library.frame_times(film) is not None for film in films]
        self._empty.setVisible(not self._cards)
        self._analyse.setVisible(not self._cards and bool(films) and not is_looking and not all(is_known))
        if not films:
            text = self.tr("People appear here\nwhen you add a film.")
        elif is_looking:
            text = self.tr("Nobody was found yet.\nFaces are looked for in the background.")
        elif all(is_known):
            text = self.tr("No face was found in this project's films.\nThey play and cut as any film, without new lips.")
        else:
            text = self.tr("Faces were not looked for yet.")
        self._empty.setText(text)

    def _on_clicked(self, person: PersonId) -> None:
        session = self._document.session
        session.set_person(None if session.person == person else person)

    def _on_person_changed(self, person: PersonId | None) -> None:
        for card in self._cards.values():
            card.set_selected(selected=card.person == person)

    def _on_menu_asked(self, person: PersonId, place: QPoint) -> None:
        menu = self.build_menu(person)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def build_menu(self, person: PersonId) -> QMenu:
        """The right-click menu of a card."""
        menu = QMenu(self)
        menu.addAction(self.tr("Rename…"), lambda: self._ask_name(person))
        menu.addAction(self.tr("Colour…"), lambda: self._ask_colour(person))
        others = [each for each in self._document.project.people if each.id != person]
        if others:
            merge = menu.addMenu(self.tr("Same person as"))
            for other in others:
                merge.addAction(other.name, partial(self.merge, other.id, person))
        known = self._document.project.person(person)
        if known is not None and len(known.faces) > 1:
            menu.addAction(self.tr("Split into the faces that were found"), partial(self.split, person))
        placed = [
            each.face.person
            for each in self._document.project.placed
            if known is not None and any((f.film, f.analysis_person) == (each.film, each.face.person) for f in known.faces)
        ]
        if placed:
            menu.addAction(self.tr("Take back what was placed by hand"), partial(self._take_back, person))
        menu.addSeparator()
        adapt = menu.addAction(self.tr("Adapt to this person…"), lambda: self.adapt_asked.emit(person))
        adapt.setEnabled(not self._adapt.refusal(person))
        if known is not None and known.adaptation:
            menu.addAction(self.tr("Remove the adaptation"), lambda: self._adapt.forget(person))
        menu.addSeparator()
        menu.addAction(self.tr("Hide"), lambda: self._set(self.tr("Hide person"), person, is_hidden=True))
        hidden = [each for each in self._document.project.people if each.is_hidden]
        if hidden:
            menu.addAction(self.tr("Show hidden people"), self._show_hidden)
        menu.addAction(self.tr("Remove"), lambda: self._remove(person))
        return menu

    def merge(self, keep: PersonId, gone: PersonId) -> None:
        """Joins two cards."""
        self._document.apply(self.tr("Merge people"), content_edits.merge_people, keep, gone)

    def split(self, person: PersonId) -> None:
        """Makes a card of each face that was joined into this one."""
        known = self._document.project.person(person)
        if known is None:
            return
        names = {each.name for each in self._document.project.people}
        new = (self.tr("Person {n}").format(n=n) for n in range(1, len(names) + len(known.faces) + 1))
        free = [name for name in new if name not in names][: len(known.faces) - 1]
        self._document.apply(self.tr("Split person"), placed_edits.split_person, person, free)

    def _take_back(self, person: PersonId) -> None:
        known = self._document.project.person(person)
        with self._document.group(self.tr("Take back what was placed by hand")):
            for face in known.faces if known is not None else ():
                if self._document.project.placed_of(face.film, face.analysis_person):
                    self._document.apply(
                        self.tr("Take back what was placed by hand"),
                        placed_edits.remove_placed,
                        face.film,
                        face.analysis_person,
                    )

    def rename(self, person: PersonId, name: str) -> None:
        """Gives a person another name."""
        if name.strip():
            self._set(self.tr("Rename person"), person, name=name.strip())

    def _ask_name(self, person: PersonId) -> None:
        known = self._document.project.person(person)
        if known is None:
            return
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Rename"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(known.name)
        dialog.textValueSelected.connect(lambda name: self.rename(person, name))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _ask_colour(self, person: PersonId) -> None:
        known = self._document.project.person(person)
        if known is None:
            return
        dialog = QColorDialog(QColor(known.colour), self)
        dialog.colorSelected.connect(
            lambda colour: self._set(self.tr("Colour"), person, colour=colour.name())
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_hidden(self) -> None:
        with self._document.group(self.tr("Show hidden people")):
            for person in self._document.project.people:
                if person.is_hidden:
                    self._set(self.tr("Show hidden people"), person.id, is_hidden=False)

    def _remove(self, person: PersonId) -> None:
        self._document.apply(self.tr("Remove person"), content_edits.remove_person, person)

    def _set(self, label: str, person: PersonId, **values: object) -> None:
        self._document.apply(label, content_edits.set_person, person, **values)
