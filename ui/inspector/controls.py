"""The rows of the inspector: a label, a control with its unit, a dot when it was changed, and a reset."""

from PySide6.QtCore import QCoreApplication, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from core.project.parameters import PARAMETERS, Parameter
from ui.base.theme import icon, theme
from ui.inspector.moving import KEY_WIDTH, KeyButton

RESET_WIDTH = 26  # of the button at the end of each row, which other rows leave free
ROW_SPACING = 4
_SEED_WIDTH = 48
_SLIDER_WIDTH = 24  # the least that can be dragged


def translated(text: str) -> str:
    """A parameter's text in the user's language."""
    return QCoreApplication.translate("Parameters", text)


def label_width(label: QLabel) -> int:
    """Pixels that the widest of all parameters' titles needs in the label's font and the user's language."""
    label.ensurePolished()  # else it has not heard of the theme's font yet
    metrics = label.fontMetrics()
    return max(metrics.horizontalAdvance(translated(parameter.title)) for parameter in PARAMETERS) + 2


def shrink(choice: QComboBox) -> None:
    """Lets a choice be narrower than its longest entry, so that the panel can be."""
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(4)


class CalmSlider(QSlider):
    """A slider the mouse wheel only turns when it has the focus, so that scrolling the panel changes nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Lets the panel scroll unless the slider was picked."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ParameterRow(QWidget):
    """One parameter.

    Signals:
        edited: (str name, object value) while it is being changed.
        settled: the gesture is over; the next change is a new undo step.
        key_clicked: (str name) the diamond: a keyframe at the playhead, or none.
        key_menu_asked: (str name, QPoint) a right click on it, where on the screen.
    """

    edited = Signal(str, object)
    settled = Signal()
    key_clicked = Signal(str)
    key_menu_asked = Signal(str, QPoint)

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._label = QLabel(translated(parameter.title))
        self._label.setFixedWidth(label_width(self._label))
        self._dot = QLabel("●")
        self._dot_tint = ""
        self._dot.setFixedWidth(10)
        self._reset = QToolButton()
        self._reset.setIcon(icon("backup-restore"))
        self._reset.setFixedWidth(RESET_WIDTH)
        self._reset.clicked.connect(self._on_reset)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(ROW_SPACING)
        self._row.addWidget(self._label)
        self._row.addWidget(self._dot)
        self._slider: CalmSlider | None = None
        self._number: QDoubleSpinBox | QSpinBox | None = None
        self._choice: QComboBox | None = None
        self._flag: QCheckBox | None = None
        match parameter.kind:
            case "slider":
                self._build_slider()
            case "seed":
                self._build_seed()
            case "choice":
                self._build_choice()
            case _:
                self._build_flag()
        self._key: KeyButton | None = None
        if parameter.can_move:
            self._build_key()
        elif parameter.kind == "slider":
            self._row.addSpacing(KEY_WIDTH + ROW_SPACING)  # numbers stand below one another
        self._row.addWidget(self._reset)
        default = self._shown(parameter.default)
        self._reset.setToolTip(self.tr("Back to {value}").format(value=default))
        self.setToolTip(f"{translated(parameter.help)}\n" + self.tr("Default: {value}").format(value=default))
        self.show_value(parameter.default, mixed=False)

    def show_value(self, value: object, *, mixed: bool) -> None:
        """Shows a value without sending it; `mixed` when the selected segments differ."""
        parameter = self.parameter
        if self._slider is not None and isinstance(self._number, QDoubleSpinBox):
            assert isinstance(value, int | float)
            with QSignalBlocker(self._slider), QSignalBlocker(self._number):
                self._slider.setValue(round(value / parameter.step))
                self._number.setValue(value * parameter.scale)
        elif isinstance(self._number, QSpinBox):
            assert isinstance(value, int)
            with QSignalBlocker(self._number):
                self._number.setValue(value)
        elif self._choice is not None:
            with QSignalBlocker(self._choice):
                self._choice.setCurrentIndex(-1 if mixed else self._choice.findData(value))
        elif self._flag is not None:
            with QSignalBlocker(self._flag):
                if mixed:
                    self._flag.setCheckState(Qt.CheckState.PartiallyChecked)
                else:
                    self._flag.setChecked(bool(value))
        is_changed = mixed or value != parameter.default
        tint = theme().colours.accent if is_changed else "transparent"
        if tint != self._dot_tint:  # setting a style costs more than all the rest of a slider's step
            self._dot_tint = tint
            self._dot.setStyleSheet(f"color: {tint}; font-size: 7pt;")
        self._dot.setToolTip(self.tr("Changed") if is_changed else "")
        self._reset.setEnabled(is_changed)
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(parameter.kind != "choice")  # words want the room, sliders shall stay where they are
        self._reset.setSizePolicy(policy)
        self._reset.setVisible(is_changed)

    def show_keys(self, *, moves: bool, on_key: bool) -> None:
        """Shows whether the setting has keyframes and whether the playhead stands on one."""
        if self._key is not None:
            self._key.show_state(moves=moves, on_key=on_key)

    def let_keys(self, *, possible: bool) -> None:
        """Whether keyframes can be set here: they belong to segments."""
        if self._key is not None:
            self._key.setEnabled(possible)

    def _build_key(self) -> None:
        name = self.parameter.name
        key = KeyButton()
        key.setAccessibleName(self.tr("Keyframe of {name}").format(name=translated(self.parameter.title)))
        key.clicked.connect(lambda: self.key_clicked.emit(name))
        key.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        key.customContextMenuRequested.connect(
            lambda at: self.key_menu_asked.emit(name, key.mapToGlobal(at))
        )
        self._key = key
        self._row.addWidget(key)

    @property
    def is_marked_changed(self) -> bool:
        """Whether the dot is shown."""
        return self._reset.isEnabled()

    def _build_slider(self) -> None:
        parameter = self.parameter
        slider = CalmSlider(Qt.Orientation.Horizontal)
        slider.setRange(round(parameter.minimum / parameter.step), round(parameter.maximum / parameter.step))
        slider.setMinimumWidth(_SLIDER_WIDTH)
        slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        slider.setAccessibleName(translated(parameter.title))
        number = QDoubleSpinBox()
        number.setDecimals(parameter.decimals)
        number.setRange(parameter.minimum * parameter.scale, parameter.maximum * parameter.scale)
        number.setSingleStep(parameter.step * parameter.scale)
        short = parameter.unit.partition(" ")[0]
        number.setSuffix(f" {short}" if short else "")
        number.setFixedWidth(58)
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
        number.setKeyboardTracking(False)
        number.setAccessibleName(translated(parameter.title))
        slider.valueChanged.connect(self._on_slider)
        slider.sliderReleased.connect(self.settled)
        number.valueChanged.connect(self._on_number)
        self._slider, self._number = slider, number
        self._row.addWidget(slider, 1)
        self._row.addWidget(number)

    def _build_seed(self) -> None:
        number = QSpinBox()
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
        number.setRange(int(self.parameter.minimum), int(self.parameter.maximum))
        number.setMinimumWidth(_SEED_WIDTH)  # not as wide as the widest seed, which nobody types
        number.setKeyboardTracking(False)
        number.setAccessibleName(translated(self.parameter.title))
        number.valueChanged.connect(self._on_seed)
        dice = QToolButton()
        dice.setIcon(icon("dice-multiple-outline"))
        dice.setToolTip(self.tr("The next number"))
        dice.clicked.connect(self._on_dice)
        self._number = number
        self._row.addWidget(number, 1)
        self._row.addWidget(dice)

    def _build_choice(self) -> None:
        choice = QComboBox()
        for value, title in self.parameter.choices:
            choice.addItem(translated(title), value)
        choice.setAccessibleName(translated(self.parameter.title))
        choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        shrink(choice)
        choice.activated.connect(self._on_choice)
        self._choice = choice
        self._row.addWidget(choice, 1)

    def _build_flag(self) -> None:
        flag = QCheckBox()
        flag.setAccessibleName(translated(self.parameter.title))
        flag.clicked.connect(self._on_flag)
        self._flag = flag
        self._row.addWidget(flag, 1)

    def _shown(self, value: object) -> str:
        parameter = self.parameter
        if parameter.kind == "slider":
            assert isinstance(value, int | float)
            return f"{value * parameter.scale:.{parameter.decimals}f} {parameter.unit}".strip()
        if parameter.kind == "choice":
            return translated(dict(parameter.choices)[str(value)])
        if parameter.kind == "flag":
            return self.tr("on") if value else self.tr("off")
        return str(value)

    def _send(self, value: object) -> None:
        self.edited.emit(self.parameter.name, value)

    def _on_slider(self, position: int) -> None:
        value = position * self.parameter.step
        self._send(round(value, 6))
        if self._slider is not None and not self._slider.isSliderDown():
            self.settled.emit()

    def _on_number(self, shown: float) -> None:
        self._send(round(shown / self.parameter.scale, 6))
        self.settled.emit()

    def _on_seed(self, value: int) -> None:
        self._send(value)
        self.settled.emit()

    def _on_dice(self) -> None:
        if isinstance(self._number, QSpinBox):
            self._number.setValue(self._number.value() + 1)

    def _on_choice(self, _index: int) -> None:
        if self._choice is not None:
            self._send(self._choice.currentData())
            self.settled.emit()

    def _on_flag(self) -> None:
        if self._flag is not None:
            self._send(self._flag.isChecked())
            self.settled.emit()

    def _on_reset(self) -> None:
        self._send(self.parameter.default)
        self.settled.emit()
