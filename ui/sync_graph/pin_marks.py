"""Pins in the graph: a dot whose height is how far the mouth shall be open; dragged, set and removed with the mouse."""

from dataclasses import dataclass
from fractions import Fraction

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QMenu

from core.project import pin_edits
from core.project.ids import ItemId
from core.project.model import Project
from core.project.segments import DubSegment
from ui.base.colours import shades
from ui.state.document import Document, Drag

_REACH = 9.0  # pixels around a dot that still take it


@dataclass(frozen=True, slots=True)
class PinMark:
    """A pin on the timeline."""

    segment: ItemId
    dub_time: Fraction
    time: Fraction
    opening: float


def pin_marks(project: Project) -> list[PinMark]:
    """Every pin that lies in its segment."""
    return [
        PinMark(segment.id, pin.time, segment.timeline_time(pin.time), pin.opening)
        for segment in project.segments
        for pin in segment.pins
        if segment.timeline_time(pin.time) in segment.range
    ]


class Pins(QObject):
    """The pins of a document in one lane of the graph, whose height is 0 to 1."""

    def __init__(self, document: Document, lane: pg.ViewBox, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._lane = lane
        self._dots = pg.ScatterPlotItem(size=11, symbol="d", pxMode=True)
        self._dots.setZValue(10)
        lane.addItem(self._dots)
        self._drag: tuple[PinMark, Drag] | None = None

    @property
    def marks(self) -> list[PinMark]:
        """The pins as they are."""
        return pin_marks(self._document.project)

    def draw(self) -> None:
        """Shows the project as it is."""
        marks = self.marks
        self._dots.setPen(pg.mkPen(shades().ground, width=1))
        self._dots.setBrush(pg.mkBrush(shades().accent))
        self._dots.setData([float(mark.time) for mark in marks], [mark.opening for mark in marks])

    def under(self, position: QPointF) -> PinMark | None:
        """The pin at a place of the plot."""
        for mark in self.marks:
            at = self._lane.mapViewToScene(QPointF(float(mark.time), mark.opening))
            if abs(at.x() - position.x()) <= _REACH and abs(at.y() - position.y()) <= _REACH:
                return mark
        return None

    def press(self, position: QPointF) -> bool:
        """Takes the pin that is there; False where there is none."""
        mark = self.under(position)
        if mark is None:
            return False
        self._drag = (mark, self._document.drag(self.tr("Move pin")))
        return True

    def move(self, position: QPointF) -> bool:
        """Moves the taken pin: sideways in time, upwards to a wider mouth."""
        if self._drag is None:
            return False
        mark, drag = self._drag
        at = self._lane.mapSceneToView(position)
        t = self._document.project.sequence.snap(Fraction(at.x()).limit_denominator(100_000))
        drag.update(pin_edits.move_pin, mark.segment, mark.dub_time, t, float(at.y()))
        return True

    def release(self) -> bool:
        """Lets go: one step to undo."""
        if self._drag is None:
            return False
        _, drag = self._drag
        self._drag = None
        drag.commit()
        return True

    def add_entries(self, menu: QMenu) -> None:
        """What can be said about the mouth at the playhead."""
        project, here = self._document.project, self._document.session.playhead
        segment = self._segment()
        entries = ((self.tr("Mouth shut here"), 0.0), (self.tr("Mouth half open here"), 0.5), (self.tr("Mouth wide open here"), 1.0))
        for text, opening in entries:
            action = menu.addAction(text)
            action.setEnabled(segment is not None)
            if segment is not None:
                action.triggered.connect(
                    lambda _=False, text=text, opening=opening: self._document.apply(
                        text, pin_edits.set_pin, segment.id, here, opening
                    )
                )
        if segment is not None and pin_edits.pin_at(project, segment, here) is not None:
            text = self.tr("Remove the pin here")
            menu.addAction(text).triggered.connect(
                lambda: self._document.apply(text, pin_edits.remove_pin, segment.id, here)
            )

    def _segment(self) -> DubSegment | None:
        here = self._document.session.playhead
        worked = [each for each in self._document.worked_segments if here in each.range]
        return next(iter([*worked, *self._document.project.segments_at(here)]), None)
