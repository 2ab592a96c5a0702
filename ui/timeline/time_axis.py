"""Which stretch of time the timeline and the sync graph show: one object, shared, so that they never disagree."""

from fractions import Fraction

from PySide6.QtCore import QObject, Signal

MAX_PIXELS_PER_SECOND = 4800.0  # a frame at 24 fps is then 200 px wide: enough to see inside it
MIN_SPAN_S = 0.05
_FIT_MARGIN = 0.03  # of the shown stretch stays free to the right of the last item


class TimeAxis(QObject):
    """Seconds to pixels and back.

    Pixels are logical ones, counted from the left edge of the area that shows time (without lane headers). Floats are
    right here: this is display; edits go through `to_time`, which snaps to frames elsewhere.

    Signals:
        changed: start, scale or width are different now.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start = 0.0
        self._scale = 50.0
        self._width = 800.0
        self._length = 0.0

    @property
    def start(self) -> float:
        """Seconds at the left edge."""
        return self._start

    @property
    def end(self) -> float:
        """Seconds at the right edge."""
        return self._start + self.span

    @property
    def span(self) -> float:
        """Seconds shown."""
        return self._width / self._scale

    @property
    def pixels_per_second(self) -> float:
        """The zoom."""
        return self._scale

    @property
    def width(self) -> float:
        """Logical pixels of the area that shows time."""
        return self._width

    @property
    def length(self) -> float:
        """Seconds of the whole timeline's content."""
        return self._length

    @property
    def scroll_end(self) -> float:
        """Greatest possible `start`: half a view beyond the content, so that there is room to drop things."""
        return max(0.0, self._length - self.span / 2)

    def to_x(self, seconds: float | Fraction) -> float:
        """Pixel of a time."""
        return (float(seconds) - self._start) * self._scale

    def to_seconds(self, x: float) -> float:
        """Time at a pixel."""
        return self._start + x / self._scale

    def to_time(self, x: float) -> Fraction:
        """Time at a pixel as an exact number (to the microsecond, beyond which a pixel cannot tell)."""
        return Fraction(round(self.to_seconds(x) * 1_000_000), 1_000_000)

    def set_width(self, width: float) -> None:
        """Tells how wide the area is; the left edge stays."""
        self._set(self._start, self._scale, max(width, 1.0))

    def set_length(self, seconds: float) -> None:
        """Tells how long the content is."""
        if seconds != self._length:
            self._length = seconds
            self.changed.emit()

    def scroll_to(self, start: float) -> None:
        """Puts `start` at the left edge, as far as scrolling goes."""
        self._set(start, self._scale, self._width)

    def scroll_by_pixels(self, pixels: float) -> None:
        """Moves the view to the right by `pixels`."""
        self.scroll_to(self._start + pixels / self._scale)

    def set_range(self, start: float, end: float) -> None:
        """Shows exactly this stretch (as far as the zoom limits allow)."""
        scale = self._clamped_scale(self._width / max(end - start, MIN_SPAN_S))
        self._set(start, scale, self._width)

    def zoom(self, factor: float, anchor_x: float) -> None:
        """Zooms in by `factor` (>1) or out; the time under `anchor_x` stays where it is."""
        anchor = self.to_seconds(anchor_x)
        scale = self._clamped_scale(self._scale * factor)
        self._set(anchor - anchor_x / scale, scale, self._width)

    def fit(self, length: float | None = None) -> None:
        """Shows everything."""
        length = length if length is not None else self._length
        self.set_range(0.0, max(length, 10.0) * (1 + _FIT_MARGIN))

    def reveal(self, seconds: float, *, page: bool = False) -> None:
        """Scrolls so that `seconds` is seen; with `page` it comes to the left edge, as when following playback."""
        if self._start <= seconds < self.end:
            return
        self.scroll_to(seconds - (0.02 if page else 0.5) * self.span)

    def _clamped_scale(self, scale: float) -> float:
        lowest = self._width / max(self._length * 4, 60.0)
        return min(max(scale, lowest), MAX_PIXELS_PER_SECOND)

    def _set(self, start: float, scale: float, width: float) -> None:
        start = max(0.0, min(start, max(0.0, self._length - width / scale / 2)))
        if (start, scale, width) != (self._start, self._scale, self._width):
            self._start, self._scale, self._width = start, scale, width
            self.changed.emit()
