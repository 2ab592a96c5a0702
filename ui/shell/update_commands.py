"""Is there a newer version? Asked on the user's word alone; the window never asks by itself."""

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from core.base.updates import Announced, ask, update_address
from core.base.version import program_version
from ui.base.messages import Message
from ui.shell.window_parts import WindowParts, open_dialog


class UpdateCommands(QObject):
    """Help, Look for a newer version."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        parts.actions.connect({"help.update": self.offer})

    def offer(self) -> None:
        """Says what would be asked, and where, and asks there when that is wanted."""
        address, own = update_address(), program_version()
        if not address:
            self._parts.messages.info(
                self.tr("This is version {version}.").format(version=own),
                self.tr("This copy was not told where newer ones are announced: ask whoever gave it to you."),
            )
            return
        box = QMessageBox(self._parts.window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Look for a newer version"))
        box.setText(self.tr("Ask {address} for the number of the newest version?").format(address=address))
        box.setInformativeText(
            self.tr(
                "You have version {version}. Nothing is sent but the request itself, and nothing is installed; "
                "the program asks only when you say so here."
            ).format(version=own)
        )
        asking = box.addButton(self.tr("Ask"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        asking.clicked.connect(
            lambda: self._parts.bridge.run(lambda _ticket: ask(address), self._tell, self._parts.messages.fail)
        )
        open_dialog(box)

    def _tell(self, announced: Announced) -> None:
        if not announced.is_newer:
            self._parts.messages.done(
                self.tr("You have the newest version, {version}.").format(version=program_version())
            )
            return
        page = announced.page
        self._parts.messages.post(
            Message(
                "info",
                self.tr("Version {version} is there; you have {own}.").format(
                    version=announced.version, own=program_version()
                ),
                "",
                (self.tr("Open its page"), lambda: _open(page)) if page else None,
            )
        )


def _open(page: str) -> None:
    QDesktopServices.openUrl(QUrl(page))
