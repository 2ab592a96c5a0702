"""The bin: every film and sound of the project; dragged from here onto the timeline."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QIcon,
    QPainter,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.base.timing import format_time
from core.project import content_edits
from core.project.changes import Changes
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from ui.base.media_mime import MEDIA_MIME, media_mime
from ui.base.theme import icon, theme
from ui.state.document import Document

_ROLE = Qt.ItemDataRole.UserRole
_ICON = QSize(64, 36)


class _MediaList(QListWidget):
    """Items that carry their media ids, and their files for other programs."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    def mimeTypes(self) -> list[str]:
        return [MEDIA_MIME, "text/uri-list"]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        ids = [item.data(_ROLE) for item in items]
        media = [medium for each in ids if (medium := self._document.project.medium(each)) is not None]
        data = media_mime(medium.id for medium in media)
        data.setUrls([QUrl.fromLocalFile(medium.path) for medium in media])
        return data


class _EmptyPage(QWidget):
    """What to do with an empty bin; where there is little room its sign gives way, then its second line."""

    def __init__(self) -> None:
        super().__init__()
        self.sign = QLabel()
        self.text = QLabel()
        self.words = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.addStretch(1)
        column.addWidget(self.sign)
        column.addWidget(self.text)
        column.addStretch(2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shows as much as fits."""
        super().resizeEvent(event)
        self.text.setText(self.words)
        if self.text.heightForWidth(self.text.width()) > self.height() - 8:
            self.text.setText(self.words.partition("\n")[0])  # the button below says the rest
        both = self.sign.sizeHint().height() + self.text.heightForWidth(self.text.width())
        self.sign.setVisible(self.height() > both + 20)


class MediaBin(QWidget):
    """The list of media with what is known of each.

    Signals:
        add_clicked: files shall be chosen.
        files_dropped: (tuple[Path, ...]) put into the bin, and nowhere else.
        place_asked: (tuple[MediaId, ...]) put onto the timeline.
        analyse_asked: (MediaId) find the faces.
        relink_asked: (MediaId).
    """

    add_clicked = Signal()
    files_dropped = Signal(object)
    place_asked = Signal(object)
    analyse_asked = Signal(str)
    relink_asked = Signal(str)
    proxy_asked = Signal(str, bool)
    convert_asked = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAcceptDrops(True)
        self._list = _MediaList(document)
        self._list.setIconSize(_ICON)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setDragEnabled(True)
        self._list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self._list.setUniformItemSizes(True)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemDoubleClicked.connect(self._on_double_clicked)
        self._list.setAccessibleName(self.tr("Media"))
        add = QPushButton(icon("plus"), self.tr("Add media"))
        add.clicked.connect(self.add_clicked)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._list)
        self._pages.setMinimumHeight(1)  # the page of the empty bin would keep a low window from being low
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 8, 8, 8)
        bar.addWidget(add)
        bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addLayout(bar)
        document.changed.connect(self._on_changed)
        document.library.thumbnail_ready.connect(self._on_thumbnail_ready)
        document.library.missing_changed.connect(self._on_missing_changed)
        document.library.proxy_changed.connect(self._on_missing_changed)
        self._rebuild()

    @property
    def titles(self) -> tuple[str, ...]:
        """The text of every item."""
        return tuple(self._list.item(row).text() for row in range(self._list.count()))

    @property
    def selected(self) -> tuple[MediaId, ...]:
        """The selected media."""
        return tuple(item.data(_ROLE) for item in self._list.selectedItems())

    def build_menu(self, media: MediaId) -> QMenu:
        """The right-click menu of a medium."""
        medium = self._document.project.medium(media)
        menu = QMenu(self)
        self._add(menu, self.tr("Put onto the timeline"), lambda: self.place_asked.emit((media,)))
        if medium is not None and medium.kind == "video":
            self._add(menu, self.tr("Find faces"), lambda: self.analyse_asked.emit(media))
            has_proxy = self._document.library.proxy(media) is not None
            text = self.tr("Remove the proxy") if has_proxy else self.tr("Make a proxy")
            self._add(menu, text, lambda: self.proxy_asked.emit(media, not has_proxy))
            if medium.facts.is_variable_rate:
                text = self.tr("Convert to a constant rate")
                self._add(menu, text, lambda: self.convert_asked.emit(media))
        self._add(menu, self.tr("Find file…"), lambda: self.relink_asked.emit(media))
        menu.addSeparator()
        self._add(menu, self.tr("Remove from the project"), lambda: self._remove(media))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Shows the menu of the item under the pointer."""
        item = self._list.itemAt(self._list.viewport().mapFromGlobal(event.globalPos()))
        if item is not None:
            menu = self.build_menu(item.data(_ROLE))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files, not its own media."""
        if dropped_files(event.mimeData()) and not event.mimeData().hasFormat(MEDIA_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hands the files on."""
        event.acceptProposedAction()
        self.files_dropped.emit(dropped_files(event.mimeData()))

    def _empty_page(self) -> QWidget:
        page = _EmptyPage()
        page.sign.setPixmap(icon("filmstrip-box-multiple").pixmap(36, 36))
        page.sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page.words = self.tr("Drop a film here, then the dub.\nOr choose files below.")
        page.text.setProperty("role", "dim")
        page.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page.text.setWordWrap(True)
        return page

    def _add(self, menu: QMenu, text: str, handler: object) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(handler)
        return action

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything or changes.media:
            self._rebuild()

    def _rebuild(self) -> None:
        chosen = set(self.selected)
        self._list.clear()
        for medium in self._document.project.media:
            item = QListWidgetItem()
            item.setData(_ROLE, medium.id)
            self._list.addItem(item)
            self._show(item, medium)
            item.setSelected(medium.id in chosen)
        self._pages.setCurrentIndex(1 if self._document.project.media else 0)

    def _show(self, item: QListWidgetItem, medium: MediaItem) -> None:
        missing = self._document.library.is_missing(medium.id)
        item.setText(f"{medium.name}\n{self.tr('file not found') if missing else self._facts(medium)}")
        item.setToolTip(self._tip(medium, missing=missing))
        item.setForeground(QColor(theme().colours.error) if missing else self.palette().text())
        item.setIcon(self._icon(medium, missing=missing))
        item.setSizeHint(QSize(180, 48))

    def _icon(self, medium: MediaItem, *, missing: bool) -> QIcon:
        colours = theme().colours
        if missing:
            return _padded(icon("file-alert-outline", colours.error))
        if medium.kind == "audio":
            return _padded(icon("waveform", colours.waveform))
        # A second in: the first frame of a film is often black.
        time = min(Fraction(1), medium.facts.duration / 2)
        image = self._document.library.thumbnail(medium.id, time)
        return QIcon(QPixmap.fromImage(image)) if image is not None else _padded(icon("filmstrip"))

    def _facts(self, medium: MediaItem) -> str:
        facts = medium.facts
        parts = [format_time(facts.duration).removeprefix("00:")[:-4]]
        if medium.kind == "video":
            parts.append(f"{facts.width}×{facts.height}")
            parts.append(f"{facts.rate} fps" + (" VFR" if facts.is_variable_rate else ""))
            if self._document.library.proxy(medium.id) is not None:
                parts.append(self.tr("proxy"))
        else:
            parts.append(f"{facts.sample_rate / 1000:g} kHz")
        return " · ".join(parts)

    def _tip(self, medium: MediaItem, *, missing: bool) -> str:
        lines = [medium.path, format_time(medium.facts.duration)]
        if missing:
            lines.append(self.tr("The file is not there any more. Right-click: Find file."))
        if medium.facts.is_variable_rate:
            lines.append(self.tr("Variable frame rate: every frame keeps its exact time."))
        return "\n".join(lines)

    def _refresh(self, media: MediaId) -> None:
        medium = self._document.project.medium(media)
        for row in range(self._list.count()):
            item = self._list.item(row)
            if medium is not None and item.data(_ROLE) == media:
                self._show(item, medium)

    def _on_thumbnail_ready(self, media: MediaId, time: Fraction) -> None:
        medium = self._document.project.medium(media)
        if medium is not None and time == min(Fraction(1), medium.facts.duration / 2):
            self._refresh(media)

    def _on_missing_changed(self, media: MediaId) -> None:
        self._refresh(media)

    def _on_double_clicked(self, item: QListWidgetItem) -> None:
        self.place_asked.emit((item.data(_ROLE),))

    def _remove(self, media: MediaId) -> None:
        chosen = set(self.selected) | {media}
        self._document.apply(self.tr("Remove media"), content_edits.remove_media, chosen)


def _padded(small: QIcon) -> QIcon:
    """The icon in the middle of a thumbnail's area, so that names line up."""
    pixmap = QPixmap(_ICON * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    small.paint(painter, (_ICON.width() - 28) // 2, (_ICON.height() - 28) // 2, 28, 28)
    painter.end()
    return QIcon(pixmap)


def dropped_files(data: QMimeData) -> tuple[Path, ...]:
    """The local files of a drop."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
