"""Pins on the mouth: the lower lip's handle is dragged to how far the mouth shall be open on this frame."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from core.face_geometry.track import FaceTrack
from core.project import pin_edits
from core.project.ids import MediaId
from core.project.segments import DubSegment
from ui.base.colours import colour
from ui.state.document import Document, Drag
from ui.viewer.tools import Place, ToView

translate = QCoreApplication.translate

WIDEST = 0.6  # of the mouth's width: where a wide open lower lip is drawn
_CORNERS, _INNER_LIPS = (61, 291), (13, 14)
_REACH = 1.2  # mouth widths around the mouth that still take the handle


@dataclass(frozen=True, slots=True)
class _Mouth:
    """A mouth in the picture: where its upper lip ends, the way a lower lip opens, and how wide it is, in samples."""

    segment: DubSegment
    top: np.ndarray
    down: np.ndarray
    width: float
    filmed: float  # how far it is open in the film, as a share of `WIDEST`


class PinTool:
    """Sets, drags and removes the pin of the frame that is shown."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._session = document.session
        self._drag: tuple[_Mouth, Drag] | None = None
        self._place: Place | None = None

    @property
    def hint(self) -> str:
        """See `CanvasTool`."""
        if not any(self._session.playhead in each.range for each in self._document.worked_segments):
            return translate("ViewerTools", "Go to a segment, or select one, to pin its mouth.")
        return translate("ViewerTools", "Drag the lower lip: up is shut, down is open. It holds on this frame, in the next take.")

    @property
    def cursor(self) -> Qt.CursorShape:
        """See `CanvasTool`."""
        return Qt.CursorShape.SizeVerCursor

    def press(self, place: Place) -> None:
        """Takes the lip where the pointer is near the mouth."""
        mouth = self._mouth(place)
        if mouth is None:
            return
        at = np.array([place.point.x(), place.point.y()])
        if np.hypot(*(at - mouth.top)) <= _REACH * mouth.width:
            self._drag = (mouth, self._document.drag(translate("ViewerTools", "Pin the mouth")))
            self.move(place)

    def move(self, place: Place) -> None:
        """Opens or shuts it."""
        self._place = place
        if self._drag is None:
            return
        mouth, drag = self._drag
        at = np.array([place.point.x(), place.point.y()])
        opening = float((at - mouth.top) @ mouth.down) / (WIDEST * mouth.width)
        drag.update(pin_edits.set_pin, mouth.segment.id, self._session.playhead, min(max(opening, 0.0), 1.0))

    def release(self, place: Place) -> None:
        """Lets go: one step to undo."""
        if self._drag is None:
            return
        self.move(place)
        _, drag = self._drag
        self._drag = None
        drag.commit()

    def cancel(self) -> bool:
        """Puts the lip back."""
        if self._drag is None:
            return False
        self._drag[1].cancel()
        self._drag = None
        return True

    def paint(self, painter: QPainter, film: MediaId, frame: int, to_view: ToView) -> None:
        """Paints the way a lip opens, a filled handle where a pin is, and how far it is open."""
        mouth = self._mouth(Place(film, frame, QPointF(), 1.0))
        if mouth is None:
            return
        pin = pin_edits.pin_at(self._document.project, mouth.segment, self._session.playhead)
        opening = pin.opening if pin is not None else mouth.filmed
        person = self._document.project.person(mouth.segment.person) if mouth.segment.person is not None else None
        tint = person.colour if person is not None else "#e4e7eb"
        top, end = (to_view(_point(mouth.top + mouth.down * mouth.width * WIDEST * each)) for each in (0, 1))
        handle = to_view(_point(mouth.top + mouth.down * mouth.width * WIDEST * opening))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(tint, 0.6), 2, Qt.PenStyle.DotLine))
        painter.drawLine(top, end)
        painter.setPen(QPen(QColor("#ffffff"), 1.5))
        painter.setBrush(QColor(tint) if pin is not None else QColor("#20242b"))
        painter.drawEllipse(handle, 6, 6)
        if pin is not None:
            painter.setPen(QColor("#ffffff"))
            painter.drawText(handle + QPointF(12, 5), f"{pin.opening:.0%}")

    def menu(self, place: Place, menu: QMenu) -> None:
        """Offers the usual openings, and to remove the pin."""
        mouth = self._mouth(place)
        if mouth is None:
            return
        item, here = mouth.segment.id, self._session.playhead
        for text, opening in (
            (translate("ViewerTools", "Mouth shut here"), 0.0),
            (translate("ViewerTools", "Mouth wide open here"), 1.0),
        ):
            menu.addAction(text).triggered.connect(
                lambda _=False, text=text, opening=opening: self._document.apply(
                    text, pin_edits.set_pin, item, here, opening
                )
            )
        if pin_edits.pin_at(self._document.project, mouth.segment, here) is not None:
            text = translate("ViewerTools", "Remove the pin here")
            menu.addAction(text).triggered.connect(
                lambda: self._document.apply(text, pin_edits.remove_pin, item, here)
            )

    def _mouth(self, place: Place) -> _Mouth | None:
        """The mouth of the segment that is worked on, where its person is in the picture."""
        project, here = self._document.project, self._session.playhead
        for segment in self._document.worked_segments:
            if here not in segment.range:
                continue
            for track in self._document.library.tracks(place.film):
                known = project.person_of(place.film, track.person)
                if known is not None and known.id == segment.person and place.frame in track.frames:
                    return _mouth_of(segment, track, place.frame)
        return None


def _mouth_of(segment: DubSegment, track: FaceTrack, frame: int) -> _Mouth:
    points = track.landmarks[frame - track.first_frame][:, :2].astype(float)
    across = points[_CORNERS[1]] - points[_CORNERS[0]]
    width = max(float(np.hypot(*across)), 1.0)
    down = np.array([-across[1], across[0]]) / width
    if down[1] < 0:  # the corners lie the other way round in a mirrored picture
        down = -down
    top, bottom = points[_INNER_LIPS[0]], points[_INNER_LIPS[1]]
    filmed = float((bottom - top) @ down) / (WIDEST * width)
    return _Mouth(segment, top, down, width, min(max(filmed, 0.0), 1.0))


def _point(at: np.ndarray) -> QPointF:
    return QPointF(float(at[0]), float(at[1]))
