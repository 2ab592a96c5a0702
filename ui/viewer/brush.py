"""Painting into the mask on the picture: strokes lie on the face of the segment that is worked on."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QMenu

from core.base.timing import TimeRange
from core.compositing.strokes import MOST_POINTS, WIDTHS, Stroke, StrokeKind
from core.face_geometry.face_plane import to_face, to_picture
from core.face_geometry.track import FaceTrack
from core.project import stroke_edits
from core.project.export_plan import marked_range
from core.project.ids import MediaId
from core.project.segments import DubSegment
from ui.base.colours import colour
from ui.state.document import Document
from ui.viewer.tools import Place, ToView

translate = QCoreApplication.translate

_STEP = 2.0  # widget pixels between two points of a stroke
_TINTS: dict[StrokeKind, str] = {"include": "#43c07f", "exclude": "#ee6a5f", "erase": "#e4e7eb"}


class BrushTool:
    """One kind of brush. Its width and softness are kept in the session, one for all kinds."""

    def __init__(self, document: Document, kind: StrokeKind) -> None:
        self._document = document
        self._session = document.session
        self._kind = kind
        self._way: list[QPointF] = []
        self._pointer: tuple[Place, float] | None = None  # with the mouth's width in samples

    @property
    def hint(self) -> str:
        """See `CanvasTool`."""
        if self._segment() is None:
            return translate("ViewerTools", "Go to a segment, or select one, to paint on its face.")
        what = {
            "include": translate("ViewerTools", "Paint what shall be new."),
            "exclude": translate("ViewerTools", "Paint what shall stay as filmed."),
            "erase": translate("ViewerTools", "Wipe away what was painted."),
        }[self._kind]
        where = (
            translate("ViewerTools", "Holds for the marked range.")
            if self._within() is not None
            else translate("ViewerTools", "Holds for the whole segment.")
        )
        keys = translate("ViewerTools", "[ and ]: size, Shift with them: softness.")
        return f"{what} {where} {keys}"

    @property
    def cursor(self) -> Qt.CursorShape:
        """See `CanvasTool`."""
        return Qt.CursorShape.CrossCursor

    def press(self, place: Place) -> None:
        """Begins a stroke."""
        if self._track(place) is not None:
            self._way = [place.point]

    def move(self, place: Place) -> None:
        """Paints on."""
        found = self._track(place)
        width = _mouth_width(found[1], place.frame) if found else 0.0
        self._pointer = (place, width)
        if self._way and len(self._way) < MOST_POINTS:
            last = self._way[-1]
            if (place.point - last).manhattanLength() * place.scale >= _STEP:
                self._way.append(place.point)

    def release(self, place: Place) -> None:
        """Ends the stroke: one step to undo."""
        way, self._way = self._way, []
        found = self._track(place)
        if not way or found is None:
            return
        segment, track = found
        pixels = np.array([(point.x(), point.y()) for point in way])
        places = to_face(pixels, track.landmarks[place.frame - track.first_frame])
        stroke = Stroke(
            self._kind,
            tuple((round(float(x), 4), round(float(y), 4)) for x, y in places),
            self._session.brush_width,
            self._session.brush_softness,
        )
        label = {
            "include": translate("ViewerTools", "Paint in"),
            "exclude": translate("ViewerTools", "Paint out"),
            "erase": translate("ViewerTools", "Erase strokes"),
        }[self._kind]
        self._document.apply(label, stroke_edits.add_stroke, segment.id, stroke, self._within())

    def cancel(self) -> bool:
        """Forgets the stroke."""
        was_busy = bool(self._way)
        self._way = []
        return was_busy

    def resize(self, *, larger: bool, softness: bool) -> None:
        """A larger or smaller, a softer or harder brush."""
        if softness:
            self._session.set_brush(softness=self._session.brush_softness + (0.1 if larger else -0.1))
        else:
            factor = 1.2 if larger else 1 / 1.2
            self._session.set_brush(width=min(max(self._session.brush_width * factor, WIDTHS[0]), WIDTHS[1]))

    def paint(self, painter: QPainter, film: MediaId, frame: int, to_view: ToView) -> None:
        """Paints the stroke that is being made and the brush around the pointer."""
        if self._pointer is None:
            return
        place, mouth = self._pointer
        radius = self._session.brush_width * mouth / 2 * place.scale
        tint = _TINTS[self._kind]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._way:
            pen = QPen(colour(tint, 0.45), max(2 * radius, 1.0))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            points = [to_view(point) for point in self._way]
            painter.drawPolyline(QPolygonF([*points, points[-1] + QPointF(0.01, 0)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tint), 1.5))
        painter.drawEllipse(to_view(place.point), max(radius, 2.0), max(radius, 2.0))
        inner = radius * (1 - self._session.brush_softness)
        if inner > 2:
            painter.setPen(QPen(colour(tint, 0.6), 1, Qt.PenStyle.DotLine))
            painter.drawEllipse(to_view(place.point), inner, inner)

    def menu(self, place: Place, menu: QMenu) -> None:
        """Offers what can be done to the strokes that are there."""
        found = self._track(place)
        segment = found[0] if found is not None else self._segment()
        if segment is None or not segment.strokes:
            return
        under = self._under(place)
        entries: list[tuple[str, Callable[..., object], tuple[object, ...]]] = [
            (translate("ViewerTools", "Softer strokes"), stroke_edits.soften_strokes, (stroke_edits.SOFTER,)),
            (translate("ViewerTools", "Harder strokes"), stroke_edits.soften_strokes, (-stroke_edits.SOFTER,)),
            (translate("ViewerTools", "Remove all strokes of the segment"), stroke_edits.clear_strokes, ()),
        ]
        if under is not None:
            text = translate("ViewerTools", "Remove this stroke")
            entries.insert(0, (text, stroke_edits.remove_stroke, (under,)))
        for text, edit, arguments in entries:
            menu.addAction(text).triggered.connect(
                lambda _=False, text=text, edit=edit, arguments=arguments: self._document.apply(
                    text, edit, segment.id, *arguments
                )
            )

    def _segment(self) -> DubSegment | None:
        """What is worked on and lies under the playhead."""
        here = self._session.playhead
        return next((each for each in self._document.worked_segments if here in each.range), None)

    def _track(self, place: Place) -> tuple[DubSegment, FaceTrack] | None:
        """The segment with its person's face in the picture."""
        project = self._document.project
        here = self._session.playhead
        for segment in self._document.worked_segments:
            if here not in segment.range:
                continue
            for track in self._document.library.tracks(place.film):
                known = project.person_of(place.film, track.person)
                if known is not None and known.id == segment.person and place.frame in track.frames:
                    return segment, track
        return None

    def _within(self) -> TimeRange | None:
        """The marked range, where it leaves out a part of the segment."""
        segment, marked = self._segment(), marked_range(self._document.project)
        if segment is None or marked is None or self._session.playhead not in marked:
            return None
        shared = segment.range.intersection(marked)
        return None if shared == segment.range else marked

    def _under(self, place: Place) -> int | None:
        """The latest stroke under the pointer."""
        found = self._track(place)
        if found is None:
            return None
        segment, track = found
        landmarks = track.landmarks[place.frame - track.first_frame]
        at = np.array([place.point.x(), place.point.y()])
        for number in range(len(segment.strokes) - 1, -1, -1):
            stroke = segment.strokes[number]
            way = to_picture(np.array(stroke.points), landmarks)
            reach = stroke.width * _mouth_width(track, place.frame) / 2
            if np.hypot(*(way - at).T).min() <= reach:
                return number
        return None


def _mouth_width(track: FaceTrack, frame: int) -> float:
    from core.face_geometry.mouth_masks import (
        upright_mouth_width,  # brings in the pictures' library, not at the program's start
    )

    return float(upright_mouth_width(track.landmarks[frame - track.first_frame]))
