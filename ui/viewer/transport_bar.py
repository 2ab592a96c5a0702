"""The bar under the picture: timecode, transport, loop, sound, view and zoom."""

from fractions import Fraction

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from ui.base.theme import icon, theme
from ui.state.session import VIEW_MODES, ViewMode
from ui.viewer.timecode_edit import TimecodeEdit

_NARROWEST = 430
_NARROWEST_CHOICE = 96
_GAP = 6
ZOOMS = (0.25, 0.5, 1.0, 2.0, 4.0)


class TransportBar(QWidget):
    """Buttons that say what they do; all of it is also on keys.

    Signals:
        command: (str) "start", "back", "toggle", "on", "end".
        loop_toggled: (bool).
        view_chosen: (ViewMode).
        zoom_chosen: (float) 0 fits.
        sound_chosen: (str) "dub" or "original".
        volume_changed: (float) 0..1.
        time_entered: (Fraction).
    """

    command = Signal(str)
    loop_toggled = Signal(bool)
    view_chosen = Signal(str)
    zoom_chosen = Signal(float)
    sound_chosen = Signal(str)
    volume_changed = Signal(float)
    time_entered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        self.timecode = TimecodeEdit()
        self.timecode.time_entered.connect(self.time_entered)
        row.addWidget(self.timecode)
        self._length = QLabel()
        self._length.setProperty("role", "faint")
        self._length.setToolTip(self.tr("Length of the timeline"))
        row.addWidget(self._length)
        self._speed = QLabel()
        self._speed.setMinimumWidth(34)
        self._speed.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addStretch()
        self._buttons: dict[str, QToolButton] = {}
        for command, name, text in (
            ("start", "skip-backward", self.tr("To the start")),
            ("back", "step-backward", self.tr("One frame back")),
            ("toggle", "play", self.tr("Play or stop; J and L play faster and backwards")),
            ("on", "step-forward", self.tr("One frame on")),
            ("end", "skip-forward", self.tr("To the end")),
        ):
            button = self._button(name, text)
            button.clicked.connect(lambda _checked=False, command=command: self.command.emit(command))
            self._buttons[command] = button
            row.addWidget(button)
        self._buttons["toggle"].setIconSize(QSize(24, 24))
        self._loop = self._button("repeat", self.tr("Loop between in and out"))
        self._loop.setCheckable(True)
        self._loop.toggled.connect(self.loop_toggled)
        row.addWidget(self._loop)
        row.addWidget(self._speed)
        row.addStretch()
        self._sound = QToolButton()
        self._sound.setCheckable(True)
        self._sound.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sound.setToolTip(self.tr("Which sound is heard: the dub, or the film's own"))
        self._sound.toggled.connect(lambda on: self.sound_chosen.emit("original" if on else "dub"))
        row.addWidget(self._sound)
        self._volume_icon = QLabel()
        row.addWidget(self._volume_icon)
        self._volume = QSlider(Qt.Orientation.Horizontal)
        self._volume.setRange(0, 100)
        self._volume.setValue(100)
        self._volume.setFixedWidth(64)
        self._volume.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._volume.setAccessibleName(self.tr("Volume"))
        self._volume.valueChanged.connect(self._on_volume)
        row.addWidget(self._volume)
        row.addSpacing(_GAP)
        self._view = QComboBox()
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setToolTip(self.tr("What the viewer shows (B switches between before and after)"))
        names: dict[ViewMode, str] = {
            "result": self.tr("Result"),
            "source": self.tr("Source"),
            "wipe": self.tr("Split wipe"),
            "side": self.tr("Side by side"),
            "mask": self.tr("Mask"),
            "difference": self.tr("Difference"),
        }
        for mode in VIEW_MODES:
            self._view.addItem(names[mode], mode)
        self._view.activated.connect(lambda number: self.view_chosen.emit(self._view.itemData(number)))
        row.addWidget(self._view)
        self._zoom = QComboBox()
        self._zoom.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._zoom.setToolTip(self.tr("Zoom of the picture (wheel; Z goes to the mouth)"))
        self._zoom.addItem(self.tr("Fit"), 0.0)
        for zoom in ZOOMS:
            self._zoom.addItem(f"{zoom:.0%}", zoom)
        self._zoom.activated.connect(lambda number: self.zoom_chosen.emit(self._zoom.itemData(number)))
        row.addWidget(self._zoom)
        self.more = QToolButton()
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip(self.tr("Overlays"))
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.more.setMenu(QMenu(self.more))
        row.addWidget(self.more)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumWidth(_NARROWEST)
        theme().changed.connect(self._set_icons)
        self._is_playing = False
        self._set_icons()

    def show_playing(self, speed: Fraction) -> None:
        """Shows whether and how fast it plays."""
        self._is_playing = speed != 0
        self._speed.setText(f"{'−' if speed < 0 else ''}{abs(speed)}×" if speed not in (0, 1) else "")
        self._set_icons()

    @property
    def buttons(self) -> dict[str, QToolButton]:
        """Action id → the button that does the same."""
        ids = {"start": "start", "back": "frame_back", "toggle": "toggle", "on": "frame_on", "end": "end"}
        same = {f"play.{id_}": self._buttons[command] for command, id_ in ids.items()}
        return {**same, "play.loop": self._loop, "play.sound": self._sound}

    def show_loop(self, looping: bool) -> None:
        """Shows whether it loops."""
        with QSignalBlocker(self._loop):
            self._loop.setChecked(looping)

    def show_view(self, mode: str) -> None:
        """Shows the view mode."""
        self._view.setCurrentIndex(self._view.findData(mode))

    def show_zoom(self, zoom: float, *, fitted: bool) -> None:
        """Shows the zoom; one that is no choice as text."""
        number = 0 if fitted else self._zoom.findData(zoom)
        self._zoom.setCurrentIndex(number)
        if number < 0:
            self._zoom.setPlaceholderText(f"{zoom:.0%}")

    def show_sound(self, side: str) -> None:
        """Shows which side of A/B is heard."""
        with QSignalBlocker(self._sound):
            self._sound.setChecked(side == "original")
        self._sound.setText(self.tr("Original") if side == "original" else self.tr("Dub"))

    def show_length(self, text: str) -> None:
        """Shows the timeline's length."""
        self._length.setText(f"/ {text}")

    def sizeHint(self) -> QSize:
        """Wide enough for everything."""
        return QSize(860, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out the least needed where there is little room: texts are longer in some languages."""
        margins, spacing = self._row.contentsMargins(), self._row.spacing()
        items = (self._row.itemAt(n) for n in range(self._row.count()))
        widgets = [item.widget() for item in items if item is not None]
        needed = margins.left() + margins.right() + _GAP + spacing * len(widgets)  # stretches are set apart, too
        needed += sum(_least(each) for each in widgets if each is not None)
        for group in (
            (self._length,),
            (self._volume, self._volume_icon),
            (self._buttons["start"], self._buttons["end"]),
            (self._sound,),
            (self._zoom,),
            (self._loop,),
            (self._view,),
        ):
            fits = needed <= event.size().width()
            for each in group:
                each.setVisible(fits)
                needed -= 0 if fits else _least(each) + spacing
        super().resizeEvent(event)

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", name)
        button.setIconSize(QSize(20, 20))
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _set_icons(self) -> None:
        for button in (*self._buttons.values(), self._loop):
            button.setIcon(icon(str(button.property("icon_name"))))
        self._buttons["toggle"].setIcon(icon("pause" if self._is_playing else "play", theme().colours.text))
        self.more.setIcon(icon("layers-outline"))
        name = "volume-high" if self._volume.value() else "volume-off"
        self._volume_icon.setPixmap(icon(name).pixmap(QSize(16, 16)))

    def _on_volume(self, value: int) -> None:
        self._set_icons()
        self.volume_changed.emit(value / 100)


def _least(widget: QWidget) -> int:
    """The width a control can do with: a choice need not show its longest entry."""
    width = min(widget.sizeHint().width(), widget.maximumWidth())
    return min(width, _NARROWEST_CHOICE) if isinstance(widget, QComboBox) else width
