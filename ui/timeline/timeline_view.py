"""The timeline: bar, ruler, headers, lanes and scroll bars put together."""

from fractions import Fraction

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QGridLayout, QScrollBar, QSizePolicy, QWidget

from core.project import edits
from core.project.ids import VIDEO_LANE, LaneId
from core.project.model import Marker
from ui.state.document import Document
from ui.timeline.canvas import TimelineCanvas
from ui.timeline.drops import Dropped, dropped_from, lane_for
from ui.timeline.hit import Hit
from ui.timeline.lane_headers import LaneHeaders
from ui.timeline.lanes import Lane
from ui.timeline.master_meter import MasterMeter
from ui.timeline.menus import item_menu, lane_menu, ruler_menu
from ui.timeline.ruler import TimelineRuler
from ui.timeline.scene import TimelineScene
from ui.timeline.time_axis import TimeAxis
from ui.timeline.timeline_bar import TimelineBar
from ui.timeline.timeline_commands import TimelineCommands
from ui.timeline.tools import Tool

_SCROLL_UNIT = 100  # scroll bar steps per second: a day of film fits into an int


class TimelineView(QWidget):
    """The timeline of a document.

    Signals:
        files_dropped: (list[str] paths, Fraction time, LaneId) files from outside, to be imported and put there.
        item_activated: (ItemId) a double click.
        scrubbed: (Fraction) the playhead was put somewhere by hand on the ruler: let it be heard.
    """

    files_dropped = Signal(list, object, str)
    item_activated = Signal(str)
    scrubbed = Signal(object)

    def __init__(
        self, document: Document, axis: TimeAxis | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.axis = axis if axis is not None else TimeAxis(self)
        self._scene = TimelineScene(document, self.axis, self)
        self.commands = TimelineCommands(document, self.axis, self._scene, self)
        self._was_fitted = False
        self.bar = TimelineBar(self.axis)
        self.ruler = TimelineRuler(self._scene)
        self.headers = LaneHeaders(self._scene)
        self.canvas = TimelineCanvas(self._scene)
        self.master = MasterMeter(document)
        self._across = QScrollBar(Qt.Orientation.Horizontal)
        self._down = QScrollBar(Qt.Orientation.Vertical)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.bar, 0, 0, 1, 3)
        grid.addWidget(self.master, 1, 0)
        grid.addWidget(self.ruler, 1, 1)
        grid.addWidget(self.headers, 2, 0)
        grid.addWidget(self.canvas, 2, 1)
        grid.addWidget(self._down, 2, 2)
        grid.addWidget(self._across, 3, 1)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)
        self.canvas.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Timeline"))
        self.axis.changed.connect(self._update_scroll_bars)
        self._scene.lanes_changed.connect(self._update_scroll_bars)
        self._scene.content_changed.connect(self._fit_first_content)
        self._scene.items_changed.connect(self._fit_first_content)
        self._scene.scrolled.connect(self._update_scroll_bars)
        self._across.valueChanged.connect(self._on_scrolled_across)
        self._down.valueChanged.connect(self._on_scrolled_down)
        self.bar.tool_chosen.connect(self.set_tool)
        self.bar.snapping_changed.connect(self.set_snapping)
        self.bar.following_changed.connect(self.set_following)
        self.bar.fit_requested.connect(self.commands.zoom_to_fit)
        self.canvas.menu_requested.connect(self._on_item_menu)
        self.canvas.item_activated.connect(self.item_activated)
        self.ruler.menu_requested.connect(self._on_ruler_menu)
        self.ruler.scrubbed.connect(self.scrubbed)
        self.headers.menu_requested.connect(self._on_lane_menu)
        document.session.playhead_moved.connect(self._on_playhead_moved)

    @property
    def scene(self) -> TimelineScene:
        """What the parts of the timeline share."""
        return self._scene

    @property
    def tool(self) -> Tool:
        """The tool in use."""
        return self.canvas.tool

    def set_tool(self, tool: Tool) -> None:
        """Uses another tool."""
        self.canvas.set_tool(tool)
        self.bar.set_tool(tool)

    @property
    def is_snapping(self) -> bool:
        """Whether edges snap."""
        return self._scene.is_snapping

    def set_snapping(self, snapping: bool) -> None:
        """Turns snapping on or off."""
        self._scene.is_snapping = snapping
        self.bar.set_snapping(snapping)

    @property
    def is_following(self) -> bool:
        """Whether the view follows the playhead while playing."""
        return self._scene.is_following

    def set_following(self, following: bool) -> None:
        """Turns following on or off."""
        self._scene.is_following = following
        self.bar.set_following(following)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that are no action of the window: Escape, Tab, and Alt with arrows."""
        key, modifiers = event.key(), event.modifiers()
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if key == Qt.Key.Key_Escape:
            if not self.canvas.cancel_gesture() and not self.ruler.cancel_gesture():
                self.document.session.select(())
        elif alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.commands.nudge(-1 if key == Qt.Key.Key_Left else 1)
        elif key == Qt.Key.Key_BracketRight:
            self.commands.select_next(1)
        elif key == Qt.Key.Key_BracketLeft:
            self.commands.select_next(-1)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """A timeline that comes with content begins with all of it in view."""
        super().showEvent(event)
        self._fit_first_content()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes media and files."""
        if dropped_from(event.mimeData(), self.document.project) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Shows where it would lie."""
        dropped = dropped_from(event.mimeData(), self.document.project)
        if dropped is None:
            return
        t, lane = self._drop_place(dropped, event.position().toPoint())
        self.canvas.show_drop(t, lane, dropped.duration, dropped.name)
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went away."""
        self.canvas.hide_drop()
        self._scene.set_snap_line(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Puts media of the bin there; files are for the importer."""
        dropped = dropped_from(event.mimeData(), self.document.project)
        self.canvas.hide_drop()
        self._scene.set_snap_line(None)
        if dropped is None:
            return
        t, lane = self._drop_place(dropped, event.position().toPoint())
        event.acceptProposedAction()
        if dropped.paths:
            self.files_dropped.emit(list(dropped.paths), t, lane)
            return
        with self.document.group(self.tr("Add to timeline")):
            for media in dropped.media:
                medium = self.document.project.medium(media)
                if medium is None:
                    continue
                target = VIDEO_LANE if medium.kind == "video" else lane_for(dropped, None)
                start = edits.free_start(
                    self.document.project,
                    lane if len(dropped.media) == 1 else target,
                    t,
                    medium.facts.duration,
                )
                self.document.apply(
                    self.tr("Add to timeline"),
                    edits.add_clip,
                    media,
                    start,
                    lane=lane if len(dropped.media) == 1 else target,
                )

    # Parts

    def _drop_place(self, dropped: Dropped, position: QPoint) -> tuple[Fraction, LaneId]:
        local = self.canvas.mapFrom(self, position)
        lane = lane_for(dropped, self.canvas.lane_at(local.y()))
        t = self.axis.to_time(max(local.x(), 0))
        tolerance = Fraction(10 / self.axis.pixels_per_second)
        edges = [Fraction(0), dropped.duration] if dropped.duration else [Fraction(0)]
        snap = self._scene.snap_targets().snap_shift(edges, t, tolerance)
        self._scene.set_snap_line(snap.line if snap is not None else None)
        t = snap.by if snap is not None else self.document.project.sequence.snap(t)
        return max(t, Fraction(0)), lane

    def _update_scroll_bars(self) -> None:
        axis = self.axis
        with QSignalBlocker(self._across), QSignalBlocker(self._down):
            self._across.setRange(0, round(axis.scroll_end * _SCROLL_UNIT))
            self._across.setPageStep(max(round(axis.span * _SCROLL_UNIT), 1))
            self._across.setSingleStep(max(round(axis.span * _SCROLL_UNIT / 20), 1))
            self._across.setValue(round(axis.start * _SCROLL_UNIT))
            hidden = self._scene.lanes.height - self.canvas.height()
            self._down.setRange(0, max(hidden, 0))
            self._down.setPageStep(self.canvas.height())
            self._down.setSingleStep(20)
            self._down.setValue(self._scene.top)
            self._down.setVisible(hidden > 0)

    def _fit_first_content(self) -> None:
        """The first thing on an empty timeline is shown whole; later ones leave the view as it is."""
        has_content = self.axis.length > 0
        if has_content and not self._was_fitted:
            self.axis.fit()
        self._was_fitted = has_content
        self._update_scroll_bars()

    def _on_scrolled_across(self, value: int) -> None:
        self.axis.scroll_to(value / _SCROLL_UNIT)

    def _on_scrolled_down(self, value: int) -> None:
        self._scene.scroll_to(value, self.canvas.height())

    def _on_playhead_moved(self, t: Fraction) -> None:
        if not self._scene.is_following or self.canvas.is_dragging or self.ruler.is_dragging:
            return
        self.axis.reveal(float(t), page=self.document.session.is_playing)

    def _on_item_menu(self, hit: Hit, t: Fraction, position: QPoint) -> None:
        item_menu(self, self.commands, hit, t).popup(position)

    def _on_ruler_menu(self, marker: Marker | None, t: Fraction, position: QPoint) -> None:
        ruler_menu(self, self.commands, marker, t).popup(position)

    def _on_lane_menu(self, lane: Lane, position: QPoint) -> None:
        lane_menu(self, self.commands, lane).popup(position)
