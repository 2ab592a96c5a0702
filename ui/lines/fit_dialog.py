"""The dialog that fits a line in time: where it belongs is offered, never done by itself; longer or shorter by hand."""

from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.base.timing import FrameRate
from ui.jobs.fit_work import Offer

MOST_PERCENT = 15.0


class FitDialog(QDialog):
    """About one line.

    Signals:
        moved: (int) by so many frames, later when positive.
        stretched: (Fraction) at that tempo.
    """

    moved = Signal(int)
    stretched = Signal(object)

    def __init__(
        self, rate: FrameRate, seconds: float, wanted: float | None, parent: QWidget | None = None
    ) -> None:
        """`seconds` the line lasts, `wanted` seconds the script gives it, None where it does not say."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Fit the line in time"))
        self._rate = rate
        self._seconds = seconds
        self.voice = QPushButton()
        self.lips = QPushButton()
        self._frames = {self.voice: 0, self.lips: 0}
        for button in self._frames:
            button.setEnabled(False)
            button.clicked.connect(lambda _=False, button=button: self._move(button))
        self.voice.setText(self.tr("Listening…"))
        self.lips.setText(self.tr("Listening…"))
        self.percent = QDoubleSpinBox()
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.percent.setRange(-MOST_PERCENT, MOST_PERCENT)
        self.percent.setDecimals(1)
        self.percent.setSuffix(" %")
        self.percent.setAccessibleName(self.tr("Longer or shorter"))
        if wanted is not None and seconds > 0:
            self.percent.setValue(max(-MOST_PERCENT, min((wanted / seconds - 1) * 100, MOST_PERCENT)))
        self._length = QLabel()
        self._length.setProperty("role", "faint")
        self.stretch = QPushButton(self.tr("Stretch"))
        self.stretch.clicked.connect(self._on_stretch)
        form = QFormLayout()
        form.addRow(self.tr("To the film’s own voice"), self.voice)
        form.addRow(self.tr("To the film’s lips"), self.lips)
        form.addRow(self.tr("Longer or shorter"), self.percent)
        form.addRow("", self._length)
        form.addRow("", self.stretch)
        note = QLabel(self.tr("The pitch stays. What was set by hand stays with its words; lips are made anew."))
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(buttons)
        self.percent.valueChanged.connect(self._show_length)
        self._show_length()

    def show_offer(self, offer: Offer) -> None:
        """Says where the line may belong."""
        how = self.tr("alike by {share}").format(share=f"{offer.likeness:.0%}")
        for button, later in ((self.voice, offer.by_voice), (self.lips, offer.by_lips)):
            frames = round(later * float(self._rate.value)) if later is not None else 0
            self._frames[button] = frames
            button.setEnabled(frames != 0)
            if later is None:
                button.setText(self.tr("cannot be told"))
            elif frames == 0:
                button.setText(self.tr("fits as it lies"))
            else:
                words = self.tr("{count} frames later") if frames > 0 else self.tr("{count} frames earlier")
                text = words.format(count=abs(frames))
                button.setText(f"{text} ({how})" if button is self.voice else text)

    def _move(self, button: QPushButton) -> None:
        self.moved.emit(self._frames[button])
        self.accept()

    def _show_length(self, _percent: float = 0.0) -> None:
        made = self._seconds * (1 + self.percent.value() / 100)
        self._length.setText(self.tr("{old} s becomes {new} s").format(old=f"{self._seconds:.2f}", new=f"{made:.2f}"))
        self.stretch.setEnabled(abs(self.percent.value()) >= 0.05)

    def _on_stretch(self) -> None:
        longer = 1 + Fraction(round(self.percent.value() * 10), 1000)
        self.stretched.emit(1 / longer)
        self.accept()
