"""What the mouse does in the picture when a tool is chosen: one small protocol, and placing mouths and faces by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QMenu

from core.face_geometry.track import PersonId
from core.planning.placed_faces import FaceMark
from core.project import placed_edits
from core.project.ids import MediaId
from core.project.segments import FilmFace
from ui.base.colours import colour, shades
from ui.state.document import Document

translate = QCoreApplication.translate

_REACH = 9.0  # widget pixels around a handle that still take it
_LANDMARKS = (61, 291, 0, 17)  # of a mouth's four points, see `core.takes.mouth_points`
_SMALLEST = 12.0  # samples a box must be wide and high


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pointer is.

    Attributes:
        film: the film shown.
        frame: its frame.
        point: in samples of the upright picture, as face boxes are.
        scale: widget pixels per sample.
    """

    film: MediaId
    frame: int
    point: QPointF
    scale: float


ToView = Callable[[QPointF], QPointF]


class CanvasTool(Protocol):
    """One tool."""

    @property
    def hint(self) -> str:
        """What to do now, in a line."""

    @property
    def cursor(self) -> Qt.CursorShape:
        """The pointer's shape."""

    def press(self, place: Place) -> None:
        """The left button went down."""

    def move(self, place: Place) -> None:
        """The pointer moved, with the button down or not."""

    def release(self, place: Place) -> None:
        """The left button was let go."""

    def cancel(self) -> bool:
        """Escape; False when there was nothing to take back."""

    def paint(self, painter: QPainter, film: MediaId, frame: int, to_view: ToView) -> None:
        """Paints over the picture; `to_view` takes samples to the widget."""

    def menu(self, place: Place, menu: QMenu) -> None:
        """Adds what a right click offers."""


class MouthTool:
    """Places the four points of a mouth, and corrects them on other frames."""

    def __init__(self, document: Document, name_of_new: Callable[[], str]) -> None:
        self._document = document
        self._name_of_new = name_of_new
        self._drawn: list[QPointF] = []
        self._drag: tuple[FilmFace, int, list[QPointF]] | None = None
        self._pointer = QPointF()

    @property
    def hint(self) -> str:
        """See `CanvasTool`."""
        steps = (
            translate("ViewerTools", "Click the mouth’s corner at the left of the picture, or drag a point of a placed mouth."),
            translate("ViewerTools", "Click the corner at the right."),
            translate("ViewerTools", "Click the upper edge of the upper lip, in its middle."),
            translate("ViewerTools", "Click the lower edge of the lower lip, in its middle."),
        )
        return steps[len(self._drawn)]

    @property
    def cursor(self) -> Qt.CursorShape:
        """See `CanvasTool`."""
        return Qt.CursorShape.CrossCursor

    def press(self, place: Place) -> None:
        """Takes a point of a placed mouth, or places the next one."""
        for placed, points in self._placed(place.film, place.frame):
            near = [_far(point, place.point) * place.scale for point in points]
            if not self._drawn and min(near) <= _REACH:
                self._drag = (placed, near.index(min(near)), list(points))
                return
        self._drawn.append(place.point)
        if len(self._drawn) == len(_LANDMARKS):
            points, self._drawn = self._drawn, []
            self._place(place, points, _unseen(self._document, place, self._document.session.person))

    def move(self, place: Place) -> None:
        """Moves the taken point."""
        self._pointer = place.point
        if self._drag is not None:
            placed, which, points = self._drag
            self._drag = (placed, which, [*points[:which], place.point, *points[which + 1 :]])

    def release(self, place: Place) -> None:
        """Puts the taken point down: a correction on this frame."""
        if self._drag is None:
            return
        self.move(place)
        placed, _, points = self._drag
        self._drag = None
        person = self._document.project.person_of(placed.film, placed.face.person)
        self._place(place, points, person.id if person is not None else None)

    def cancel(self) -> bool:
        """Takes back the points of an unfinished mouth."""
        was_busy = bool(self._drawn) or self._drag is not None
        self._drawn, self._drag = [], None
        return was_busy

    def paint(self, painter: QPainter, film: MediaId, frame: int, to_view: ToView) -> None:
        """Paints placed mouths and the one that is being placed."""
        for placed, points in self._placed(film, frame):
            if self._drag is not None and self._drag[0] == placed:
                points = self._drag[2]
            is_mark = any(mark.frame == frame for mark in placed.face.marks)
            person = self._document.project.person_of(film, placed.face.person)
            _paint_mouth(painter, points, to_view, person.colour if person is not None else "", is_mark=is_mark)
        if self._drawn:
            _paint_mouth(painter, [*self._drawn, self._pointer], to_view, "", is_mark=True)

    def menu(self, place: Place, menu: QMenu) -> None:
        """Offers to take back what was placed."""
        _add_removals(self._document, place, menu, [placed for placed, _ in self._placed(place.film, place.frame)])

    def _place(self, place: Place, points: Sequence[QPointF], person: PersonId | None) -> None:
        _apply(self._document, place, "mouth", points, person, self._name_of_new())

    def _placed(self, film: MediaId, frame: int) -> list[tuple[FilmFace, list[QPointF]]]:
        """Placed mouths of a frame with their points: as placed, else where they were followed to."""
        found = []
        for each in self._document.project.placed:
            if each.film != film or each.face.kind != "mouth":
                continue
            mark = _mark_on(each, frame)
            if mark is not None:
                found.append((each, [QPointF(*point) for point in mark.points]))
                continue
            for track in self._document.library.placed_tracks(film, each.face.key()):
                if frame in track.frames:
                    seen = track.landmarks[frame - track.first_frame][list(_LANDMARKS), :2]
                    found.append((each, [QPointF(float(x), float(y)) for x, y in seen]))
        return found


class FaceBoxTool:
    """Draws a box around a face, or moves the picked person's, and tracks from there."""

    def __init__(self, document: Document, name_of_new: Callable[[], str]) -> None:
        self._document = document
        self._name_of_new = name_of_new
        self._from: QPointF | None = None
        self._moved: QRectF | None = None  # the picked person's box as it was
        self._box: QRectF | None = None

    @property
    def hint(self) -> str:
        """See `CanvasTool`."""
        person = self._document.project.person(self._document.session.person or PersonId(""))
        if person is None:
            return translate("ViewerTools", "Drag a box around a face: it becomes a new person, tracked from here.")
        return translate(
            "ViewerTools", "Drag a box around {name}’s face, or move the one that is there: tracked from here."
        ).format(name=person.name)

    @property
    def cursor(self) -> Qt.CursorShape:
        """See `CanvasTool`."""
        return Qt.CursorShape.CrossCursor

    def press(self, place: Place) -> None:
        """Begins a box, or takes the picked person's."""
        self._from = place.point
        own = self._own_box(place)
        self._moved = own if own is not None and own.contains(place.point) else None
        self._box = self._moved

    def move(self, place: Place) -> None:
        """Draws or moves the box."""
        if self._from is None:
            return
        if self._moved is not None:
            self._box = self._moved.translated(place.point - self._from)
        else:
            self._box = QRectF(self._from, place.point).normalized()

    def release(self, place: Place) -> None:
        """Places the box, unless it is a mere click."""
        if self._from is None:
            return
        self.move(place)
        box, was = self._box, self._moved
        self.cancel()
        if box is None or box == was or min(box.width(), box.height()) < _SMALLEST:
            return
        person = self._document.session.person
        points = [box.topLeft(), box.bottomRight()]
        _apply(self._document, place, "face", points, person, self._name_of_new())

    def cancel(self) -> bool:
        """Forgets the box."""
        was_busy = self._from is not None
        self._from = self._moved = self._box = None
        return was_busy

    def paint(self, painter: QPainter, film: MediaId, frame: int, to_view: ToView) -> None:
        """Paints the box."""
        if self._box is not None:
            painter.setPen(QPen(QColor(shades().accent), 2, Qt.PenStyle.DashLine))
            painter.setBrush(colour(shades().accent, 0.12))
            painter.drawRect(QRectF(to_view(self._box.topLeft()), to_view(self._box.bottomRight())))

    def menu(self, place: Place, menu: QMenu) -> None:
        """Offers to take back what was placed."""
        here = [
            each
            for each in self._document.project.placed
            if each.film == place.film
            and each.face.kind == "face"
            and (
                _mark_on(each, place.frame) is not None
                or any(place.frame in t.frames for t in self._document.library.placed_tracks(place.film, each.face.key()))
            )
        ]
        _add_removals(self._document, place, menu, here)

    def _own_box(self, place: Place) -> QRectF | None:
        person = self._document.session.person
        for track in self._document.library.tracks(place.film):
            known = self._document.project.person_of(place.film, track.person)
            if known is not None and known.id == person and place.frame in track.frames:
                x0, y0, x1, y1 = (float(v) for v in track.boxes[place.frame - track.first_frame])
                return QRectF(x0, y0, x1 - x0, y1 - y0)
        return None


def _apply(
    document: Document, place: Place, kind: str, points: Sequence[QPointF], person: PersonId | None, name: str
) -> None:
    label = (
        translate("ViewerTools", "Place mouth") if kind == "mouth" else translate("ViewerTools", "Place face")
    )
    before = {each.id for each in document.project.people}
    done = document.apply(
        label, placed_edits.place_face, place.film, kind, place.frame,  # type: ignore[arg-type]
        tuple((point.x(), point.y()) for point in points), person=person, name=name,
    )  # fmt: skip
    new = [each.id for each in document.project.people if each.id not in before]
    if done and new:
        document.session.set_person(new[0])


def _add_removals(document: Document, place: Place, menu: QMenu, placed: Sequence[FilmFace]) -> None:
    for each in placed:
        person = document.project.person_of(each.film, each.face.person)
        name = person.name if person is not None else str(each.face.person)
        film, identity = each.film, each.face.person
        if _mark_on(each, place.frame) is not None:
            text = translate("ViewerTools", "Take back what was placed of {name} on this frame").format(name=name)
            menu.addAction(text).triggered.connect(
                lambda _=False, text=text, film=film, identity=identity: document.apply(
                    text, placed_edits.remove_mark, film, identity, place.frame
                )
            )
        text = translate("ViewerTools", "Take back all that was placed of {name}").format(name=name)
        menu.addAction(text).triggered.connect(
            lambda _=False, text=text, film=film, identity=identity: document.apply(
                text, placed_edits.remove_placed, film, identity
            )
        )


def _unseen(document: Document, place: Place, person: PersonId | None) -> PersonId | None:
    """The picked person, unless their face is in the picture already: then a new mouth is somebody else's."""
    for track in document.library.tracks(place.film):
        known = document.project.person_of(place.film, track.person)
        if known is not None and known.id == person and place.frame in track.frames:
            return None
    return person


def _mark_on(placed: FilmFace, frame: int) -> FaceMark | None:
    return next((mark for mark in placed.face.marks if mark.frame == frame), None)


def _far(one: QPointF, other: QPointF) -> float:
    return ((one.x() - other.x()) ** 2 + (one.y() - other.y()) ** 2) ** 0.5


def _paint_mouth(
    painter: QPainter, points: Sequence[QPointF], to_view: ToView, tint: str, *, is_mark: bool
) -> None:
    """The outline through as many of the four points as there are; filled handles where it was placed by hand."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shown = [to_view(point) for point in points]
    strong = QColor(tint or shades().accent)
    painter.setPen(QPen(strong, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(shown) == len(_LANDMARKS):
        left, right, top, bottom = shown
        painter.drawPolygon(QPolygonF([left, top, right, bottom]))
    elif len(shown) > 1:
        painter.drawPolyline(QPolygonF(shown[:2]))
    painter.setPen(QPen(QColor("#ffffff"), 1.5))
    painter.setBrush(strong if is_mark else QColor("#20242b"))
    for point in shown:
        painter.drawEllipse(point, 4.5, 4.5)
