"""The lanes: painting and mouse.

What changes seldom (lanes, items, waveforms) is painted once into a pixmap of the view's size; playhead, snapping line
and rubber band are painted over it, so that playing costs two thin strips per frame.
"""

from fractions import Fraction
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from core.project import edits
from core.project.ids import ItemId, LaneId
from core.project.segments import DubSegment
from ui.base.colours import colour, shades
from ui.timeline.gestures import (
    DrawGesture,
    Gesture,
    KeyGesture,
    MoveGesture,
    RollGesture,
    SlipGesture,
    TrimGesture,
    TrimKind,
)
from ui.timeline.hit import Hit, hit_at
from ui.timeline.lanes import Lane
from ui.timeline.layer_painter import Drop, LayerPainter, paint_gesture_text
from ui.timeline.scene import TimelineScene
from ui.timeline.tools import Tool
from ui.timeline.tooltips import lane_tooltip

_SCROLL_MARGIN = 28
_SCROLL_MS = 30
_WHEEL_ZOOM = 1.0015  # per eighth of a degree: one notch is 20 %


class TimelineCanvas(QWidget):
    """Paints the lanes and turns mouse gestures into edits.

    Signals:
        menu_requested: (Hit, Fraction time, QPoint global).
        item_activated: (ItemId) double click.
    """

    menu_requested = Signal(object, object, QPoint)
    item_activated = Signal(str)

    def __init__(self, scene: TimelineScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._session = scene.document.session
        self._layers = LayerPainter(scene)
        self._layer: QPixmap | None = None
        self._stale: frozenset[LaneId] | None = None  # lanes to be painted again; None: all of the layer
        self._tool: Tool = "select"
        self._press: tuple[QPointF, Hit] | None = None
        self._gesture: Gesture | None = None
        self._gesture_text = ""
        self._rubber: QRectF | None = None
        self._rubber_base: frozenset[ItemId] = frozenset()
        self._pan_from: QPointF | None = None
        self._drop: Drop | None = None
        self._playhead_x = -1
        self._pointer = QPointF()
        self._label_font = QFont(self.font())
        self._label_font.setPixelSize(11)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(40)
        self._autoscroll = QTimer(self)
        self._autoscroll.setInterval(_SCROLL_MS)
        self._autoscroll.timeout.connect(self._on_autoscroll)
        scene.axis.changed.connect(self.invalidate)
        scene.content_changed.connect(self._on_content_changed)
        scene.items_changed.connect(self._on_items_changed)
        scene.scrolled.connect(self.invalidate)
        scene.snap_line_changed.connect(self.update)
        self._session.selection_changed.connect(self._on_selection_changed)
        self._session.playhead_moved.connect(self._on_playhead_moved)

    @property
    def is_dragging(self) -> bool:
        """Whether a gesture is in progress."""
        return self._gesture is not None or self._rubber is not None

    @property
    def tool(self) -> Tool:
        """What dragging does."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Chooses what dragging does."""
        self._tool = tool
        self._update_cursor(self._hit(self._pointer), Qt.KeyboardModifier.NoModifier)

    def invalidate(self) -> None:
        """Everything must be painted again."""
        self._stale = None
        self._playhead_x = round(self._scene.axis.to_x(self._session.playhead))  # where it is painted next
        self.update()

    def cancel_gesture(self) -> bool:
        """Escape: ends a gesture without a trace; False when there was none."""
        if not self.is_dragging:
            return False
        if self._gesture is not None:
            self._gesture.cancel()
        if self._rubber is not None:
            self._session.select(self._rubber_base)
        self._end_gesture()
        return True

    def show_drop(self, t: Fraction, lane: LaneId, duration: Fraction, name: str) -> None:
        """Shows where something dragged in would lie."""
        self._drop = Drop(t, lane, duration, name)
        self.update()

    def hide_drop(self) -> None:
        """The drag left or was dropped."""
        self._drop = None
        self.update()

    def lane_at(self, y: float) -> Lane | None:
        """The lane at a height of the widget."""
        return self._scene.lanes.lane_at(y + self._scene.top)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copies the layer and paints what moves over it."""
        stale, self._stale = self._stale, frozenset()  # before painting: what arrives while painting counts
        if stale is None or self._layer is None:
            self._layer = self._layers.paint(
                self.size(), self.devicePixelRatioF(), self._label_font, self.font()
            )
        elif stale:
            self._layers.repaint(self._layer, stale, self.size(), self._label_font)
        painter = QPainter(self)
        ratio = self._layer.devicePixelRatio()
        dirty = event.rect()
        source = QRectF(dirty.x() * ratio, dirty.y() * ratio, dirty.width() * ratio, dirty.height() * ratio)
        painter.drawPixmap(QRectF(dirty), self._layer, source)
        if self._drop is not None:
            self._layers.paint_drop(painter, self._drop, self._label_font, self.height())
        if self._rubber is not None:
            painter.setPen(QPen(QColor(shades().accent), 1))
            painter.setBrush(colour(shades().accent, 0.18))
            painter.drawRect(self._rubber)
        if self._scene.snap_line is not None:
            x = round(self._scene.axis.to_x(self._scene.snap_line)) + 0.5
            painter.setPen(QPen(QColor(shades().snap), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        x = self._scene.axis.to_x(self._session.playhead)
        if -2 <= x <= self.width() + 2:
            painter.fillRect(QRectF(round(x), 0, 1, self.height()), QColor(shades().playhead))
        if self._gesture_text:
            painter.setFont(self._label_font)
            paint_gesture_text(painter, self._gesture_text, self._pointer, self.width())

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Selects, and prepares for a gesture."""
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus(Qt.FocusReason.MouseFocusReason)
        position = event.position()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = position
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        hit = self._hit(position)
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = (position, hit)
            if self._tool == "razor" and hit.item is not None:
                return
            self._select_pressed(hit, event.modifiers())
        elif event.button() == Qt.MouseButton.RightButton and hit.item is not None:
            self._session.select(
                {hit.item.id} if hit.item.id not in self._session.selection else self._session.selection
            )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Moves what is dragged; else shows what dragging would do."""
        position = event.position()
        self._pointer = position
        if self._pan_from is not None:
            self._scene.axis.scroll_by_pixels(self._pan_from.x() - position.x())
            self._scene.scroll_to(self._scene.top + round(self._pan_from.y() - position.y()), self.height())
            self._pan_from = position
            return
        self._session.time_hovered.emit(self._scene.axis.to_time(position.x()))
        if self._press is None:
            self._update_cursor(self._hit(position), event.modifiers())
            return
        far = (position - self._press[0]).manhattanLength() >= QApplication.startDragDistance()
        if not self.is_dragging and far and self._tool != "razor":
            self._begin_gesture(*self._press, event.modifiers())
        self._update_gesture(position)
        near_edge = not _SCROLL_MARGIN <= position.x() <= self.width() - _SCROLL_MARGIN
        if self.is_dragging and near_edge:
            self._autoscroll.start()
        else:
            self._autoscroll.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends the gesture; a plain click on an item of a larger selection selects only that one."""
        if self._pan_from is not None:
            self._pan_from = None
            self._update_cursor(self._hit(event.position()), event.modifiers())
            return
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        _, hit = self._press
        if self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.commit()
        elif self._rubber is None and hit.item is not None:
            if self._tool == "razor":
                self._split_at(hit, event.position())
            elif not event.modifiers() & (
                Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
            ):
                self._session.select([hit.item.id])
                if hit.key is not None:
                    self._session.set_playhead(self._scene.document.project.sequence.snap(hit.key))
        self._end_gesture()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens an item; on empty ground moves the playhead."""
        hit = self._hit(event.position())
        if hit.item is not None:
            self.item_activated.emit(hit.item.id)
        else:
            sequence = self._scene.document.project.sequence
            self._session.set_playhead(sequence.snap(self._scene.axis.to_time(event.position().x())))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms to the pointer; the wheel scrolls lanes, with Shift time, and time too where all lanes are seen."""
        delta = event.angleDelta()
        amount = delta.y() or delta.x()
        axis = self._scene.axis
        is_sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) or abs(delta.x()) > abs(delta.y())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            axis.zoom(_WHEEL_ZOOM**amount, event.position().x())
        elif is_sideways or self._scene.lanes.height <= self.height():
            axis.scroll_by_pixels(-(delta.x() or delta.y()) * 0.8)
        else:
            self._scene.scroll_to(self._scene.top - delta.y() // 2, self.height())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for a menu of what lies there."""
        position = QPointF(event.pos())
        t = self._scene.document.project.sequence.snap(self._scene.axis.to_time(position.x()))
        self.menu_requested.emit(self._hit(position), t, event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        self._session.time_hovered.emit(None)
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        """Shows tooltips with exact times."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hit = self._hit(QPointF(event.pos()))
            text = lane_tooltip(self._scene, hit)
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tells the axis how much time fits."""
        self._scene.axis.set_width(self.width())
        self._scene.set_visible_height(self.height())
        self._scene.scroll_to(self._scene.top, self.height())
        self.invalidate()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another screen or font: the layer does not fit any more."""
        self.invalidate()
        super().changeEvent(event)

    # Parts

    def _hit(self, position: QPointF) -> Hit:
        y = position.y() + self._scene.top
        return hit_at(self.lane_at(position.y()), position.x(), self._scene.axis, y)

    def _select_pressed(self, hit: Hit, modifiers: Qt.KeyboardModifier) -> None:
        chosen = self._session.selection
        adds = modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        if hit.item is None:
            if not adds:
                self._session.select(())
        elif adds and hit.zone in ("body", "key"):
            self._session.select(chosen ^ {hit.item.id})
        elif hit.item.id not in chosen:
            self._session.select([hit.item.id])

    def _begin_gesture(self, origin: QPointF, hit: Hit, modifiers: Qt.KeyboardModifier) -> None:
        t = self._scene.axis.to_time(origin.x())
        has_ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        has_alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if hit.item is None:
            if hit.lane is not None and hit.lane.kind == "person" and has_alt:
                self._gesture = DrawGesture(self._scene, hit.lane.id, t)
            else:
                self._rubber = QRectF(origin, origin)
                adds = modifiers & Qt.KeyboardModifier.ShiftModifier
                self._rubber_base = self._session.selection if adds else frozenset()
        elif hit.zone == "key" and isinstance(hit.item, DubSegment) and hit.key is not None:
            self._gesture = KeyGesture(self._scene, hit.item, hit.key)
        elif hit.zone in ("start", "end") and self._tool != "slip":
            edge: Literal["start", "end"] = "start" if hit.zone == "start" else "end"
            if hit.neighbour is not None and (
                self._tool == "roll" or modifiers & Qt.KeyboardModifier.ShiftModifier
            ):
                pair = (hit.neighbour, hit.item) if edge == "start" else (hit.item, hit.neighbour)
                self._gesture = RollGesture(self._scene, *pair)
            else:
                kind: TrimKind = "ripple" if has_ctrl or self._tool == "ripple" else "trim"
                self._gesture = TrimGesture(self._scene, hit.item, edge, kind)
        elif has_alt or self._tool == "slip":
            self._gesture = SlipGesture(self._scene, hit.item, t)
        elif hit.lane is not None:
            if hit.item.id not in self._session.selection:
                self._session.select([hit.item.id])
            lane = hit.item.lane
            self._gesture = MoveGesture(self._scene, self._session.selection, t, lane)

    def _update_gesture(self, position: QPointF) -> None:
        if self._gesture is not None:
            lane = self.lane_at(position.y())
            t = self._scene.axis.to_time(position.x())
            self._gesture_text = self._gesture.update(t, lane.id if lane is not None else None)
            self.update()
        elif self._rubber is not None and self._press is not None:
            self._rubber = QRectF(self._press[0], position).normalized()
            self._session.select(self._rubber_base | self._items_in(self._rubber))
            self.update()

    def _items_in(self, area: QRectF) -> frozenset[ItemId]:
        axis = self._scene.axis
        found: set[ItemId] = set()
        for lane in self._scene.lanes.lanes:
            top = lane.top - self._scene.top
            if top < area.bottom() and top + lane.height > area.top() and lane.kind != "original":
                visible = lane.visible(axis.to_seconds(area.left()), axis.to_seconds(area.right()))
                found.update(lane.items[index].id for index in visible)
        return frozenset(found)

    def _split_at(self, hit: Hit, position: QPointF) -> None:
        if hit.item is None:
            return
        t = self._scene.axis.to_time(position.x())
        target = self._scene.snap_targets().nearest(t, Fraction(6 / self._scene.axis.pixels_per_second))
        self._scene.document.apply(self.tr("Split"), edits.split_items, [hit.item.id], target or t)

    def _end_gesture(self) -> None:
        self._press = None
        self._gesture = None
        self._rubber = None
        self._gesture_text = ""
        self._autoscroll.stop()
        self._scene.set_snap_line(None)
        self.update()

    def _update_cursor(self, hit: Hit, modifiers: Qt.KeyboardModifier) -> None:
        if self._tool == "razor":
            shape = Qt.CursorShape.CrossCursor if hit.item is not None else Qt.CursorShape.ArrowCursor
        elif hit.zone in ("start", "end") and self._tool != "slip":
            rolls = self._tool == "roll" or modifiers & Qt.KeyboardModifier.ShiftModifier
            shape = (
                Qt.CursorShape.SplitHCursor
                if hit.neighbour is not None and rolls
                else Qt.CursorShape.SizeHorCursor
            )
        elif hit.zone == "body" and (self._tool == "slip" or modifiers & Qt.KeyboardModifier.AltModifier):
            shape = Qt.CursorShape.SizeHorCursor
        elif hit.zone == "key":
            shape = Qt.CursorShape.PointingHandCursor
        elif hit.zone == "body":
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def _on_autoscroll(self) -> None:
        x = self._pointer.x()
        over = x - (self.width() - _SCROLL_MARGIN) if x > self.width() / 2 else x - _SCROLL_MARGIN
        self._scene.axis.scroll_by_pixels(over)
        self._update_gesture(self._pointer)

    def _on_content_changed(self) -> None:
        self._layers.forget_looks()
        self.invalidate()

    def _on_items_changed(self, lanes: frozenset[LaneId]) -> None:
        if self._stale is not None:
            self._stale |= lanes
        self.update()

    def _on_selection_changed(self, _selection: frozenset[ItemId]) -> None:
        self.invalidate()

    def _on_playhead_moved(self, t: Fraction) -> None:
        x = round(self._scene.axis.to_x(t))
        for strip in (self._playhead_x, x):
            self.update(QRect(strip - 2, 0, 5, self.height()))
        self._playhead_x = x
