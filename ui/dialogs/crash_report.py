"""Shown when the program itself did something wrong: what, and one click to copy a report."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from core.base.version import program_version
from ui.base.screen_room import resize_within_screen
from ui.base.theme import icon, theme

LIBRARIES = ("PySide6-Essentials", "numpy", "av", "opencv-python", "onnxruntime-gpu", "onnxruntime", "torch")


def report_text(traceback: str, log_tail: str) -> str:
    """Everything a developer needs, and nothing about the user's media beyond what the log says."""
    lines = [
        f"UniSync Studio {program_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}, Python {sys.version.split()[0]}, Qt {qVersion()}",
    ]
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "\n".join([*lines, "", traceback.strip(), "", "Log:", log_tail])


class CrashReport(QDialog):
    """What happened, with the report to copy.

    Signals:
        quit_asked: the user wants to save and close.
    """

    quit_asked = Signal()

    def __init__(self, traceback: str, log_tail: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        resize_within_screen(self, 640, 420)
        self._report = report_text(traceback, log_tail)
        sign = QLabel()
        sign.setPixmap(icon("bug-outline", theme().colours.error).pixmap(36, 36))
        words = QLabel(
            self.tr(
                "The program made a mistake. Your work was kept aside and will be offered at the next start. "
                "You can go on, or save and close to be safe."
            )
        )
        words.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(words, 1)
        text = QPlainTextEdit(self._report)
        text.setReadOnly(True)
        copy = QPushButton(icon("content-copy"), self.tr("Copy report"))
        copy.clicked.connect(self._on_copy)
        leave = QPushButton(self.tr("Save and close"))
        leave.clicked.connect(self.quit_asked)
        leave.clicked.connect(self.accept)
        stay = QPushButton(self.tr("Go on"))
        stay.setDefault(True)
        stay.clicked.connect(self.reject)
        bottom = QHBoxLayout()
        bottom.addWidget(copy)
        bottom.addStretch(1)
        bottom.addWidget(leave)
        bottom.addWidget(stay)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(text, 1)
        column.addLayout(bottom)

    @property
    def report(self) -> str:
        """The text to copy."""
        return self._report

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
