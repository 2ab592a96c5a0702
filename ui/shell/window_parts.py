"""What a window's commands work with."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMainWindow, QPushButton

from ui.base.actions import Actions
from ui.base.bridge import Bridge
from ui.base.messages import Messages
from ui.base.options import Options
from ui.dialogs.log_viewer import LogKeeper
from ui.jobs.workshop import Workshop
from ui.state.document import Document
from ui.state.project_keeper import ProjectKeeper
from ui.timeline.timeline_commands import TimelineCommands
from ui.viewer.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the window keeps things.

    Attributes:
        home: settings, autosaves, backups, templates.
        cache: thumbnails, waveforms, chunks.
        samples: the shipped sample project.
    """

    home: Path
    cache: Path
    samples: Path


@dataclass(frozen=True, slots=True)
class WindowParts:
    """One window's parts, made by it; `window` itself is for dialogs to stand over."""

    window: QMainWindow
    folders: Folders
    options: Options
    document: Document
    messages: Messages
    bridge: Bridge
    log: LogKeeper
    actions: Actions
    keeper: ProjectKeeper
    workshop: Workshop
    viewer: Viewer
    timeline: TimelineCommands


def open_dialog(dialog: QDialog) -> None:
    """Shows a dialog over its window until it is answered; Enter presses its default button and no other."""
    for button in dialog.findChildren(QPushButton):
        button.setAutoDefault(button.isDefault())  # else Enter would press whatever comes first
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
