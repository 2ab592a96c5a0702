"""Where the picture lies in the viewer: fit, 100 %, zoom, pan, mouth. Pure."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF

MIN_ZOOM, MAX_ZOOM = 0.05, 16.0


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """The film's display rectangle (square pixels) in the widget.

    Attributes:
        view: size of the widget in logical pixels.
        film: size of the picture in square pixels.
        zoom: widget pixels per film pixel; None fits the picture into the view.
        centre: film point in the middle of the view, where 0,0 is the picture's corner; ignored when fitting.
    """

    view: QSizeF
    film: QSizeF
    zoom: float | None = None
    centre: QPointF | None = None

    @property
    def scale(self) -> float:
        """Widget pixels per film pixel."""
        return self.zoom if self.zoom is not None else self.fit_scale

    @property
    def fit_scale(self) -> float:
        """The scale at which the whole picture is seen."""
        if self.film.isEmpty() or self.view.isEmpty():
            return 1.0
        return min(self.view.width() / self.film.width(), self.view.height() / self.film.height())

    @property
    def is_fitted(self) -> bool:
        """Whether the picture is fitted into the view."""
        return self.zoom is None

    @property
    def rect(self) -> QRectF:
        """The picture's rectangle in the widget."""
        width, height = self.film.width() * self.scale, self.film.height() * self.scale
        centre = self.centre if self.zoom is not None and self.centre is not None else None
        if centre is None:
            return QRectF((self.view.width() - width) / 2, (self.view.height() - height) / 2, width, height)
        left = self.view.width() / 2 - centre.x() * self.scale
        top = self.view.height() / 2 - centre.y() * self.scale
        return QRectF(left, top, width, height)

    def to_film(self, point: QPointF) -> QPointF:
        """Film point (square pixels) under a widget point."""
        rect = self.rect
        return QPointF((point.x() - rect.left()) / self.scale, (point.y() - rect.top()) / self.scale)

    def to_view(self, point: QPointF) -> QPointF:
        """Widget point of a film point."""
        rect = self.rect
        return QPointF(rect.left() + point.x() * self.scale, rect.top() + point.y() * self.scale)

    def fitted(self) -> "ViewTransform":
        """The whole picture."""
        return replace(self, zoom=None, centre=None)

    def zoomed(self, zoom: float, anchor: QPointF | None = None) -> "ViewTransform":
        """Another zoom; the film point under the widget point `anchor` (default: the middle) stays there."""
        zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        middle = QPointF(self.view.width() / 2, self.view.height() / 2)
        anchor = anchor if anchor is not None else middle
        held = self.to_film(anchor)
        centre = held - (anchor - middle) / zoom
        return replace(self, zoom=zoom, centre=self._clamped(centre))

    def panned(self, by: QPointF) -> "ViewTransform":
        """The picture moved by widget pixels; fitted pictures stay."""
        if self.zoom is None or self.centre is None:
            return self
        return replace(self, centre=self._clamped(self.centre - by / self.zoom))

    def showing(self, area: QRectF) -> "ViewTransform":
        """Zoomed and centred so that `area` (film pixels) fills the view."""
        if area.isEmpty():
            return self
        zoom = min(self.view.width() / area.width(), self.view.height() / area.height())
        return replace(self, zoom=min(max(zoom, MIN_ZOOM), MAX_ZOOM), centre=area.center())

    def _clamped(self, centre: QPointF) -> QPointF:
        """A centre inside the picture, so that it cannot be lost."""
        return QPointF(
            min(max(centre.x(), 0.0), self.film.width()), min(max(centre.y(), 0.0), self.film.height())
        )
