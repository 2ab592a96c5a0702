"""About the program, with the licence of everything it uses."""

from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSplitter,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.base.models import MODELS
from core.base.version import program_version
from ui.base.screen_room import resize_within_screen
from ui.base.trees import top_items


def licence_of(package: Distribution) -> str:
    """The licence a package states, in a few words."""
    facts = package.metadata
    stated = facts["License-Expression"] if "License-Expression" in facts else ""  # noqa: SIM401  no mapping
    if not stated:
        classifiers = facts.get_all("Classifier") or []
        found = [each.rpartition("::")[2].strip() for each in classifiers if each.startswith("License ::")]
        stated = ", ".join(each for each in found if each != "OSI Approved")
    if not stated:
        old = facts["License"] if "License" in facts else ""  # noqa: SIM401  no mapping
        lines = old.strip().splitlines()
        stated = lines[0] if lines else ""
    return stated[:80] or "see the package"


# What comes inside of libraries, or with the program itself: name, licence, where it is.
INCLUDED: tuple[tuple[str, str, str], ...] = (
    ("FFmpeg", "LGPL-2.1-or-later; GPL-2.0-or-later with x264 and x265", "av"),
    ("x264, x265", "GPL-2.0-or-later", "av"),
    ("Qt 6", "LGPL-3.0-only", "PySide6_Essentials"),
    ("miniaudio", "MIT-0 or public domain", "miniaudio"),
    ("Material Design Icons", "Apache-2.0", "QtAwesome"),
    ("libsoxr", "LGPL-2.1-or-later", "soxr"),
    ("Face mesh topology (MediaPipe)", "Apache-2.0", "resources/face"),
    ("Sample clip and dub", "Apache-2.0", "resources/samples"),
)


def licence_text(package: Distribution) -> str:
    """The licence files a package brings along, one after another; "" when there are none."""
    texts = []
    for file in package.files or ():
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
            place = Path(str(package.locate_file(file)))
            if place.is_file():
                texts.append(place.read_text(encoding="utf-8", errors="replace"))
    return "\n\n".join(texts)


class AboutDialog(QDialog):
    """Name, version, and the licence of everything used: libraries, what they include, models."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About UniSync Studio"))
        resize_within_screen(self, 640, 520)
        title = QLabel("UniSync Studio")
        title.setProperty("role", "title")
        words = QLabel(
            self.tr(
                "Version {version}. Re-syncs lips in finished video to a dubbed voice, and shows how well they fit."
            ).format(version=program_version())
        )
        words.setWordWrap(True)
        words.setProperty("role", "dim")
        tabs = QTabWidget()
        tabs.addTab(self._libraries(), self.tr("Libraries"))
        tabs.addTab(self._included(), self.tr("Included"))
        tabs.addTab(self._models(), self.tr("Models"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(title)
        column.addWidget(words)
        column.addWidget(tabs, 1)
        column.addWidget(buttons)

    @property
    def library_count(self) -> int:
        """How many libraries are listed."""
        return self._library_tree.topLevelItemCount()

    def _libraries(self) -> QWidget:
        page = QWidget()
        search = QLineEdit()
        search.setPlaceholderText(self.tr("Search"))
        search.setClearButtonEnabled(True)
        self._library_tree = _tree([self.tr("Library"), self.tr("Version"), self.tr("Licence")])
        rows = sorted(
            {(each.metadata["Name"] or "", each.version, licence_of(each)) for each in distributions()},
            key=lambda row: row[0].casefold(),
        )
        for row in rows:
            if row[0]:
                self._library_tree.addTopLevelItem(QTreeWidgetItem(list(row)))
        search.textChanged.connect(self._on_search)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setPlaceholderText(self.tr("Choose a library to read its licence."))
        self._library_tree.currentItemChanged.connect(self._on_library)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self._library_tree)
        parts.addWidget(self._text)
        parts.setSizes([260, 140])
        column = QVBoxLayout(page)
        column.addWidget(search)
        column.addWidget(parts, 1)
        return page

    def _included(self) -> QWidget:
        tree = _tree([self.tr("Work"), self.tr("Licence"), self.tr("In")])
        for row in INCLUDED:
            tree.addTopLevelItem(QTreeWidgetItem(list(row)))
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        return tree

    @property
    def shown_licence(self) -> str:
        """The licence text of the chosen library."""
        return self._text.toPlainText()

    def choose(self, library: str) -> None:
        """Shows a library's licence."""
        for item in top_items(self._library_tree):
            if item.text(0) == library:
                self._library_tree.setCurrentItem(item)

    def _on_library(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            text = licence_text(distribution(item.text(0)))
            self._text.setPlainText(
                text
                or self.tr("This library brings no licence file; it states: {licence}.").format(
                    licence=item.text(2)
                )
            )

    def _models(self) -> QWidget:
        tree = _tree([self.tr("Model"), self.tr("Licence"), self.tr("From")])
        for spec in MODELS.values():
            tree.addTopLevelItem(QTreeWidgetItem([spec.title, spec.licence, spec.source]))
        return tree

    def _on_search(self, text: str) -> None:
        for item in top_items(self._library_tree):
            item.setHidden(text.casefold() not in item.text(0).casefold())


def _tree(headers: list[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(headers)
    tree.setRootIsDecorated(False)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    tree.setTextElideMode(Qt.TextElideMode.ElideRight)
    return tree
