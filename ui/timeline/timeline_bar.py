"""The small tool bar over the timeline: tools, snapping, following, zoom."""

from math import log2

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSlider, QToolButton, QWidget

from ui.base.theme import icon, theme
from ui.timeline.time_axis import MAX_PIXELS_PER_SECOND, TimeAxis
from ui.timeline.tools import TOOLS, Tool

_ICONS: dict[Tool, str] = {
    "select": "cursor-default",
    "ripple": "arrow-expand-horizontal",
    "roll": "arrow-split-vertical",
    "slip": "swap-horizontal",
    "razor": "content-cut",
}
_SLIDER_STEPS = 100  # per factor of two


class TimelineBar(QWidget):
    """Buttons for what the timeline can do with the mouse.

    Signals:
        tool_chosen: (Tool).
        snapping_changed, following_changed: (bool).
        fit_requested: the fit button.
    """

    tool_chosen = Signal(str)
    snapping_changed = Signal(bool)
    following_changed = Signal(bool)
    fit_requested = Signal()

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.setSpacing(2)
        texts: dict[Tool, str] = {
            "select": self.tr(
                "Select and move (Alt slips, Ctrl on an edge ripples, Shift on a shared edge rolls)"
            ),
            "ripple": self.tr("Ripple: trimming moves what follows"),
            "roll": self.tr("Roll: move the edge two items share"),
            "slip": self.tr("Slip: show another part of the medium"),
            "razor": self.tr("Razor: click to split"),
        }
        self._tools = QButtonGroup(self)
        self._buttons: dict[Tool, QToolButton] = {}
        for tool in TOOLS:
            button = self._button(_ICONS[tool], texts[tool], checkable=True)
            self._tools.addButton(button)
            self._buttons[tool] = button
            button.clicked.connect(lambda _checked=False, tool=tool: self.tool_chosen.emit(tool))
            row.addWidget(button)
        self._buttons["select"].setChecked(True)
        row.addSpacing(10)
        self._snap = self._button(
            "magnet", self.tr("Snap to cuts, edges, markers and playhead"), checkable=True
        )
        self._snap.setChecked(True)
        self._snap.toggled.connect(self.snapping_changed)
        row.addWidget(self._snap)
        self._follow = self._button(
            "page-next-outline", self.tr("Follow the playhead while playing"), checkable=True
        )
        self._follow.setChecked(True)
        self._follow.toggled.connect(self.following_changed)
        row.addWidget(self._follow)
        row.addStretch()
        self._fit = self._button("fit-to-page-outline", self.tr("Fit everything into the view"))
        self._fit.clicked.connect(self.fit_requested)
        row.addWidget(self._fit)
        self._zoom = QSlider(Qt.Orientation.Horizontal)
        self._zoom.setFixedWidth(130)
        self._zoom.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._zoom.setToolTip(self.tr("Zoom (Ctrl + wheel zooms to the pointer)"))
        self._zoom.setAccessibleName(self.tr("Timeline zoom"))
        self._zoom.valueChanged.connect(self._on_zoom)
        row.addWidget(self._zoom)
        axis.changed.connect(self._on_axis_changed)
        theme().changed.connect(self._set_icons)
        self._on_axis_changed()

    @property
    def buttons(self) -> dict[str, QToolButton]:
        """Action id → the button that does the same."""
        tools = {f"tool.{tool}": button for tool, button in self._buttons.items()}
        return {**tools, "edit.snapping": self._snap, "view.follow": self._follow, "view.fit": self._fit}

    def set_tool(self, tool: Tool) -> None:
        """Shows which tool is in use."""
        self._buttons[tool].setChecked(True)

    def set_following(self, following: bool) -> None:
        """Shows whether the playhead is followed."""
        self._follow.setChecked(following)

    def set_snapping(self, snapping: bool) -> None:
        """Shows whether edges snap."""
        self._snap.setChecked(snapping)

    def _button(self, name: str, text: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("icon_name", name)
        button.setIcon(icon(name))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setCheckable(checkable)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _set_icons(self) -> None:
        for button in self.findChildren(QToolButton):
            button.setIcon(icon(str(button.property("icon_name"))))

    def _on_zoom(self, value: int) -> None:
        wanted = 2 ** (value / _SLIDER_STEPS)
        self._axis.zoom(wanted / self._axis.pixels_per_second, self._axis.width / 2)

    def _on_axis_changed(self) -> None:
        lowest = self._axis.width / max(self._axis.length * 4, 60.0)
        with QSignalBlocker(self._zoom):
            self._zoom.setRange(
                round(log2(lowest) * _SLIDER_STEPS), round(log2(MAX_PIXELS_PER_SECOND) * _SLIDER_STEPS)
            )
            self._zoom.setValue(round(log2(self._axis.pixels_per_second) * _SLIDER_STEPS))
