"""The picture: painting, zoom and pan, picking faces, the split wipe."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from core.project.ids import TakeId
from core.project.media_items import MediaItem
from ui.base.theme import DARK, theme
from ui.state.document import Document
from ui.state.session import ViewMode
from ui.viewer.faces import FaceInPicture, face_under, faces_at
from ui.viewer.overlays import (
    badge_colour,
    paint_badges,
    paint_faces,
    paint_hint,
    paint_histogram,
    paint_safe_areas,
    paint_wipe,
)
from ui.viewer.rendering import Rendered
from ui.viewer.tools import CanvasTool, Place
from ui.viewer.view_transform import ViewTransform

_WIPE_GRAB = 10


class ViewerCanvas(QWidget):
    """Paints one picture.

    Signals:
        person_picked: (PersonId) a face with a card was clicked.
        face_picked: (MediaId, analysis PersonId) a face without a card was clicked.
        zoom_changed: fit, zoom or pan are different.
        menu_requested: (QPoint global).
    """

    person_picked = Signal(str)
    face_picked = Signal(str, str)
    zoom_changed = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._session = document.session
        self._rendered: Rendered | None = None
        self._near: Rendered | None = None  # stands in until the wanted picture is decoded
        self._transform = ViewTransform(QSizeF(self.size()), QSizeF(1920, 1080))
        self._faces: tuple[FaceInPicture, ...] = ()
        self._hovered: FaceInPicture | None = None
        self._wipe = 0.5
        self._dragged: str | None = None  # "pan" or "wipe"
        self._pointer = QPointF()
        self._histogram: np.ndarray | None = None
        self._hdr_film = False
        self._proxy_film = False
        self.shows_faces = True
        self.shows_safe_areas = False
        self.shows_histogram = False
        self._tool: CanvasTool | None = None
        self._menu_place: Place | None = None
        self._font = QFont(self.font())
        self._font.setPixelSize(12)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(160, 90))
        self.setAccessibleName(self.tr("Picture"))
        self._session.person_changed.connect(self._on_person_changed)
        self._session.selection_changed.connect(self._on_person_changed)
        document.library.faces_ready.connect(self._on_faces_ready)

    @property
    def transform(self) -> ViewTransform:
        """Where the picture lies."""
        return self._transform

    @property
    def rendered(self) -> Rendered | None:
        """What is shown."""
        return self._rendered

    @property
    def faces(self) -> tuple[FaceInPicture, ...]:
        """The faces of the shown picture."""
        return self._faces

    def set_tool(self, tool: CanvasTool | None) -> None:
        """What the left button does; None looks and picks."""
        self._tool = tool
        self.setCursor(tool.cursor if tool is not None else Qt.CursorShape.ArrowCursor)
        self.update()

    @property
    def wipe(self) -> float:
        """Where the split wipe stands, 0..1 of the picture's width."""
        return self._wipe

    def set_wipe(self, share: float) -> None:
        """Moves the split wipe."""
        self._wipe = min(max(share, 0.0), 1.0)
        self.update()

    def set_hdr(self, hdr: bool) -> None:
        """Whether the film is tone-mapped to be shown."""
        self._hdr_film = hdr
        self.update()

    def set_proxy(self, proxy: bool) -> None:
        """Whether the picture is read from a light copy of the film."""
        self._proxy_film = proxy
        self.update()

    def set_histogram(self, bins: np.ndarray | None) -> None:
        """The shown picture's histogram, or None."""
        self._histogram = bins
        self.update()

    def show_picture(self, rendered: Rendered) -> None:
        """Shows another picture."""
        self._rendered, self._near = rendered, None
        medium = self._medium()
        if medium is not None:
            size = QSizeF(max(medium.facts.width, 1), max(medium.facts.height, 1))
            if size != self._transform.film:
                self._transform = ViewTransform(QSizeF(self.size()), size)
                self.zoom_changed.emit()
        self._find_faces()
        if self._session.is_mouth_zoomed:
            self._follow_mouth()
        self.update()

    def show_near_picture(self, rendered: Rendered) -> None:
        """Shows a picture from shortly before the wanted one, said to be that; the wanted one follows."""
        self._near = rendered
        self.update()

    def wanted_size(self) -> tuple[int, int]:
        """(width, height) in device pixels at which the picture is shown."""
        ratio = self.devicePixelRatioF()
        rect = self._half().rect if self._session.view_mode == "side" else self._transform.rect
        return round(rect.width() * ratio), round(rect.height() * ratio)

    def set_fit(self) -> None:
        """Shows the whole picture."""
        self._set_transform(self._transform.fitted())

    def set_zoom(self, zoom: float) -> None:
        """Widget pixels per film pixel around the middle; 1.0 is 100 % (in device pixels)."""
        self._set_transform(self._transform.zoomed(zoom / self.devicePixelRatioF()))

    @property
    def zoom(self) -> float:
        """Device pixels per film pixel."""
        return self._transform.scale * self.devicePixelRatioF()

    def zoom_to_mouth(self, *, zoomed: bool) -> None:
        """Follows the picked person's (or the largest face's) mouth, or shows everything again."""
        if zoomed:
            self._follow_mouth()
        else:
            self.set_fit()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints picture and overlays."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.viewer))
        if self._near is not None and self._near.image is not None:
            self._draw(painter, self._transform.rect, self._near.image)
            paint_badges(
                painter, [(self.tr("Seeking…"), badge_colour(warns=False))], self.width() - 10, self._font
            )
            return
        rendered = self._rendered
        if rendered is None or rendered.image is None:
            self._paint_without_picture(painter, rendered)
            return
        rect = self._transform.rect
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom < 4)
        if self._session.view_mode == "side" and rendered.under is not None:
            self._paint_side_by_side(painter, rendered)
            return
        self._draw(painter, rect, rendered.image)
        if rendered.under is not None:
            painter.save()
            painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width() * self._wipe, rect.height()))
            self._draw(painter, rect, rendered.under)
            painter.restore()
        if rendered.overlay is not None:
            self._draw(painter, rect, rendered.overlay)
        is_judged = (
            self._session.is_playing or self._session.is_mouth_zoomed
        )  # then nothing lies over the face
        if self.shows_faces and self._session.view_mode != "difference" and not is_judged:
            paint_faces(
                painter,
                self._faces,
                self._transform,
                self._stretch(),
                picked=self._session.person,
                hovered=self._hovered,
                font=self._font,
            )
        if self._tool is not None and rendered.picture is not None:
            self._tool.paint(painter, rendered.picture.film, rendered.picture.frame, self._to_view)
            paint_hint(painter, self._tool.hint, QRectF(self.rect()), self._font)
        if self.shows_safe_areas:
            paint_safe_areas(painter, rect)
        if rendered.under is not None:
            paint_wipe(painter, rect, self._wipe, self._names(), self._font)
        if self.shows_histogram and self._histogram is not None:
            paint_histogram(painter, self._histogram, QRectF(12, self.height() - 92, 200, 80))
        paint_badges(painter, self._badges(rendered), self.width() - 10, self._font)

    def _draw(self, painter: QPainter, rect: QRectF, image: QImage) -> None:
        """`image` into `rect`; pixel for pixel when it was made for this size, which is ten times quicker."""
        ratio = self.devicePixelRatioF()
        wanted = self.wanted_size()
        if (image.width(), image.height()) == wanted:
            image.setDevicePixelRatio(ratio)
            corner = QPointF(round(rect.left() * ratio) / ratio, round(rect.top() * ratio) / ratio)
            painter.drawImage(corner, image)
        else:
            image.setDevicePixelRatio(1.0)
            painter.drawImage(rect, image)

    def _half(self) -> ViewTransform:
        """Where the picture lies in each half of the view, side by side."""
        whole = self._transform
        return ViewTransform(QSizeF(self.width() / 2 - 1, self.height()), whole.film, whole.zoom, whole.centre)

    def _paint_side_by_side(self, painter: QPainter, rendered: Rendered) -> None:
        rect, half = self._half().rect, self.width() / 2
        for left, image, name in zip(
            (0.0, half + 1), (rendered.under, rendered.image), self._names(), strict=True
        ):
            assert image is not None
            painter.save()
            painter.setClipRect(QRectF(left, 0, half - 1, self.height()))
            self._draw(painter, rect.translated(left, 0), image)
            painter.restore()
            paint_badges(painter, [(name, badge_colour(warns=False))], left + half - 12, self._font)

    def _names(self) -> tuple[str, str]:
        """What is left and right in wipe and side by side."""
        session, rendered = self._session, self._rendered
        segments = self._document.project.segments_at(rendered.time) if rendered is not None else ()
        for segment in segments:
            rival, shown = segment.take(session.rivals.get(segment.id, TakeId(""))), segment.take_at(rendered.time)  # type: ignore[union-attr]
            if rival is not None:
                names = [
                    self.tr("Take {number}").format(number=take.number) if take is not None else self.tr("Source")
                    for take in ((shown, rival) if session.is_rival_shown else (rival, shown))
                ]
                return names[0], names[1]
        return self.tr("Source"), self.tr("Result")

    def _badges(self, rendered: Rendered) -> list[tuple[str, str]]:
        plain = badge_colour(warns=False)
        badges = []
        if self._hdr_film:
            badges.append((self.tr("HDR → SDR"), badge_colour(warns=True)))
        if self._proxy_film:
            badges.append((self.tr("Proxy"), plain))
        names: dict[ViewMode, str] = {
            "source": self.tr("Source"),
            "mask": self.tr("Mask"),
            "difference": self.tr("Difference ×4"),
        }
        mode = self._session.view_mode
        if mode in names:
            badges.append((names[mode], plain))
        elif (
            mode == "result"
            and not rendered.has_result
            and not self._session.is_playing  # looking through all segments is not for every frame
            and self._document.project.segments_at(rendered.time)
        ):
            badges.append((self.tr("Not generated: source"), plain))
        if self.zoom >= 2 and not self._transform.is_fitted:
            badges.append((f"{self.zoom:.0%}", plain))
        return badges

    def _paint_without_picture(self, painter: QPainter, rendered: Rendered | None) -> None:
        font = QFont(self.font())
        font.setPixelSize(15)
        painter.setFont(font)
        area = QRectF(self.rect()).adjusted(24, 24, -24, -24)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        if rendered is not None and rendered.error is not None:
            painter.setPen(QColor(DARK.error))  # the viewer is dark in every theme
            painter.drawText(area, flags, str(rendered.error))
        elif not self._document.project.video_clips:
            painter.setPen(QColor("#8f96a1"))
            painter.drawText(area, flags, self.tr("Drop a film here or on the timeline to begin"))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes the wipe, picks a face, or pans."""
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus(Qt.FocusReason.MouseFocusReason)
        position = event.position()
        self._pointer = position
        if event.button() == Qt.MouseButton.LeftButton and (place := self._place(position)) is not None:
            assert self._tool is not None
            self._dragged = "tool"
            self._tool.press(place)
            self.update()
        elif event.button() == Qt.MouseButton.LeftButton and self._is_on_wipe(position):
            self._dragged = "wipe"
        elif event.button() == Qt.MouseButton.LeftButton and (face := self._face_at(position)) is not None:
            self._pick(face)
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged = "pan"
            if not self._transform.is_fitted:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Moves the wipe or the picture; else marks the face under the pointer."""
        position = event.position()
        if self._dragged == "wipe":
            rect = self._transform.rect
            self.set_wipe((position.x() - rect.left()) / max(rect.width(), 1))
        elif self._dragged == "pan":
            self._set_transform(self._transform.panned(position - self._pointer))
        elif self._tool is not None:
            place = self._place(position)
            if place is not None:
                self._tool.move(place)
            self.setCursor(self._tool.cursor)
            self.update()
        else:
            hovered = self._face_at(position)
            if hovered is not self._hovered:
                self._hovered = hovered
                self.update()
            if self._is_on_wipe(position):
                self.setCursor(Qt.CursorShape.SplitHCursor)
            elif hovered is not None:
                self.setCursor(Qt.CursorShape.PointingHandCursor)
            else:
                self.setCursor(Qt.CursorShape.ArrowCursor)
        self._pointer = position

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lets go."""
        if self._dragged == "tool" and self._tool is not None:
            place = self._place(event.position())
            if place is not None:
                self._tool.release(place)
            self._dragged = None
            self.update()
            return
        self._dragged = None
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit and 100 % in turn."""
        if self._tool is not None:
            self.mousePressEvent(event)  # two quick points are two points
            return
        if self._transform.is_fitted:
            self._set_transform(self._transform.zoomed(1 / self.devicePixelRatioF(), event.position()))
        else:
            self.set_fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms to the pointer."""
        factor = 1.0015 ** event.angleDelta().y()
        zoom = self._transform.scale * factor
        if factor < 1 and zoom <= self._transform.fit_scale * 1.001:
            self.set_fit()  # zooming out ends at the whole picture
        else:
            self._set_transform(self._transform.zoomed(zoom, event.position()))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the viewer's menu."""
        self._menu_place = self._place(QPointF(event.pos()))
        self.menu_requested.emit(event.globalPos())

    def add_tool_entries(self, menu: QMenu) -> None:
        """What the tool offers where the menu was asked for."""
        if self._tool is not None and self._menu_place is not None:
            self._tool.menu(self._menu_place, menu)
            menu.addSeparator()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps fit, zoom and centre."""
        old = self._transform
        self._transform = ViewTransform(QSizeF(self.size()), old.film, old.zoom, old.centre)
        self.zoom_changed.emit()
        super().resizeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No face is hovered."""
        self._hovered = None
        self.update()
        super().leaveEvent(event)

    # Parts

    def _set_transform(self, transform: ViewTransform) -> None:
        if transform != self._transform:
            self._transform = transform
            self.zoom_changed.emit()
            self.update()

    def _medium(self) -> MediaItem | None:
        rendered = self._rendered
        if rendered is None or rendered.picture is None:
            return None
        return self._document.project.medium(rendered.picture.film)

    def _stretch(self) -> tuple[float, float]:
        """Square film pixels per sample of the upright picture."""
        rendered = self._rendered
        if rendered is None or 0 in rendered.size:
            return 1.0, 1.0
        film = self._transform.film
        return film.width() / rendered.size[0], film.height() / rendered.size[1]

    def _place(self, position: QPointF) -> Place | None:
        """Where in the film the pointer is, for the tool; None without a tool or a picture."""
        rendered = self._rendered
        if self._session.view_mode == "side" or self._tool is None or rendered is None or rendered.picture is None or rendered.image is None:
            return None
        point = self._transform.to_film(position)
        across, down = self._stretch()
        at = QPointF(point.x() / across, point.y() / down)
        return Place(rendered.picture.film, rendered.picture.frame, at, self._transform.scale * across)

    def _to_view(self, point: QPointF) -> QPointF:
        across, down = self._stretch()
        return self._transform.to_view(QPointF(point.x() * across, point.y() * down))

    def _find_faces(self) -> None:
        rendered = self._rendered
        picture = rendered.picture if rendered is not None else None
        self._hovered = None
        if picture is None:
            self._faces = ()
            return
        tracks = self._document.library.tracks(picture.film)
        self._faces = faces_at(self._document.project, picture.film, tracks, picture.frame)

    def _face_at(self, position: QPointF) -> FaceInPicture | None:
        if not self.shows_faces or self._session.view_mode == "side":
            return None
        point = self._transform.to_film(position)
        across, down = self._stretch()
        return face_under(self._faces, QPointF(point.x() / across, point.y() / down))

    def _pick(self, face: FaceInPicture) -> None:
        picture = self._rendered.picture if self._rendered is not None else None
        if face.person is not None:
            self._session.set_person(face.person)
            self.person_picked.emit(face.person)
        elif picture is not None:
            self.face_picked.emit(picture.film, face.name)

    def _follow_mouth(self) -> None:
        # Who is worked on: the selected segments' people, then the picked one, then the largest face.
        people = [segment.person for segment in self._document.selected_segments] + [self._session.person]
        wanted = (face for person in people if person is not None for face in self._faces if face.person == person)
        face = next(wanted, self._faces[0] if self._faces else None)
        if face is None:
            return
        across, down = self._stretch()
        mouth = face.mouth
        area = QRectF(
            mouth.left() * across, mouth.top() * down, mouth.width() * across, mouth.height() * down
        )
        self._set_transform(self._transform.showing(area))

    def _is_on_wipe(self, position: QPointF) -> bool:
        if self._rendered is None or self._rendered.under is None or self._session.view_mode != "wipe":
            return False
        rect = self._transform.rect
        return abs(position.x() - (rect.left() + rect.width() * self._wipe)) <= _WIPE_GRAB

    def _on_person_changed(self, _who: object) -> None:
        if self._session.is_mouth_zoomed:
            self._follow_mouth()
        self.update()

    def _on_faces_ready(self, _film: str) -> None:
        self._find_faces()
        self.update()
