"""The timecode field: shows where the playhead is, and takes it where one types."""

from fractions import Fraction

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontDatabase, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from core.base.errors import SettingsError
from core.base.timing import format_timecode, parse_timecode
from core.project.model import Sequence


def typed_time(text: str, sequence: Sequence, here: Fraction) -> Fraction:
    """The timeline time that `text` means.

    Full timecode (``01:00:02:10``, ``;`` drop-frame), digits alone filled from the right (``210`` is 2 s 10 frames),
    and ``+`` or ``-`` before either moves from `here`. A time before the timeline's start is its start.

    Raises:
        SettingsError: not a timecode.
    """
    text = text.strip()
    sign = text[:1] if text[:1] in "+-" and len(text) > 1 else ""
    body = text[1:] if sign else text
    if body.isdigit():
        digits = body.zfill(3)
        frames, rest = digits[-2:], digits[:-2]
        pairs = [rest[max(0, end - 2) : end] for end in range(len(rest), 0, -2)][::-1]
        body = ":".join([*pairs, frames]) if pairs else f"0:{frames}"
    if sequence.drop_frame and not sign and ":" in body and ";" not in body and body.count(":") == 3:
        head, _, frames = body.rpartition(":")
        body = f"{head};{frames}"  # everything shown is drop-frame, so is what is typed
    number = parse_timecode(body, sequence.rate)
    if sign:
        by = sequence.rate.time_of(number)
        return max(here + by if sign == "+" else here - by, Fraction(0))
    return max(sequence.rate.time_of(number - sequence.start_frame), Fraction(0))


class TimecodeEdit(QLineEdit):
    """Editable timecode.

    Signals:
        time_entered: (Fraction).
        refused: (SettingsError) what was typed is no timecode.
    """

    time_entered = Signal(object)
    refused = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sequence = Sequence()
        self._time = Fraction(0)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(15)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.setStyleSheet("QLineEdit { font-size: 15px; font-weight: 600; }")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(138)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # keys belong to the transport until one asks to type
        self.setAccessibleName(self.tr("Timecode"))
        self.setToolTip(self.tr("Type a timecode, 210 for 2 s 10 frames, or +12 to move"))
        self.returnPressed.connect(self._on_return)

    def show_time(self, t: Fraction, sequence: Sequence) -> None:
        """Shows a time, unless somebody is typing."""
        self._time, self._sequence = t, sequence
        if not self.hasFocus() or not self.isModified():
            self._show()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Everything is selected, so that typing replaces it."""
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was not entered is dropped."""
        super().focusOutEvent(event)
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up typing."""
        if event.key() == Qt.Key.Key_Escape:
            self._show()
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def _show(self) -> None:
        frame = self._sequence.rate.frame_at(self._time) + self._sequence.start_frame
        with QSignalBlocker(self):
            self.setText(format_timecode(frame, self._sequence.rate, drop_frame=self._sequence.drop_frame))
        self.setModified(False)

    def _on_return(self) -> None:
        try:
            t = typed_time(self.text(), self._sequence, self._time)
        except SettingsError as error:
            self.refused.emit(error)
            self._show()
            return
        self.setModified(False)
        self.time_entered.emit(t)
        self.clearFocus()
