"""The sync graph: how well lips and voice fit, over the timeline's own time axis, filling while takes are made."""

from fractions import Fraction
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from core.base.timing import format_timecode
from core.face_geometry.track import PersonId
from core.project import content_edits
from core.project.changes import Changes
from core.project.export_plan import marked_range
from ui.base.colours import Bands, colour, shades
from ui.base.elided_label import ElidedLabel
from ui.base.theme import theme
from ui.state.document import Document, Drag
from ui.state.doubts import doubtful_spans
from ui.state.library import CurveKey
from ui.state.weak_spots import WeakSpot, weak_spots
from ui.sync_graph.curve_lines import (
    CurveLine,
    Thinned,
    connections,
    joined,
    thinned,
    unknown_spans,
)
from ui.sync_graph.curve_table import CurveTable
from ui.sync_graph.gathering import CurveGatherer, Gathered
from ui.sync_graph.graph_items import BandItem, HatchItem, MarkedItem, RangeItem
from ui.sync_graph.graph_view import OFFSET_RANGE_MS, GraphHeader, GraphView
from ui.sync_graph.graph_words import IN_SYNC_MS, Reading, explain
from ui.sync_graph.pin_marks import Pins
from ui.sync_graph.spot_list import SpotList
from ui.timeline.lane_headers import WIDTH
from ui.timeline.time_axis import TimeAxis

_MOST_ASKED = (
    200  # segments in view whose curves are asked for; with more in view only those already known are drawn
)
_REBUILD_MS = 30
_THIN_FROM = 500
_SPOTS_MS = 250
_WIDTH_FOR_LIST = 720
TAKE_COLOURS = (
    "#4c9dff",
    "#ff9f4c",
    "#c77dff",
    "#4cd3c2",
    "#ff6b9d",
    "#b8d84c",
    "#7d9bff",
    "#ffd24c",
    "#8be08b",
)


class SyncGraph(QWidget):
    """p_sync of source, of the source with the dub, and of takes; the offset below.

    Grey is the film with its own voice: what is possible. The dotted line is the untouched film with the dub: what one
    would see without generating. Solid colours are takes: the chosen one of every segment, and of selected segments the
    others too, thinner.

    Signals:
        scrubbed: (Fraction) the playhead was put somewhere by hand: let it be heard.
        weak_asked: (int) 1 the next, -1 the previous weak stretch.
        table_asked: (list of `CurveTable`) every known curve is to be saved.
        picture_asked: (QPixmap) the graph as it is seen is to be saved.
        list_toggled: (bool) the list of weak stretches is wanted, or not.
    """

    scrubbed = Signal(object)
    weak_asked = Signal(int)
    table_asked = Signal(object)
    picture_asked = Signal(object)
    list_toggled = Signal(bool)

    def __init__(
        self, document: Document, axis: TimeAxis | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._session = document.session
        self.axis = axis if axis is not None else TimeAxis(self)
        self._owns_axis = axis is None
        self._bands = Bands(document.project.settings.sync_threshold)
        self._known: set[CurveKey] = set()
        self._seen = Gathered(joined([]), joined([]), {}, {})  # as much as is in view
        self._gatherer: CurveGatherer | None = None  # of the project as it is; None when that changed
        self._whole: Gathered | None = None
        self._hidden: set[str] = set()  # "source", "dub" or "others"
        self._plot = GraphView(self.axis)
        self._header = GraphHeader(self._plot, self._bands)
        self._words = ElidedLabel()  # above the plot: over it, it would hide the curve it explains
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._empty = QLabel(
            self.tr("Here you will see how well the lips fit the voice, moment by moment."), self._plot
        )
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        strip = QHBoxLayout()
        strip.setContentsMargins(WIDTH + 6, 0, 8, 0)
        strip.addWidget(self._words, 1)
        strip.addWidget(self._legend)
        strip.addSpacing(8)
        self.list_button = QToolButton()
        self.list_button.setCheckable(True)
        self.list_button.setChecked(True)
        self.list_button.setProperty("flat", "true")
        self.list_button.setToolTip(self.tr("List the weak and doubtful stretches beside the graph"))
        self.list_button.toggled.connect(self._on_list_toggled)
        strip.addWidget(self.list_button)
        self.spots = SpotList(document)
        self.spots.chosen.connect(self._go_to_spot)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._header)
        row.addWidget(self._plot, 1)
        row.addWidget(self.spots)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(strip)
        column.addLayout(row, 1)
        self.setMinimumHeight(58)
        self.setAccessibleName(self.tr("Sync graph"))
        self._make_items()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REBUILD_MS)
        self._timer.timeout.connect(self.rebuild)
        self._spots_timer = QTimer(self)
        self._spots_timer.setSingleShot(True)
        self._spots_timer.setInterval(_SPOTS_MS)
        self._spots_timer.timeout.connect(self.list_spots)
        self._marking: Drag | None = None
        self._plot.ranged.connect(self._mark)
        self._plot.ranged_well.connect(self._end_marking)
        self._plot.sought.connect(self._seek)
        self._plot.pointed_at.connect(self._show_words)
        self._plot.menu_asked.connect(self._on_menu_asked)
        self._plot.resized.connect(self._on_resized)
        self.axis.changed.connect(self._on_axis_changed)
        self._session.playhead_moved.connect(self._on_playhead_moved)
        self._session.selection_changed.connect(self._on_selection_changed)
        self._session.time_hovered.connect(self._on_time_hovered)
        document.changed.connect(self._on_changed)
        document.library.curve_changed.connect(self._on_curve_changed)
        document.library.take_changed.connect(self.schedule)
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._on_changed(Changes(everything=True))

    def sizeHint(self) -> QSize:
        """Low: the timeline below needs the room."""
        return QSize(800, 210)

    @property
    def plot(self) -> GraphView:
        """Where the curves are drawn."""
        return self._plot

    @property
    def bands(self) -> Bands:
        """How values are read as colours."""
        return self._bands

    @property
    def chosen_line(self) -> CurveLine:
        """The chosen takes in view, everybody's."""
        return joined(list(self._seen.chosen.values()))

    @property
    def hatched(self) -> list[tuple[float, float]]:
        """The stretches in view that cannot be known."""
        return self._hatch.spans

    @property
    def doubted(self) -> list[tuple[float, float]]:
        """The stretches in view that may not pass for real."""
        return self._doubts.spans

    def words_at(self, t: Fraction) -> str:
        """What the graph says about a moment."""
        seconds = float(t)
        readings = [self._reading(self.tr("Film, own voice"), self._seen.source, seconds, is_source=True)]
        readings.append(self._reading(self.tr("Film with the dub"), self._seen.dub, seconds))
        for segment in self._document.project.segments_at(t):
            take = segment.take_at(t)
            person = self._document.project.person(segment.person) if segment.person is not None else None
            who = person.name if person is not None else self.tr("Nobody yet")
            if take is not None:
                name = self.tr("{person}, take {number}").format(person=who, number=take.number)
                readings.append(self._reading(name, self._seen.chosen.get(segment.person, joined([])), seconds))
        sequence = self._document.project.sequence
        frame = sequence.rate.frame_at(t) + sequence.start_frame
        timecode = format_timecode(frame, sequence.rate, drop_frame=sequence.drop_frame)
        words = explain(timecode, readings, self._bands)
        if any(t in span for each in self._document.project.segments_at(t) for span in doubtful_spans(self._document, each)):
            words += "   " + self.tr("The picture may not pass for real here: look at it.")
        return words

    def rebuild(self) -> None:
        """Asks for the curves in view, collects what is known and draws it. Called by itself, at most every 30 ms."""
        self._timer.stop()
        if not self._spots_timer.isActive():
            self._spots_timer.start()
        low, high = self.axis.start, self.axis.start + self._plot.width() / self.axis.pixels_per_second
        library, selected = self._document.library, self._session.selection
        if self._gatherer is None:
            self._gatherer = CurveGatherer(self._document.project)
            self._whole = None
        for key in self._gatherer.keys_in_view(low, high, selected, _MOST_ASKED):
            if key not in self._known and library.curve(key) is not None:
                self._known.add(key)
                self._whole = None
        if self._whole is None:
            self._whole = self._gatherer.gather(library, self._known, selected)
        self._seen = self._whole.between(low, high)
        self._draw()

    def list_spots(self) -> None:
        """Lists what is known to need a look. Called by itself, at most four times a second."""
        self._spots_timer.stop()
        found = weak_spots(self._document, self._known)
        self.spots.show_spots(found, self._bands)
        self.list_button.setText(
            self.tr("Weak: {count}").format(count=len(found)) if found else self.tr("Nothing weak")
        )
        self.list_button.setEnabled(bool(found))
        self.list_button.setVisible(bool(found) or self._is_judged())
        self._show_list()

    def _is_judged(self) -> bool:
        """Whether the fit of any segment is known."""
        return any(
            CurveKey("dub", segment.id) in self._known or any(CurveKey("take", take.id) in self._known for take in segment.takes)
            for segment in self._document.project.segments
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list gives way to the graph where there is little room."""
        super().resizeEvent(event)
        self._show_list()

    def _show_list(self) -> None:
        wide = self.width() >= _WIDTH_FOR_LIST
        self.spots.setVisible(bool(self.spots.spots) and self.list_button.isChecked() and wide)

    def _on_list_toggled(self, shown: bool) -> None:
        self._show_list()
        self.list_toggled.emit(shown)

    def _go_to_spot(self, spot: WeakSpot) -> None:
        self._session.select([spot.segment])
        self._session.set_playhead(spot.start)
        self.scrubbed.emit(self._session.playhead)

    def _mark(self, first: float, last: float) -> None:
        if self._marking is None:
            self._marking = self._document.drag(self.tr("Mark a range"))
        self._marking.update(content_edits.set_marks, self.axis.to_time(first), self.axis.to_time(last))

    def _end_marking(self) -> None:
        if self._marking is not None:
            self._marking.commit()
            self._marking = None

    def build_menu(self) -> QMenu:
        """The right-click menu."""
        menu = QMenu(self)
        menu.addAction(self.tr("Next weak or doubtful stretch"), lambda: self.weak_asked.emit(1))
        menu.addAction(self.tr("Previous weak or doubtful stretch"), lambda: self.weak_asked.emit(-1))
        menu.addSeparator()
        self.pins.add_entries(menu)
        menu.addSeparator()
        for name, text in (
            ("source", self.tr("Show the film with its own voice")),
            ("dub", self.tr("Show the film with the dub")),
            ("others", self.tr("Show other takes of the selection")),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(name not in self._hidden)
            action.toggled.connect(lambda on, name=name: self._set_shown(name, on=on))
        menu.addSeparator()
        menu.addAction(self.tr("Save the curves as a table…"), lambda: self.table_asked.emit(self.tables()))
        menu.addAction(self.tr("Save the graph as a picture…"), lambda: self.picture_asked.emit(self.grab()))
        return menu

    def _on_menu_asked(self, place: QPoint) -> None:
        menu = self.build_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def tables(self) -> list[CurveTable]:
        """Every known curve over the whole timeline, named."""
        if self._whole is None:
            self.rebuild()
        whole = self._whole
        assert whole is not None, "rebuilding gathers everything"
        project = self._document.project
        found = [
            CurveTable(self.tr("Film, own voice"), "", whole.source),
            CurveTable(self.tr("Film with the dub"), "", whole.dub),
        ]
        for person, line in whole.chosen.items():
            known = project.person(person) if person is not None else None
            found.append(CurveTable(self.tr("Result"), known.name if known is not None else "", line))
        return [each for each in found if len(each.line)]

    def _set_shown(self, name: str, *, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(name)
        self.schedule()

    # Parts

    def _make_items(self) -> None:
        self._top = self._plot.add_lane(0.0, 1.0, stretch=3)
        self._low = self._plot.add_lane(-OFFSET_RANGE_MS, OFFSET_RANGE_MS, stretch=1)
        self.pins = Pins(self._document, self._top, self)
        self._plot.handles = self.pins
        self._band = BandItem()
        self._hatch = HatchItem()
        self._top.addItem(self._band)
        self._top.addItem(self._hatch)
        self._marked = MarkedItem()
        self._top.addItem(self._marked)
        self._doubts = HatchItem(warns=True)
        self._top.addItem(self._doubts)
        self._threshold = pg.InfiniteLine(angle=0, pos=self._bands.threshold)
        self._top.addItem(self._threshold)
        self._zero = pg.InfiniteLine(angle=0, pos=0)
        self._low.addItem(self._zero)
        self._lines = {name: pg.PlotCurveItem() for name in ("source", "dub")}
        for item in self._lines.values():
            self._top.addItem(item)
        self._results: list[tuple[pg.PlotCurveItem, RangeItem]] = []  # one for each person in view
        self._other_lines = [pg.PlotCurveItem() for _ in TAKE_COLOURS]
        for item in self._other_lines:
            self._top.addItem(item)
        # One item per colour: pyqtgraph draws each symbol of an item with many brushes anew.
        self._offsets = [pg.ScatterPlotItem(size=4, pen=None, pxMode=True) for _ in range(2)]
        for item in self._offsets:
            self._low.addItem(item)
        self._playheads = [pg.InfiniteLine(angle=90) for _ in range(2)]
        self._hovers = [pg.InfiniteLine(angle=90) for _ in range(2)]
        for lane, playhead, hover in zip((self._top, self._low), self._playheads, self._hovers, strict=True):
            lane.addItem(hover)
            lane.addItem(playhead)
            hover.hide()

    def _draw(self) -> None:
        columns = max(int(self._plot.width()) // 2, 100)
        seen = self._seen
        for name, line in (("source", seen.source), ("dub", seen.dub)):
            _set_line(self._lines[name], line if name not in self._hidden else joined([]), columns)
        self._draw_results(columns)
        others = {} if "others" in self._hidden else seen.others
        shown = list(others.items())[: len(TAKE_COLOURS)]
        for number, item in enumerate(self._other_lines):
            _set_line(item, shown[number][1] if number < len(shown) else joined([]), columns)
        results = self.chosen_line
        line = results if len(results) else seen.dub if len(seen.dub) else seen.source
        known = ~np.isnan(line.offset_ms)
        step = max(int(known.sum()) // (2 * columns), 1)
        times, offsets = line.times[known][::step], line.offset_ms[known][::step]
        offsets = np.clip(offsets, -OFFSET_RANGE_MS, OFFSET_RANGE_MS)
        fits = np.abs(offsets) <= IN_SYNC_MS
        for item, chosen in zip(self._offsets, (fits, ~fits), strict=True):
            item.setData(times[chosen], offsets[chosen])
        self._hatch.set_spans(self._unknown())
        self._doubts.set_spans(self._doubtful())
        self.pins.draw()
        self._empty.setVisible(not (len(seen.source) or len(seen.dub) or len(results)))

    def _draw_results(self, columns: int) -> None:
        """Each person's result in the person's colour."""
        people = self._seen.chosen
        while len(self._results) < len(people):
            pair = (pg.PlotCurveItem(), RangeItem())
            for item in pair:
                self._top.addItem(item)
            self._results.append(pair)
        legend = []
        for number, (curve, extremes) in enumerate(self._results):
            person = list(people)[number] if number < len(people) else None
            line = people[person] if number < len(people) else joined([])
            tint = self.tint_of(person)
            found = _set_line(curve, line, columns)
            extremes.setVisible(not found.is_exact)
            if not found.is_exact:
                extremes.set_ranges(found.times, found.low, found.high, tint)
            # Wide lines of many points take Qt a tenth of a second.
            width = 2 if len(found.times) < _THIN_FROM else 1 / self.devicePixelRatioF()
            curve.setPen(self._pen(tint, width))
            if len(line):
                known = self._document.project.person(person) if person is not None else None
                name = known.name if known is not None else self.tr("Nobody yet")
                legend.append(f"<span style='color:{tint}'>●</span> {escape(name)}")
        self._legend.setText("&nbsp; ".join(legend))

    def tint_of(self, person: PersonId | None) -> str:
        """The colour of a person's result."""
        known = self._document.project.person(person) if person is not None else None
        return known.colour if known is not None else shades().accent

    def _unknown(self) -> list[tuple[float, float]]:
        """What is unknown in the takes; where there is none in the film with the dub; where there is none in the film."""
        seen = self._seen
        results = list(seen.chosen.values())
        spans = [span for line in results for span in unknown_spans(line)]
        for line, over in ((seen.dub, results), (seen.source, [*results, seen.dub])):
            spans.extend(
                span
                for span in unknown_spans(line)
                if all(each.value_at((span[0] + span[1]) / 2) is None for each in over)
            )
        return spans

    def _doubtful(self) -> list[tuple[float, float]]:
        low, high = self.axis.start, self.axis.start + self._plot.width() / self.axis.pixels_per_second
        return [
            (float(span.start), float(span.end))
            for segment in self._document.project.segments
            if segment.takes and segment.range.end > low and segment.range.start < high
            for span in doubtful_spans(self._document, segment)
        ]

    def _reading(self, name: str, line: CurveLine, seconds: float, *, is_source: bool = False) -> Reading:
        found = line.value_at(seconds)
        if found is None:
            return Reading(name, None, None, is_source)
        return Reading(name, found[0], found[1], is_source)

    def _update_bands(self) -> None:
        project, library = self._document.project, self._document.library
        known = []
        for film in {clip.media for clip in project.video_clips}:
            curve = library.curve(CurveKey("source", film))
            if curve is not None:
                known.append(curve.p_sync[~np.isnan(curve.p_sync)])
        values = np.concatenate(known) if known else np.empty(0, np.float32)
        reference = float(np.median(values)) if len(values) else None
        self._bands = Bands(project.settings.sync_threshold, reference)
        self._band.set_bands(self._bands)
        self._threshold.setPos(self._bands.threshold)
        self._header.set_bands(self._bands)

    def schedule(self, _take: object = None) -> None:
        """Draws again soon; many calls make one drawing."""
        if not self._timer.isActive():
            self._timer.start()

    def _seek(self, x: float) -> None:
        """Puts the playhead on the frame under a pixel of the plot."""
        rate = self._document.project.sequence.rate
        t = rate.time_of(rate.frame_at(self.axis.to_time(x)))
        self._session.set_playhead(t)
        self.scrubbed.emit(self._session.playhead)

    def _show_words(self, t: Fraction | None) -> None:
        """Explains a moment in the corner, or hides the explanation."""
        for hover in self._hovers:
            hover.setVisible(t is not None)
            if t is not None:
                hover.setPos(float(t))
        self._words.setText(self.words_at(t) if t is not None else "")
        self._legend.setVisible(t is None)

    def _on_axis_changed(self) -> None:
        start, span = self.axis.start, self._plot.width() / self.axis.pixels_per_second
        for lane in (self._top, self._low):
            lane.setXRange(start, start + span, padding=0)
        self.schedule()

    def _on_resized(self) -> None:
        """The plot has another size."""
        if self._owns_axis:
            self.axis.set_width(self._plot.width())
        self._header.update()
        self._empty.setGeometry(0, 0, self._plot.width(), self._plot.height())
        self._on_axis_changed()

    def _on_playhead_moved(self, t: Fraction) -> None:
        for line in self._playheads:
            line.setPos(float(t))

    def _on_time_hovered(self, t: Fraction | None) -> None:
        for hover in self._hovers:
            hover.setVisible(t is not None)
            if t is not None:
                hover.setPos(float(t))

    def _on_selection_changed(self, _selection: object) -> None:
        self._whole = None
        self.schedule()

    def _on_curve_changed(self, key: CurveKey) -> None:
        self._known.add(key)
        self._whole = None
        if key.kind == "source":
            self._update_bands()
        self.schedule()

    def _on_changed(self, changes: Changes) -> None:
        if changes.is_only_blend:
            return
        if changes.everything:
            self._known.clear()
        if changes.everything or changes.settings:
            self._update_bands()
        if changes.everything or changes.in_out:
            marked = marked_range(self._document.project)
            self._marked.set_span((float(marked.start), float(marked.end)) if marked is not None else None)
        if self._owns_axis and (changes.everything or changes.layout):
            self.axis.set_length(float(self._document.project.duration))
        if changes.everything or changes.layout or changes.takes or changes.items or changes.people:
            self._gatherer = None
            self.schedule()

    def _pen(self, tint: str | QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """A pen as wide on every screen: pyqtgraph's widths are in the screen's own pixels."""
        return pg.mkPen(tint, width=width * self.devicePixelRatioF(), style=style)

    def _on_theme_changed(self) -> None:
        found = shades()
        self._plot.setBackground(found.ground)
        self._threshold.setPen(self._pen(colour(found.text_dim, 0.9), 1, style=Qt.PenStyle.DashLine))
        self._zero.setPen(self._pen(colour(found.text_dim, 0.6), 1))
        self._lines["source"].setPen(self._pen(colour(found.source_curve, 0.85), 1.2))
        self._lines["dub"].setPen(self._pen(colour(found.weak, 0.9), 1.2, style=Qt.PenStyle.DotLine))
        for item, tint in zip(self._other_lines, TAKE_COLOURS[1:] + TAKE_COLOURS[:1], strict=True):
            item.setPen(self._pen(colour(tint, 0.8), 1))
        for item, tint in zip(self._offsets, (found.good, found.weak), strict=True):
            item.setBrush(pg.mkBrush(tint))
        for line in self._playheads:
            line.setPen(self._pen(found.playhead, 1))
        for line in self._hovers:
            line.setPen(self._pen(colour(found.text, 0.35), 1))
        for label in (self._words, self._legend):
            label.setStyleSheet(f"color: {found.text_dim}; font-size: 12px;")
            label.setFixedHeight(18)
        self._empty.setStyleSheet(f"color: {found.text_faint}; background: transparent; font-size: 13px;")
        self._header.update()
        self.schedule()


def _set_line(item: pg.PlotCurveItem, line: CurveLine, columns: int) -> Thinned:
    found = thinned(line.times, line.p_sync, columns)
    if len(found.times) == 0:
        item.setData([], [])
    else:
        # NaN itself is kept from pyqtgraph: unknown points are left out by `connect`, which is quicker and safer.
        item.setData(found.times, np.nan_to_num(found.mean), connect=connections(found.mean))
    return found
